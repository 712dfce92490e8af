/** The page on live traffic: a stack on a TUN device, its inspector, and a browser, all of them in one namespace. */

import type { ChildProcess } from 'node:child_process';
import { chmodSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect } from 'vitest';
import { Lines } from '../support/lines.ts';
import { Namespace } from '../support/namespace.ts';
import { type Browser, openBrowser, openPage } from './browser.ts';
import type { LiveOptions, LiveRequest, Truth } from './live-truth.ts';

export type LivePage = Awaited<ReturnType<typeof openPage>>;

const STACK = fileURLToPath(new URL('./live-stack.ts', import.meta.url));

/** A namespace with a browser in it. */
export class LiveBrowser {
  readonly namespace: Namespace;
  /** For captures, records and downloads. */
  readonly folder: string;
  readonly #browser: Browser;

  private constructor(namespace: Namespace, folder: string, browser: Browser) {
    this.namespace = namespace;
    this.folder = folder;
    this.#browser = browser;
  }

  static async open(): Promise<LiveBrowser> {
    const namespace = await Namespace.create();
    const folder = mkdtempSync(join(tmpdir(), 'statewire-live-'));
    // The debugging pipes are inherited through ip and the shell.
    const script = join(folder, 'chromium');
    writeFileSync(script, `#!/bin/sh\nexec ip netns exec ${namespace.name} /usr/bin/chromium "$@"\n`);
    chmodSync(script, 0o755);
    return new LiveBrowser(namespace, folder, await openBrowser(undefined, script));
  }

  async show(url: string, mode: 'live' | 'record' = 'live'): Promise<LivePage> {
    const page = await openPage(this.#browser, url);
    await page.waitForSelector(`.mode[data-mode="${mode}"]`);
    return page;
  }

  async close(): Promise<void> {
    await this.#browser.close();
    await this.namespace.dispose();
    rmSync(this.folder, { recursive: true, force: true });
  }
}

/** What the page asked for was all its own, and nothing failed in it. */
export async function closePage(page: LivePage): Promise<void> {
  const { strayed, failed } = page;
  await page.close();
  expect(strayed).toEqual([]);
  expect(failed).toEqual([]);
}

/** The process of `live-stack.ts`. */
export class LiveStack {
  readonly url: string;
  readonly #child: ChildProcess;
  readonly #lines: Lines;

  private constructor(url: string, child: ChildProcess, lines: Lines) {
    this.url = url;
    this.#child = child;
    this.#lines = lines;
  }

  static async start({ namespace }: LiveBrowser, options: LiveOptions = {}): Promise<LiveStack> {
    const child = namespace.spawnTypeScript(STACK, [JSON.stringify(options)], {
      stdio: ['pipe', 'pipe', 'inherit'],
    });
    const lines = new Lines(child.stdout!);
    const { url } = JSON.parse(await lines.next()) as { url: string };
    return new LiveStack(url, child, lines);
  }

  async ask<T = unknown>(request: LiveRequest): Promise<T> {
    this.#child.stdin!.write(`${JSON.stringify(request)}\n`);
    return JSON.parse(await this.#lines.next()) as T;
  }

  truth(): Promise<Truth> {
    return this.ask<Truth>({ do: 'truth' });
  }

  /** Asks until this is so. */
  async until(isSo: (truth: Truth) => boolean, timeoutMs = 20_000): Promise<Truth> {
    const deadline = Date.now() + timeoutMs;
    for (;;) {
      const truth = await this.truth();
      if (isSo(truth)) return truth;
      if (Date.now() > deadline) throw new Error(`not within ${timeoutMs} ms: ${JSON.stringify(truth)}`);
      await new Promise((resolve) => setTimeout(resolve, 20));
    }
  }

  async connect(port: number): Promise<number> {
    const { client } = await this.ask<{ client: number }>({ do: 'connect', port });
    return client;
  }

  /** The last it says. */
  close(): Promise<Truth> {
    return this.ask<Truth>({ do: 'close' });
  }
}

/** Presses the button that stops the stack, and waits until the page is told that it stands. */
export async function pause(page: LivePage): Promise<void> {
  await page.click('#play:has-text("Pause")');
  await page.waitForSelector('.paused-note');
}

export async function goOn(page: LivePage): Promise<void> {
  await page.click('#play:has-text("Play")');
  await page.waitForSelector('.paused-note', { state: 'detached' });
}

/** Shows a connection, by the list in the header; `id` is what the stack calls it. */
export async function choose(page: LivePage, id: string): Promise<void> {
  const value = await page.$$eval(
    '#connection-picker option',
    (options, wanted) =>
      options.map((option) => option.getAttribute('value')).find((name) => name?.startsWith(`${wanted}#`)),
    id,
  );
  if (!value) throw new Error(`the page knows no connection ${id}`);
  await page.selectOption('#connection-picker', value);
}
