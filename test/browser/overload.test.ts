import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import {
  createInspector,
  type Envelope,
  type Hello,
  readRecord,
  type Snapshot,
  type Source,
} from '../../src/inspect/index.ts';
import { serveInspector } from '../../src/node/inspector-server.ts';
import { echo, exchange, inspected } from '../support/inspected.ts';
import { type Browser, openBrowser, openPage, whyNoBrowser } from './browser.ts';

const why = whyNoBrowser();

type Page = Awaited<ReturnType<typeof openPage>>;

/** What the page has of a session. */
interface Held {
  readonly order: number;
  readonly envelopes: number;
  readonly leftOut: number;
}

/** How many entries the page keeps of live traffic (`inspector/src/store`). */
const KEPT = 100_000;

describe.skipIf(why !== undefined)(
  `a page that is told more than it can keep${why ? ` (${why})` : ''}`,
  () => {
    let browser: Browser;
    beforeAll(async () => {
      browser = await openBrowser();
    }, 60_000);
    afterAll(() => browser?.close());

    async function held(page: Page): Promise<Held> {
      return page.evaluate(() => {
        type Timeline = {
          length: number;
          head: { order: number; leftOut: number };
        };
        const { timeline } = (globalThis as unknown as { statewire: { session: { timeline: Timeline } } })
          .statewire.session;
        const { head, length } = timeline;
        return {
          order: head.order,
          envelopes: length,
          leftOut: head.leftOut,
        };
      });
    }

    const order = (page: Page): Promise<number> =>
      page.evaluate(
        () =>
          (globalThis as unknown as { statewire: { session: { timeline: { head: { order: number } } } } })
            .statewire.session.timeline.head.order,
      );

    it('says how many entries were left out, and shows what is true in the end all the same', async () => {
      const run = inspected();
      const inspector = createInspector(run.stacks, { ring: 3_000 });
      const server = await serveInspector(inspector, { port: 0 });
      const page = await openPage(browser, server.url);
      await page.waitForSelector('.mode');
      echo(run.server.stack);
      const exchanged = exchange(run.client.stack, 2_000_000);
      await run.clock.run();
      await exchanged;
      // Until all is told, and nothing more comes.
      await expect
        .poll(async () => (await order(page)) === inspector.hello.order, { timeout: 60_000 })
        .toBe(true);
      await page.waitForSelector('.left-out');
      const { leftOut } = await held(page);
      const told = (await page.textContent('.left-out'))!;
      expect(told.replaceAll(',', '')).toContain(`${leftOut} entries left out`);
      expect(leftOut).toBeGreaterThan(500);
      // Both ends are over, as the stacks say.
      const shown = await page.evaluate(() => {
        type Connections = Map<string, { host: string; endedMs: number | null }>;
        const { timeline } = (
          globalThis as unknown as {
            statewire: { session: { timeline: { head: { connections: Connections } } } };
          }
        ).statewire.session;
        return [...timeline.head.connections.values()].map(({ host, endedMs }) => [host, endedMs !== null]);
      });
      expect(shown.sort()).toEqual([
        ['client', true],
        ['server', true],
      ]);
      expect([...run.client.stack.connections, ...run.server.stack.connections]).toEqual([]);
      expect([page.strayed, page.failed]).toEqual([[], []]);
      await page.close();
      await server.close();
    }, 120_000);

    it('keeps the newest entries, as many as it has room for', async () => {
      const run = await recorded();
      const rounds = Math.ceil((KEPT * 1.1) / run.envelopes.length);
      const server = await serveInspector(repeated(run, rounds), { port: 0 });
      const page = await openPage(browser, server.url);
      await page.waitForSelector('.mode');
      await page.keyboard.press('3');
      const last = run.envelopes.at(-1)!.order * rounds;
      await expect.poll(() => order(page), { timeout: 90_000, interval: 500 }).toBe(last);
      const { envelopes } = await held(page);
      expect(envelopes).toBeLessThan(KEPT * 1.05);
      expect(envelopes).toBeGreaterThan(KEPT * 0.95);
      expect([page.strayed, page.failed]).toEqual([[], []]);
      await page.close();
      await server.close();
    }, 120_000);
  },
);

interface Recorded {
  readonly hello: Hello;
  readonly snapshot: Snapshot;
  readonly envelopes: readonly Envelope[];
}

/** A run in which connections come and go, and segments are lost. */
async function recorded(): Promise<Recorded> {
  const run = inspected({ bad: { loss: 2 } });
  const lines: string[] = [];
  const recording = createInspector(run.stacks).record((line) => lines.push(line));
  const listener = echo(run.server.stack);
  for (let count = 0; count < 20; count++) {
    const exchanged = exchange(run.client.stack, 20_000);
    await run.clock.run();
    await exchanged;
  }
  await listener.close();
  recording.end();
  const { header, envelopes } = readRecord(lines);
  return { hello: header.hello, snapshot: header.snapshot, envelopes };
}

/** The run again and again: numbers, times and names go on. */
function repeated({ hello, snapshot, envelopes }: Recorded, rounds: number): Source {
  const last = envelopes.at(-1)!;
  const text = JSON.stringify(envelopes);
  return {
    attach: (limit = 1_000) => {
      let isGreeted = false;
      let round = 0;
      let left: Envelope[] = [];
      const next = (): Envelope[] => {
        const numbered = JSON.parse(text.replaceAll(/#(\d+)/g, `#${round}.$1`)) as Envelope[];
        const again = numbered.map((envelope) => ({
          ...envelope,
          order: envelope.order + round * last.order,
          timeMs: envelope.timeMs + round * last.timeMs,
          ...('frame' in envelope ? { frame: envelope.frame + round * 1_000_000 } : {}),
        }));
        round++;
        return again as Envelope[];
      };
      return {
        read(most = limit) {
          if (!isGreeted) {
            isGreeted = true;
            return [hello, snapshot];
          }
          if (left.length === 0 && round < rounds) left = next();
          return left.splice(0, most);
        },
        close() {},
      };
    },
    execute() {},
  };
}
