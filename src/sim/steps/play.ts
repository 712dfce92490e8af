/**
 * Plays a step script on two real stacks: through sockets' calls, bytes, checksums and actors. Time stands almost still; a
 * timer fires when a step says so, at its due time or later.
 */

import type { Frame } from '../../net/index.ts';
import type { Connection, Listener } from '../../stack/api.ts';
import type { StackConnection } from '../../stack/connection.ts';
import type { Replaced } from '../../stack/replaced.ts';
import { sizeAtFirst } from '../../stack/settings.ts';
import { TcpStack } from '../../stack/stack.ts';
import { decodeIp, decodeTcp, type TcpSegment } from '../../wire/index.ts';
import { type Ladder, type LadderPart, layOut } from '../ladder.ts';
import { type End, otherEnd, Recorder } from '../recorder.ts';
import { seededRandom } from '../seeded-random.ts';
import type { Step, StepScript, StepTimer } from './script.ts';
import { StepClock, StepTimers } from './step-clock.ts';
import { StepLine } from './step-line.ts';

const HOSTS = {
  A: { address: '192.168.1.116', port: 3337 },
  B: { address: '192.168.1.123', port: 7788 },
} as const;

/** Between two steps, so that a ladder can tell them apart. */
const STEP_MS = 1;

/** What a step of a script did. */
export interface StepPlayed {
  readonly step: Step;
  readonly timeMs: number;
  /** The states of both ends after it, as RFC 9293 names them. */
  readonly states: Readonly<Record<End, string>>;
  /** What arrived in it, at which end. */
  readonly arrived: { readonly at: End; readonly segment: TcpSegment } | undefined;
  /** What the two ends sent in it. */
  readonly sent: readonly { readonly from: End; readonly segment: TcpSegment }[];
  /** The octets that a user was given in it. */
  readonly received: readonly number[];
}

export interface StepsPlayed {
  readonly steps: readonly StepPlayed[];
  readonly ladder: Ladder;
  /** What a chart or a protocol function threw: the script ends there. */
  readonly crash: string | undefined;
  /** How many connections and timers are left at each end. */
  readonly remains: Readonly<Record<End, { readonly connections: number; readonly timers: number }>>;
}

/**
 * Plays a script to its end, or to where a stack throws.
 *
 * Throws an Error for a step that is not possible: a segment that is not there, a timer that does not run, a call that is
 * refused.
 *
 * @param replaced what the stacks run in place of the product's charts and protocol functions
 * @example
 * ```ts
 * const { ladder } = playSteps(script);
 * console.log(printRfc(ladder));
 * ```
 */
export function playSteps(script: StepScript, replaced: Replaced = {}): StepsPlayed {
  const stage = new StepStage(script, replaced);
  const steps: StepPlayed[] = [];
  for (const step of script.steps) {
    steps.push(stage.take(step));
    if (stage.crash !== undefined) break;
  }
  return { steps, ladder: stage.ladder, crash: stage.crash, remains: stage.remains };
}

class StepStage {
  readonly #script: StepScript;
  readonly #clock = new StepClock();
  readonly #recorder = new Recorder(() => this.#clock.now());
  readonly #ends: Readonly<Record<End, StepEnd>>;
  #crash: string | undefined;

  constructor(script: StepScript, replaced: Replaced) {
    this.#script = script;
    const end = (name: End): StepEnd =>
      new StepEnd(name, script, this.#clock, replaced, (error) => {
        this.#crash ??= error instanceof Error ? error.message : String(error);
      });
    this.#ends = { A: end('A'), B: end('B') };
    for (const name of ['A', 'B'] as const) this.#recorder.watch(name, this.#ends[name].stack);
    this.#recorder.begin();
  }

  get crash(): string | undefined {
    return this.#crash;
  }

  get remains(): StepsPlayed['remains'] {
    return { A: this.#ends.A.remains, B: this.#ends.B.remains };
  }

  get ladder(): Ladder {
    for (const { line } of [this.#ends.A, this.#ends.B])
      for (const frame of line.waiting) this.#recorder.stillUnderWay(frame);
    const { recording } = this.#recorder;
    const part: LadderPart = {
      title: undefined,
      hosts: HOSTS,
      rows: layOut(recording, { splitsCrossing: true }),
      passages: recording.passages,
      showsWindow: (sizeAtFirst(this.#script.options.receiveBuffer) ?? 65_535) < 65_535,
      abridged: undefined,
    };
    return { scene: 'steps', title: 'two stacks, step by step', parts: [part], facts: [], answers: [] };
  }

  take(step: Step): StepPlayed {
    this.#clock.pass(STEP_MS);
    const before = { A: this.#ends.A.written, B: this.#ends.B.written };
    const received: number[] = [];
    let arrived: StepPlayed['arrived'];
    if ('network' in step) arrived = this.#network(step);
    else if ('call' in step) {
      this.#recorder.call(step.at, nameOf(step));
      received.push(...this.#ends[step.at].call(step));
      if (step.call === 'OPEN passive') this.#recorder.setState(step.at, 'LISTEN');
      if (step.call === 'CLOSE listener')
        this.#recorder.setState(step.at, this.#ends[step.at].state as 'CLOSED');
    } else {
      this.#ends[step.at].fire(step.timer);
    }
    for (const end of [this.#ends.A, this.#ends.B]) received.push(...end.settle(this.#script.readsAtOnce));
    this.#recorder.poll();
    const sent = (['A', 'B'] as const).flatMap((from) => this.#ends[from].segmentsSince(before[from], from));
    const states = { A: this.#ends.A.state, B: this.#ends.B.state };
    return { step, timeMs: this.#clock.now(), states, arrived, sent, received };
  }

  #network(step: Extract<Step, { network: string }>): StepPlayed['arrived'] {
    const { line } = this.#ends[step.from];
    const to = this.#ends[otherEnd(step.from)];
    const frame = this.#framesFate(step, line);
    if (!frame) throw new Error(`steps: ${JSON.stringify(step)}: no segment is there`);
    if (step.network === 'loses') this.#recorder.losses({ frame, direction: 'out', why: 'scripted' });
    if (step.network === 'loses' || step.network === 'lets others overtake') return undefined;
    const arrived = { at: otherEnd(step.from), segment: segmentIn(frame) };
    const before = to.line.length;
    to.line.deliver(frame);
    if (step.network !== 'delivers unanswered') return arrived;
    for (const answer of to.line.dropBehind(before))
      this.#recorder.losses({ frame: answer, direction: 'out', why: 'scripted' });
    return arrived;
  }

  #framesFate(step: Extract<Step, { network: string }>, line: StepLine): Frame | undefined {
    if (step.network === 'delivers late') return line.takeOvertaken(step.which);
    if (step.network === 'duplicates') return line.copyHead();
    if (step.network === 'lets others overtake') return line.overtakeHead();
    return line.takeHead();
  }
}

/** One stack with its user. */
class StepEnd {
  readonly line = new StepLine();
  readonly stack: TcpStack;
  readonly #name: End;
  readonly #timers: StepTimers;
  readonly #clock: StepClock;
  readonly #frames: Frame[] = [];
  #listener: Listener | undefined;
  /** The connection that the user has in hand. */
  #held: Connection | undefined;
  #hasClosedBoth = false;

  constructor(
    name: End,
    script: StepScript,
    clock: StepClock,
    replaced: Replaced,
    crashed: (error: unknown) => void,
  ) {
    this.#name = name;
    this.#clock = clock;
    this.#timers = new StepTimers(clock);
    const lives = (): number => this.#lives;
    const parts = {
      ...script.options,
      device: this.line,
      addresses: [HOSTS[name].address],
      clock: this.#timers,
      random: seededRandom(name),
      // Asked for whenever a connection is made.
      get iss() {
        return (script.iss + script.issStep * lives()) >>> 0;
      },
    };
    this.stack = new TcpStack(parts, {
      replaced,
      observer: {
        stepped: () => {},
        told: () => {},
        ended: () => {},
        crashed: (_, error) => crashed(error),
      },
    });
    this.stack.tap(({ kind, frame }) => {
      if (kind === 'sent') this.#frames.push(frame);
    });
  }

  /** How many connections this end has had. */
  get #lives(): number {
    const counters = this.stack?.counters ?? {};
    return (counters['connections.opened'] ?? 0) + (counters['connections.accepted'] ?? 0);
  }

  get #peer(): { readonly host: string; readonly port: number } {
    const { address, port } = HOSTS[otherEnd(this.#name)];
    return { host: address, port };
  }

  get #connection(): StackConnection | undefined {
    for (const connection of this.stack.connections) return connection as StackConnection;
    return undefined;
  }

  get state(): string {
    return this.#connection?.state ?? (this.#listener ? 'LISTEN' : 'CLOSED');
  }

  get written(): number {
    return this.#frames.length;
  }

  get remains(): { readonly connections: number; readonly timers: number } {
    return { connections: this.stack.connections.size, timers: this.#timers.pending };
  }

  segmentsSince(count: number, from: End): { readonly from: End; readonly segment: TcpSegment }[] {
    return this.#frames.slice(count).map((frame) => ({ from, segment: segmentIn(frame) }));
  }

  /** What the user calls. Gives the octets that the call returned. */
  call({ call, octets }: Extract<Step, { call: string }>): readonly number[] {
    const { port } = HOSTS[this.#name];
    if (call === 'OPEN passive') {
      this.#listener = this.stack.listen({ port, backlog: 1, halfOpenBacklog: 1 });
    } else if (call === 'OPEN active') {
      this.#hold(this.stack.open({ ...this.#peer, localPort: port, reuseAddress: true }));
    } else if (call === 'OPEN in LISTEN') {
      void this.#listener!.open(this.#peer).catch(() => {});
      this.#hold(this.#connection);
    } else if (call === 'CLOSE listener') {
      void this.#listener!.close();
      this.#listener = undefined;
    } else {
      return this.#callOfConnection(call, octets ?? []);
    }
    return [];
  }

  #callOfConnection(call: string, octets: readonly number[]): readonly number[] {
    const connection = this.#held;
    if (!connection) throw new Error(`steps: ${this.#name} has no connection for ${call}`);
    if (call === 'SEND') connection.tryWrite(Uint8Array.from(octets));
    else if (call === 'RECEIVE') return this.#read(connection);
    else if (call === 'ABORT') connection.abort();
    else if (call === 'CLOSE our direction') void connection.shutdown().catch(() => {});
    else {
      this.#hasClosedBoth = true;
      void connection.close().catch(() => {});
    }
    return [];
  }

  /** Fires a timer of the connection: when it is due by the TCB, though the chart may have armed it for earlier. */
  fire(timer: StepTimer): void {
    const connection = this.#connection;
    const context = connection?.actor.getSnapshot().context;
    if (!connection || !context)
      throw new Error(`steps: ${this.#name} has no connection whose timer could fire`);
    if (timer === 'give up') {
      // A user timeout is the user's to set, so that it passes at this end alone.
      connection.set({ userTimeoutMs: 1 });
      return this.fire('send');
    }
    const { tcb, armedSendMs, armedAckMs, armedStateMs } = context;
    const [armedMs, dueMs] = {
      send: [armedSendMs, tcb.timers.send.dueMs] as const,
      ack: [armedAckMs, tcb.timers.ackDueMs ?? 0] as const,
      state: [armedStateMs, 0] as const,
    }[timer];
    // One that was armed when it was due already is due at once.
    const fires = (timeMs: number): boolean => this.#timers.fire(timeMs, Number.isFinite(dueMs) ? dueMs : 0);
    if (!fires(armedMs) && !fires(this.#clock.now()))
      throw new Error(`steps: the ${timer} timer of ${this.#name} does not run`);
  }

  /** Users wait in accept, and in read if the script says so. */
  settle(readsAtOnce: boolean): readonly number[] {
    const accepted = this.#listener?.tryAccept();
    if (accepted) this.#hold(accepted);
    const connection = this.#held;
    if (!connection || !readsAtOnce || this.#hasClosedBoth || connection.closeReason) return [];
    return this.#read(connection);
  }

  #hold(connection: Connection | undefined): void {
    this.#held = connection;
    this.#hasClosedBoth = false;
  }

  #read(connection: Connection): number[] {
    const octets: number[] = [];
    for (let text = connection.tryRead(); text && text.length > 0; text = connection.tryRead())
      octets.push(...text);
    return octets;
  }
}

function segmentIn(frame: Frame): TcpSegment {
  const packet = decodeIp(frame);
  const segment = packet.kind === 'ip' ? decodeTcp(packet) : packet;
  if (segment.kind !== 'tcp') throw new Error('steps: a stack sent what is no segment');
  return segment;
}

function nameOf({ call, octets }: Extract<Step, { call: string }>): string {
  const names: Readonly<Record<string, string>> = {
    'OPEN passive': 'listen()',
    'OPEN active': 'connect()',
    'OPEN in LISTEN': 'listener.open()',
    SEND: `write(${octets?.length ?? 0})`,
    RECEIVE: 'read()',
    'CLOSE our direction': 'shutdown()',
    'CLOSE both directions': 'close()',
    ABORT: 'abort()',
    'CLOSE listener': 'listener.close()',
  };
  return names[call] ?? call;
}
