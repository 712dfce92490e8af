/** A headless Chromium with a profile of its own, and the built site on a port of its own. */

import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, mkdtempSync, readdirSync, renameSync, rmSync, statSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { createServer, type Server } from 'node:http';
import { tmpdir } from 'node:os';
import { extname, join, normalize } from 'node:path';
import { fileURLToPath } from 'node:url';
import { type BrowserContext, chromium, type Page } from 'playwright-core';
import { build } from 'vite';

const CHROMIUM = '/usr/bin/chromium';
const ARGUMENTS = [
  '--headless',
  '--no-sandbox',
  '--disable-gpu',
  '--disable-quic',
  '--no-first-run',
  '--disable-background-networking',
  '--disable-component-update',
  '--disable-sync',
];

/** Why browser tests can't run here; undefined when they can. */
export function whyNoBrowser(): string | undefined {
  if (existsSync(CHROMIUM)) return undefined;
  if (process.env.STATEWIRE_REQUIRE_TUN === '1')
    throw new Error(`${CHROMIUM} is missing, and the tests must run`);
  return `${CHROMIUM} is missing (Debian's package is chromium)`;
}

export interface Browser {
  readonly context: BrowserContext;
  close(): Promise<void>;
}

/** @param executablePath what starts the browser, if it is not to run here but in a namespace, say */
export async function openBrowser(
  size = { width: 1_440, height: 900 },
  executablePath = CHROMIUM,
): Promise<Browser> {
  const profile = mkdtempSync(join(tmpdir(), 'statewire-browser-'));
  const context = await chromium.launchPersistentContext(profile, {
    executablePath,
    args: ARGUMENTS,
    viewport: size,
    acceptDownloads: true,
  });
  return {
    context,
    async close() {
      await context.close();
      rmSync(profile, { recursive: true, force: true });
    },
  };
}

/** A page that notes what it asked for anywhere else, and what went wrong in it. */
export async function openPage(
  browser: Browser,
  address: string,
): Promise<Page & { readonly strayed: string[]; readonly failed: string[] }> {
  const page = await browser.context.newPage();
  await slowDown(page);
  followByDrawing(page);
  const strayed: string[] = [];
  const failed: string[] = [];
  const own = new URL(address).host;
  page.on('request', (request) => {
    const url = new URL(request.url());
    if (!['data:', 'blob:'].includes(url.protocol) && url.host !== own) strayed.push(request.url());
  });
  page.on('websocket', (socket) => {
    if (new URL(socket.url()).host !== own) strayed.push(socket.url());
  });
  page.on('pageerror', (error) => failed.push(String(error)));
  page.on('console', (message) => {
    if (message.type() === 'error') failed.push(message.text());
  });
  await page.goto(address);
  return Object.assign(page, { strayed, failed });
}

/** How many times slower than it could a page is to run: `STATEWIRE_SLOW_PAGE=8` finds the test that reads before it has drawn. */
export function slowness(): number {
  return Number(process.env.STATEWIRE_SLOW_PAGE ?? 1);
}

async function slowDown(page: Page): Promise<void> {
  const rate = slowness();
  if (rate === 1) return;
  const tools = await page.context().newCDPSession(page);
  await tools.send('Emulation.setCPUThrottlingRate', { rate });
}

/**
 * What a person did is over when it can be seen. Playwright's is over once the event is dispatched, though the page draws with its
 * next picture, and a `<details>` tells that it was opened in a task of its own: a test that looked at once would see the page before.
 */
function followByDrawing(page: Page): void {
  const follow = (on: object, names: readonly string[]): void => {
    const methods = on as Record<string, (...given: unknown[]) => Promise<unknown>>;
    for (const name of names) {
      const act = methods[name]!.bind(on);
      methods[name] = async (...given) => {
        const result = await act(...given);
        await drawn(page);
        return result;
      };
    }
  };
  follow(page, ['click', 'dblclick', 'hover', 'fill', 'check', 'uncheck', 'selectOption']);
  follow(page.keyboard, ['press', 'type']);
  follow(page.mouse, ['move', 'up', 'wheel']);
}

/** Waits until all that the page was told and asked is drawn. */
export async function drawn(page: Page): Promise<void> {
  // No function is named in here: tsx would call a helper of its own, which the page does not have.
  await page.evaluate(async () => {
    const { statewire } = globalThis as unknown as { statewire?: { drawn(): Promise<void> } };
    for (let picture = 0; picture < 2; picture++) await new Promise((shown) => requestAnimationFrame(shown));
    await statewire?.drawn();
  });
}

export interface Site {
  readonly address: string;
  close(): Promise<void>;
}

/** What the page is made of: a change in any of it makes another page. */
const SOURCES = [
  'inspector',
  'machines',
  'src',
  'test/conformance/event-processing.csv',
  'package-lock.json',
];
const PROJECT = fileURLToPath(new URL('../..', import.meta.url));
const BUILDS = join(PROJECT, 'node_modules/.cache/statewire-site');

/** The built page's folder. Test files run in processes of their own: whoever comes first builds it for all. */
async function buildSite(): Promise<string> {
  const hash = createHash('sha256');
  for (const source of SOURCES) {
    for (const { path, mtimeMs, size } of filesIn(join(PROJECT, source)))
      hash.update(`${path} ${mtimeMs} ${size}\n`);
  }
  const folder = join(BUILDS, hash.digest('hex').slice(0, 16));
  if (existsSync(folder)) return folder;
  mkdirSync(BUILDS, { recursive: true });
  const outDir = mkdtempSync(join(BUILDS, 'building-'));
  const configFile = join(PROJECT, 'inspector/vite.config.ts');
  await build({ configFile, mode: 'site', logLevel: 'error', build: { outDir, emptyOutDir: true } });
  try {
    renameSync(outDir, folder);
  } catch {
    // Another process was faster.
    rmSync(outDir, { recursive: true, force: true });
  }
  for (const old of readdirSync(BUILDS)) {
    const path = join(BUILDS, old);
    if (path !== folder && Date.now() - statSync(path).mtimeMs > 3_600_000)
      rmSync(path, { recursive: true, force: true });
  }
  return folder;
}

function filesIn(path: string): { readonly path: string; readonly mtimeMs: number; readonly size: number }[] {
  const { mtimeMs, size } = statSync(path);
  if (!statSync(path).isDirectory()) return [{ path, mtimeMs, size }];
  return readdirSync(path)
    .sort()
    .flatMap((name) => filesIn(join(path, name)));
}

/** Serves the site from a plain file server, on a free port of this machine. */
export async function serveSite(): Promise<Site> {
  const folder = await buildSite();
  const types: Record<string, string> = {
    '.html': 'text/html',
    '.js': 'text/javascript',
    '.css': 'text/css',
  };
  const server: Server = createServer((request, response) => {
    const { pathname } = new URL(request.url ?? '/', 'http://127.0.0.1');
    const file = join(folder, normalize(pathname === '/' ? '/index.html' : pathname));
    readFile(file).then(
      (bytes) => response.writeHead(200, { 'content-type': types[extname(file)] ?? 'text/plain' }).end(bytes),
      () => response.writeHead(404).end(),
    );
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as { port: number };
  return {
    address: `http://127.0.0.1:${port}/`,
    close: () =>
      new Promise((resolve) => {
        server.closeAllConnections();
        server.close(() => resolve());
      }),
  };
}
