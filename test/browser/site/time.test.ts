import { expect, it } from 'vitest';
import {
  alone,
  choose,
  frames,
  ladderRows,
  openSandbox,
  openScene,
  order,
  scrubTo,
  settle,
  step,
  truths,
} from '../sandbox.ts';
import { describeSite } from '../site.ts';

describeSite('time', (visit) => {
  it('goes back k steps and on again to the same', async () => {
    const { page } = visit;
    await openSandbox(page);
    await page.click('#sandbox-connect');
    await step(page, 3);
    await page.selectOption('[data-lose="A"]', 'data');
    await page.click('[data-call="A send 100"]');
    await step(page, 14);
    const look = async (): Promise<string> =>
      `${await page.textContent('.chart-now')}\n${(await ladderRows(page)).join('\n')}`;
    for (const kind of ['event', 'frame', 'timer']) {
      await page.click('#to-now', { force: true });
      await page.selectOption('#step-kind', kind);
      const path: string[] = [];
      let there = await order(page);
      for (let isLeft = true; isLeft && path.length < 8; ) {
        const shown = await look();
        await page.click('#step-back');
        isLeft = (await order(page)) !== there;
        there = await order(page);
        if (isLeft) path.push(shown);
      }
      const past = await look();
      expect(new Set(path).size, kind).toBeGreaterThan(1);
      for (let count = path.length - 1; count >= 0; count--) {
        await page.click('#step-on');
        expect(await look(), `${kind}, ${count}`).toBe(path[count]);
      }
      await scrubTo(page, there);
      expect(await look()).toBe(past);
    }
  });

  it('steps a run by what happens next, by frame, or by timer, as its clock says', async () => {
    const { page } = visit;
    await openSandbox(page);
    await page.click('#sandbox-connect');
    await step(page, 3);
    await page.selectOption('[data-lose="A"]', 'data');
    await choose(page, 'A');
    await page.click('[data-call="A send 1"]');
    await settle(page);
    const { sendDueMs } = (await truths(page))[0]!;
    const crossed = (await frames(page)).length;
    await page.selectOption('#step-kind', 'timer');
    await step(page);
    // Nothing else was to be waited for than the retransmission.
    expect((await truths(page))[0]!.nowMs).toBe(sendDueMs);
    expect(await frames(page)).toHaveLength(crossed + 1);
    await page.selectOption('#step-kind', 'frame');
    await step(page);
    expect((await truths(page))[0]!.nowMs).toBe(sendDueMs! + 10);
    await page.selectOption('#step-kind', 'event');
  });

  it('lists what happened around the moment, and goes there by a click', async () => {
    const { page } = visit;
    await openScene(page, 'time-wait');
    await alone(page, '7');
    const there = page.locator('.happenings li', { hasText: 'TIME-WAIT → CLOSED by 2 MSL over' }).first();
    await page.click('#step-back');
    for (let count = 0; count < 60 && (await there.count()) === 0; count++) await page.click('#step-back');
    await there.locator('button').click();
    await settle(page);
    expect(await order(page)).toBe(Number(await there.getAttribute('data-order')));
    expect(await page.textContent('.happenings .present')).toContain('TIME-WAIT → CLOSED');
    await page.keyboard.press('2');
    const { connections } = await page.evaluate(() => {
      type Model = { connections: Map<string, { endedMs: number | null; host: string }> };
      const { session } = (
        globalThis as unknown as { statewire: { session: { timeline: { at(order: number): Model } } } }
      ).statewire;
      const now = Number(document.querySelector<HTMLElement>('#time-now')?.dataset.order);
      return {
        connections: [...session.timeline.at(now).connections.values()].filter(({ host }) => host === 'A')
          .length,
      };
    });
    expect(connections).toBeGreaterThan(0);
  });

  it('marks in the scrubber what one looks for, and is dragged there', async () => {
    const { page } = visit;
    await openScene(page, 'lost-syn');
    const marks = (kind: string): Promise<number> =>
      page.$eval(
        `[data-landmark="${kind}"] path`,
        (path) => (path.getAttribute('d') ?? '').split('M').length - 1,
      );
    expect(await marks('state')).toBeGreaterThan(5);
    expect(await marks('loss')).toBeGreaterThan(2);
    expect(await marks('timeout')).toBeGreaterThan(2);
    const end = await order(page);
    const box = (await page.locator('#scrubber').boundingBox())!;
    await page.mouse.move(box.x + box.width - 8, box.y + box.height - 6);
    await page.mouse.down();
    await page.mouse.move(box.x + box.width / 2, box.y + box.height - 6, { steps: 5 });
    await page.mouse.up();
    const middle = await order(page);
    expect(middle / end).toBeGreaterThan(0.4);
    expect(middle / end).toBeLessThan(0.6);
    await page.keyboard.press('End');
    expect(await order(page)).toBe(end);
  });

  it('is forked from a past moment into another future, and the first one is as it was', async () => {
    const { page } = visit;
    await openSandbox(page);
    await page.click('#sandbox-connect');
    await step(page, 3);
    await page.click('[data-call="A send 100"]');
    await step(page, 3);
    const early = await order(page);
    const una = (await truths(page))[0]!.una;
    await step(page, 20);
    const before = (await truths(page))[0]!;
    expect(before.una).not.toBe(una);
    await scrubTo(page, early);
    const crossed = await frames(page, early);
    const pastMs = Number(await page.getAttribute('#time-now', 'data-ms'));
    await page.click('#fork');
    await page.waitForSelector('#fork:disabled');
    await settle(page);
    // The fork has gone to the end of the event that the moment lies in.
    expect((await frames(page)).slice(0, crossed.length)).toEqual(crossed);
    expect((await truths(page))[0]).toMatchObject({ nowMs: pastMs, una });
    await page.keyboard.press('8');
    await page.click('#blackhole');
    await step(page, 8);
    const other = (await truths(page))[0]!;
    expect(other.una).toBe(una);
    expect(other.una).not.toBe(before.una);
  });

  it('plays a run slowly or fast, and its past as a film', async () => {
    const { page } = visit;
    await openSandbox(page);
    await page.click('#sandbox-connect');
    const speeds = await page.$$eval('#speed option', (list) =>
      (list as HTMLOptionElement[]).map(({ value }) => Number(value)),
    );
    expect([Math.min(...speeds), Math.max(...speeds)]).toEqual([0.01, 100]);
    await page.selectOption('#speed', '1');
    await page.click('#play');
    await page.waitForFunction(
      () => document.querySelector('[data-testid="lit-state"]')?.textContent === 'ESTABLISHED',
    );
    await page.click('#play');
    await page.keyboard.press('Home');
    expect(await page.textContent('#freeze')).toContain('newer');
    expect(await page.textContent('.chart-now')).toContain('No connection yet');
    // So slow that no page is too slow to show what lasts a round trip.
    await page.selectOption('#speed', '0.01');
    await page.keyboard.press('Space');
    await page.waitForFunction(
      () => document.querySelector('[data-testid="lit-state"]')?.textContent === 'SYN-SENT',
    );
    await page.selectOption('#speed', '1');
    await page.waitForFunction(() => document.querySelector('#freeze')?.textContent === 'Freeze');
  });

  it('freezes the page alone: the run goes on meanwhile', async () => {
    const { page } = visit;
    await openSandbox(page);
    await page.click('#sandbox-connect');
    await page.selectOption('#speed', '1');
    await page.click('#play');
    await page.waitForFunction(
      () => document.querySelector('[data-testid="lit-state"]')?.textContent === 'ESTABLISHED',
    );
    await page.keyboard.press('f');
    const frozen = await order(page);
    await page.click('[data-call="A send 1"]');
    await page.waitForFunction(() => /newer/.test(document.querySelector('#freeze')?.textContent ?? ''));
    expect(await order(page)).toBe(frozen);
    await page.keyboard.press('f');
    await page.waitForFunction(
      (last) => Number(document.querySelector<HTMLElement>('#time-now')?.dataset.order) > last,
      frozen,
    );
  });
});
