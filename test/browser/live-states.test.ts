import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { describeWithTun } from '../support/namespace.ts';
import { whyNoBrowser } from './browser.ts';
import { choose, closePage, goOn, LiveBrowser, LiveStack, pause } from './live.ts';
import { PORTS } from './live-truth.ts';

const why = whyNoBrowser();

describeWithTun('the page, on live traffic of a bad link', () => {
  describe.skipIf(why !== undefined)(`in a browser${why ? ` (${why})` : ''}`, () => {
    let browser: LiveBrowser;
    beforeAll(async () => {
      browser = await LiveBrowser.open();
    }, 60_000);
    afterAll(() => browser?.close());

    it("lights the state of each connection's actor, at twenty pauses", async () => {
      const stack = await LiveStack.start(browser, { bad: { loss: 12, delayMs: 4, jitterMs: 4 } });
      const page = await browser.show(stack.url);
      await page.keyboard.press('2');
      // Connections that stand in different states, and some that come and go.
      const echoed = await stack.connect(PORTS.echo);
      const half = await stack.connect(PORTS.lingering);
      await stack.connect(PORTS.closing);
      await stack.until(({ clients }) => clients.every(({ isConnected }) => isConnected));
      await stack.ask({ do: 'end', client: half });
      const seen = new Set<string>();
      let checked = 0;
      for (let count = 0; count < 20; count++) {
        const brief = await stack.connect(count % 2 === 0 ? PORTS.echo : PORTS.closing);
        await stack.ask({ do: 'send', client: echoed, text: 'x'.repeat(20_000) });
        await stack.ask({ do: 'send', client: brief, text: 'y'.repeat(2_000) });
        await stack.ask({ do: 'end', client: brief });
        await stack.until(({ connections }) => connections.length > 0);
        await pause(page);
        const { connections, isPaused } = await stack.truth();
        expect(isPaused).toBe(true);
        for (const { id, state } of connections) {
          await choose(page, id);
          expect([id, await page.textContent('[data-testid="lit-state"]')]).toEqual([id, state]);
          expect(await page.getAttribute('[data-state][data-active="true"]', 'data-state')).toBe(state);
          seen.add(state);
          checked++;
        }
        await goOn(page);
      }
      expect(checked).toBeGreaterThanOrEqual(40);
      expect([...seen]).toEqual(expect.arrayContaining(['ESTABLISHED', 'CLOSE-WAIT']));
      const { impairments, counters } = await stack.close();
      expect(impairments.in).toMatchObject({ loss: 12 });
      expect(counters['frames.in']).toBeGreaterThan(100);
      await closePage(page);
    }, 120_000);
  });
});
