import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { seconds } from '../../inspector/src/ui/format.ts';
import { describeWithTun } from '../support/namespace.ts';
import { drawn, whyNoBrowser } from './browser.ts';
import { closePage, goOn, LiveBrowser, LiveStack, pause } from './live.ts';
import { PORTS } from './live-truth.ts';

const why = whyNoBrowser();

/** How long a step of a busy machine's may take. The shortest timer is much longer. */
const SLACK_MS = 150;

interface Bar {
  readonly timer: string;
  readonly connection: string;
  readonly dueMs: number;
  readonly armedMs: number;
}

describeWithTun('the timers of live traffic', () => {
  describe.skipIf(why !== undefined)(`in a browser${why ? ` (${why})` : ''}`, () => {
    let browser: LiveBrowser;
    beforeAll(async () => {
      browser = await LiveBrowser.open();
    }, 60_000);
    afterAll(() => browser?.close());

    it("are bars that end when the stack's clock will fire them, and the TCB's timers are due", async () => {
      const stack = await LiveStack.start(browser, { bad: { loss: 25, delayMs: 10 } });
      const page = await browser.show(stack.url);
      await page.keyboard.press('5');
      const seen = new Set<string>();
      for (let count = 0; count < 12; count++) {
        const client = await stack.connect(count % 3 === 2 ? PORTS.closing : PORTS.echo);
        await stack.until(({ clients }) => clients[client]!.isConnected);
        await stack.ask({ do: 'send', client, text: 'z'.repeat(5_000) });
        if (count % 3 === 2) await stack.ask({ do: 'end', client });
        await stack.until(({ dueMs }) => dueMs.length > 0);
        await pause(page);
        const { nowMs, dueMs, connections } = await stack.truth();
        await drawn(page);
        const bars: Bar[] = await page.$$eval('.timer', (items) =>
          items.map((item) => {
            const { timer = '', connection = '', due, armed } = (item as HTMLElement).dataset;
            return { timer, connection, dueMs: Number(due), armedMs: Number(armed) };
          }),
        );
        // The clock was asked for each a little after the moment that the step counts from, and fires none too early.
        const armed = bars.map(({ armedMs }) => armedMs).sort((a, b) => a - b);
        expect(armed).toHaveLength(dueMs.length);
        for (const [index, ms] of armed.entries()) {
          expect(dueMs[index]).toBeGreaterThanOrEqual(ms);
          expect(dueMs[index]).toBeLessThan(ms + SLACK_MS);
        }
        const due = (bar: Bar): number | null | undefined => {
          const truth = connections.find(({ id }) => bar.connection.startsWith(`${id}#`));
          return bar.timer === 'delayed ACK' ? truth?.ackDueMs : truth?.sendDueMs;
        };
        for (const bar of bars) {
          // A state's own timer is in no TCB; one that waits for nothing any more only looks.
          if (bar.timer !== '2 MSL' && bar.timer !== 'FIN-WAIT-2')
            expect(due(bar) ?? bar.armedMs).toBe(bar.dueMs);
          seen.add(bar.timer);
        }
        for (const { sendDueMs } of connections) {
          if (sendDueMs !== null) expect(bars.map((bar) => bar.dueMs)).toContain(sendDueMs);
        }
        expect(await page.textContent('[data-testid="timers-now"]')).toBe(`now ${seconds(nowMs)}`);
        await goOn(page);
      }
      expect(seen).toContain('retransmission');
      await stack.close();
      await closePage(page);
    }, 120_000);
  });
});
