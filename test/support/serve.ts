/** `statewire serve` as a user runs it: the built command, in a namespace, with what it says as JSON. */

import type { ChildProcess } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { Lines } from './lines.ts';
import { exitOf, type Namespace } from './namespace.ts';

export const PROJECT = fileURLToPath(new URL('../..', import.meta.url));
export const CLI = fileURLToPath(new URL('../../dist/src/cli/main.js', import.meta.url));

/** The addresses of every test: the kernel's end of the device is .1, the stack's .2. */
export const KERNEL = ['--kernel', '198.18.0.1/24', '--kernel', 'fd00::1/64'];
export const STACK = ['--address', '198.18.0.2', '--address', 'fd00::2'];

export interface Event {
  readonly event: string;
  readonly [field: string]: unknown;
}

export interface Stats extends Event {
  readonly connections: number;
  readonly states: Readonly<Record<string, number>>;
  readonly heapUsed: number;
  readonly counters: Readonly<Record<string, number>>;
  readonly totals: Readonly<Record<string, number>>;
}

export class Serve {
  readonly #child: ChildProcess;
  readonly #lines: Lines;
  #stderr = '';
  /** What it said when it was. */
  ready: Event = { event: 'ready' };

  private constructor(child: ChildProcess) {
    this.#child = child;
    this.#lines = new Lines(child.stdout!);
    child.stderr!.on('data', (data) => {
      this.#stderr += data;
    });
  }

  static async start(namespace: Namespace, flags: readonly string[]): Promise<Serve> {
    const args = ['--expose-gc', CLI, 'serve', '--tun', 'tun7', ...KERNEL, ...STACK, '--json', ...flags];
    const serve = new Serve(namespace.spawn(process.execPath, args));
    serve.ready = await serve.next('ready').catch((error) => {
      throw new Error(`serve is not ready: ${serve.#stderr}`, { cause: error });
    });
    return serve;
  }

  /** The next event of that name, counted from the last one that was returned. */
  async next(name: string, timeoutMs = 30_000): Promise<Event> {
    const line = await this.#lines.next((text) => (JSON.parse(text) as Event).event === name, timeoutMs);
    return JSON.parse(line) as Event;
  }

  /** How things stand in the process, after a collection of its garbage. */
  async stats(): Promise<Stats> {
    this.#child.kill('SIGUSR2');
    return (await this.next('stats')) as Stats;
  }

  /** Asks until `enough` says so. */
  async until(enough: (stats: Stats) => boolean, timeoutMs = 20_000): Promise<Stats> {
    const deadline = Date.now() + timeoutMs;
    for (;;) {
      const stats = await this.stats();
      if (enough(stats)) return stats;
      if (Date.now() > deadline) throw new Error(`not within ${timeoutMs} ms: ${JSON.stringify(stats)}`);
      await new Promise((resolve) => setTimeout(resolve, 100));
    }
  }

  /** SIGINT, as a user ends it; gives the counters of its last line. */
  async stop(): Promise<Stats> {
    this.#child.kill('SIGINT');
    const counters = (await this.next('counters')) as Stats;
    const { code } = await exitOf(this.#child);
    if (code !== 0) throw new Error(`serve ended with ${code}: ${this.#stderr}`);
    return counters;
  }
}
