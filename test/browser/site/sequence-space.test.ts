import { expect, it } from 'vitest';
import { choose, openSandbox, order, scrubTo, step, truths } from '../sandbox.ts';
import { describeSite, type SitePage } from '../site.ts';

describeSite('the sequence space', (visit) => {
  it('stands where the TCB stands, to scale, with holes and SACK blocks', async () => {
    const { page } = visit;
    await openSandbox(page);
    await page.click('#sandbox-connect');
    await step(page, 3);
    await page.selectOption('[data-lose="A"]', 'data');
    await page.click('[data-call="A send 100"]');
    await page.keyboard.press('4');
    const kinds = new Set<string>();
    let sacks = 0;
    const seen: (readonly [order: number, blocks: readonly Stretch[]])[] = [];
    for (let count = 0; count < 14; count++) {
      await step(page);
      sacks += await checkSacks(page);
      await choose(page, 'A');
      seen.push([await order(page), await sackBlocks(page)]);
      for (const truth of await truths(page)) {
        await choose(page, truth.host);
        const at = async (mark: string): Promise<number> =>
          Number(await page.getAttribute(`[data-mark="${mark}"]`, 'data-at'));
        expect(await at('SND.UNA')).toBe((truth.una - truth.iss) >>> 0);
        expect(await at('SND.NXT')).toBe((truth.nxt - truth.iss) >>> 0);
        expect(await at('RCV.NXT')).toBe((truth.rcvNxt - truth.irs) >>> 0);
        expect(await at('SND.UNA+cwnd')).toBe(((truth.una - truth.iss) >>> 0) + truth.cwnd);
        const shown = await page.$$eval('.span:has(title)', (list) =>
          list.map((span) => (span as HTMLElement).dataset.kind!),
        );
        for (const kind of shown) kinds.add(kind);
        for (const { kind, share } of await spans(page)) {
          expect(share.drawn, kind).toBeCloseTo(share.told, 3);
        }
      }
    }
    expect([...kinds]).toEqual(
      expect.arrayContaining(['in flight', 'hole', 'held out of order', 'to be sent', 'window']),
    );
    expect(sacks).toBeGreaterThan(0);
    // The past is as it was: blocks that were heard since then are not in it.
    const [at, heard] = seen.find(([, blocks]) => blocks.length > 0)!;
    await scrubTo(page, at);
    await choose(page, 'A');
    expect(await sackBlocks(page)).toEqual(heard);
    await choose(page, 'A');
    expect(await page.textContent('section[aria-label="Retransmission queue"]')).toMatch(/stretch/);
  });

  it('shows the whole window, too, and the names in a narrow pane as large as in a wide one', async () => {
    const { page } = visit;
    await openSandbox(page);
    await page.click('#sandbox-connect');
    await step(page, 3);
    await page.keyboard.press('4');
    await page.waitForSelector('[data-mark="RCV.NXT+RCV.WND"]');
    const edge = (): Promise<boolean> =>
      page.$eval('[data-mark="RCV.NXT+RCV.WND"] text', (text) => !text.textContent?.includes('▸'));
    await expect.poll(edge).toBe(false);
    await page.click('button:has-text("whole window")');
    await expect.poll(edge).toBe(true);
    const height = async (): Promise<number> =>
      page.$eval('[data-mark="RCV.NXT"] text', (text) => text.getBoundingClientRect().height);
    const narrow = await height();
    await page.click('[aria-label="Close Ladder"]');
    await expect.poll(height).toBeCloseTo(narrow, 0);
  });
});

/** Of each stretch that is wholly in view, which share of the view it is by its numbers, and which it is drawn as. */
async function spans(page: SitePage) {
  return page.$$eval('.space-figure', (figures) =>
    figures.flatMap((figure) => {
      const width = (figure as SVGSVGElement).viewBox.baseVal.width;
      const all = [...figure.querySelectorAll<SVGGElement>('.span')].map((span) => {
        const rect = span.querySelector('.fill') as SVGRectElement;
        return {
          kind: span.dataset.kind!,
          told: Number(span.dataset.to) - Number(span.dataset.from),
          x: rect.x.baseVal.value,
          drawn: rect.width.baseVal.value,
        };
      });
      const whole = all.filter(({ x, drawn }) => x > 0.5 && x + drawn < width - 0.5 && drawn > 2);
      const scale =
        whole.reduce((sum, { drawn }) => sum + drawn, 0) / whole.reduce((sum, { told }) => sum + told, 0);
      return whole.map(({ kind, told, drawn }) => ({
        kind,
        share: { told: (told * scale) / width, drawn: drawn / width },
      }));
    }),
  );
}

interface Stretch {
  readonly from: number;
  readonly to: number;
}

function sackBlocks(page: SitePage): Promise<Stretch[]> {
  return page.$$eval('.sack[data-from]', (list) =>
    list.map((block) => {
      const { from, to } = (block as HTMLElement).dataset;
      return { from: Number(from), to: Number(to) };
    }),
  );
}

/** What A has heard of B's blocks, and lies beyond what it knows to have arrived, B holds. How many there were. */
async function checkSacks(page: SitePage): Promise<number> {
  await choose(page, 'A');
  const heard = await sackBlocks(page);
  if (heard.length === 0) return 0;
  await choose(page, 'B');
  const [next, held] = await Promise.all([
    page.getAttribute('[data-mark="RCV.NXT"]', 'data-at'),
    page.$$eval('.span[data-kind="held out of order"]', (list) =>
      list.map((span) => {
        const { from, to } = (span as HTMLElement).dataset;
        return { from: Number(from), to: Number(to) };
      }),
    ),
  ]);
  for (const { from, to } of heard) {
    const isHeld = to <= Number(next) || held.some((own) => own.from <= from && to <= own.to);
    expect(isHeld, `${from}–${to}`).toBe(true);
  }
  return heard.length;
}
