/**
 * `npm run screenshots [-- FOLDER]`: pictures of every view, dark and light, at two sizes, of a run that is the same every time.
 * Without a folder only those that the documents show are made, in docs/images.
 */

import { mkdirSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { Page } from 'playwright-core';
import { openBrowser, openPage, serveSite } from '../../test/browser/browser.ts';
import { choose, settle, stepUntil } from '../../test/browser/sandbox.ts';

const SIZES = [
  { width: 1_440, height: 900 },
  { width: 1_920, height: 1_080 },
] as const;
/** Of those in the documents, which are read in a column. */
const KEPT_SIZE = { width: 1_280, height: 800 } as const;
/** None of them may be larger: they are loaded with every look at the README. */
const LARGEST = 300_000;
const THEMES = ['dark', 'light'] as const;

type Theme = (typeof THEMES)[number];

interface Picture {
  readonly name: string;
  /** Shown in the documents, dark. */
  readonly kept?: true;
  set(page: Page): Promise<void>;
}

const PICTURES: readonly Picture[] = [
  { name: 'scenes', set: async () => {} },
  {
    name: 'chart-and-ladder',
    kept: true,
    async set(page) {
      await scene(page, 'half-close');
      await scrubTo(page, 0.62);
    },
  },
  {
    name: 'chart',
    kept: true,
    async set(page) {
      await alone(page, '2');
      await page.click('[data-arrow="ESTABLISHED close FIN-WAIT-1"]');
    },
  },
  {
    name: 'ladder',
    kept: true,
    async set(page) {
      await scene(page, 'loss');
      await page.waitForSelector('.scene-bar[data-over="true"]', { timeout: 60_000 });
      await scrubTo(page, 0.21);
      await alone(page, '3');
    },
  },
  {
    name: 'ladder-decode',
    kept: true,
    async set(page) {
      await page.focus('.ladder-scroll');
      for (let count = 0; count < 4; count++) await page.keyboard.press('ArrowUp');
      await page.hover('.fields td:has-text("Sequence number")');
    },
  },
  {
    name: 'sequence-space',
    kept: true,
    async set(page) {
      await page.click('.frame-details [aria-label="Close the frame\'s details"]');
      await alone(page, '4');
      await untilSacked(page);
    },
  },
  {
    name: 'sequence-space-receiver',
    async set(page) {
      await choose(page, 'B');
    },
  },
  {
    name: 'plots',
    kept: true,
    async set(page) {
      await choose(page, 'A');
      await alone(page, '6');
      await scrubTo(page, 0.35);
      await page.waitForSelector('[data-plot="Receive window"] canvas');
      await page.hover('[data-plot="Congestion"] .u-over', { position: { x: 260, y: 40 } });
    },
  },
  {
    name: 'timers',
    kept: true,
    async set(page) {
      await sandbox(page);
      await alone(page, '5');
    },
  },
  { name: 'connections', kept: true, set: (page) => alone(page, '1') },
  {
    name: 'time',
    kept: true,
    async set(page) {
      await alone(page, '7');
      for (let count = 0; count < 6; count++) await page.click('#step-back');
    },
  },
  {
    name: 'faults',
    kept: true,
    async set(page) {
      await page.keyboard.press('End');
      await alone(page, '8');
      await page.fill('[data-direction="out"] input[name="loss"]', '5');
      await page.fill('[data-direction="out"] input[name="delayMs"]', '20');
    },
  },
  {
    name: 'sandbox',
    async set(page) {
      await page.keyboard.press('Escape');
      await page.click('[data-open="chart"]');
      await page.click('[data-open="ladder"]', { modifiers: ['Shift'] });
    },
  },
  {
    name: 'scene-answers',
    async set(page) {
      await scene(page, 'time-wait');
      await page.click('.scene-line button');
    },
  },
  {
    name: 'large-text',
    async set(page) {
      await page.click('.scene-line button');
      await page.click('[title="Large text, for projectors"]');
    },
  },
];

async function scene(page: Page, name: string): Promise<void> {
  await page.click('[data-open="scenes"]');
  await page.click(`[data-scene="${name}"]`);
  await page.waitForSelector(`.scene-bar[data-over="true"] strong:text-is("${name}")`, { timeout: 60_000 });
}

/** Connections in several states, and timers of several kinds. */
async function sandbox(page: Page): Promise<void> {
  await page.click('[data-open="scenes"]');
  await page.click('#start-sandbox');
  await page.waitForSelector('#sandbox-connect');
  await page.click('#play');
  await settle(page);
  const step = async (times: number): Promise<void> => {
    for (let count = 0; count < times; count++) {
      await page.click('#step-on');
      await settle(page);
    }
  };
  for (let count = 0; count < 5; count++) await page.click('#sandbox-connect');
  await step(8);
  await choose(page, 'A');
  await page.click('[data-call="A send 100"]');
  await step(14);
  await page.click('[data-call="A abort"]');
  await step(2);
  await page.keyboard.press(']');
  await page.click('[data-call="A close"]');
  await stepUntil(page, 'A', 'TIME-WAIT');
  await page.keyboard.press(']');
  for (let count = 0; count < 3; count++) await page.selectOption('[data-lose="A"]', 'data');
  await page.click('[data-call="A send 1"]');
  await page.selectOption('#step-kind', 'timer');
  await step(4);
  await page.selectOption('#step-kind', 'event');
  await page.keyboard.press(']');
  await page.click('[data-call="B send 1"]');
  await step(1);
  await page.keyboard.press('[');
}

/** Goes on to a moment at which the sender has heard of what its peer holds out of order. */
async function untilSacked(page: Page): Promise<void> {
  await scrubTo(page, 0.05);
  for (let count = 0; count < 300; count++) {
    await settle(page);
    if ((await page.locator('.sack[data-from]').count()) > 0) return;
    await page.click('#step-on');
  }
}

async function scrubTo(page: Page, share: number): Promise<void> {
  await page.locator('#scrubber').evaluate((input: HTMLInputElement, part) => {
    const { min, max } = input;
    input.value = String(Math.round(Number(min) + (Number(max) - Number(min)) * part));
    input.dispatchEvent(new Event('input', { bubbles: true }));
  }, share);
}

/** One view, with the whole page's width. */
async function alone(page: Page, key: string): Promise<void> {
  const close = page.locator('.pane').nth(1).locator('.pane-head > button');
  if ((await close.count()) > 0) await close.click();
  await page.keyboard.press(key);
}

async function take(
  folder: string,
  theme: Theme,
  size: { readonly width: number; readonly height: number },
  kept: boolean,
): Promise<void> {
  const browser = await openBrowser(size);
  try {
    const page = await openPage(browser, site.address);
    await page.evaluate((wanted) => localStorage.setItem('statewire.theme', wanted), theme);
    await page.reload();
    await page.waitForSelector('#start-sandbox');
    for (const picture of PICTURES) {
      await picture.set(page);
      await page.waitForTimeout(400);
      if (kept && !picture.kept) continue;
      const name = kept ? `${picture.name}.png` : `${picture.name}-${theme}-${size.width}.png`;
      const path = join(folder, name);
      await page.screenshot({ path });
      if (kept && statSync(path).size > LARGEST) throw new Error(`${name} is larger than ${LARGEST} bytes`);
    }
    if (page.failed.length > 0) throw new Error(`the page failed: ${page.failed.join('; ')}`);
  } finally {
    await browser.close();
  }
}

const site = await serveSite();
const folder = process.argv[2];
try {
  if (folder === undefined) {
    await take(fileURLToPath(new URL('../../docs/images', import.meta.url)), 'dark', KEPT_SIZE, true);
  } else {
    mkdirSync(folder, { recursive: true });
    for (const theme of THEMES) for (const size of SIZES) await take(folder, theme, size, false);
  }
} finally {
  await site.close();
}
