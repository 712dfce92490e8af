/** A headless Chromium with a profile of its own, and the built site on a port of its own. */

import { existsSync, mkdtempSync, rmSync } from 'node:fs';
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

export async function openBrowser(size = { width: 1_440, height: 900 }): Promise<Browser> {
  const profile = mkdtempSync(join(tmpdir(), 'statewire-browser-'));
  const context = await chromium.launchPersistentContext(profile, {
    executablePath: CHROMIUM,
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

export interface Site {
  readonly address: string;
  close(): Promise<void>;
}

let built: Promise<string> | undefined;

/** Builds the page once a process, into a folder of its own. */
function buildSite(): Promise<string> {
  built ??= (async () => {
    const outDir = mkdtempSync(join(tmpdir(), 'statewire-site-'));
    process.once('exit', () => rmSync(outDir, { recursive: true, force: true }));
    const configFile = fileURLToPath(new URL('../../inspector/vite.config.ts', import.meta.url));
    await build({ configFile, mode: 'site', logLevel: 'error', build: { outDir, emptyOutDir: true } });
    return outDir;
  })();
  return built;
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
