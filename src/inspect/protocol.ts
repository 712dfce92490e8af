/**
 * The inspector's protocol, version 1: what a watched stack tells its viewers, and what they may ask of it.
 *
 * Over the socket every message is one JSON object. The server sends a {@link Batch} of envelopes, or the {@link Reply} to
 * a command; the viewer sends {@link Command}s. The first batch holds `hello`, the second `snapshot`; what happens from then
 * on follows. A saved run is the same envelopes as JSON lines (`record.ts`).
 *
 * Envelopes are numbered from 1 in the order in which things happened, over all hosts of a run, and ascend by one. Numbers
 * that are missing are covered by a `gap`, which says how many entries were left out and what is true afterwards.
 *
 * A viewer has to know two rules only:
 * - Entries tell what happened; gauges (`tcb`, `listener`, `counters`, `run`, `faults`) tell what is. A viewer that shows
 *   the last gauge of each subject is right, whatever was left out in between.
 * - Kinds, fields and words that it does not know are to be skipped: a minor version may add some.
 *
 * Numbers that have no finite value (`ssthresh` before the first loss, a timer that is not armed) are null. Sequence numbers
 * are absolute, 0 … 2^32 − 1. Times are milliseconds of the stack's own clock, fractions included; durations end in `Ms`, too.
 * Byte strings are base64.
 */

import type { StatelyInspectionEvent } from '@statelyai/inspect';
import type { State } from '../tcp/state.ts';
import type { Command } from './protocol-commands.ts';
import type {
  Abilities,
  ActorView,
  ArrowView,
  ChartDefinition,
  ChartValue,
  ConnectionView,
  FaultsView,
  FrameSummary,
  HostCounters,
  HostView,
  ListenerView,
  RecoveryStage,
  RunView,
  TcbView,
  TimerName,
} from './protocol-views.ts';

export type * from './protocol-commands.ts';
export type * from './protocol-views.ts';

export const PROTOCOL_VERSION = 1;

// ---------------------------------------------------------------------------------------------------- server → viewer

/** Envelopes in ascending order. Sent at most so often as the viewer acknowledges them (see {@link AckCommand}). */
export interface Batch {
  readonly v: typeof PROTOCOL_VERSION;
  /** 1, 2, 3 … for this viewer. */
  readonly batch: number;
  readonly envelopes: readonly Envelope[];
}

/** The answer to a command that had an `id`; told to the viewer that sent it alone. */
export interface Reply {
  readonly v: typeof PROTOCOL_VERSION;
  readonly reply: number | string;
  readonly ok: boolean;
  /** What was wrong, and what to do. */
  readonly error?: string;
}

export type ServerMessage = Batch | Reply;

interface Base {
  /** Place in the total order. `hello` and `snapshot` carry the number of the last thing that happened before them. */
  readonly order: number;
  /** When it happened, by the stack's clock: real time, or virtual (`hello.mode`). */
  readonly timeMs: number;
}

interface OfHost extends Base {
  /** Which stack: `HostView.name`. A run may watch several in one process (the demo, the sandbox). */
  readonly host: string;
}

interface OfConnection extends OfHost {
  /**
   * Names one connection from its beginning to its end: the 4-tuple, `#` and a number, so that a second connection with
   * the same 4-tuple has another name. To be compared, not to be parsed: addresses and ports are in `ConnectionView`.
   */
  readonly connection: string;
}

export type Envelope =
  | Hello
  | Snapshot
  | ConnectionOpened
  | ConnectionEnded
  | ListenerOpened
  | ListenerEnded
  | ChartActor
  | ChartEvent
  | ChartMicrostep
  | ChartSnapshot
  | FrameEnvelope
  | TimerEnvelope
  | RecoveryEnvelope
  | CallEnvelope
  | CommandEnvelope
  | TcbGauge
  | ListenerGauge
  | CountersGauge
  | RunGauge
  | FaultsGauge
  | Gap;

export type EnvelopeKind = Envelope['kind'];

/** The first envelope of a stream and of a saved run: what is watched, and what a viewer may do. */
export interface Hello extends Base {
  readonly kind: 'hello';
  readonly protocol: typeof PROTOCOL_VERSION;
  readonly product: { readonly name: 'statewire'; readonly version: string };
  /** `live`: real time, frames of a real device. `virtual`: a simulation. `record`: a saved run, nothing can be asked of it. */
  readonly mode: 'live' | 'virtual' | 'record';
  /** Real time only: what time of day the clock's 0 is, in milliseconds since 1970 (UTC). Null where no clock tells. */
  readonly epochMs: number | null;
  readonly hosts: readonly HostView[];
  /** `masked`: octets of text are nowhere in the stream, only how many they are. */
  readonly payload: 'masked' | 'shown';
  readonly can: Abilities;
  /** How many entries the server keeps for viewers that fall behind (`--inspect-ring`). */
  readonly ring: number;
}

/** The second envelope: all that is at the moment of attaching. */
export interface Snapshot extends Base {
  readonly kind: 'snapshot';
  /** The charts that the actors run, by the name that `ActorView.chart` gives. Sent here only. */
  readonly charts: readonly ChartDefinition[];
  readonly actors: readonly ActorView[];
  readonly connections: readonly ConnectionView[];
  readonly listeners: readonly ListenerView[];
  readonly counters: readonly HostCounters[];
  readonly run: RunView;
  readonly faults: readonly FaultsView[];
}

// ------------------------------------------------------------------------------------------------------- connections

export interface ConnectionOpened extends OfConnection {
  readonly kind: 'connection.opened';
  readonly view: ConnectionView;
}

/** CLOSED, and forgotten by the stack: its name will not come again. */
export interface ConnectionEnded extends OfConnection {
  readonly kind: 'connection.ended';
  /** `reopened`: a new connection took its 4-tuple in TIME-WAIT. */
  readonly how:
    | 'closed'
    | 'reset'
    | 'refused'
    | 'aborted'
    | 'timeout'
    | 'unreachable'
    | 'reopened'
    | 'crashed';
  /** The last TCB. */
  readonly tcb: TcbView;
}

/** A gauge: the TCB after a step that changed it. */
export interface TcbGauge extends OfConnection {
  readonly kind: 'tcb';
  readonly tcb: TcbView;
}

export interface TimerEnvelope extends OfConnection {
  readonly kind: 'timer';
  /** `looked`: the delayed event fired, found that the due time had moved on, and did nothing. */
  readonly what: 'armed' | 'fired' | 'looked' | 'cancelled';
  readonly timer: TimerName;
  /** The due time in the stack's clock. */
  readonly armedMs: number;
  readonly why: string;
  readonly backoff: number;
}

/** What loss recovery did; told only when something changes. A viewer that comes later has the stage from the TCB. */
export interface RecoveryEnvelope extends OfConnection {
  readonly kind: 'recovery';
  /**
   * `stage`: another stage begins. `probe`: a tail loss probe was sent. `undone`: a response to a loss was taken back.
   * `reduced`: the window was reduced without a stage, by a mark (ECN) or since a probe repaired the loss.
   */
  readonly what: 'stage' | 'probe' | 'undone' | 'reduced';
  /** With `stage`: what begins; null when ordinary operation does. */
  readonly stage?: RecoveryStage | null;
  /** In words, with the RFC's paragraph. */
  readonly why: string;
}

// --------------------------------------------------------------------------------------------------------- listeners

export interface ListenerOpened extends OfHost {
  readonly kind: 'listener.opened';
  readonly view: ListenerView;
}

export interface ListenerEnded extends OfHost {
  readonly kind: 'listener.ended';
  readonly listener: string;
}

/** A gauge. */
export interface ListenerGauge extends OfHost {
  readonly kind: 'listener';
  readonly view: ListenerView;
}

// ------------------------------------------------------------------------------------- the charts, by XState's inspect

interface OfActor extends OfHost {
  readonly actor: string;
  /** The connection, where the actor is one. */
  readonly connection?: string;
}

/** An actor was made. `inspection` is in the schema of `@statelyai/inspect`, its `definition` left out (see `snapshot.charts`). */
export interface ChartActor extends OfActor {
  readonly kind: 'chart.actor';
  readonly chart: string;
  readonly inspection: StatelyInspectionEvent;
}

/** An event was sent to an actor: a segment, a call, or a delayed event of its own. Segments and text are summed up. */
export interface ChartEvent extends OfActor {
  readonly kind: 'chart.event';
  readonly inspection: StatelyInspectionEvent;
}

/** An actor has taken an event. Only told when the state value or the status changed; else `tcb` says it all. */
export interface ChartSnapshot extends OfActor {
  readonly kind: 'chart.snapshot';
  readonly inspection: StatelyInspectionEvent;
}

/** One arrow, or several in parallel regions. Stately's schema has no microsteps: these are XState's own. */
export interface ChartMicrostep extends OfActor {
  readonly kind: 'chart.microstep';
  /** The label on the arrow: `rcv.FIN`, `close`, `timer.retransmission`, `xstate.after.sendTimer…`. */
  readonly event: string;
  readonly arrows: readonly ArrowView[];
  readonly value: ChartValue;
}

// ------------------------------------------------------------------------------------------------------------- frames

/**
 * What became of a frame. A frame that was received is told of once it is known what it did: after the chart's entries and
 * the TCB of the same step, which have the same time, and before the frames that answer it.
 */
export interface FrameEnvelope extends OfHost {
  readonly kind: 'frame';
  readonly connection?: string;
  /**
   * Names the frame within the run. A frame that is sent, and then lost on the link, is told of twice under one number, in
   * either order.
   */
  readonly frame: number;
  /** As seen from the stack. */
  readonly direction: 'in' | 'out';
  /**
   * `sent`, `received`: by the stack. `dropped`: arrived, and went no further. `lost`: on the link, by an impairment.
   * `altered`: left the link not as it was sent, or a second time (`fates`).
   */
  readonly what: 'sent' | 'received' | 'dropped' | 'lost' | 'altered';
  /** The connection's state before and after; LISTEN or CLOSED for a frame that belongs to none. */
  readonly before: State;
  readonly after: State;
  /** Why it was sent, what it did, why it was dropped or lost: words and RFC paragraph, or a counter's name. */
  readonly reason: string;
  /** A segment that was sent before, in part or whole. */
  readonly retransmission?: boolean;
  /** What impairments did to it: `duplicated`, `reordered`, `corrupted (bit 77)`. */
  readonly fates?: readonly string[];
  readonly summary: FrameSummary;
  /** The whole frame's length. */
  readonly length: number;
  /** The frame from its first byte on, without its last `masked` bytes. */
  readonly bytes: string;
  /** How many octets of text at the end are left out of `bytes`: 0 with `--show-payload`. */
  readonly masked: number;
}

// --------------------------------------------------------------------------------------------- calls, counters, the run

/** A user call: of the program that owns the stack, or of a viewer. */
export interface CallEnvelope extends OfHost {
  readonly kind: 'call';
  readonly call:
    | 'open'
    | 'listen'
    | 'accept'
    | 'close-listener'
    | 'send'
    | 'receive'
    | 'close'
    | 'abort'
    | 'set';
  readonly connection?: string;
  readonly listener?: string;
  /** `send`, `receive`: octets. */
  readonly octets?: number;
  /** Options, or what was set. */
  readonly options?: Readonly<Record<string, unknown>>;
}

/** A viewer did something; every viewer and the record are told. */
export interface CommandEnvelope extends Base {
  readonly kind: 'command';
  readonly command: Command;
  /** What does the same on the command line, where something does. */
  readonly cli: string | null;
}

/** A gauge: the counters that changed since the last one. */
export interface CountersGauge extends OfHost {
  readonly kind: 'counters';
  readonly counters: Readonly<Record<string, number>>;
}

/** A gauge. */
export interface RunGauge extends Base {
  readonly kind: 'run';
  readonly run: RunView;
}

/** A gauge. */
export interface FaultsGauge extends OfHost {
  readonly kind: 'faults';
  readonly faults: FaultsView;
}

/** Entries were left out: the view could not keep up, and its ring ran over. */
export interface Gap extends Base {
  readonly kind: 'gap';
  /**
   * Log entries left out: what happened then can't be shown. Of a time in which so much happened that nothing was captured,
   * frames alone are counted.
   */
  readonly leftOut: number;
  /** Gauges left out because a later one of the same subject follows, or is in `now`. */
  readonly coalesced: number;
  /** Numbers missing from here on lie in this range; both ends included. Entries of the range may follow the gap. */
  readonly fromOrder: number;
  readonly toOrder: number;
  /** The present value of the gauges whose last one was left out. */
  readonly now: readonly Gauge[];
  /** Connections that were opened meanwhile, and have not ended; their `tcb` is the present one. */
  readonly opened: readonly ConnectionView[];
  /** Connections and listeners that ended meanwhile, by name. */
  readonly ended: readonly string[];
}

export type Gauge = TcbGauge | ListenerGauge | CountersGauge | RunGauge | FaultsGauge;
