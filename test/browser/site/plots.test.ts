import { expect, it } from 'vitest';
import { alone, choose, downloaded, openSandbox, openScene, settle, step, truths } from '../sandbox.ts';
import { describeSite, type SitePage } from '../site.ts';

const PLOTS = ['Time and sequence', 'Congestion', 'Round-trip time and RTO', 'Throughput', 'Receive window'];

describeSite('the plots', (visit) => {
  it('draw what the TCB went through, and give it away as CSV', async () => {
    const { page } = visit;
    await openSandbox(page);
    await page.click('#sandbox-connect');
    await step(page, 3);
    await page.selectOption('[data-lose="A"]', 'data');
    await page.click('[data-call="A send 100"]');
    await alone(page, '6');
    await page.waitForSelector('[data-plot="Congestion"] canvas');
    const cwnds: number[] = [];
    for (let count = 0; count < 20; count++) {
      await step(page);
      cwnds.push((await truths(page)).find(({ host }) => host === 'A')!.cwnd);
    }
    const truth = (await truths(page)).find(({ host }) => host === 'A')!;
    const { name, bytes } = await downloaded(page, '[data-view="plots"] button:text-is("CSV")');
    expect(name).toBe('plots.csv');
    const [header, ...lines] = bytes.toString('utf8').trim().split('\n');
    expect(header).toMatch(/^seconds,cwnd,ssthresh,flight/);
    const columns = lines.map((line) => line.split(',').map(Number));
    expect(columns.at(-1)![1]).toBe(truth.cwnd);
    expect(columns.at(-1)![3]).toBe((truth.nxt - truth.una) >>> 0);
    const plotted = new Set(columns.map(([, cwnd]) => cwnd));
    for (const cwnd of cwnds) expect(plotted).toContain(cwnd);
    expect(new Set(cwnds).size).toBeGreaterThan(2);
  });

  it('have one cursor, while the run goes on as well', async () => {
    const { page } = visit;
    await openSandbox(page);
    await page.click('#sandbox-connect');
    await step(page, 3);
    await page.click('[data-call="A send 100"]');
    await alone(page, '6');
    await page.waitForSelector('[data-plot="Receive window"] canvas');
    await step(page, 6);
    for (const x of [120, 300]) {
      await page.hover('[data-plot="Congestion"] .u-over', { position: { x, y: 30 } });
      await expectOneCursor(page);
      // By keyboard, so that the mouse stays where it is.
      for (let count = 0; count < 3; count++) {
        await page.keyboard.press('ArrowRight');
        await settle(page);
        await page.waitForTimeout(300);
        await expectOneCursor(page);
      }
    }
  });

  it('draw the time-sequence graph of what the wire carried, with a key, and look closer where one drags', async () => {
    const { page } = visit;
    await openScene(page, 'loss');
    await choose(page, 'A');
    await alone(page, '6');
    await page.waitForSelector('[data-plot="Time and sequence"] canvas');
    const key = await page.textContent('.key');
    for (const words of ['text, once', 'sent again', 'lost', 'SYN or FIN', 'SACK block'])
      expect(key).toContain(words);
    const { bytes } = await downloaded(page, 'button:has-text("CSV of segments")');
    const [header, ...rows] = bytes.toString('utf8').trim().split('\n');
    expect(header).toBe('seconds,from,to,what');
    const kinds = rows.map((row) => row.split(',')[3]!);
    // A mebibyte, each octet of it sent at least once; FIN and SYN are an octet each.
    const text = rows
      .filter((row) => /,(text|retransmission|lost)$/.test(row))
      .map((row) => row.split(',').map(Number));
    const octets = new Set(text.flatMap(([, from, to]) => [`${from}-${to}`]));
    expect(Math.max(...text.map(([, , to]) => to!))).toBe(1 + 1_048_576);
    expect(octets.size).toBeGreaterThanOrEqual(1_048_576 / 1_460);
    expect(new Set(kinds)).toEqual(
      new Set(['SYN', 'text', 'lost', 'retransmission', 'SACK', 'ACK and window edge', 'FIN']),
    );

    const ticks = (): Promise<number[]> =>
      page.evaluate(() => {
        const over = document.querySelector('[data-plot="Time and sequence"] .u-over')!;
        return [over.clientWidth, over.clientHeight];
      });
    const [width = 0, height = 0] = await ticks();
    const value = async (): Promise<number> => {
      await page.hover('[data-plot="Time and sequence"] .u-over', {
        position: { x: width - 3, y: height / 2 },
      });
      return Number.parseFloat(
        (await page.textContent('[data-plot="Time and sequence"] .u-legend .u-value'))!,
      );
    };
    const whole = await value();
    const box = (await page.locator('[data-plot="Time and sequence"] .u-over').boundingBox())!;
    await page.mouse.move(box.x + 2, box.y + 30);
    await page.mouse.down();
    await page.mouse.move(box.x + width / 4, box.y + 30, { steps: 4 });
    await page.mouse.up();
    expect(await value()).toBeLessThan(whole / 3);
    await page.dblclick('[data-plot="Time and sequence"] .u-over');
    expect(await value()).toBeCloseTo(whole, 1);
  });

  it('shade loss recovery and say what it is, by pointing, in a list and as CSV', async () => {
    const { page } = visit;
    await openScene(page, 'loss');
    await choose(page, 'A');
    await alone(page, '6');
    await page.waitForSelector('[data-plot="Congestion"] canvas');
    const key = await page.textContent('ul[aria-label="Key of loss recovery"]');
    for (const words of [
      'fast recovery',
      'RTO recovery',
      'F-RTO trial',
      'tail loss probe',
      'response undone',
    ])
      expect(key).toContain(words);
    const total = (await page.textContent('[data-recovery-summary]'))!;
    const [, fast = '0'] = /(\d+) × fast recovery/.exec(total) ?? [];
    expect(Number(fast)).toBeGreaterThan(5);

    await page.click('.recovery-list summary');
    const entries = await page.$$eval('.recovery-list li', (list) =>
      list.map((item) => item.textContent ?? ''),
    );
    expect(entries.filter((entry) => entry.includes('fast recovery: '))).toHaveLength(Number(fast));
    for (const entry of entries) expect(entry).toMatch(/RFC \d{4}/);

    const { bytes } = await downloaded(page, '[data-view="plots"] button:text-is("CSV")');
    const [header = '', ...rows] = bytes.toString('utf8').trim().split('\n');
    const names = header.split(',');
    const column = (name: string): string[] => rows.map((row) => row.split(',')[names.indexOf(name)]!);
    expect(new Set(column('stage'))).toContain('fast recovery');
    expect(Math.max(...column('reo_wnd_ms').map(Number))).toBeGreaterThan(1);
    const undone = Number(/(\d+) × response undone/.exec(total)?.[1] ?? 0);
    expect(Number(column('undone').at(-1))).toBe(undone);

    // Where the longest one lies, the cursor tells of it.
    const spans = entries.flatMap((entry) => {
      const [, from, to] = /^([\d.]+) s to ([\d.]+) s/.exec(entry) ?? [];
      return from && to ? [{ from: Number(from), to: Number(to), words: `${from} s to ${to} s` }] : [];
    });
    const longest = spans.reduce((most, span) => (span.to - span.from > most.to - most.from ? span : most));
    const place = await page.evaluate(({ from, to }) => {
      const figure = document.querySelector('[data-plot="Time and sequence"]')!;
      const width = figure.querySelector('.u-over')!.clientWidth;
      return { width, middle: (from + to) / 2 };
    }, longest);
    const last =
      rows.length > 0 ? Math.max(...entries.map((entry) => Number(/^([\d.]+) s/.exec(entry)?.[1] ?? 0))) : 0;
    expect(last).toBeGreaterThan(place.middle);
    let hint = '';
    // The axis ends a little behind the last entry: the stretch is looked for around where it must lie.
    for (let share = 0.8; share <= 1 && !hint.includes(longest.words); share += 0.02) {
      const x = (place.middle / last) * share * place.width;
      await page.hover('[data-plot="Time and sequence"] .u-over', { position: { x, y: 40 } });
      hint = (
        await page.locator('[data-plot="Time and sequence"] .plot-hint:not([hidden])').allTextContents()
      ).join();
    }
    expect(hint).toContain(longest.words);
    expect(hint).toMatch(/RFC \d{4}/);

    // Back before the first of them there is none to be told of.
    await page.click('.recovery-list li button');
    await settle(page);
    const then = (await page.textContent('[data-recovery-summary]'))!;
    expect(then).toBe('1 × fast recovery');
  });

  it('shade what a timeout begins as well', async () => {
    const { page } = visit;
    await openScene(page, 'lost-syn');
    await choose(page, 'A');
    await alone(page, '6');
    await page.waitForSelector('[data-plot="Congestion"] canvas');
    expect(await page.textContent('[data-recovery-summary]')).toContain('F-RTO trial');
  });

  it('give themselves away as a picture, all of them, with their names', async () => {
    const { page } = visit;
    await openScene(page, 'lost-syn');
    await alone(page, '6');
    await page.waitForSelector('[data-plot="Receive window"] canvas');
    const { name, bytes } = await downloaded(page, '[data-view="plots"] button:text-is("PNG")');
    expect(name).toBe('plots.png');
    expect(bytes.subarray(1, 4).toString('latin1')).toBe('PNG');
    const size = { width: bytes.readUInt32BE(16), height: bytes.readUInt32BE(20) };
    const sums = await page.$$eval('.plot canvas', (list) =>
      list.map((canvas) => ({
        width: (canvas as HTMLCanvasElement).width,
        height: (canvas as HTMLCanvasElement).height,
      })),
    );
    expect(sums).toHaveLength(PLOTS.length);
    expect(size.width).toBeGreaterThanOrEqual(Math.max(...sums.map(({ width }) => width)));
    expect(size.height).toBeGreaterThan(sums[0]!.height + sums[1]!.height + sums[3]!.height);
  });
});

/** All cursors stand at one time: each at its place on an axis of its own. */
async function expectOneCursor(page: SitePage): Promise<void> {
  const shares = await page.$$eval('.plot', (plots) =>
    plots.map((plot) => {
      const over = plot.querySelector<HTMLElement>('.u-over')!;
      const cursor = plot.querySelector<HTMLElement>('.u-cursor-x')!;
      const [, x = '0'] = /translate\(([\d.]+)px/.exec(cursor.style.transform) ?? [];
      return { plot: (plot as HTMLElement).dataset.plot!, share: Number(x) / over.clientWidth };
    }),
  );
  expect(shares.map(({ plot }) => plot).sort()).toEqual([...PLOTS].sort());
  const [first] = shares;
  for (const { plot, share } of shares) expect(Math.abs(share - first!.share), plot).toBeLessThan(0.03);
}
