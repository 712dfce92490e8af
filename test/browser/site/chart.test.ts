import { expect, it } from 'vitest';
import {
  choose,
  downloaded,
  dropFile,
  openSandbox,
  openScene,
  settle,
  step,
  stepUntil,
  truths,
} from '../sandbox.ts';
import { describeSite } from '../site.ts';

describeSite('the chart', (visit) => {
  it('lights the state that the actor is in and the arrow that led there, all its life long', async () => {
    const { page } = visit;
    await openSandbox(page);
    await page.click('#sandbox-connect');
    await page.selectOption('[data-lose="A"]', 'SYN');
    let checked = 0;
    const check = async (): Promise<void> => {
      for (const truth of await truths(page)) {
        await choose(page, truth.host);
        expect(await page.getAttribute('[data-state][data-active="true"]', 'data-state')).toBe(truth.state);
        const arrow = await page.getAttribute('.arrow[data-lit="true"]', 'data-arrow');
        expect(arrow?.split(' ').at(-1)).toBe(truth.state);
        checked++;
      }
    };
    await stepUntil(page, 'A', 'ESTABLISHED');
    await check();
    await page.click('[data-call="A send 1"]');
    for (let count = 0; count < 8; count++) {
      await step(page);
      await check();
    }
    await choose(page, 'A');
    await page.click('[data-call="A close"]');
    for (let count = 0; count < 4; count++) {
      await step(page);
      await check();
    }
    await stepUntil(page, 'A', 'TIME-WAIT');
    await check();
    expect(checked).toBeGreaterThanOrEqual(20);
    await choose(page, 'A');
    const visited = await page.$$eval('.arrow:not([data-visits="0"])', (list) =>
      list.map((arrow) => arrow.getAttribute('data-arrow')),
    );
    expect(visited.sort()).toEqual(
      [
        'CLOSED open SYN-SENT',
        'SYN-SENT rcv.SYN-ACK ESTABLISHED',
        'ESTABLISHED close FIN-WAIT-1',
        'FIN-WAIT-1 rcv.ACK-of-FIN FIN-WAIT-2',
        'FIN-WAIT-2 rcv.FIN TIME-WAIT',
      ].sort(),
    );
  });

  it("lights the timers' regions beside it, with what is left of their time", async () => {
    const { page } = visit;
    await openSandbox(page);
    await page.click('#sandbox-connect');
    await step(page, 3);
    await choose(page, 'A');
    const region = (name: string): Promise<string | null> =>
      page.getAttribute(`[data-region="${name}"]`, 'data-active');
    await page.click('[data-call="A send 1"]');
    await settle(page);
    const { sendDueMs, nowMs } = (await truths(page)).find(({ host }) => host === 'A')!;
    expect(await region('send timer')).toBe('tail-loss probe');
    expect(await page.textContent('[data-region="send timer"] .left')).toBe(`${sendDueMs! - nowMs} ms`);
  });

  it('shows the paragraph and the rule behind an arrow, by mouse and by keyboard, and does not cover it', async () => {
    const { page } = visit;
    await openSandbox(page);
    await page.click('#sandbox-connect');
    await step(page, 3);
    await page.click('[data-arrow="ESTABLISHED rcv.FIN CLOSE-WAIT"]');
    const details = (await page.textContent('.details')) ?? '';
    expect(details).toContain('RFC 9293 section 3.10.7.4, eighth');
    expect(
      await page.$$eval('[data-rule]', (list) => list.map((row) => row.getAttribute('data-rule'))),
    ).toEqual(['EP-311']);
    const arrows = await page.$$eval('.arrow', (list) =>
      list.map((arrow) => arrow.getAttribute('data-arrow')!),
    );
    for (const arrow of arrows) {
      await page.focus(`[data-arrow="${arrow}"]`);
      await page.keyboard.press('Enter');
      const [own, over] = await Promise.all([
        page.locator(`[data-arrow="${arrow}"]`).boundingBox(),
        page.locator('.details').boundingBox(),
      ]);
      const isApart = own!.y + own!.height <= over!.y || own!.y >= over!.y + over!.height;
      expect(isApart, arrow).toBe(true);
    }
    await page.click('[data-arrow="ESTABLISHED close FIN-WAIT-1"]');
    expect(await page.textContent('.details')).toContain('EP-076');
  });

  it('exports itself as a drawing and as a picture', async () => {
    const { page } = visit;
    await openSandbox(page);
    await page.click('#sandbox-connect');
    await step(page, 3);
    const svg = await downloaded(page, '[data-view="chart"] button:has-text("SVG")');
    const text = svg.bytes.toString('utf8');
    expect(text).toMatch(/^<svg /);
    expect(text).toContain('>ESTABLISHED<');
    // It needs no style sheet.
    expect(text).not.toContain('var(--');
    const png = await downloaded(page, '[data-view="chart"] button:has-text("PNG")');
    expect(png.bytes.subarray(1, 4).toString('latin1')).toBe('PNG');
    expect(png.bytes.readUInt32BE(16)).toBe(1_760);
  });

  it('draws the chart that a run was told with: an arrow that it does not know appears, unplaced', async () => {
    const { page } = visit;
    await openScene(page, 'handshake');
    expect(await page.locator('.unplaced').count()).toBe(0);
    const { bytes } = await downloaded(page, 'header button:has-text("Save")');
    const [header = '', ...lines] = bytes.toString('utf8').split('\n');
    const record = JSON.parse(header);
    const { definition } = record.snapshot.charts.find(({ chart }: { chart: string }) => chart === 'tcp');
    const { ESTABLISHED } = definition.states.open.states.connection.states.synchronized.states;
    ESTABLISHED.on = {
      ...ESTABLISHED.on,
      'made.up': { target: 'CLOSING', description: 'of another version' },
    };
    await dropFile(page, 'other.jsonl', [JSON.stringify(record), ...lines].join('\n'));
    await page.waitForFunction(() => document.querySelector('.mode')?.textContent === 'record');
    await page.waitForSelector('.unplaced');
    expect(await page.textContent('.unplaced [data-arrow]')).toContain('ESTABLISHED → CLOSING: made.up');
    await page.click('.unplaced [data-arrow]');
    expect(await page.textContent('.details')).toContain('of another version');
  });
});
