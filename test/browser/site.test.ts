import { readFileSync } from 'node:fs';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { playScene, printJson, SCENES } from '../../src/sim/index.ts';
import { type Browser, openBrowser, openPage, type Site, serveSite, whyNoBrowser } from './browser.ts';
import {
  choose,
  frames,
  ladderRows,
  openSandbox,
  order,
  scrubTo,
  settle,
  step,
  stepUntil,
  truths,
} from './sandbox.ts';

const why = whyNoBrowser();

describe.skipIf(why !== undefined)(`the page, from a file server${why ? ` (${why})` : ''}`, () => {
  let site: Site;
  let browser: Browser;
  let page: Awaited<ReturnType<typeof openPage>>;

  beforeAll(async () => {
    site = await serveSite();
    browser = await openBrowser();
  }, 120_000);
  afterAll(async () => {
    await browser?.close();
    await site?.close();
  });
  beforeEach(async () => {
    page = await openPage(browser, site.address);
  });
  afterEach(async () => {
    const { strayed, failed } = page;
    await page.close();
    expect(strayed).toEqual([]);
    expect(failed).toEqual([]);
  });

  it('connections: filters and sorts what the stacks have, and shows the listener', async () => {
    await openSandbox(page);
    for (let count = 0; count < 3; count++) await page.click('#sandbox-connect');
    await step(page, 9);
    await page.keyboard.press('1');
    await page.waitForSelector('[data-connection]');
    const rows = (): Promise<string[][]> =>
      page.$$eval('[data-connection]', (list) =>
        list.map((row) => [...row.querySelectorAll('td')].map((cell) => cell.textContent ?? '')),
      );
    const shown = (await rows()).map(
      ([host, local, , , state]) => `${host} ${local?.split(':')[1]} ${state}`,
    );
    const own = (await truths(page)).map(({ host, localPort, state }) => `${host} ${localPort} ${state}`);
    expect(shown.sort()).toEqual([...own].sort());
    expect(shown).toHaveLength(6);
    await page.fill('#connection-filter', 'state:ESTABLISHED port:3338');
    expect(await rows()).toHaveLength(2);
    await page.fill('#connection-filter', 'role:passive');
    expect((await rows()).map(([host]) => host)).toEqual(['B', 'B', 'B']);
    await page.click('th button:has-text("Remote")');
    await page.click('th button:has-text("Remote")');
    expect((await rows()).map(([, , remote]) => remote?.split(':')[1])).toEqual(['3339', '3338', '3337']);
    await page.fill('#connection-filter', 'stat:x');
    expect(await page.textContent('.filter-problem')).toContain('there is no key "stat"');
    expect(await page.textContent('.listener')).toContain('B listens at *:7788');
  });

  it('chart: lights the state that the actor is in and the arrow that led there, all its life long', async () => {
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

  it('chart: shows the paragraph and the rule behind an arrow, and exports itself', async () => {
    await openSandbox(page);
    await page.click('#sandbox-connect');
    await step(page, 3);
    await page.click('[data-arrow="ESTABLISHED rcv.FIN CLOSE-WAIT"]');
    const details = (await page.textContent('.details')) ?? '';
    expect(details).toContain('RFC 9293 section 3.10.7.4, eighth');
    expect(
      await page.$$eval('[data-rule]', (rows) => rows.map((row) => row.getAttribute('data-rule'))),
    ).toEqual(['EP-311']);
    await page.focus('[data-arrow="ESTABLISHED close FIN-WAIT-1"]');
    await page.keyboard.press('Enter');
    expect(await page.textContent('.details')).toContain('EP-076');

    const [svg] = await Promise.all([
      page.waitForEvent('download'),
      page.click('[data-view="chart"] button:has-text("SVG")'),
    ]);
    const text = readFileSync(await svg.path(), 'utf8');
    expect(text).toMatch(/^<svg /);
    expect(text).toContain('>ESTABLISHED<');
    expect(text).not.toContain('var(--');
    const [png] = await Promise.all([
      page.waitForEvent('download'),
      page.click('[data-view="chart"] button:has-text("PNG")'),
    ]);
    expect(
      readFileSync(await png.path())
        .subarray(1, 4)
        .toString('latin1'),
    ).toBe('PNG');
  });

  it('ladder: has a row for every segment of the scene, with its numbers and the states', async () => {
    await page.click('[data-scene="simultaneous-close"]');
    await page.waitForSelector('.scene-bar[data-over="true"]');
    await page.keyboard.press('r');
    await page.keyboard.press('3');
    const rows = (await ladderRows(page)).filter((row) => / seq /.test(row));
    const ladder = await playScene('simultaneous-close');
    // The handshake that led up to it is in the page, and not in the figure.
    const own = ladder.parts.flatMap(({ passages }) => passages.map(({ segment }) => `seq ${segment.seq}`));
    expect(rows.map((row) => /seq \d+/.exec(row)?.[0])).toEqual(own);
    const last = printJson(ladder).map((line) => JSON.parse(line) as { flags?: string });
    expect(last.length).toBeGreaterThan(3);
    expect(rows.filter((row) => row.includes('FIN,ACK'))).toHaveLength(2);
    expect((await ladderRows(page)).join('\n')).toContain('2 MSL are over: CLOSED');
  });

  it('ladder: shows a row in full, its fields beside its octets, by mouse and by keyboard', async () => {
    await page.click('[data-scene="handshake"]');
    await page.waitForFunction(() => document.querySelector('.ladder')?.getAttribute('data-rows') === '3');
    await page.click('.ladder-scroll canvas', { position: { x: 200, y: 12 } });
    const ladder = await playScene('handshake');
    const hex = (index: number): string =>
      Buffer.from(ladder.parts[0]!.passages[index]!.frame).toString('hex').replaceAll(/(..)/g, '$1');
    const shown = (): Promise<string> =>
      page.$$eval('.octet', (octets) => octets.map((octet) => octet.textContent).join(''));
    expect(await shown()).toBe(hex(0));
    expect(await page.textContent('.fields')).toContain('3626544836');
    expect(await page.textContent('.frame-details')).toContain('OPEN: our SYN (3.10.1)');
    await page.focus('.ladder-scroll');
    await page.keyboard.press('ArrowDown');
    expect(await shown()).toBe(hex(1));
    await page.hover('.fields td:has-text("Sequence number")');
    expect(
      await page.$$eval('.octet.pointed', (octets) => octets.map((octet) => octet.textContent).join('')),
    ).toBe((1_739_326_486).toString(16));
  });

  it('sequence space: stands where the TCB stands', async () => {
    await openSandbox(page);
    await page.click('#sandbox-connect');
    await step(page, 3);
    await page.selectOption('[data-lose="A"]', 'data');
    await page.click('[data-call="A send 100"]');
    await page.keyboard.press('4');
    let holes = 0;
    for (let count = 0; count < 14; count++) {
      await step(page);
      for (const truth of await truths(page)) {
        await choose(page, truth.host);
        const at = async (mark: string): Promise<number> =>
          Number(await page.getAttribute(`[data-mark="${mark}"]`, 'data-at'));
        expect(await at('SND.UNA')).toBe((truth.una - truth.iss) >>> 0);
        expect(await at('SND.NXT')).toBe((truth.nxt - truth.iss) >>> 0);
        expect(await at('RCV.NXT')).toBe((truth.rcvNxt - truth.irs) >>> 0);
        expect(await at('SND.UNA+cwnd')).toBe(((truth.una - truth.iss) >>> 0) + truth.cwnd);
        holes += await page.locator('.span[data-kind="hole"] title').count();
      }
    }
    expect(holes).toBeGreaterThan(0);
  });

  it('timers: count down to the due times of the TCB, and say why and how often', async () => {
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
      const bar = page.locator(`.timer[data-timer="retransmission"][data-connection^="192.168.1.116:3337-"]`);
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
  });

  it('plots: draw what the TCB went through, with one cursor, and give it away as CSV', async () => {
    await openSandbox(page);
    await page.click('#sandbox-connect');
    await step(page, 3);
    await page.selectOption('[data-lose="A"]', 'data');
    await page.click('[data-call="A send 100"]');
    await step(page, 60);
    await page.click('[aria-label="Close Ladder"]');
    await page.keyboard.press('6');
    await page.waitForSelector('[data-plot="Congestion"] canvas');
    const truth = (await truths(page))[0]!;
    const [download] = await Promise.all([
      page.waitForEvent('download'),
      page.click('[data-view="plots"] button:has-text("CSV")'),
    ]);
    const lines = readFileSync(await download.path(), 'utf8')
      .trim()
      .split('\n');
    expect(lines[0]).toMatch(/^seconds,cwnd,ssthresh,flight/);
    expect(Number(lines.at(-1)!.split(',')[1])).toBe(truth.cwnd);
    expect(Number(lines.at(-1)!.split(',')[3])).toBe((truth.nxt - truth.una) >>> 0);
    await page.hover('[data-plot="Congestion"] .u-over', { position: { x: 200, y: 60 } });
    for (const plot of ['Congestion', 'Round-trip time and RTO', 'Time and sequence', 'Throughput']) {
      const value = await page.textContent(`[data-plot="${plot}"] .u-legend .u-value`);
      expect(value, plot).toMatch(/ s$/);
    }
    expect(await page.textContent('.key')).toContain('sent again');
  });

  it('time: goes back k steps and on again to the same, and forks into another future', async () => {
    await openSandbox(page);
    await page.click('#sandbox-connect');
    await step(page, 3);
    await page.click('[data-call="A send 100"]');
    await step(page, 12);
    const early = await order(page);
    await step(page, 30);
    const look = async (): Promise<string> =>
      `${await page.textContent('.chart-now')}\n${(await ladderRows(page)).join('\n')}`;
    const path: string[] = [];
    for (let count = 0; count < 10; count++) {
      path.push(await look());
      await page.click('#step-back');
    }
    const there = await order(page);
    const past = await look();
    expect(new Set(path).size).toBeGreaterThan(2);
    for (let count = 9; count >= 0; count--) {
      await page.click('#step-on');
      expect(await look()).toBe(path[count]);
    }
    await scrubTo(page, there);
    expect(await look()).toBe(past);

    await scrubTo(page, early);
    const before = (await truths(page))[0]!;
    const crossed = await frames(page, early);
    const pastMs = Number(await page.getAttribute('#time-now', 'data-ms'));
    await page.click('#fork');
    await page.waitForFunction(() => document.querySelector('#fork') === null);
    // The fork has gone to the end of the event that the moment lies in.
    expect((await frames(page)).slice(0, crossed.length)).toEqual(crossed);
    expect((await truths(page))[0]!.nowMs).toBe(pastMs);
    await page.keyboard.press('8');
    await page.click('#blackhole');
    await step(page, 20);
    expect((await truths(page))[0]!.una).toBeLessThan(before.una);
  });

  it('time: plays slowly or fast, and freezes the page alone', async () => {
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

  it('faults: loses what was asked for, says so in the ladder and in the log, and names the flags', async () => {
    await openSandbox(page);
    await page.click('#sandbox-connect');
    await step(page, 3);
    await page.keyboard.press('8');
    await page.click('[data-drop="out data"]');
    await page.waitForSelector('.pending:has-text("1 × data from A")');
    await page.click('[data-call="A send 1"]');
    await page.keyboard.press('3');
    await page.waitForFunction(() =>
      document.querySelector('ul[aria-label="Frames in view"]')?.textContent?.includes('[lost]'),
    );
    await stepUntil(page, 'A', 'ESTABLISHED');
    await step(page, 4);
    expect((await ladderRows(page)).join('\n')).toContain('[retransmission]');
    expect((await truths(page))[0]!.retransmissions).toBe(1);

    await page.keyboard.press('8');
    await page.fill('[data-direction="out"] input[name="loss"]', '25');
    await page.fill('[data-direction="out"] input[name="delayMs"]', '40');
    expect(await page.textContent('[data-direction="out"] .cli')).toBe('--loss-out 25 --delay-out 40');
    await page.click('[data-direction="out"] button:has-text("Apply")');
    await page.waitForFunction(() =>
      document.querySelector('.fault-log')?.textContent?.includes('--loss-out 25'),
    );
    const device = await page.evaluate(
      () =>
        (
          globalThis as unknown as {
            statewire: { session: { world: { a: { device: { impairments: { out: unknown } } } } } };
          }
        ).statewire.session.world.a.device.impairments.out,
    );
    expect(device).toEqual({ loss: 25, delayMs: 40 });

    await page.click('#inject-rst');
    await page.waitForFunction(() =>
      document.querySelector('.fault-log')?.textContent?.includes('injected: RST'),
    );
    expect((await truths(page)).map(({ host }) => host)).not.toContain('A');
  });

  it('scenes: plays each of them, and tells what came of it', async () => {
    for (const scene of SCENES.filter(({ name }) => name !== 'loss')) {
      await page.keyboard.press('9');
      await page.click(`[data-scene="${scene.name}"]`);
      await page.waitForSelector(`.scene-bar[data-over="true"] strong:text-is("${scene.name}")`);
      const facts = page.locator(`[data-scene-facts="${scene.name}"]`);
      if ((await facts.count()) === 0) await page.click('.scene-line button');
      await facts.first().waitFor();
      expect(await facts.first().textContent()).toContain(scene.title);
    }
  });

  it('saves a run as a file, and opens it again where it is dropped', async () => {
    await page.click('[data-scene="half-close"]');
    await page.waitForSelector('.scene-bar[data-over="true"]');
    await settle(page);
    const rows = await page.getAttribute('.ladder', 'data-rows');
    const [download] = await Promise.all([
      page.waitForEvent('download'),
      page.click('header button:has-text("Save")'),
    ]);
    const content = readFileSync(await download.path(), 'utf8');
    await page.reload();
    await page.waitForSelector('#start-sandbox');
    const transfer = await page.evaluateHandle((text) => {
      const data = new DataTransfer();
      data.items.add(new File([text], 'half-close.jsonl'));
      return data;
    }, content);
    await page.dispatchEvent('body', 'drop', { dataTransfer: transfer });
    await page.waitForFunction(() => document.querySelector('.mode')?.textContent === 'record');
    expect(await page.getAttribute('.ladder', 'data-rows')).toBe(rows);
    await page.keyboard.press('8');
    expect(await page.textContent('.faults')).toContain('A saved run has been');

    const broken = await page.evaluateHandle(() => {
      const data = new DataTransfer();
      data.items.add(new File(['not a run'], 'other.txt'));
      return data;
    });
    await page.dispatchEvent('body', 'drop', { dataTransfer: broken });
    await page.waitForFunction(() =>
      document.querySelector('.notice')?.textContent?.includes('line 1 is not JSON'),
    );
  });

  it('is used by keyboard alone, dark and light', async () => {
    await page.keyboard.press('t');
    const theme = await page.getAttribute('html', 'data-theme');
    await page.keyboard.press('t');
    expect(await page.getAttribute('html', 'data-theme')).not.toBe(theme);
    await page.focus('#start-sandbox');
    await page.keyboard.press('Enter');
    await page.waitForSelector('#sandbox-connect');
    await page.keyboard.press('Shift+4');
    await page.keyboard.press('2');
    const views = await page.$$eval('[data-view]', (panes) =>
      panes.map((pane) => pane.getAttribute('data-view')),
    );
    expect(views).toEqual(['chart', 'sequence-space']);
    await page.keyboard.press('?');
    expect(await page.isVisible('dialog.help')).toBe(true);
    await page.keyboard.press('Escape');
    expect(await page.isVisible('dialog.help')).toBe(false);
  });
});
