import { expect, it } from 'vitest';
import { backlog, openSandbox, settle, step, truths } from '../sandbox.ts';
import { describeSite } from '../site.ts';

describeSite('the table of connections', (visit) => {
  const rows = (): Promise<string[][]> =>
    visit.page.$$eval('[data-connection]', (list) =>
      list.map((row) => [...row.querySelectorAll('td')].map((cell) => cell.textContent ?? '')),
    );

  it('filters and sorts what the stacks have', async () => {
    const { page } = visit;
    await openSandbox(page);
    for (let count = 0; count < 3; count++) await page.click('#sandbox-connect');
    await step(page, 9);
    await page.keyboard.press('1');
    await page.waitForSelector('[data-connection]');
    const shown = (await rows()).map(
      ([host, local, , , state]) => `${host} ${local?.split(':')[1]} ${state}`,
    );
    const own = (await truths(page)).map(({ host, localPort, state }) => `${host} ${localPort} ${state}`);
    expect(shown.sort()).toEqual([...own].sort());
    expect(shown).toHaveLength(6);
    await page.keyboard.press('/');
    await page.keyboard.type('state:ESTABLISHED port:3338');
    expect(await rows()).toHaveLength(2);
    await page.fill('#connection-filter', 'role:passive');
    expect((await rows()).map(([host]) => host)).toEqual(['B', 'B', 'B']);
    await page.click('th button:has-text("Remote")');
    await page.click('th button:has-text("Remote")');
    expect((await rows()).map(([, , remote]) => remote?.split(':')[1])).toEqual(['3339', '3338', '3337']);
    await page.fill('#connection-filter', 'stat:x');
    expect(await page.textContent('.filter-problem')).toContain('there is no key "stat"');
  });

  it('shows the numbers of each connection as the stack gives them', async () => {
    const { page } = visit;
    await openSandbox(page);
    await page.click('#sandbox-connect');
    await step(page, 3);
    await page.selectOption('[data-lose="A"]', 'data');
    await page.click('[data-call="A send 100"]');
    await step(page, 30);
    await page.keyboard.press('1');
    await page.waitForSelector('[data-connection]');
    const cell = (column: string): Promise<string | null> =>
      page.textContent(`[data-connection]:has(td:text-is("A")) [data-column="${column}"]`);
    const truth = (await truths(page)).find(({ host }) => host === 'A')!;
    expect(await cell('retransmissions')).toBe(String(truth.retransmissions));
    expect(truth.retransmissions).toBeGreaterThan(0);
    const kilobytes = (octets: number): string =>
      octets < 10_000 ? `${octets.toLocaleString('en')} B` : `${Number((octets / 1e3).toPrecision(3))} kB`;
    expect(await cell('cwnd')).toBe(kilobytes(truth.cwnd));
    expect(await cell('sent')).toBe(kilobytes(truth.bytesSent));
    expect(await cell('role')).toBe('active');
  });

  it('shows how full the backlogs of the listener are', async () => {
    const { page } = visit;
    await openSandbox(page);
    await page.keyboard.press('1');
    const bars = (): Promise<{ value: number; max: number }[]> =>
      page.$$eval('.listener meter', (list) =>
        (list as HTMLMeterElement[]).map(({ value, max }) => ({ value, max })),
      );
    expect(await page.textContent('.listener')).toContain('B listens at *:7788');
    expect(await bars()).toEqual([
      { value: 0, max: 8 },
      { value: 0, max: 4 },
    ]);
    for (let count = 0; count < 5; count++) await page.click('#sandbox-connect');
    while ((await backlog(page)).halfOpen === 0) await step(page);
    expect(await backlog(page)).toEqual({ halfOpen: 5, acceptQueue: 0 });
    expect((await bars())[0]).toEqual({ value: 5, max: 8 });
    // A program that hangs accepts the connection that it waits for, and no other: the second backlog fills.
    await page.click('button:has-text("stop reading")');
    while ((await backlog(page)).halfOpen > 0) await step(page);
    expect(await backlog(page)).toEqual({ halfOpen: 0, acceptQueue: 4 });
    expect((await bars()).map(({ value }) => value)).toEqual([0, 4]);
    await page.click('button:has-text("read on")');
    await settle(page);
    expect((await bars())[1]!.value).toBe(0);
  });

  it('lets finished connections fade, unless they are kept', async () => {
    const { page } = visit;
    await openSandbox(page);
    for (let count = 0; count < 2; count++) await page.click('#sandbox-connect');
    await step(page, 6);
    await page.click('[data-call="A abort"]');
    await step(page, 2);
    await page.keyboard.press('1');
    await page.waitForSelector('tr.finished');
    expect(await rows()).toHaveLength(4);
    expect(await page.locator('tr.finished').count()).toBe(2);
    await page.uncheck('label:has-text("keep finished ones") input');
    await page.keyboard.press('9');
    await page.keyboard.press('1');
    expect(await page.isChecked('label:has-text("keep finished ones") input')).toBe(false);
    const solid = await page.$eval(
      'tr[data-connection]:not(.finished)',
      (row) => getComputedStyle(row).opacity,
    );
    expect(solid).toBe('1');
    // Something has to be waited for: time does not pass in vain.
    await page.click('[data-call="A close"]');
    await page.selectOption('#speed', '5');
    await page.click('#play');
    // Half of their time is over: half of them is left. Then they are gone, and the others are not.
    await page.waitForFunction(() => {
      const row = document.querySelector('tr.finished');
      return row !== null && Number(getComputedStyle(row).opacity) < 0.75;
    });
    await page.waitForFunction(() => document.querySelector('tr.finished') === null);
    expect((await rows()).length).toBe((await truths(page)).length);
    await page.check('label:has-text("keep finished ones") input');
    await page.waitForSelector('tr.finished');
    // B's end of the second one has come to CLOSED meanwhile.
    expect(await page.locator('tr.finished').count()).toBe(3);
  });
});
