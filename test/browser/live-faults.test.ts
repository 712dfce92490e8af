import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { describeWithTun } from '../support/namespace.ts';
import { whyNoBrowser } from './browser.ts';
import { choose, closePage, LiveBrowser, type LivePage, LiveStack } from './live.ts';
import { PORTS } from './live-truth.ts';

const why = whyNoBrowser();

describeWithTun('faults clicked on the page, on live traffic', () => {
  describe.skipIf(why !== undefined)(`in a browser${why ? ` (${why})` : ''}`, () => {
    let browser: LiveBrowser;
    let stack: LiveStack;
    let page: LivePage;
    let client: number;
    beforeAll(async () => {
      browser = await LiveBrowser.open();
    }, 60_000);
    afterAll(() => browser?.close());
    beforeEach(async () => {
      stack = await LiveStack.start(browser);
      page = await browser.show(stack.url);
      client = await stack.connect(PORTS.echo);
      const { connections } = await stack.until(
        ({ clients, connections }) => clients[0]!.isConnected && connections[0]?.state === 'ESTABLISHED',
      );
      await page.waitForSelector('#connection-picker');
      await choose(page, connections[0]!.id);
      await page.keyboard.press('8');
    }, 60_000);
    afterEach(async () => {
      await stack.close();
      await closePage(page);
    });

    it('lose the next segment: the stack sends it again, and the kernel has all of it', async () => {
      await page.click('[data-drop="out data"]');
      await page.waitForSelector('.pending');
      await stack.ask({ do: 'send', client, text: 'once more' });
      const { connections } = await stack.until(({ clients }) => clients[client]!.text === 'once more');
      expect(connections[0]!.retransmissions).toBe(1);
      await page.waitForSelector('.pending', { state: 'detached' });
      await page.keyboard.press('3');
      await page.waitForFunction(() => {
        const text = document.querySelector('ul[aria-label="Frames in view"]')?.textContent ?? '';
        return text.includes('[lost]') && text.includes('[retransmission]');
      });
    }, 60_000);

    it('set the impairments of the link, and heal it', async () => {
      await page.fill('[data-direction="in"] input[name="loss"]', '100');
      await page.click('[data-direction="in"] button:has-text("Apply")');
      await stack.until(({ impairments }) => impairments.in.loss === 100);
      await stack.ask({ do: 'send', client, text: 'nobody hears' });
      // The kernel sends it again and again.
      const deaf = await stack.until(
        ({ device, counters }) => device.framesIn >= (counters['frames.in'] ?? 0) + 3,
      );
      expect(deaf.connections[0]!.received).toBe(0);
      await page.click('[data-direction="in"] button:has-text("Heal")');
      await stack.until(({ clients }) => clients[client]!.text === 'nobody hears');
    }, 60_000);

    it('let nothing pass for as long as they say', async () => {
      await page.fill('[aria-label="Seconds"]', '600');
      await page.click('#blackhole');
      await page.waitForSelector('.pending:has-text("until")');
      const before = await stack.truth();
      await stack.ask({ do: 'send', client, text: 'hello?' });
      const during = await stack.until(({ device }) => device.framesIn >= before.device.framesIn + 2);
      expect(during.counters['frames.in']).toBe(before.counters['frames.in']);
      await page.click('button:has-text("End it")');
      await stack.until(({ clients }) => clients[client]!.text === 'hello?');
    }, 60_000);

    it('reset a connection as if the peer had', async () => {
      await page.click('#inject-rst');
      const { connections } = await stack.until((truth) => truth.connections.length === 0);
      expect(connections).toEqual([]);
      await page.waitForFunction(() =>
        /injected|inject RST/i.test(document.querySelector('.fault-log')?.textContent ?? ''),
      );
      // The kernel knows nothing of it until it speaks.
      await stack.ask({ do: 'send', client, text: 'still there?' });
      await stack.until(({ clients }) => clients[client]!.error === 'ECONNRESET');
    }, 60_000);

    it('inject an old duplicate, which the stack answers and takes nothing from', async () => {
      await stack.ask({ do: 'send', client, text: 'first' });
      const before = await stack.until(({ clients }) => clients[client]!.text === 'first');
      await page.waitForFunction(
        () => document.querySelector('.left-out') === null && document.querySelector('#time-now') !== null,
      );
      await page.click('button:has-text("old duplicate")');
      const after = await stack.until(
        ({ counters }) => counters['frames.in']! > before.counters['frames.in']!,
      );
      expect(after.connections[0]!.received).toBe(5);
      expect(after.clients[client]!.text).toBe('first');
    }, 60_000);

    it('send, close and abort as the owner of the stack would', async () => {
      await page.fill('[aria-label="Text to send"]', 'from the page');
      await page.click('button:has-text("SEND")');
      await stack.until(({ clients }) => clients[client]!.text === 'from the page');
      await page.click('button:has-text("CLOSE, our direction")');
      await stack.until(({ clients }) => clients[client]!.isEnded);
      await stack.until(({ connections }) => connections[0]!.state === 'FIN-WAIT-2');
      await page.click('button:has-text("ABORT")');
      await stack.until(({ connections }) => connections.length === 0);
      // The kernel has read to the end already: it tells when it is asked to write.
      await stack.ask({ do: 'send', client, text: 'hello?' });
      await stack.until(({ clients }) => ['ECONNRESET', 'EPIPE'].includes(clients[client]!.error ?? ''));
    }, 60_000);
  });
});
