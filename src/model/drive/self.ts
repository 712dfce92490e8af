/** statewire itself as a target: real bytes to and from a real stack, on virtual time. */

import { StackError } from '../../errors.ts';
import type { Device } from '../../net/device.ts';
import { pair } from '../../net/pair.ts';
import { seededRandom } from '../../sim/seeded-random.ts';
import { type VirtualClock, virtualClock } from '../../sim/virtual-clock.ts';
import type { CloseReason, Connection, Listener, State } from '../../stack/api.ts';
import type { StackInternals } from '../../stack/internals.ts';
import { createStack, type TcpStack } from '../../stack/stack.ts';
import { parseAddress } from '../../wire/index.ts';
import type { Endpoint, Session, SessionOptions, Target, Told } from './target.ts';

const STACK = parseAddress('198.18.0.1')!;
const PEER = parseAddress('198.18.0.2')!;
/** So long that nothing is sent again while a word is about something else. */
const PATIENCE = { rtoInitialMs: 60_000, rtoMinMs: 30_000 };
const USER_TIMEOUT_MS = 36_000_000;
const KEEP_ALIVE_MS = 600_000;
const KEEP_ALIVE_SOONER_MS = 300_000;

export interface SelfOptions {
  readonly seed?: number;
  /** What an inspector would be given (a chart's every step), for reports of which arrows were taken. */
  readonly inspect?: StackInternals['inspect'];
}

/** A target that is a stack of its own for every word, so that words cannot disturb each other. */
export function selfTarget({ seed = 1, inspect }: SelfOptions = {}): Target {
  return {
    name: 'self',
    realTime: false,
    answersWithinMs: 100,
    userTimeoutMs: USER_TIMEOUT_MS,
    tells: new Set<Told>([
      'opened',
      'text',
      'closing',
      'closed',
      'reset',
      'refused',
      'timeout',
      'unreachable',
    ]),
    choosesTimeWaitProtection: true,
    tellsWhoClosed: true,
    slow: new Set(),
    sessions: 1,
    cannot: () => undefined,
    session: async (options) => new SelfSession(options, seed, inspect),
    close: async () => {},
  };
}

class SelfSession implements Session {
  readonly stack: Endpoint;
  readonly peer: Endpoint;
  readonly #clock: VirtualClock = virtualClock();
  readonly #host: TcpStack;
  readonly #device: Device;
  readonly #heard: Uint8Array[] = [];
  #listener: Listener | undefined;
  #connection: Connection | undefined;
  #told: Told[] = [];
  #read: number[] = [];
  /** Those seen so far, and those of them that still have something to tell. */
  readonly #seen = new Set<Connection>();
  readonly #watched = new Set<Connection>();

  constructor(options: SessionOptions, seed: number, inspect: SelfOptions['inspect']) {
    this.stack = { address: STACK, port: 7_788 };
    this.peer = { address: PEER, port: 10_000 + (options.index % 50_000) };
    const [left, right] = pair(this.#clock);
    this.#device = right;
    right.frames$.subscribe((frames) => this.#heard.push(...frames));
    this.#host = createStack(
      {
        device: left,
        addresses: [STACK.toString()],
        clock: this.#clock,
        random: seededRandom(seed + options.index),
        ...PATIENCE,
        timeWaitProtection: options.timeWaitProtection,
        userTimeoutMs: options.userTimeout ? USER_TIMEOUT_MS : Number.POSITIVE_INFINITY,
        ...(options.keepAlive ? { keepAliveMs: KEEP_ALIVE_MS } : {}),
      },
      inspect ? { inspect } : {},
    ) as TcpStack;
  }

  async open(kind: 'active' | 'passive'): Promise<void> {
    if (kind === 'passive') {
      this.#listener = this.#host.listen({ port: this.stack.port });
      return;
    }
    this.#connection = this.#host.open({
      host: this.peer.address.toString(),
      port: this.peer.port,
      localPort: this.stack.port,
    });
    this.#watch(this.#connection);
  }

  async send(bytes: Uint8Array): Promise<void> {
    this.#current().tryWrite(bytes);
  }

  async close(both: boolean): Promise<void> {
    const connection = this.#present();
    if (connection === undefined) {
      await this.#closeListener();
      return;
    }
    // That the peer resets it afterwards is told by `closed`.
    const closing = both ? connection.close() : connection.shutdown();
    closing.catch(() => {});
  }

  async abort(): Promise<void> {
    const connection = this.#present();
    if (connection === undefined) await this.#closeListener();
    else connection.abort();
  }

  async keepAliveSooner(): Promise<void> {
    this.#current().set({ keepAliveMs: KEEP_ALIVE_SOONER_MS });
  }

  inject(packet: Uint8Array): void {
    this.#device.write(packet);
  }

  async wait(ms: number, until: () => boolean = () => false): Promise<void> {
    await this.#clock.run({
      untilMs: this.#clock.now() + ms,
      until: () => {
        this.#look();
        return until();
      },
    });
    this.#look();
  }

  heard(): readonly Uint8Array[] {
    return this.#heard.splice(0);
  }

  state(): State {
    this.#look();
    return this.#present()?.state ?? (this.#listener ? 'LISTEN' : 'CLOSED');
  }

  told(): readonly Told[] {
    return this.#told.splice(0);
  }

  read(): Uint8Array {
    return Uint8Array.from(this.#read);
  }

  async end(): Promise<void> {
    const closed = this.#host.close(0);
    await this.#clock.run();
    await closed;
  }

  async #closeListener(): Promise<void> {
    const listener = this.#listener;
    this.#listener = undefined;
    await listener?.close();
  }

  #current(): Connection {
    const connection = this.#present();
    if (connection === undefined) throw new Error('a call was made where there is no connection');
    return connection;
  }

  /** The connection that has a TCB; accepted or not, since a user may close before ESTABLISHED. */
  #present(): Connection | undefined {
    return [...this.#host.connections][0];
  }

  /** Sees what has changed, as a user with a pending RECEIVE and a pending accept would. */
  #look(): void {
    this.#listener?.tryAccept();
    for (const connection of this.#host.connections) this.#watch(connection);
    for (const connection of this.#watched) this.#receive(connection);
  }

  #watch(connection: Connection): void {
    if (this.#seen.has(connection)) return;
    this.#seen.add(connection);
    this.#watched.add(connection);
    this.#read = [];
    connection.opened.then(
      () => this.#told.push('opened'),
      () => {},
    );
    void connection.closed.then((reason) => {
      this.#watched.delete(connection);
      const told = TOLD[reason.how];
      if (told) this.#told.push(told);
    });
  }

  #receive(connection: Connection): void {
    try {
      for (let text = connection.tryRead(); text !== undefined; text = connection.tryRead()) {
        if (text === null) {
          this.#told.push('closing');
          this.#watched.delete(connection);
          return;
        }
        this.#told.push('text');
        this.#read.push(...text);
      }
    } catch (error) {
      // What went wrong is told by `closed`; only errors of ours are not.
      if (!(error instanceof StackError)) throw error;
    }
  }
}

const TOLD: { readonly [How in CloseReason['how']]?: Told } = {
  closed: 'closed',
  reset: 'reset',
  refused: 'refused',
  timeout: 'timeout',
  unreachable: 'unreachable',
};
