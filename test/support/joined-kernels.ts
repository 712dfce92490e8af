/** Two kernels' network stacks, in a namespace each, over `statewire link` in a third one. */

import type { ChildProcess } from 'node:child_process';
import { Lines } from './lines.ts';
import { exitOf, Namespace } from './namespace.ts';
import { CLI, type Event } from './serve.ts';

export type Way = Readonly<Record<string, number>>;

export interface LinkCounters extends Event {
  readonly out: Way;
  readonly in: Way;
}

/** The first has 198.18.0.1 and fd00::1, the second 198.18.0.2 and fd00::2; `out` is from the first to the second. */
export class JoinedKernels {
  readonly first: Namespace;
  readonly second: Namespace;
  readonly #between: Namespace;
  readonly #child: ChildProcess;
  readonly #lines: Lines;

  private constructor(namespaces: readonly [Namespace, Namespace, Namespace], child: ChildProcess) {
    [this.first, this.#between, this.second] = namespaces;
    this.#child = child;
    this.#lines = new Lines(child.stdout!);
  }

  static async join(flags: readonly string[]): Promise<JoinedKernels> {
    const namespaces = [
      await Namespace.create(),
      await Namespace.create(),
      await Namespace.create(),
    ] as const;
    const [first, between, second] = namespaces;
    const child = between.spawn(process.execPath, [
      CLI,
      'link',
      '--tun',
      'left',
      '--tun',
      'right',
      '--json',
      ...flags,
    ]);
    const joined = new JoinedKernels(namespaces, child);
    child.stderr!.resume();
    await joined.#lines.next((line) => (JSON.parse(line) as Event).event === 'ready');
    for (const [namespace, device, host] of [
      [first, 'left', 1],
      [second, 'right', 2],
    ] as const) {
      await between.ip('link', 'set', device, 'netns', namespace.name);
      await namespace.ip('address', 'add', `198.18.0.${host}/24`, 'dev', device);
      await namespace.ip('address', 'add', `fd00::${host}/64`, 'dev', device, 'nodad');
      await namespace.ip('link', 'set', device, 'up');
    }
    return joined;
  }

  /** Ends the link, and gives its counters. */
  async part(): Promise<LinkCounters> {
    this.#child.kill('SIGINT');
    const line = await this.#lines.next((text) => (JSON.parse(text) as Event).event === 'counters');
    const { code } = await exitOf(this.#child);
    if (code !== 0) throw new Error(`link ended with ${code}`);
    return JSON.parse(line) as LinkCounters;
  }

  async dispose(): Promise<void> {
    for (const namespace of [this.first, this.second, this.#between]) await namespace.dispose();
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.dispose();
  }
}
