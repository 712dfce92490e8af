import { expect, it } from 'vitest';
import { settle } from '../sandbox.ts';
import { describeSite, type SitePage } from '../site.ts';

const MANY_FRAMES = 1_000_000;
const FEW_FRAMES = 2_000;

describeSite('a great deal', (visit) => {
  it('of frames, a million of them, scrolls as smoothly as a few', async () => {
    const { page } = visit;
    await openEmpty(page);
    await page.keyboard.press('3');
    await addFrames(page, FEW_FRAMES);
    const few = await scrolling(page);
    await addFrames(page, MANY_FRAMES - FEW_FRAMES);
    expect(Number(await page.getAttribute('.ladder', 'data-rows'))).toBe(MANY_FRAMES + 3);
    const many = await scrolling(page);
    expect(many.median).toBeLessThan(Math.max(2 * few.median, few.median + 4));
    // By keyboard and by wheel every single row is reached, by the bar any part of it.
    await page.click('.ladder-scroll canvas', { position: { x: 300, y: 100 } });
    await page.keyboard.press('ArrowDown');
    const first = Number(/Frame ([\d]+)/.exec((await page.textContent('.frame-details h3'))!)![1]);
    await page.keyboard.press('ArrowDown');
    expect(await page.textContent('.frame-details h3')).toBe(`Frame ${first + 1}`);
    await page.click('[aria-label="Close the frame\'s details"]');
    const top = (): Promise<string | null> => page.textContent('ul[aria-label="Frames in view"] li');
    await page.$eval('.ladder-scroll', (scroller) => {
      scroller.scrollTop = 0;
    });
    await settle(page);
    expect(await top()).toContain('SYN seq 0 ');
    const box = (await page.locator('.ladder-scroll').boundingBox())!;
    await page.mouse.move(box.x + 300, box.y + 200);
    // Behind the handshake: a row is 32 pixels.
    await page.mouse.wheel(0, 128);
    await settle(page);
    expect(await top()).toContain('seq 1449 ');
  }, 120_000);

  it('of connections, ten thousand of them, is scrolled, sorted and filtered', async () => {
    const { page } = visit;
    await openEmpty(page);
    await page.keyboard.press('1');
    await addConnections(page, 1_000);
    const few = await tableScrolling(page);
    await addConnections(page, 9_000);
    await page.waitForSelector('.connections[data-count="10000"]');
    const many = await tableScrolling(page);
    expect(many.median).toBeLessThan(Math.max(2 * few.median, few.median + 20));
    expect(await page.locator('[data-connection]').count()).toBeLessThan(100);
    await page.fill('#connection-filter', 'port:17000');
    await page.waitForSelector('.connections[data-count="1"]');
    await page.fill('#connection-filter', 'state:TIME-WAIT');
    await page.waitForSelector('.connections[data-count="2500"]');
    await page.click('th button:has-text("Local")');
    await page.click('th button:has-text("Local")');
    await page.$eval('.connections-scroll', (scroller) => {
      scroller.scrollTop = scroller.scrollHeight;
    });
    await settle(page);
    const last = await page.$$eval(
      '[data-connection] [data-column="local"]',
      (list) => list.at(-1)?.textContent,
    );
    expect(last).toBe('198.18.0.1:10000');
  }, 120_000);
});

interface Pictures {
  /** Milliseconds from a movement to its picture. */
  readonly median: number;
}

function scrolling(page: SitePage): Promise<Pictures> {
  return movements(page, '.ladder-scroll');
}

function tableScrolling(page: SitePage): Promise<Pictures> {
  return movements(page, '.connections-scroll');
}

/** Moves through the whole of it in steps, and measures what the page works for each picture. */
function movements(page: SitePage, selector: string): Promise<Pictures> {
  return page.evaluate(async (at) => {
    const scroller = document.querySelector(at)!;
    const times: number[] = [];
    for (let step = 0; step < 60; step++) {
      await new Promise((shown) => requestAnimationFrame(shown));
      const began = performance.now();
      scroller.scrollTop = ((scroller.scrollHeight - scroller.clientHeight) * ((step * 7) % 60)) / 60;
      scroller.dispatchEvent(new Event('scroll'));
      // What is laid out and painted counts.
      await new Promise<void>((shown) => requestAnimationFrame(() => setTimeout(shown)));
      times.push(performance.now() - began);
    }
    times.sort((a, b) => a - b);
    return { median: times[times.length >> 1]! };
  }, selector);
}

/** Opens a run of which nothing is known yet, but that there is a connection. */
async function openEmpty(page: SitePage): Promise<void> {
  await page.click('#start-sandbox');
  await page.waitForSelector('#sandbox-connect');
  await page.click('#sandbox-connect');
  await page.waitForFunction(
    () => document.querySelector('[data-testid="lit-state"]')?.textContent === 'ESTABLISHED',
  );
  await page.click('#play');
  await settle(page);
}

/** As many segments of text as if the connection had sent them: the envelopes of real ones, with other numbers. */
async function addFrames(page: SitePage, count: number): Promise<void> {
  await page.evaluate((many) => {
    type Told = Record<string, unknown> & { kind: string; order: number; timeMs: number };
    type Timeline = {
      head: { order: number; timeMs: number };
      append(envelopes: readonly Told[]): void;
    };
    const { session } = (globalThis as unknown as { statewire: { session: { timeline: Timeline } } })
      .statewire;
    const { timeline } = session;
    const own = timeline as Timeline & { between(from: number, to: number): Iterable<Told> };
    const last = [...own.between(0, Number.POSITIVE_INFINITY)].findLast(
      ({ kind, what }) => kind === 'frame' && what === 'sent',
    )!;
    const summary = last.summary as { seq: number };
    const base = (globalThis as { firstSeq?: number }).firstSeq ?? summary.seq;
    (globalThis as { firstSeq?: number }).firstSeq = base;
    const already = (globalThis as { added?: number }).added ?? 0;
    let { order, timeMs } = timeline.head;
    for (let done = 0; done < many; ) {
      const batch: Told[] = [];
      for (; done < many && batch.length < 10_000; done++) {
        order++;
        timeMs += 0.1;
        const seq = (base + (already + done) * 1448) >>> 0;
        batch.push({
          ...last,
          order,
          timeMs,
          frame: 2_000_000 + already + done,
          summary: { ...summary, seq, text: 1448, flags: 'ACK' },
        });
      }
      timeline.append(batch);
    }
    (globalThis as { added?: number }).added = already + many;
  }, count);
  await show(page);
}

/** What was put into the session by hand is shown. */
async function show(page: SitePage): Promise<void> {
  await page.evaluate(() =>
    (globalThis as unknown as { statewire: { changed(): void } }).statewire.changed(),
  );
  await settle(page);
}

/** As many connections as if somebody had opened them: a quarter of them in TIME-WAIT. */
async function addConnections(page: SitePage, count: number): Promise<void> {
  await page.evaluate((many) => {
    type Tcb = Record<string, unknown>;
    type Told = Record<string, unknown> & {
      kind: string;
      order: number;
      timeMs: number;
      view?: Record<string, unknown> & { tcb: Tcb };
    };
    type Timeline = {
      head: { order: number; timeMs: number; connections: Map<string, unknown> };
      append(envelopes: readonly Told[]): void;
      between(from: number, to: number): Iterable<Told>;
    };
    const { session } = (globalThis as unknown as { statewire: { session: { timeline: Timeline } } })
      .statewire;
    const { timeline } = session;
    const { connections } = timeline.head;
    const opened = [...timeline.between(0, Number.POSITIVE_INFINITY)].find(
      ({ kind }) => kind === 'connection.opened',
    )!;
    const first = (globalThis as { opened?: number }).opened ?? 0;
    if (first === 0) connections.clear();
    let { order, timeMs } = timeline.head;
    const told: Told[] = [];
    for (let index = first; index < first + many; index++) {
      order++;
      timeMs += 0.01;
      const connection = `198.18.0.1:${10_000 + index}-198.18.0.2:7#${index}`;
      const state = index % 4 === 0 ? 'TIME-WAIT' : 'ESTABLISHED';
      const view = {
        ...opened.view!,
        connection,
        localAddress: '198.18.0.1',
        localPort: 10_000 + index,
        remoteAddress: '198.18.0.2',
        remotePort: 7,
        openedMs: timeMs,
        tcb: { ...opened.view!.tcb, state },
      };
      told.push({ ...opened, order, timeMs, connection, view });
    }
    timeline.append(told);
    (globalThis as { opened?: number }).opened = first + many;
  }, count);
  await show(page);
}
