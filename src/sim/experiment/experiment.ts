/** Experiments: a topology, workloads and a seed, run on one virtual clock, with the invariants watched at every step. */

import { StackError } from '../../errors.ts';
import type { Frame } from '../../net/index.ts';
import type { Stack, StackOptions } from '../../stack/api.ts';
import type { StackInternals, StackObserver } from '../../stack/internals.ts';
import { createStack, TcpStack } from '../../stack/stack.ts';
import { Monitor } from '../invariants/monitor.ts';
import type { Violation } from '../invariants/violation.ts';
import { checkFields } from '../known-fields.ts';
import { buildNetwork, type Network, type NetworkFault, type SimulatedHost } from '../network/network.ts';
import type { Topology } from '../network/topology.ts';
import { type SeededRandom, seededRandom } from '../seeded-random.ts';
import type { StackParts, Stage } from '../stage.ts';
import { type VirtualClock, virtualClock } from '../virtual-clock.ts';
import { RunDigest } from './digest.ts';
import { Series, type SeriesRow } from './series.ts';
import { WORKLOAD_FIELDS, WORKLOAD_KINDS, type Workload, type WorkloadRun } from './workload.ts';
import { runWorkload, type WorkloadOutcome } from './workloads.ts';

/** An experiment as a value, but for workloads of one's own, which are functions. */
export interface Experiment {
  /** Default 1. */
  readonly seed?: number | string;
  readonly topology: Topology;
  readonly workloads: readonly Workload[];
  /** Virtual time after which a run that is still going counts as one that never ends. Default: a day. */
  readonly limitMs?: number;
}

const EXPERIMENT = { seed: true, topology: true, workloads: true, limitMs: true } satisfies Record<
  keyof Experiment,
  true
>;

/** How a stack of a run is made: `create` makes it as it is always made, of options that may be other ones. */
export type MakeStack = (make: {
  readonly host: string;
  readonly options: StackOptions;
  readonly create: (options: StackOptions) => Stack;
}) => Stack;

export interface SimulateOptions {
  /** Called with each frame that a host sends, and with each that comes to it, in the order of time. */
  readonly onFrame?: (event: HostFrame) => void;
  /** Called for each step of a connection that changed one of its numbers. */
  readonly onSeries?: (row: SeriesRow) => void;
  /** Watch the invariants. Default true. */
  readonly invariants?: boolean;
  /** Who looks on. */
  readonly stage?: Stage;
  /** To run other stacks than this one. */
  readonly makeStack?: MakeStack;
}

export interface HostFrame {
  readonly host: string;
  readonly direction: 'in' | 'out';
  readonly timeMs: number;
  readonly frame: Frame;
}

/** What came of a run. It holds nothing of the wall clock: the same experiment gives the same, everywhere. */
export interface Simulation {
  readonly seed: string;
  /** Virtual time that passed. */
  readonly timeMs: number;
  /** The first invariant that did not hold; the run stops there. */
  readonly violation: Violation | undefined;
  readonly workloads: readonly WorkloadResult[];
  /** Ends of connections: one that both ends saw counts twice. */
  readonly connectionEnds: number;
  /** Frames that the stacks have sent, and of those the segments sent again. */
  readonly framesSent: number;
  readonly retransmissions: number;
  readonly bytesDelivered: number;
  readonly faults: Readonly<Record<NetworkFault, number>>;
  /** Damaged frames that no checksum could have told from whole ones: no stack was shown them. */
  readonly undetectable: number;
  /** By host: what its stack counted. */
  readonly counters: Readonly<Record<string, Readonly<Record<string, number>>>>;
  /** Of the stacks' steps and frames' headers: runs that have it in common are the same. */
  readonly digest: string;
}

export interface WorkloadResult {
  readonly name: string;
  readonly bytesDelivered: number;
  /** Of a workload that came with it. */
  readonly outcome: WorkloadOutcome | undefined;
  /** What a workload of one's own threw. */
  readonly error: string | undefined;
}

const DAY_MS = 86_400_000;
/** No run of less than gigabytes comes near it: one that does turns in a circle. */
const MAX_STEPS = 100_000_000;
/** A network without rates and delays may move some thousand frames at one instant, and each takes a few timers. */
const MOST_STEPS_AT_ONCE = 200_000;
const FIRST_PORT = 5_001;

/**
 * Runs an experiment to its end: until all workloads are over and nothing happens any more, or an invariant is violated.
 *
 * @throws StackError EINVAL for an experiment that makes no sense
 * @example
 * ```ts
 * const { violation, timeMs } = await simulate({
 *   seed: 7,
 *   topology: twoHosts({ both: { rate: 10e6, delayMs: 20, loss: 1 } }),
 *   workloads: [{ kind: 'bulk', from: 'client', to: 'server', bytes: 1_000_000 }],
 * });
 * ```
 */
export async function simulate(experiment: Experiment, options: SimulateOptions = {}): Promise<Simulation> {
  const run = new Run(experiment, options);
  await run.play();
  return run.result();
}

interface RunningHost {
  readonly stack: Stack;
  readonly host: SimulatedHost;
}

class Run {
  readonly #experiment: Experiment;
  readonly #seed: string;
  readonly #options: SimulateOptions;
  readonly #clock: VirtualClock;
  readonly #random: SeededRandom;
  readonly #network: Network;
  readonly #monitor: Monitor;
  readonly #digest = new RunDigest();
  readonly #series: Series | undefined;
  readonly #hosts = new Map<string, RunningHost>();
  readonly #delivered: number[];
  readonly #results: WorkloadResult[] = [];
  #retransmissions = 0;
  #over = 0;
  #endMs = 0;
  #instant = { ms: 0, steps: 0 };

  constructor(experiment: Experiment, options: SimulateOptions) {
    const { seed = 1, topology, workloads, limitMs = DAY_MS } = experiment;
    checkFields('experiment', experiment, EXPERIMENT);
    if (!Array.isArray(workloads)) throw new StackError('EINVAL', 'experiment: `workloads` is no array');
    if (!(limitMs > 0)) throw new StackError('EINVAL', `experiment: limitMs is ${limitMs}; give more than 0`);
    this.#experiment = experiment;
    this.#seed = String(seed);
    this.#options = options;
    this.#clock = options.stage?.clock(0) ?? virtualClock();
    this.#random = seededRandom(seed);
    this.#monitor = new Monitor(this.#clock);
    this.#series = options.onSeries && new Series(options.onSeries);
    this.#network = buildNetwork(topology, this.#clock, this.#random.fork('network'));
    for (const host of this.#network.hosts.values()) this.#hosts.set(host.name, this.#boot(host));
    this.#delivered = workloads.map(() => 0);
    workloads.forEach((workload, index) => {
      checkWorkload(workload, index, this.#hosts);
    });
    options.stage?.stacks(Object.fromEntries([...this.#hosts].map(([name, { stack }]) => [name, stack])));
  }

  async play(): Promise<void> {
    const { workloads, limitMs = DAY_MS } = this.#experiment;
    const monitor = this.#monitor;
    workloads.forEach((workload, index) => void this.#start(workload, index));
    if (workloads.length === 0) this.#closeListeners();
    try {
      await this.#clock.run({
        maxSteps: MAX_STEPS,
        until: () =>
          this.#isCircle() || monitor.violation !== undefined || (this.#clock.nextDueMs ?? 0) > limitMs,
      });
    } catch (error) {
      monitor.violated('crash', undefined, undefined, `a timer threw ${describe(error)}`);
    }
    this.#endMs = this.#clock.now();
    if (this.#options.invariants === false || monitor.violation) return;
    monitor.checkEnds();
    this.#checkWorkloads();
    monitor.checkLeftovers();
    if (this.#clock.pending > 0)
      monitor.violated(
        'leftovers',
        undefined,
        undefined,
        `${this.#clock.pending} timers are left in the network`,
      );
  }

  /** Whether timers fire and fire, and no time passes. */
  #isCircle(): boolean {
    const nowMs = this.#clock.now();
    if (nowMs !== this.#instant.ms) this.#instant = { ms: nowMs, steps: 0 };
    if (++this.#instant.steps < MOST_STEPS_AT_ONCE) return false;
    this.#monitor.violated('ends', undefined, undefined, `${MOST_STEPS_AT_ONCE} timers fired at one instant`);
    return true;
  }

  result(): Simulation {
    const counters: Record<string, Readonly<Record<string, number>>> = {};
    for (const [name, { stack }] of this.#hosts) counters[name] = { ...stack.counters };
    return {
      seed: this.#seed,
      timeMs: this.#endMs,
      violation: this.#monitor.violation,
      workloads: this.#experiment.workloads.map(
        (workload, index) =>
          this.#results[index] ?? { ...this.#nameOf(workload, index), outcome: undefined, error: undefined },
      ),
      connectionEnds: this.#monitor.ends,
      framesSent: Object.values(counters).reduce((sum, each) => sum + (each['frames.out'] ?? 0), 0),
      retransmissions: this.#retransmissions,
      bytesDelivered: this.#delivered.reduce((sum, bytes) => sum + bytes, 0),
      faults: this.#network.faults,
      undetectable: this.#network.undetectable,
      counters,
      digest: this.#digest.finish(),
    };
  }

  #boot(host: SimulatedHost): RunningHost {
    const { stage, makeStack } = this.#options;
    const { name, addresses, port } = host;
    const watches = this.#options.invariants !== false;
    const monitor = this.#monitor.host(name);
    const base: StackParts = { device: port, clock: this.#clock, random: this.#random.fork(`host ${name}`) };
    this.#tapFrames(host);
    const staged = stage?.parts(name, base, undefined) ?? base;
    const parts = watches ? monitor.parts(staged) : staged;
    const { addresses: _, ...settings } = this.#experiment.topology.hosts[name] ?? {};
    const observer = this.#observe(name, watches ? monitor : undefined);
    const create = (options: StackOptions): Stack =>
      createStack(options, { observer } satisfies StackInternals);
    const options: StackOptions = { ...settings, ...parts, addresses };
    const stack = makeStack ? makeStack({ host: name, options, create }) : create(options);
    if (watches && stack instanceof TcpStack) monitor.attach(stack);
    return { stack, host };
  }

  /** Outside of all that a stage or a maker of stacks puts around a device: what the network sees. */
  #tapFrames({ name, port }: SimulatedHost): void {
    const { onFrame } = this.#options;
    port.onFrame = (direction, frame) => {
      const timeMs = this.#clock.now();
      if (direction === 'out') this.#digest.frame(name, timeMs, frame);
      onFrame?.({ host: name, direction, timeMs, frame });
    };
  }

  #observe(host: string, monitor: StackObserver | undefined): StackObserver {
    const totals = new WeakMap<object, number>();
    return {
      stepped: (connection, report) => {
        this.#digest.step(connection.id, report);
        this.#series?.stepped(host, connection, report);
        const { retransmissions } = report.tcb.totals;
        this.#retransmissions += retransmissions - (totals.get(connection) ?? 0);
        totals.set(connection, retransmissions);
        monitor?.stepped(connection, report);
      },
      told: (connection, what) => monitor?.told(connection, what),
      ended: (connection, ending) => monitor?.ended(connection, ending),
      crashed: (id, error) => this.#monitor.violated('crash', host, id, describe(error)),
    };
  }

  async #start(workload: Workload, index: number): Promise<void> {
    const tools = this.#toolsFor(index);
    let outcome: WorkloadOutcome | undefined;
    let error: string | undefined;
    try {
      if (typeof workload === 'function') await workload(tools);
      else outcome = await runWorkload(workload, tools);
    } catch (thrown) {
      error = describe(thrown);
      // Of those that came with it nothing is thrown but by a fault.
      if (typeof workload !== 'function')
        this.#monitor.violated('crash', undefined, undefined, `a workload threw ${error}`);
    }
    this.#results[index] = { ...this.#nameOf(workload, index), outcome, error };
    this.#over++;
    if (this.#over === this.#experiment.workloads.length) this.#closeListeners();
  }

  #toolsFor(index: number): WorkloadRun {
    const clock = this.#clock;
    return {
      port: FIRST_PORT + index,
      random: this.#random.fork(`workload ${index}`),
      host: (name) => this.#hostOf(name).stack,
      address: (name, version = 4) => {
        const { addresses } = this.#hostOf(name).host;
        const address = addresses.find((text) => text.includes(':') === (version === 6));
        if (address === undefined)
          throw new StackError('EINVAL', `host ${name} has no address of IPv${version}`);
        return address;
      },
      now: () => clock.now(),
      sleep: (ms) => new Promise((resolve) => clock.setTimeout(() => resolve(), ms)),
      delivered: (octets) => {
        this.#delivered[index] = (this.#delivered[index] ?? 0) + octets;
      },
      corrupt: (connection, message) => this.#monitor.violated('prefix', undefined, connection.id, message),
    };
  }

  #hostOf(name: string): RunningHost {
    const host = this.#hosts.get(name);
    if (!host)
      throw new StackError(
        'EINVAL',
        `there is no host "${name}"; there are ${[...this.#hosts.keys()].join(', ')}`,
      );
    return host;
  }

  #closeListeners(): void {
    for (const { stack } of this.#hosts.values()) {
      if (!(stack instanceof TcpStack)) continue;
      for (const listener of [...stack.listeners]) void listener.close();
    }
  }

  #checkWorkloads(): void {
    this.#experiment.workloads.forEach((workload, index) => {
      if (this.#results[index]) return;
      const { name } = this.#nameOf(workload, index);
      this.#monitor.violated(
        'ends',
        undefined,
        undefined,
        `workload ${name} waits for something that never happens`,
      );
    });
  }

  #nameOf(workload: Workload, index: number): { name: string; bytesDelivered: number } {
    const bytesDelivered = this.#delivered[index] ?? 0;
    if (typeof workload === 'function') return { name: workload.name || `own ${index + 1}`, bytesDelivered };
    return { name: `${workload.kind} ${workload.from} → ${workload.to}`, bytesDelivered };
  }
}

function checkWorkload(workload: Workload, index: number, hosts: ReadonlyMap<string, unknown>): void {
  if (typeof workload === 'function') return;
  const where = `experiment: workload ${index + 1}`;
  if (typeof workload !== 'object' || workload === null)
    throw new StackError('EINVAL', `${where} is neither a function nor an object with a \`kind\``);
  if (!(workload.kind in WORKLOAD_KINDS))
    throw new StackError(
      'EINVAL',
      `${where}: there is no kind "${workload.kind}"; there are ${Object.keys(WORKLOAD_KINDS).join(', ')}`,
    );
  checkFields(`${where}, ${workload.kind},`, workload, WORKLOAD_FIELDS[workload.kind]);
  for (const [field, least] of Object.entries(WORKLOAD_KINDS[workload.kind])) {
    const value = (workload as unknown as Record<string, unknown>)[field];
    if (!(typeof value === 'number' && Number.isInteger(value) && value >= least))
      throw new StackError(
        'EINVAL',
        `${where}, ${workload.kind}: ${field} is ${String(value)}; give a whole number from ${least} on`,
      );
  }
  for (const name of [workload.from, workload.to]) {
    if (!hosts.has(name)) throw new StackError('EINVAL', `${where}: there is no host "${name}"`);
  }
}

function describe(error: unknown): string {
  return error instanceof Error ? `${error.name}: ${error.message}` : String(error);
}
