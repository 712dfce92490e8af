/**
 * Two endpoints on a virtual link, with everything that a scene does to them: scripted losses and delays, old segments that
 * come back, a crash.
 */

import { type Observable, Subject, type Subscription } from 'rxjs';
import { StackError } from '../errors.ts';
import type { Device, Frame } from '../net/index.ts';
import { type ImpairedDevice, type Impairments, impair, pair } from '../net/index.ts';
import type { Connection, ConnectionOptions, Listener, ListenOptions, Stack } from '../stack/api.ts';
import { createStack } from '../stack/stack.ts';
import { encodeTcp, NO_BYTES, NO_OPTIONS, parseAddress, type TcpSegment } from '../wire/index.ts';
import { type LadderPart, type LayoutOptions, layOut } from './ladder.ts';
import { type End, otherEnd, Recorder } from './recorder.ts';
import { type SeededRandom, seededRandom } from './seeded-random.ts';
import type { Stage } from './stage.ts';
import { type VirtualClock, virtualClock } from './virtual-clock.ts';

const HOSTS = {
  A: { address: '192.168.1.116', port: 3337 },
  B: { address: '192.168.1.123', port: 7788 },
} as const;

/** One way. */
const DELAY_MS = 10;
/** No scene comes near it: a scene that does runs for ever. */
const MAX_STEPS = 2_000_000;

export interface WorldOptions {
  readonly seed: number | string;
  /** When the virtual clock starts: after the part before. Default 0. */
  readonly startMs?: number;
  readonly a?: ConnectionOptions;
  readonly b?: ConnectionOptions;
  /** What goes wrong on the way: `out` is from A to B. */
  readonly link?: { readonly in?: Impairments; readonly out?: Impairments };
  /** Who looks on; by default nobody does. */
  readonly stage?: Stage | undefined;
}

export interface PartOptions extends Partial<LayoutOptions> {
  readonly title?: string;
  readonly showsWindow?: boolean;
  readonly abridged?: { readonly first: number; readonly last: number };
}

/**
 * Two stacks, a link between them and a recorder of it all.
 *
 * @example
 * ```ts
 * const world = new World({ seed: 1, a: { iss: 100 }, b: { iss: 300 } });
 * world.b.listen();
 * world.recorder.begin();
 * await world.play(async () => void (await world.a.connect()));
 * const { rows } = world.part();
 * ```
 */
export class World {
  readonly clock: VirtualClock;
  readonly recorder: Recorder;
  readonly a: Endpoint;
  readonly b: Endpoint;
  readonly link: ImpairedDevice;
  readonly stage: Stage | undefined;

  constructor(options: WorldOptions) {
    const { startMs = 0, stage } = options;
    const random = seededRandom(options.seed);
    const clock = stage?.clock(startMs) ?? virtualClock({ startMs });
    this.clock = clock;
    this.stage = stage;
    this.recorder = new Recorder(() => clock.now());
    const [left, right] = pair(clock, { delayMs: DELAY_MS });
    this.link = impair(left, { ...options.link, clock, random: random.fork('link') });
    this.link.lost$.subscribe((loss) => this.recorder.losses(loss));
    this.a = new Endpoint(this, 'A', this.link, random.fork('A'), options.a ?? {});
    this.b = new Endpoint(this, 'B', right, random.fork('B'), options.b ?? {});
    stage?.stacks({ A: this.a.stack, B: this.b.stack });
  }

  sleep(ms: number): Promise<void> {
    return new Promise((resolve) => this.clock.setTimeout(() => resolve(), ms));
  }

  /** Runs the users' scripts side by side, and the clock until nothing is left to do. Throws what a script throws. */
  async play(...scripts: readonly (() => Promise<void>)[]): Promise<void> {
    let failed = false;
    let done = false;
    const all = Promise.all(scripts.map((script) => script())).then(
      () => {
        done = true;
      },
      (error: unknown) => {
        failed = true;
        throw error;
      },
    );
    all.catch(() => {});
    await this.clock.run({
      maxSteps: MAX_STEPS,
      until: () => {
        this.recorder.poll();
        return failed;
      },
    });
    if (!done && !failed) throw new Error('a scene waits for something that never happens');
    await all;
  }

  /** A connection from A to B, whole, before the ladder begins. */
  async establish(): Promise<{
    readonly a: Connection;
    readonly b: Connection;
    readonly listener: Listener;
  }> {
    const listener = this.b.listen();
    let a: Connection | undefined;
    let b: Connection | null = null;
    await this.play(
      async () => {
        a = await this.a.connect();
      },
      async () => {
        b = await listener.accept();
      },
    );
    return { a: a!, b: b!, listener };
  }

  /** What was recorded, as a part of a ladder. */
  part(options: PartOptions = {}): LadderPart {
    const { title, showsWindow = false, abridged, splitsCrossing = true, beside } = options;
    const { recording } = this.recorder;
    const layout = beside ? { splitsCrossing, beside } : { splitsCrossing };
    return {
      title,
      hosts: HOSTS,
      rows: layOut(recording, layout),
      passages: recording.passages,
      showsWindow,
      abridged,
    };
  }
}

export class Endpoint {
  readonly end: End;
  readonly address: string;
  readonly port: number;
  stack: Stack;
  readonly #world: World;
  readonly #device: Device;
  readonly #random: SeededRandom;
  #plug: Plug;
  #unwatch: () => void;
  #life = 1;

  constructor(world: World, end: End, device: Device, random: SeededRandom, options: ConnectionOptions) {
    this.#world = world;
    this.end = end;
    this.address = HOSTS[end].address;
    this.port = HOSTS[end].port;
    this.#device = device;
    this.#random = random;
    this.#plug = new Plug(device);
    this.stack = this.#boot(options);
    this.#unwatch = world.recorder.watch(end, this.stack);
  }

  get #peer(): { readonly address: string; readonly port: number } {
    return HOSTS[otherEnd(this.end)];
  }

  /** Active OPEN from this end's port to the other's. */
  connect(options: ConnectionOptions & { readonly reuseAddress?: boolean } = {}): Promise<Connection> {
    const { address: host, port } = this.#peer;
    return this.stack.connect({ ...options, host, port, localPort: this.port });
  }

  /** Passive OPEN at this end's port. */
  listen(options: Partial<ListenOptions> = {}): Listener {
    const listener = this.stack.listen({ ...options, port: this.port });
    this.#world.recorder.setState(this.end, 'LISTEN');
    return listener;
  }

  /** Notes what the user does or gets. */
  say(text: string): void {
    this.#world.recorder.call(this.end, text);
  }

  /**
   * Notes a call by its name, and by `returns` what came of it; an error by its code in any case, which is then undefined.
   */
  async call<T>(
    name: string,
    call: () => Promise<T>,
    returns?: (value: T) => string,
  ): Promise<T | undefined> {
    this.say(name);
    try {
      const value = await call();
      if (returns) this.say(returns(value));
      return value;
    } catch (error) {
      if (!(error instanceof StackError)) throw error;
      this.say(`${name.replace(' waits', '')}: ${error.code}`);
      return undefined;
    }
  }

  /** Loses all that it knew, without a word to anybody, and starts anew with the same address. */
  reboot(options: ConnectionOptions): void {
    this.#unwatch();
    this.#world.stage?.stacks(undefined);
    this.#plug.pull();
    this.#life++;
    this.#plug = new Plug(this.#device);
    this.stack = this.#boot(options);
    this.#unwatch = this.#world.recorder.watch(this.end, this.stack);
    this.#world.recorder.setState(this.end, 'CLOSED');
    this.#world.stage?.stacks({ A: this.#world.a.stack, B: this.#world.b.stack });
  }

  /** Keeps the next segment that this end sends on its way for `ms` more; others overtake it. */
  delayNext(ms: number): void {
    this.#plug.delayNext((frame, device) => {
      this.#world.clock.setTimeout(() => device.write(frame), ms);
    });
  }

  /** An old segment of this end's, kept by the network until now, goes on to the other end. */
  replay(segment: Pick<TcpSegment, 'seq' | 'ack' | 'flags'>): void {
    const peer = this.#peer;
    const frame = encodeTcp(
      { src: parseAddress(this.address)!, dst: parseAddress(peer.address)! },
      {
        srcPort: this.port,
        dstPort: peer.port,
        wnd: 65_535,
        up: 0,
        options: NO_OPTIONS,
        text: NO_BYTES,
        ...segment,
      },
    );
    this.#world.recorder.injected(this.end, frame);
    this.#device.write(frame);
  }

  #boot(options: ConnectionOptions): Stack {
    const { stage, clock, link } = this.#world;
    const own = { device: this.#plug, clock, random: this.#random.fork(`life ${this.#life}`) };
    const parts = stage?.parts(this.end, own, this.end === 'A' ? link : undefined) ?? own;
    return createStack({ ...options, ...parts, addresses: [this.address] });
  }
}

/** Joins a stack to a device, until it is pulled: then nothing goes in or out, and the stack is left to itself. */
class Plug implements Device {
  readonly name: string;
  readonly mtu: number;
  readonly frames$: Observable<readonly Frame[]>;
  readonly drained$: Observable<void>;
  readonly #device: Device;
  readonly #frames = new Subject<readonly Frame[]>();
  readonly #subscription: Subscription;
  #delay: ((frame: Frame, device: Device) => void) | undefined;
  #pulled = false;

  constructor(device: Device) {
    this.name = device.name;
    this.mtu = device.mtu;
    this.#device = device;
    this.frames$ = this.#frames.asObservable();
    this.drained$ = device.drained$;
    this.#subscription = device.frames$.subscribe(this.#frames);
  }

  write(frame: Frame): boolean {
    if (this.#pulled) return true;
    const delay = this.#delay;
    if (!delay) return this.#device.write(frame);
    this.#delay = undefined;
    delay(frame, this.#device);
    return true;
  }

  delayNext(delay: (frame: Frame, device: Device) => void): void {
    this.#delay = delay;
  }

  pull(): void {
    this.#pulled = true;
    this.#subscription.unsubscribe();
    this.#frames.complete();
  }

  close(): void {
    this.pull();
  }
}
