/**
 * The inspector: shows viewers what stacks do, and lets them interfere. Nothing of a stack is attached to while nobody
 * watches; whoever comes is told first what is, and then what happens.
 */

import { StackError } from '../errors.ts';
import type { Frame } from '../net/device.ts';
import type { Stack } from '../stack/api.ts';
import type { StackConnection } from '../stack/connection.ts';
import { TcpStack } from '../stack/stack.ts';
import { chartDefinitions } from './charts.ts';
import { cliOf } from './command-line.ts';
import { planCommand } from './commands.ts';
import { Faults } from './faults.ts';
import { isImpaired, isInspectable } from './inspectable-device.ts';
import { type Entry, Log, type Payload } from './log.ts';
import type { LogReader } from './log-reader.ts';
import type { Names } from './names.ts';
import {
  type Command,
  type ConnectionView,
  type Envelope,
  type Hello,
  PROTOCOL_VERSION,
  type RunView,
  type Snapshot,
} from './protocol.ts';
import { Recorder } from './recorder.ts';
import { type Recording, type RecordOptions, recordRun } from './recording.ts';
import { liveRun, type RunControl } from './run-control.ts';
import { viewActors, viewConnection, viewHost, viewListener } from './snapshot.ts';
import { UNKNOWN_SINCE } from './tcb-view.ts';

export interface InspectorOptions {
  /** How many entries are kept for viewers that read late, and thus how far behind they may be. Default 16,384. */
  readonly ring?: number;
  /** Whether viewers see the octets that users send each other. Default `masked`. */
  readonly payload?: Payload;
  /** Who moves the run on; by default time does, as on live traffic. */
  readonly run?: RunControl;
  /** What time of day the clock's 0 is, in milliseconds since 1970. */
  readonly epochMs?: number;
  /** The product's version, for `hello`. */
  readonly version?: string;
}

/** Something that viewers can watch: running stacks, or a saved run. */
export interface Source {
  /**
   * Begins to watch.
   *
   * @param limit how many entries are told at a time at most, and what is left at the next; by default there is no limit
   */
  attach(limit?: number): Viewer;
  /**
   * Does what a viewer asks for.
   *
   * @throws StackError EINVAL for what can't be done now, with the reason
   */
  execute(command: Command): void;
}

export interface Viewer {
  /**
   * What there is to tell since the last call, the oldest first: at first `hello` and `snapshot`. Where more has happened than
   * the ring holds, a gap says how many entries were left out.
   *
   * @param limit for this time, in place of the one given to `attach`
   */
  read(limit?: number): readonly Envelope[];
  close(): void;
}

export interface Inspector extends Source {
  /** Whether anybody watches. */
  readonly watched: boolean;
  /** Whether a viewer has stopped the run, and nobody has let it go on. */
  readonly paused: boolean;
  /** Calls `listener` with every entry from now on, none left out: for files and tests, which keep up. */
  listen(listener: (entry: Entry) => void): () => void;
  /**
   * Writes all that happens from now on as lines of a record, without their ends of line. A record that begins with the
   * stack, made of `inspectable({ …, record: true })`, can be run again; any other is for looking at.
   *
   * @example
   * ```ts
   * const parts = inspectable({ device, clock, random, record: true });
   * const inspector = createInspector(createStack({ ...parts, addresses }));
   * const recording = inspector.record((line) => file.write(`${line}\n`));
   * // …
   * recording.end();
   * ```
   */
  record(write: (line: string) => void, options?: RecordOptions): Recording;
  /** What `hello` and `snapshot` say now. */
  readonly hello: Hello;
  readonly snapshot: Snapshot;
}

const RING = 16_384;

/**
 * Makes stacks watchable. A stack of its own, or several by name where one run has more.
 *
 * @throws StackError EINVAL for what is not made by `createStack`
 * @example
 * ```ts
 * const inspector = createInspector(stack);
 * const viewer = inspector.attach();
 * const [hello, snapshot] = viewer.read();
 * // later
 * for (const envelope of viewer.read()) console.log(envelope.order, envelope.kind);
 * ```
 */
export function createInspector(
  stacks: Stack | Readonly<Record<string, Stack>>,
  options: InspectorOptions = {},
): Inspector {
  const named = isStack(stacks) ? { stack: stacks } : (stacks as Readonly<Record<string, Stack>>);
  const own = new Map<string, TcpStack>();
  for (const [name, stack] of Object.entries(named)) {
    if (!(stack instanceof TcpStack)) {
      throw new StackError('EINVAL', `createInspector: ${name} is not a stack that createStack made`);
    }
    own.set(name, stack);
  }
  if (own.size === 0) throw new StackError('EINVAL', 'createInspector: no stack to inspect; give one');
  return new StackInspector(own, options);
}

function isStack(stacks: unknown): stacks is Stack {
  return typeof (stacks as Partial<Stack>).tap === 'function';
}

class StackInspector implements Inspector {
  readonly #stacks: ReadonlyMap<string, TcpStack>;
  readonly #options: InspectorOptions;
  readonly #log: Log;
  readonly #run: RunControl;
  readonly #recorders = new Map<string, Recorder>();
  readonly #faults = new Map<string, Faults>();
  readonly #numbers = new WeakMap<Frame, number>();
  #frames = 0;
  #watchers = 0;
  #lastRun = '';

  constructor(stacks: ReadonlyMap<string, TcpStack>, options: InspectorOptions) {
    this.#stacks = stacks;
    this.#options = options;
    this.#log = new Log({ capacity: options.ring ?? RING });
    this.#log.onFlood = () => this.#suspend();
    this.#run = options.run ?? liveRun(stacks);
    const isToldTwice = stacks.size > 1 || [...stacks.values()].some(({ device }) => isImpaired(device));
    const shared = {
      log: this.#log,
      epochMs: options.epochMs ?? 0,
      // Only where a link may lose it, and where both ends are watched.
      numberOf: isToldTwice ? (frame: Frame) => this.#numberOf(frame) : () => ++this.#frames,
      happened: (what: 'frame' | 'timer', host: string) => this.#run.happened?.(what, host),
    };
    for (const [name, stack] of stacks) {
      const impaired = isImpaired(stack.device) ? stack.device : undefined;
      this.#recorders.set(name, new Recorder(name, stack, impaired, shared));
      if (impaired) {
        this.#faults.set(name, new Faults(name, impaired, stack.clock, () => this.#faultsChanged(name)));
      }
    }
  }

  get watched(): boolean {
    return this.#watchers > 0;
  }

  get paused(): boolean {
    return this.#run.paused;
  }

  get hello(): Hello {
    const { epochMs, payload, version, ring } = this.#options;
    const devices = [...this.#stacks.values()].map(({ device }) => device);
    return {
      kind: 'hello',
      order: this.#log.head,
      timeMs: this.#nowMs,
      protocol: PROTOCOL_VERSION,
      product: { name: 'statewire', version: version ?? 'unknown' },
      mode: this.#run.canPlay ? 'virtual' : 'live',
      epochMs: epochMs ?? null,
      hosts: [...this.#stacks].map(([name, stack]) => viewHost(name, stack)),
      payload: payload ?? 'masked',
      can: {
        pause: this.#run.canPause,
        step: this.#run.steps,
        play: this.#run.canPlay,
        faults: devices.some(isImpaired),
        inject: devices.some(isInspectable),
        calls: true,
      },
      ring: ring ?? RING,
    };
  }

  get snapshot(): Snapshot {
    const stacks = [...this.#stacks];
    return {
      kind: 'snapshot',
      order: this.#log.head,
      timeMs: this.#nowMs,
      charts: chartDefinitions(),
      actors: stacks.flatMap(([name, stack]) => viewActors(name, stack, this.#namesOf(name))),
      connections: stacks.flatMap(([name, stack]) =>
        [...stack.table].map((connection) => this.#viewConnection(name, connection)),
      ),
      listeners: stacks.flatMap(([name, stack]) =>
        stack.listeners.map((listener) => viewListener(name, listener, this.#namesOf(name))),
      ),
      counters: stacks.map(([host, { counters }]) => ({ host, counters: { ...counters } })),
      run: this.#runView,
      faults: [...this.#faults.values()].map(({ view }) => view),
    };
  }

  #namesOf(host: string): Names {
    return this.#recorders.get(host)!.host.names;
  }

  #viewConnection(host: string, connection: StackConnection): ConnectionView {
    const name = this.#namesOf(host).of(connection.actor);
    const watched = this.#recorders.get(host)!.connections.get(name);
    const snapshot = connection.actor.getSnapshot();
    const { since = UNKNOWN_SINCE, openedMs } = watched ?? {};
    return viewConnection(host, { name, connection, snapshot, since, openedMs });
  }

  attach(limit = Number.POSITIVE_INFINITY): Viewer {
    const payload = this.#options.payload ?? 'masked';
    const release = this.#watch();
    const reader = this.#log.read(limit);
    let isGreeted = false;
    return {
      read: (most) => {
        if (isGreeted) return this.#read(reader, payload, most);
        isGreeted = true;
        this.#resume();
        // What happened since the viewer came is in the snapshot.
        reader.skip();
        return [this.hello, this.snapshot];
      },
      close: () => {
        reader.close();
        release();
      },
    };
  }

  listen(listener: (entry: Entry) => void): () => void {
    const release = this.#watch();
    this.#resume();
    const unlisten = this.#log.listen(listener);
    return () => {
      unlisten();
      release();
    };
  }

  record(write: (line: string) => void, options: RecordOptions = {}): Recording {
    return recordRun(this, this.#stacks, write, options);
  }

  execute(command: Command): void {
    const act = planCommand(command, {
      run: this.#run,
      stacks: this.#stacks,
      recorders: this.#recorders,
      faults: this.#faults,
    });
    if (!act) return;
    this.#add((place) => ({ ...place, kind: 'command', command, cli: cliOf(command) }));
    act();
    this.#sampleRun();
  }

  /** @returns how to stop watching */
  #watch(): () => void {
    if (this.#watchers++ === 0) for (const recorder of this.#recorders.values()) recorder.start();
    let isOver = false;
    return () => {
      if (isOver) return;
      isOver = true;
      if (--this.#watchers === 0) for (const recorder of this.#recorders.values()) recorder.stop();
    };
  }

  #read(reader: LogReader, payload: Payload, limit: number | undefined): Envelope[] {
    const { isFlooded } = this.#log;
    // What was missed is told once all that came before is.
    if (isFlooded && reader.behind > (limit ?? reader.limit)) return reader.read(payload, limit);
    for (const recorder of this.#recorders.values()) {
      recorder.resume();
      recorder.sample();
    }
    this.#sampleRun();
    const envelopes = reader.read(payload, limit);
    if (isFlooded) this.#log.goesOn(reader);
    return envelopes;
  }

  #suspend(): void {
    for (const recorder of this.#recorders.values()) recorder.suspend();
  }

  #resume(): void {
    if (!this.#log.isFlooded) return;
    for (const recorder of this.#recorders.values()) recorder.resume();
    this.#log.goesOn();
  }

  get #nowMs(): number {
    let nowMs = 0;
    for (const { clock } of this.#stacks.values()) nowMs = Math.max(nowMs, clock.now());
    return nowMs;
  }

  get #runView(): RunView {
    return {
      paused: this.#run.paused,
      speed: this.#run.speed,
      held: Object.fromEntries([...this.#stacks].map(([name, { held }]) => [name, held])),
      nowMs: this.#nowMs,
    };
  }

  /** Real time goes on by itself; of a simulation's, viewers have to be told. */
  #sampleRun(): void {
    const run = this.#runView;
    const text = JSON.stringify(this.#run.canPlay ? run : { ...run, nowMs: 0 });
    if (text === this.#lastRun) return;
    this.#lastRun = text;
    this.#add((place) => ({ ...place, kind: 'run', run }), 'run');
  }

  #faultsChanged(host: string): void {
    const faults = this.#faults.get(host)!.view;
    this.#add((place) => ({ ...place, kind: 'faults', host, faults }), `faults ${host}`);
  }

  #add(
    make: (place: { readonly order: number; readonly timeMs: number }) => Envelope,
    subject?: string,
  ): void {
    if (!this.#log.wanted) return;
    const timeMs = this.#nowMs;
    this.#log.add(timeMs, ({ order }) => make({ order, timeMs }), subject === undefined ? {} : { subject });
  }

  #numberOf(frame: Frame): number {
    const known = this.#numbers.get(frame);
    if (known !== undefined) return known;
    this.#numbers.set(frame, ++this.#frames);
    return this.#frames;
  }
}
