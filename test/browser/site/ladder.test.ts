import { expect, it } from 'vitest';
import { MARK } from '../../../inspector/src/store/frame-log.ts';
import { playScene } from '../../../src/sim/index.ts';
import {
  alone,
  choose,
  frames,
  ladderRows,
  openSandbox,
  openScene,
  order,
  scrubTo,
  step,
  truths,
} from '../sandbox.ts';
import { describeSite, type SitePage } from '../site.ts';

describeSite('the ladder', (visit) => {
  it('has a row for every segment of the scene, with its numbers and the states', async () => {
    const { page } = visit;
    await openScene(page, 'simultaneous-close');
    await page.keyboard.press('r');
    await page.keyboard.press('3');
    const rows = (await ladderRows(page)).filter((row) => / seq /.test(row));
    const ladder = await playScene('simultaneous-close');
    // The handshake that led up to it is in the page, and not in the figure.
    const own = ladder.parts.flatMap(({ passages }) => passages.map(({ segment }) => `seq ${segment.seq}`));
    expect(rows.map((row) => /seq \d+/.exec(row)?.[0])).toEqual(own);
    expect(rows.filter((row) => row.includes('FIN,ACK'))).toHaveLength(2);
    expect((await ladderRows(page)).join('\n')).toContain('2 MSL are over: CLOSED');
  });

  it('counts from the initial sequence numbers, or as on the wire', async () => {
    const { page } = visit;
    await openSandbox(page);
    await page.click('#sandbox-connect');
    await step(page, 3);
    await page.click('[data-call="A send 1"]');
    await step(page, 4);
    const truth = (await truths(page)).find(({ host }) => host === 'A')!;
    const seqOf = async (): Promise<number> => {
      const row = (await ladderRows(page)).find((text) => text.includes('len 1000'))!;
      return Number(/seq (\d+)/.exec(row)?.[1]);
    };
    expect(await page.textContent('[data-view="ladder"] [aria-pressed]')).toBe('relative numbers');
    expect(await seqOf()).toBe(1);
    await page.click('button:has-text("relative numbers")');
    expect(await seqOf()).toBe((truth.iss + 1) >>> 0);
    await page.keyboard.press('r');
    expect(await seqOf()).toBe(1);
  });

  it('draws what the network lost, doubled, put out of order and broke, and what was sent again', async () => {
    const { page } = visit;
    await openScene(page, 'loss');
    const ladder = await playScene('loss');
    const passages = ladder.parts.flatMap((part) => part.passages);
    const rows = await wireRows(page);
    const marked = (mark: keyof typeof MARK) => rows.filter(({ marks }) => (marks & MARK[mark]) !== 0);
    const lost = passages.filter((passage) => passage.lost !== undefined);
    expect(lost.length).toBeGreaterThan(30);
    expect(marked('lost')).toHaveLength(lost.length);
    expect(marked('duplicated')).toHaveLength(passages.filter(({ origin }) => origin === 'copy').length);
    expect(marked('reordered').length).toBeGreaterThan(10);
    await alone(page, '3');
    // One of each kind, at the moment at which it is known: it is said so to those who hear the page.
    for (const [mark, tag] of Object.entries(TAGS)) {
      const row = marked(mark as keyof typeof TAGS)[0]!;
      await scrubTo(page, Math.max(row.order, Math.min(row.lostOrder, row.arriveOrder)));
      expect((await ladderRows(page)).join('\n')).toContain(`[${tag}]`);
    }
    expect(await page.textContent('ul[aria-label="Key"]')).toContain("the network's copy");
  });

  it('shows a row in full, its fields beside its octets, by mouse and by keyboard', async () => {
    const { page } = visit;
    await openScene(page, 'handshake');
    expect(await page.getAttribute('.ladder', 'data-rows')).toBe('3');
    await page.click('.ladder-scroll canvas', { position: { x: 200, y: 18 } });
    const ladder = await playScene('handshake');
    const hex = (index: number): string =>
      Buffer.from(ladder.parts[0]!.passages[index]!.frame).toString('hex');
    const shown = (): Promise<string> =>
      page.$$eval('.octet', (octets) => octets.map((octet) => octet.textContent).join(''));
    expect(await shown()).toBe(hex(0));
    expect(await page.textContent('.fields')).toContain('3626544836 (0 behind the ISS)');
    expect(await page.textContent('.frame-details')).toContain('OPEN: our SYN (3.10.1)');
    await page.focus('.ladder-scroll');
    await page.keyboard.press('ArrowDown');
    expect(await shown()).toBe(hex(1));
    await page.hover('.fields td:has-text("Sequence number")');
    expect(
      await page.$$eval('.octet.pointed', (octets) => octets.map((octet) => octet.textContent).join('')),
    ).toBe((1_739_326_486).toString(16));
  });

  it('does not tell at a moment what became of a frame later', async () => {
    const { page } = visit;
    await openSandbox(page);
    await page.click('#sandbox-connect');
    await step(page, 3);
    await choose(page, 'A');
    await page.click('[data-call="A send 1"]');
    const before = await order(page);
    await step(page, 6);
    expect((await frames(page)).length).toBeGreaterThan(4);
    await scrubTo(page, before);
    await page.keyboard.press('3');
    await page.focus('.ladder-scroll');
    await page.keyboard.press('End');
    await page.keyboard.press('ArrowUp');
    const why = page.locator('.frame-why');
    await scrubTo(page, before);
    expect(await why.textContent()).toContain('At this moment it is on its way');
    await page.click('#to-now');
    expect(await why.textContent()).toContain('Arrived:');
  });
});

const TAGS = {
  lost: 'lost',
  duplicated: 'copy',
  reordered: 'reordered',
  corrupted: 'corrupted',
  retransmitted: 'retransmission',
  dropped: 'dropped',
} as const;

interface WireRow {
  readonly order: number;
  readonly lostOrder: number;
  readonly arriveOrder: number;
  readonly marks: number;
}

/** All rows that the page's log of frames has. */
async function wireRows(page: SitePage): Promise<readonly WireRow[]> {
  const rows = await page.evaluate(() => {
    type Row = { order: number; lostOrder: number; arriveOrder: number; marks: number };
    type Log = { start: number; end: number; row(index: number): Row };
    const { session } = (
      globalThis as unknown as { statewire: { session: { timeline: { wire: { frames: Log } } } } }
    ).statewire;
    const log = session.timeline.wire.frames;
    return Array.from({ length: log.end - log.start }, (_, index) => {
      const { order, lostOrder, arriveOrder, marks } = log.row(log.start + index);
      return { order, lostOrder, arriveOrder, marks };
    });
  });
  return rows;
}
