import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { describeWithTun } from '../support/namespace.ts';
import { whyNoBrowser } from './browser.ts';
import { closePage, goOn, LiveBrowser, type LivePage, LiveStack, pause } from './live.ts';
import { PORTS } from './live-truth.ts';

const why = whyNoBrowser();

describeWithTun('a pause of live traffic', () => {
  describe.skipIf(why !== undefined)(`in a browser${why ? ` (${why})` : ''}`, () => {
    let browser: LiveBrowser;
    let stack: LiveStack;
    let page: LivePage;
    beforeAll(async () => {
      browser = await LiveBrowser.open();
    }, 60_000);
    afterAll(() => browser?.close());
    beforeEach(async () => {
      stack = await LiveStack.start(browser);
      page = await browser.show(stack.url);
      await page.keyboard.press('7');
    }, 60_000);
    afterEach(async () => {
      await stack.close();
      await closePage(page);
    });

    it("stops the stack's clock, and nothing that the kernel sends is taken in", async () => {
      const client = await stack.connect(PORTS.echo);
      await stack.until(({ clients }) => clients[client]!.isConnected);
      await pause(page);
      const before = await stack.truth();
      await stack.ask({ do: 'send', client, text: 'are you there?' });
      await stack.connect(PORTS.echo);
      const during = await stack.until(({ held }) => held >= 2);
      expect(during.nowMs).toBe(before.nowMs);
      expect(during.counters).toEqual(before.counters);
      expect(during.connections).toEqual(before.connections);
      expect(during.clients[client]!.text).toBe('');
      await page.waitForFunction(() => /\d+ at stack/.test(document.body.textContent ?? ''));
      expect(await page.textContent('.paused-note')).toContain("the peer's clock runs on");

      const resumedMs = performance.now();
      await goOn(page);
      const after = await stack.until(({ clients }) => clients.every(({ isConnected }) => isConnected));
      // What passed while it stood has not passed here.
      expect(after.nowMs - before.nowMs).toBeLessThanOrEqual(performance.now() - resumedMs);
      await stack.until(({ clients }) => clients[client]!.text === 'are you there?');
    }, 60_000);

    it('is left by a step that takes in one frame that waits, or fires the one timer that is next', async () => {
      const client = await stack.connect(PORTS.closing);
      await stack.until(({ clients }) => clients[client]!.isEnded);
      await pause(page);
      await stack.ask({ do: 'send', client, text: 'a' });
      await stack.ask({ do: 'end', client });
      await stack.connect(PORTS.echo);
      let truth = await stack.until(({ held }) => held >= 3);

      await page.selectOption('#step-kind', 'frame');
      for (let count = 0; count < 2; count++) {
        const before = truth;
        await page.click('#step-on');
        truth = await stack.until(({ counters }) => counters['frames.in'] !== before.counters['frames.in']);
        expect(truth.counters['frames.in']).toBe(before.counters['frames.in']! + 1);
        expect(truth.nowMs).toBe(before.nowMs);
        expect(truth.isPaused).toBe(true);
      }

      await page.selectOption('#step-kind', 'timer');
      truth = await stack.until(({ dueMs }) => dueMs.length > 0);
      for (let count = 0; count < 2 && truth.dueMs.length > 0; count++) {
        const before = truth;
        const [next = 0, ...others] = before.dueMs;
        await page.click('#step-on');
        truth = await stack.until(({ dueMs }) => dueMs[0] !== next);
        expect(truth.nowMs).toBe(next);
        for (const dueMs of others) expect(truth.dueMs).toContain(dueMs);
        // No frame came with it.
        expect(truth.counters['frames.in']).toBe(before.counters['frames.in']);
        await page.waitForFunction(
          (ms) => Number(document.querySelector<HTMLElement>('#time-now')?.dataset.ms) >= ms,
          next,
        );
      }
      await goOn(page);
    }, 60_000);
  });
});
