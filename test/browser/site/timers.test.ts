import { expect, it } from 'vitest';
import { openSandbox, order, step, stepUntil, truths } from '../sandbox.ts';
import { describeSite } from '../site.ts';

describeSite('the timers', (visit) => {
  it('count down to the due times of the TCB, and say why and how often', async () => {
    const { page } = visit;
    await openSandbox(page);
    await page.click('#sandbox-connect');
    await step(page, 3);
    await page.keyboard.press('8');
    // Nothing arrives any more, so that no timer is set between two of those that are shown.
    await page.fill('[aria-label="Seconds"]', '600');
    await page.click('#blackhole');
    await page.click('[data-call="A send 1"]');
    await page.keyboard.press('5');
    await page.selectOption('#step-kind', 'timer');
    const seen = new Set<string>();
    for (let count = 0; count < 8; count++) {
      const truth = (await truths(page)).find(({ host }) => host === 'A')!;
      const timer = count === 0 ? 'tail-loss probe' : 'retransmission';
      const bar = page.locator(`.timer[data-timer="${timer}"][data-connection^="192.168.1.116:3337-"]`);
      expect(Number(await bar.getAttribute('data-due'))).toBe(truth.sendDueMs);
      seen.add((await bar.locator('.timer-why').textContent()) ?? '');
      const armed = await page.$$eval('.timer', (bars) =>
        bars.map((each) => Number((each as HTMLElement).dataset.armed)),
      );
      await step(page);
      expect((await truths(page))[0]!.nowMs).toBe(Math.min(...armed));
    }
    expect([...seen].join(' ')).toContain('the wait is × 4');
    expect(await page.textContent('section[aria-label="Fired timers"]')).toContain('▲ retransmission');
    // A mark of what has fired leads to the moment.
    const [mark] = await page.$$eval('.fired li .mono', (list) => list.map((each) => each.textContent));
    await page.click('.fired li button');
    expect(await page.textContent('#time-now')).toBe(mark);
    expect(await order(page)).toBeGreaterThan(0);
  });

  it('have bars that shrink with the time', async () => {
    const { page } = visit;
    await openSandbox(page);
    await page.click('#sandbox-connect');
    await step(page, 3);
    await page.click('[data-call="A close"]');
    await stepUntil(page, 'A', 'TIME-WAIT');
    await page.keyboard.press('5');
    const bar = page.locator('.timer[data-timer="2 MSL"]');
    const share = async (): Promise<number> =>
      Number.parseFloat((await bar.locator('.bar-left').getAttribute('style'))?.split('width: ')[1] ?? '0');
    expect(await share()).toBeGreaterThan(99);
    await page.selectOption('#speed', '10');
    await page.click('#play');
    await page.waitForFunction(() => {
      const left = document.querySelector<HTMLElement>('.timer[data-timer="2 MSL"] .bar-left');
      return left !== null && Number.parseFloat(left.style.width) < 90;
    });
    await page.click('#play');
    await page.waitForFunction(() => document.querySelector('#play')?.textContent?.includes('Play'));
    const due = Number(await bar.getAttribute('data-due'));
    const { nowMs } = (await truths(page))[0]!;
    expect(await share()).toBeCloseTo(((due - nowMs) / 60_000) * 100, 0);
  });
});
