/**
 * `npm run screenshots [-- FOLDER]`: pictures of every view, dark and light, at two sizes, of a run that is the same every time.
 * Without a folder only those that the documents show are made, in docs/images.
 */

import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { Page } from 'playwright-core';
import { openBrowser, openPage, serveSite } from '../../test/browser/browser.ts';
import { settle } from '../../test/browser/sandbox.ts';

const SIZES = [
  { width: 1_440, height: 900 },
  { width: 1_920, height: 1_080 },
] as const;
const THEMES = ['dark', 'light'] as const;

type Theme = (typeof THEMES)[number];

interface Picture {
  readonly name: string;
  /** Shown in the documents: dark, at the smaller size. */
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
      await page.hover('[data-plot="Congestion"] .u-over', { position: { x: 260, y: 60 } });
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
  { name: 'time', set: (page) => alone(page, '7') },
  {
    name: 'faults',
    kept: true,
    async set(page) {
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

/** Connections in several states, timers among them that have backed off. */
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
  await step(15);
  await choose(page, 'A');
  await page.click('[data-call="A send 100"]');
  await step(10);
  await page.click('[data-call="A close"]');
  await step(40);
  await page.keyboard.press(']');
  await page.keyboard.press(']');
  await page.selectOption('[data-lose="A"]', 'data');
  await page.selectOption('[data-lose="A"]', 'data');
  await page.click('[data-call="A send 1"]');
  await page.selectOption('#step-kind', 'timer');
  await step(3);
  await page.selectOption('#step-kind', 'event');
}

async function choose(page: Page, host: string): Promise<void> {
  const options = page.locator('#connection-picker option', { hasText: new RegExp(`^${host} `) });
  await page.selectOption('#connection-picker', (await options.first().getAttribute('value')) ?? '');
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
  size: (typeof SIZES)[number],
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
      await page.screenshot({ path: join(folder, name) });
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
    await take(fileURLToPath(new URL('../../docs/images', import.meta.url)), 'dark', SIZES[0], true);
  } else {
    mkdirSync(folder, { recursive: true });
    for (const theme of THEMES) for (const size of SIZES) await take(folder, theme, size, false);
  }
} finally {
  await site.close();
}
