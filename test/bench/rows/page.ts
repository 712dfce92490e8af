/**
 * `--page [SECONDS]`: the page in a browser, while it is told ten thousand entries a second. How long its
 * pictures take, and whether its memory grows.
 */

import type { CDPSession, Page } from 'playwright-core';
import { serveInspector } from '../../../src/node/inspector-server.ts';
import { openBrowser, openPage } from '../../browser/browser.ts';
import type { Context } from '../context.ts';
import type { Findings } from '../figures.ts';
import { startTraffic, type Traffic } from '../traffic.ts';

/** Somewhat more than the ten thousand that are asked for: what has to do with drawing slows the stacks, too. */
const ENTRIES_PER_SECOND = 11_500;
/** Each of the other views is looked at for so long. */
const LOOK_SECONDS = 8;
/** What the page keeps of live traffic: memory is flat from then on. */
const FULL = { envelopes: 100_000, frames: 262_144 };
const OTHER_VIEWS = ['connections', 'sequence-space', 'timers', 'plots', 'time', 'faults'] as const;

interface Measured {
  readonly quantity: string;
  readonly value: number;
  readonly unit: string;
  readonly note: string;
}

export async function pageUnderLoad({ scale }: Context): Promise<Findings> {
  const measured = await measureAll(scale.pageSeconds);
  const figures = measured.map(({ quantity, value, unit, note }) => ({
    row: 'page' as const,
    subject: "the inspector's page",
    quantity,
    unit,
    values: [value],
    note: `${quantity.trim()}: ${note}`,
  }));
  return { figures, missing: [] };
}

async function measureAll(seconds: number): Promise<Measured[]> {
  const traffic = await startTraffic(ENTRIES_PER_SECOND);
  const server = await serveInspector(traffic.inspector, { port: 0 });
  const browser = await openBrowser();
  try {
    const page = await openPage(browser, server.url);
    await page.waitForSelector('.mode[data-mode="live"]');
    const devtools = await browser.context.newCDPSession(page);
    // What the thread itself has worked, whatever else the machine does meanwhile.
    await devtools.send('Performance.setTimeDomain', { timeDomain: 'threadTicks' });
    await devtools.send('Performance.enable');
    await show(page, 'chart', 'ladder');
    await until(page, (told) => told.frames >= FULL.frames && told.envelopes >= FULL.envelopes);
    const rows = await measure(page, devtools, traffic, seconds);
    for (const view of OTHER_VIEWS) {
      await show(page, view);
      const { p95 } = await pictures(page, LOOK_SECONDS);
      rows.push({
        quantity: `view ${view}`,
        value: p95,
        unit: 'ms',
        note: `95th percentile, ${LOOK_SECONDS} s`,
      });
    }
    return rows;
  } finally {
    traffic.stop();
    await browser.close();
    await server.close();
  }
}

async function measure(
  page: Page,
  devtools: CDPSession,
  traffic: Traffic,
  seconds: number,
): Promise<Measured[]> {
  const before = await heap(devtools);
  const workedBefore = await worked(devtools);
  const toldBefore = await toldTo(page);
  const madeBefore = traffic.entries;
  const { p50, p95, p99, count } = await pictures(page, seconds);
  const made = traffic.entries - madeBefore;
  const work = (await worked(devtools)) - workedBefore;
  const told = await toldTo(page);
  const after = await heap(devtools);
  const leftOut = told.leftOut + told.coalesced - toldBefore.leftOut - toldBefore.coalesced;
  return [
    {
      quantity: 'entries told to the page',
      value: made / seconds,
      unit: '/s',
      note: `${leftOut} left out`,
    },
    {
      quantity: 'from one picture to the next, chart and ladder shown',
      value: p95,
      unit: 'ms',
      note: `95th percentile of ${count} in ${seconds} s; median ${p50.toFixed(1)}, 99th ${p99.toFixed(1)}`,
    },
    {
      quantity: "work of the page's main thread for a picture",
      value: (work / count) * 1_000,
      unit: 'ms',
      note: `mean of CPU time; ${((work / seconds) * 100).toFixed(0)} % of a core`,
    },
    {
      quantity: "the page's heap after it to before",
      value: after / before,
      unit: 'times',
      note: `${mebibytes(before)} to ${mebibytes(after)} MiB, both after a garbage collection`,
    },
  ];
}

async function show(page: Page, view: string, beside?: string): Promise<void> {
  await page.click(`[data-open="${view}"]`);
  await page.waitForSelector(`[data-view="${view}"]`);
  if (beside === undefined) return;
  await page.click(`[data-open="${beside}"]`, { modifiers: ['Shift'] });
  await page.waitForSelector(`[data-view="${beside}"]`);
}

interface Told {
  readonly order: number;
  readonly envelopes: number;
  readonly frames: number;
  readonly leftOut: number;
  readonly coalesced: number;
}

function toldTo(page: Page): Promise<Told> {
  return page.evaluate(() => {
    const { timeline } = (
      globalThis as unknown as {
        statewire: {
          session: {
            timeline: {
              length: number;
              wire: { frames: { start: number; end: number } };
              head: { order: number; leftOut: number; coalesced: number };
            };
          };
        };
      }
    ).statewire.session;
    const { order, leftOut, coalesced } = timeline.head;
    const { start, end } = timeline.wire.frames;
    return {
      order,
      envelopes: timeline.length,
      frames: start > 0 ? Number.POSITIVE_INFINITY : end,
      leftOut,
      coalesced,
    };
  });
}

async function until(page: Page, enough: (told: Told) => boolean): Promise<void> {
  for (let told = await toldTo(page); !enough(told); told = await toldTo(page)) {
    process.stderr.write(`\rfilling the page: ${told.envelopes} entries, ${told.frames} frames  `);
    await new Promise((resolve) => setTimeout(resolve, 1_000));
  }
}

/** Milliseconds between pictures. */
async function pictures(
  page: Page,
  seconds: number,
): Promise<{ readonly p50: number; readonly p95: number; readonly p99: number; readonly count: number }> {
  const times = await page.evaluate(async (lengthMs) => {
    const found: number[] = [];
    const beganMs = performance.now();
    let lastMs = await new Promise<number>(requestAnimationFrame);
    while (lastMs - beganMs < lengthMs) {
      // No function is named in here: tsx would call a helper of its own, which the page does not have.
      const nowMs = await new Promise<number>(requestAnimationFrame);
      found.push(nowMs - lastMs);
      lastMs = nowMs;
    }
    return found;
  }, seconds * 1_000);
  times.sort((a, b) => a - b);
  const at = (share: number): number => times[Math.floor(times.length * share)] ?? 0;
  return { p50: at(0.5), p95: at(0.95), p99: at(0.99), count: times.length };
}

/** Seconds of CPU time that the main thread has spent on tasks. */
async function worked(devtools: CDPSession): Promise<number> {
  const { metrics } = await devtools.send('Performance.getMetrics');
  return metrics.find(({ name }) => name === 'TaskDuration')?.value ?? Number.NaN;
}

async function heap(devtools: CDPSession): Promise<number> {
  await devtools.send('HeapProfiler.enable');
  await devtools.send('HeapProfiler.collectGarbage');
  const { usedSize } = await devtools.send('Runtime.getHeapUsage');
  return usedSize;
}

function mebibytes(bytes: number): string {
  return (bytes / 2 ** 20).toFixed(1);
}
