import { type ChildProcess, spawn } from 'node:child_process';
import { text } from 'node:stream/consumers';
import { fileURLToPath } from 'node:url';
import { afterEach, describe, expect, it } from 'vitest';
import { Lines } from '../../support/lines.ts';
import { exitOf } from '../../support/namespace.ts';

const PROJECT = fileURLToPath(new URL('../../..', import.meta.url));
let running: ChildProcess | undefined;

afterEach(() => {
  // The whole group, as a terminal would.
  if (running?.pid !== undefined && running.exitCode === null && running.signalCode === null) {
    process.kill(-running.pid, 'SIGKILL');
  }
  running = undefined;
});

function npm(...words: readonly string[]): ChildProcess {
  running = spawn('npm', words, { cwd: PROJECT, stdio: ['ignore', 'pipe', 'pipe'], detached: true });
  return running;
}

describe('npm run sandbox', () => {
  it('builds the site, prints its address, and serves it to this machine until it is interrupted', async () => {
    const child = npm('run', 'sandbox', '--', '--port', '0');
    const said = new Lines(child.stdout!);
    const line = await said.next((each) => each.startsWith('http://'), 60_000);
    const [, url = ''] = /^(http:\/\/127\.0\.0\.1:\d+\/) /.exec(line) ?? [];
    const page = await fetch(url);
    expect(page.status).toBe(200);
    expect(await page.text()).toContain('<title>statewire inspector</title>');
    for (const path of ['nothing', '%', '..%2f..%2fpackage.json', '%2e%2e/%2e%2e/package.json']) {
      expect((await fetch(`${url}${path}`)).status, path).toBe(404);
    }
    expect((await fetch(url)).status).toBe(200);
    process.kill(-child.pid!, 'SIGINT');
    const { code, signal } = await exitOf(child);
    expect(signal === 'SIGINT' || code !== null).toBe(true);
    await expect(fetch(url)).rejects.toThrow();
  }, 90_000);
});

describe('npm start', () => {
  it('prints the scene that demo prints, and names npm run sandbox in its last line', async () => {
    const child = npm('start', '--silent');
    const [printed, { code }] = await Promise.all([text(child.stdout!), exitOf(child, 25_000)]);
    expect(code).toBe(0);
    expect(printed).toContain('ESTABLISHED');
    expect(printed.trim().split('\n').at(-1)).toContain('npm run sandbox');
  });

  it('leaves what is printed for a program alone', async () => {
    const child = npm('start', '--silent', '--', 'handshake', '--json');
    const [printed, { code }] = await Promise.all([text(child.stdout!), exitOf(child, 25_000)]);
    expect(code).toBe(0);
    for (const line of printed.trim().split('\n')) expect(() => JSON.parse(line)).not.toThrow();
  });
});
