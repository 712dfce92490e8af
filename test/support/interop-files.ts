/** Files that a kernel and a stack hand each other: a big one and a small one, and who serves and fetches them. */

import type { ChildProcess } from 'node:child_process';
import { createHash, randomBytes } from 'node:crypto';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect } from 'vitest';
import type { Namespace } from './namespace.ts';
import { CLI, KERNEL, STACK } from './serve.ts';

export const BIG_SIZE = 64 * 2 ** 20;
/** For whoever looks at each frame. */
export const MIDDLE_SIZE = 4 * 2 ** 20;

export const sha256 = (file: string): string => createHash('sha256').update(readFileSync(file)).digest('hex');

export class InteropFiles {
  readonly #folder = mkdtempSync(join(tmpdir(), 'statewire-'));
  /** What is served: `big`, `middle` and `small`. */
  readonly root = mkdtempSync(join(this.#folder, 'root-'));
  /** Of `big`. */
  readonly digest: string;

  constructor() {
    writeFileSync(join(this.root, 'big'), randomBytes(BIG_SIZE));
    writeFileSync(join(this.root, 'middle'), randomBytes(MIDDLE_SIZE));
    writeFileSync(join(this.root, 'small'), randomBytes(10_000));
    this.digest = sha256(join(this.root, 'big'));
  }

  /** A place for a file that is not served. */
  file(name: string): string {
    return join(this.#folder, name);
  }

  /** What `serve` is told to serve the files with. */
  http(more: readonly string[]): string[] {
    return ['--http', '80', '--root', this.root, '--writable', ...more];
  }

  dispose(): void {
    rmSync(this.#folder, { recursive: true, force: true });
  }

  /** A server of the kernel's, in the namespace; it serves the files at port 8000 of every address. */
  async kernelServer(namespace: Namespace): Promise<ChildProcess> {
    const args = ['-m', 'http.server', '8000', '--bind', '::', '--directory', this.root];
    const server = namespace.spawn('python3', args);
    await expect
      .poll(async () => (await namespace.exec('ss', ['-ltn'])).stdout, { timeout: 10_000 })
      .toContain(':8000');
    return server;
  }

  /** `statewire get`, to the file `fetched`. */
  async get(namespace: Namespace, url: string, flags: readonly string[]): Promise<void> {
    const args = [
      CLI,
      'get',
      url,
      '-o',
      this.file('fetched'),
      '--tun',
      'tun7',
      ...KERNEL,
      ...STACK,
      ...flags,
    ];
    const { code, stderr } = await namespace.exec(process.execPath, args, { timeoutMs: 150_000 });
    expect(`${code} ${code === 0 ? '' : stderr}`).toBe('0 ');
  }
}

/** `curl`, which must succeed. */
export async function curl(namespace: Namespace, args: readonly string[]): Promise<void> {
  const all = ['--fail', '--silent', '--show-error', '--max-time', '150', ...args];
  const { code, stderr } = await namespace.exec('curl', all, { timeoutMs: 160_000 });
  expect(`${code} ${stderr}`).toBe('0 ');
}
