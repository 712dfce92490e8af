/** A Redis server of a test's own: on loopback, on a port that is free, with a folder that goes away with it. */

import { type ChildProcess, execFileSync, spawn } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { Lines } from './lines.ts';

/**
 * A `describe` for tests that need a Redis server. Where there is none they are skipped with the reason in the title; under
 * `STATEWIRE_REQUIRE_TUN=1`, which says that all of a machine is there, they fail with it.
 */
export function describeWithRedis(name: string, tests: () => void): void {
  const why = whyNoRedis();
  if (why === undefined) {
    describe(name, tests);
  } else if (process.env.STATEWIRE_REQUIRE_TUN === '1') {
    describe(name, () => {
      it('has a Redis server, since STATEWIRE_REQUIRE_TUN=1', () => expect.fail(why));
    });
  } else {
    describe.skip(`${name} (skipped: ${why})`, tests);
  }
}

function whyNoRedis(): string | undefined {
  try {
    execFileSync('redis-server', ['--version'], { stdio: 'ignore' });
    return undefined;
  } catch {
    return "redis-server is missing (Debian's package is redis-server)";
  }
}

export interface RedisServer {
  readonly url: string;
  readonly port: number;
  close(): Promise<void>;
}

export async function startRedis(): Promise<RedisServer> {
  const folder = mkdtempSync(join(tmpdir(), 'statewire-redis-'));
  const port = await freePort();
  const options = {
    port: String(port),
    bind: '127.0.0.1',
    dir: folder,
    save: '',
    appendonly: 'no',
    daemonize: 'no',
  };
  const args = Object.entries(options).flatMap(([name, value]) => [`--${name}`, value]);
  const server = spawn('redis-server', args, { stdio: ['ignore', 'pipe', 'inherit'] });
  await new Lines(server.stdout!).next((line) => line.includes('Ready to accept connections'), 20_000);
  return {
    port,
    url: `redis://127.0.0.1:${port}`,
    async close() {
      await ended(server, 'SIGTERM');
      rmSync(folder, { recursive: true, force: true });
    },
  };
}

/** Sends the signal, and waits for the end. */
export function ended(child: ChildProcess, signal: NodeJS.Signals): Promise<void> {
  return new Promise((resolve) => {
    if (child.exitCode !== null || child.signalCode !== null) resolve();
    child.once('exit', () => resolve());
    child.kill(signal);
  });
}

function freePort(): Promise<number> {
  return new Promise((resolve, reject) => {
    const server = createServer();
    server.once('error', reject);
    server.listen(0, '127.0.0.1', () => {
      const { port } = server.address() as { port: number };
      server.close(() => resolve(port));
    });
  });
}
