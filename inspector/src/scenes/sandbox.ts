/** The sandbox: two hosts on a link, and a user at each of them who does what the page's visitor says. */

import { inspectable } from '../../../src/inspect/index.ts';
import { pair } from '../../../src/net/index.ts';
import { seededRandom } from '../../../src/sim/index.ts';
import type { Connection, Listener, Stack } from '../../../src/stack/api.ts';
import { createStack } from '../../../src/stack/stack.ts';
import type { GatedClock } from './gated-clock.ts';
import type { Recipe } from './page-run.ts';

export const HOSTS = {
  A: { address: '192.168.1.116', port: 3337 },
  B: { address: '192.168.1.123', port: 7788 },
} as const;

export interface SandboxOptions {
  readonly seed: number;
  /** One way. */
  readonly delayMs: number;
  /** What B does with text: throws it away once read, or sends it back. */
  readonly server: 'reads' | 'echoes';
  /** B closes as soon as A has; otherwise it stays in CLOSE-WAIT until it is told to. */
  readonly closes: boolean;
  readonly mslMs: number;
}

export const SANDBOX: SandboxOptions = { seed: 1, delayMs: 10, server: 'reads', closes: true, mslMs: 30_000 };

/** Small enough for a visitor to fill. */
const BACKLOG = { backlog: 4, halfOpenBacklog: 8 } as const;

/** What a visitor can do in the sandbox besides what the inspector's commands do to a connection. */
export const ACTIONS = [
  'connect',
  'simultaneous-open',
  'B stops reading',
  'B reads on',
  'listen',
  'stop listening',
] as const;

export function sandboxRecipe(options: SandboxOptions): Recipe<Sandbox> {
  return {
    name: `sandbox, seed ${options.seed}`,
    build(clock, stacks) {
      const sandbox = new Sandbox(clock, options);
      stacks({ A: sandbox.a, B: sandbox.b });
      return sandbox;
    },
    async run(_, clock) {
      for (;;) {
        await clock.armed();
        await clock.run();
      }
    },
    act: (sandbox, action) => sandbox.act(action),
  };
}

export class Sandbox {
  readonly a: Stack;
  readonly b: Stack;
  readonly #options: SandboxOptions;
  #listener: Listener | undefined;
  #connects = 0;
  /** Waited for by B's program while it hangs: it neither reads nor accepts. */
  #gate: { readonly open: Promise<void>; release(): void } | undefined;

  constructor(clock: GatedClock, options: SandboxOptions) {
    this.#options = options;
    const random = seededRandom(options.seed);
    const [left, right] = pair(clock, { delayMs: options.delayMs, names: ['A', 'B'] });
    const stack = (name: 'A' | 'B', device: typeof left): Stack =>
      createStack({
        device: inspectable({ device, clock, random: random.fork(`link of ${name}`) }).device,
        addresses: [HOSTS[name].address],
        clock,
        random: random.fork(name),
        mslMs: options.mslMs,
      });
    this.a = stack('A', left);
    this.b = stack('B', right);
    this.#listen();
  }

  act(action: string): void {
    switch (action) {
      case 'connect':
        return this.#connect();
      case 'simultaneous-open':
        return this.#openBoth();
      case 'listen':
        return this.#listen();
      case 'stop listening':
        void this.#listener?.close();
        this.#listener = undefined;
        return;
      case 'B stops reading': {
        let release!: () => void;
        const open = new Promise<void>((resolve) => {
          release = resolve;
        });
        this.#gate ??= { open, release };
        return;
      }
      case 'B reads on':
        this.#gate?.release();
        this.#gate = undefined;
        return;
      default:
        throw new RangeError(`the sandbox knows no "${action}"`);
    }
  }

  #listen(): void {
    if (this.#listener) return;
    const listener = this.b.listen({ port: HOSTS.B.port, ...BACKLOG });
    this.#listener = listener;
    void (async () => {
      for await (const connection of listener) {
        void this.#serve(connection);
        if (this.#gate) await this.#gate.open;
      }
    })();
  }

  /** From the port of the textbooks at first, then from the next ones. */
  #connect(): void {
    const connection = this.a.open({
      host: HOSTS.B.address,
      port: HOSTS.B.port,
      localPort: HOSTS.A.port + this.#connects++,
    });
    void this.#read(connection);
  }

  #openBoth(): void {
    const n = this.#connects++;
    const a = HOSTS.A.port + n;
    const b = HOSTS.B.port + 1 + n;
    void this.#read(this.a.open({ host: HOSTS.B.address, port: b, localPort: a }));
    void this.#serve(this.b.open({ host: HOSTS.A.address, port: a, localPort: b }));
  }

  /** A's user reads whatever comes; how a connection ends is on the page. */
  async #read(connection: Connection): Promise<void> {
    try {
      while (await connection.read());
    } catch {
      // Told by the chart.
    }
  }

  async #serve(connection: Connection): Promise<void> {
    try {
      for (;;) {
        if (this.#gate) await this.#gate.open;
        const text = await connection.read();
        if (!text) break;
        if (this.#options.server === 'echoes') await connection.write(text);
      }
      if (this.#options.closes) await connection.close();
    } catch {
      // Told by the chart.
    }
  }
}
