import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { describeWithTun } from '../support/namespace.ts';
import { whyNoBrowser } from './browser.ts';
import { closePage, LiveBrowser, LiveStack } from './live.ts';
import { PORTS } from './live-truth.ts';

const why = whyNoBrowser();

describeWithTun('the page of a stack that has gone', () => {
  describe.skipIf(why !== undefined)(`in a browser${why ? ` (${why})` : ''}`, () => {
    let browser: LiveBrowser;
    beforeAll(async () => {
      browser = await LiveBrowser.open();
    }, 60_000);
    afterAll(() => browser?.close());

    it('says so, and still shows every view of what was seen', async () => {
      const stack = await LiveStack.start(browser);
      const page = await browser.show(stack.url);
      const client = await stack.connect(PORTS.echo);
      await stack.ask({ do: 'send', client, text: 'hello' });
      await stack.until(({ clients }) => clients[client]!.text === 'hello');
      await page.waitForSelector('#connection-picker');
      const litState = () => page.textContent('[data-testid="lit-state"]');
      // What the page has not been told by then it will never know.
      await page.keyboard.press('2');
      await expect.poll(litState, { timeout: 20_000 }).toBe('ESTABLISHED');
      await stack.close();
      await page.waitForSelector('.mode[data-mode="ended"]');
      const views = [
        'connections',
        'chart',
        'ladder',
        'sequence-space',
        'timers',
        'plots',
        'time',
        'faults',
        'scenes',
      ];
      for (const [index, view] of views.entries()) {
        await page.keyboard.press(`${index + 1}`);
        const pane = page.locator(`[data-view="${view}"]`);
        await pane.waitFor();
        await expect.poll(async () => (await pane.textContent())?.length).toBeGreaterThan(40);
      }
      // Nothing can be asked of it any more, and nothing goes on.
      await page.keyboard.press('2');
      await expect.poll(litState).toBe('ESTABLISHED');
      expect(await page.textContent('#play')).not.toContain('Pause');
      await closePage(page);
    }, 60_000);
  });
});
