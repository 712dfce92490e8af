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
import type { Impairments } from '../net/impairment-values.ts';
import type { State } from '../tcp/state.ts';

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

/** Which commands would be obeyed. Those that would not are best not offered. */
export interface Abilities {
  /** Commands `pause` and `resume`. Live: the device is no longer read and the stack's clock stands; the peer's goes on. */
  readonly pause: boolean;
  /** What `step` takes. */
  readonly step: readonly StepKind[];
  /** Command `play`: virtual runs. */
  readonly play: boolean;
  /** Commands `faults`, `drop-next` and `blackhole`. */
  readonly faults: boolean;
  /** Command `inject`. */
  readonly inject: boolean;
  /** Command `call`. */
  readonly calls: boolean;
}

export interface HostView {
  readonly name: string;
  readonly addresses: readonly string[];
  readonly device: { readonly name: string; readonly mtu: number };
  /** What the stack was given besides device, addresses, clock and randomness: `ConnectionOptions`, as far as set. */
  readonly options: Readonly<Record<string, number | boolean>>;
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

export interface ChartDefinition {
  /** The machine's id: `tcp`, `listener`, `interface`. */
  readonly chart: string;
  /** The machine's own config, functions left out: states, `on`, `after`, descriptions with RFC paragraphs. Stately's `definition`, parsed. */
  readonly definition: Readonly<Record<string, unknown>>;
}

export interface ActorView {
  readonly host: string;
  /** A connection's name, a listener's, or the interface's. */
  readonly actor: string;
  /** `ChartDefinition.chart`. */
  readonly chart: string;
  readonly parent: string | null;
  readonly status: string;
  readonly value: ChartValue;
}

/** A state value of XState: `'LISTEN'`, or an object of region → value. */
export type ChartValue = string | { readonly [region: string]: ChartValue };

// ------------------------------------------------------------------------------------------------------- connections

export interface ConnectionView {
  readonly connection: string;
  readonly host: string;
  readonly localAddress: string;
  readonly localPort: number;
  readonly remoteAddress: string;
  readonly remotePort: number;
  /** `active`: we opened it; `passive`: a listener did. */
  readonly origin: 'active' | 'passive';
  /** By the stack's clock; null if it was there before anybody watched. */
  readonly openedMs: number | null;
  readonly tcb: TcbView;
}

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

/**
 * The whole TCB (RFC 9293 section 3.3.1), as `src/tcp/tcb.ts` has it: names are the RFC's, windows are in bytes after
 * scaling, text is only counted.
 */
export interface TcbView {
  readonly state: State;
  /** The chart's regions: `{open: {connection: …, 'send timer': …, 'ack timer': …}}`, or `'CLOSED'`. */
  readonly value: ChartValue;
  readonly iss: number;
  readonly irs: number;
  readonly snd: {
    readonly una: number;
    readonly nxt: number;
    readonly wnd: number;
    readonly wl1: number;
    readonly wl2: number;
    readonly up: number | null;
    readonly maxWnd: number;
    readonly mss: number;
    readonly shift: number;
    /** Octets queued from SND.UNA on, sent or not. */
    readonly queued: number;
    /** SND.NXT − SND.UNA. */
    readonly flight: number;
    /** Since when the peer has acknowledged nothing; null when nothing is outstanding. */
    readonly unansweredSinceMs: number | null;
  };
  readonly rcv: {
    readonly nxt: number;
    readonly wnd: number;
    readonly up: number | null;
    readonly mss: number;
    readonly shift: number;
    /** Octets in order that the user has not read. */
    readonly queued: number;
    /** Text beyond RCV.NXT, in order of sequence numbers: a hole lies before each. */
    readonly blocks: readonly BlockView[];
    /** The sequence number of the peer's FIN, in order or not. */
    readonly fin: number | null;
    /** The last ACK sent, and what is owed to the peer. */
    readonly acked: number;
    readonly ack: 'none' | 'delayed' | 'now';
    readonly ackReason: string;
    readonly reader: 'present' | 'gone';
  };
  /** What is sent and not acknowledged, in order of sequence numbers. */
  readonly retransmissionQueue: readonly OutstandingView[];
  readonly cc: { readonly name: string; readonly cwnd: number; readonly ssthresh: number | null };
  readonly recovery: {
    /** `fast`: a loss was found by duplicate ACKs. `loss`: the timer expired. */
    readonly phase: string;
    readonly duplicates: number;
    readonly inflation: number;
    readonly recover: number;
    readonly next: number;
  };
  readonly rtt: {
    readonly srttMs: number | null;
    readonly rttvarMs: number | null;
    /** The timeout as it stands, back-off included. */
    readonly rtoMs: number;
    readonly backoff: number;
  };
  readonly timers: readonly TimerView[];
  readonly features: {
    readonly timestamps: boolean;
    readonly sack: boolean;
    readonly windowScaling: boolean;
  };
  readonly settings: {
    readonly noDelay: boolean;
    readonly keepAliveMs: number | null;
    readonly userTimeoutMs: number | null;
    readonly sendBuffer: number;
    readonly receiveBuffer: number;
    readonly mslMs: number;
    readonly delayedAckMs: number;
  };
  readonly totals: {
    readonly segmentsSent: number;
    readonly segmentsReceived: number;
    readonly bytesSent: number;
    readonly bytesReceived: number;
    readonly bytesRetransmitted: number;
    readonly retransmissions: number;
    readonly challengeAcks: number;
  };
  /** The last ICMP error that did not end the connection. */
  readonly softError: string | null;
}

/** [left, right) in sequence space. */
export interface BlockView {
  readonly left: number;
  readonly right: number;
}

export interface OutstandingView extends BlockView {
  /** `sacked`: the peer reported it; `lost`: to go out again; `sent`: on its way, for all we know. */
  readonly is: 'sent' | 'sacked' | 'lost';
  /** What it is besides text. */
  readonly control?: 'SYN' | 'FIN';
}

export type TimerName =
  | 'retransmission'
  | 'persist'
  | 'override'
  | 'keep-alive'
  | 'delayed ACK'
  | '2 MSL'
  | 'FIN-WAIT-2'
  | 'tail-loss probe';

/** A running timer. */
export interface TimerView {
  readonly timer: TimerName;
  /** When it takes effect, as things stand. Null: there is nothing to wait for any more, and the delayed event will only look. */
  readonly dueMs: number | null;
  /**
   * When the chart's delayed event fires: the due time in the stack's clock. Timers are re-armed lazily, so this may lie
   * before `dueMs`: the event then only looks, and is armed anew.
   */
  readonly armedMs: number;
  /** When the timer was set to `dueMs`, as far as it is known: where a bar that counts down begins. */
  readonly sinceMs: number | null;
  /** Why it was set, with the RFC's paragraph. */
  readonly why: string;
  /** How often it has expired in a row: the wait is doubled so often. */
  readonly backoff: number;
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

// --------------------------------------------------------------------------------------------------------- listeners

export interface ListenerView {
  readonly host: string;
  /** The actor's name, and a number, as with connections. */
  readonly listener: string;
  /** Null: at every address of the stack. */
  readonly address: string | null;
  readonly port: number;
  readonly state: 'LISTEN' | 'CLOSED';
  readonly halfOpen: number;
  readonly halfOpenBacklog: number;
  readonly acceptQueue: number;
  readonly backlog: number;
}

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

export interface ArrowView {
  /** The id of a state node as XState has it: its path with dots (`tcp.open.connection.SYN-SENT`), unless its definition has an `id`. */
  readonly source: string;
  /** Empty for an arrow that stays where it is. */
  readonly targets: readonly string[];
  /** The arrow's words and RFC paragraph, from the chart. */
  readonly description: string | null;
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

export type FrameSummary = SegmentSummary | IcmpSummary | OtherSummary;

interface IpSummary {
  readonly src: string;
  readonly dst: string;
}

export interface SegmentSummary extends IpSummary {
  readonly protocol: 'tcp';
  readonly srcPort: number;
  readonly dstPort: number;
  readonly seq: number;
  /** Without meaning unless `flags` has ACK. */
  readonly ack: number;
  /** As ladders show them: `SYN,ACK`. */
  readonly flags: string;
  /** The field, 16 bits. */
  readonly wnd: number;
  /** In bytes, where the connection is known and the scaling agreed on. */
  readonly window: number | null;
  readonly up: number;
  readonly text: number;
  readonly options: {
    readonly mss?: number;
    readonly windowScale?: number;
    readonly sackPermitted?: true;
    readonly sack?: readonly BlockView[];
    readonly timestamps?: { readonly value: number; readonly echo: number };
  };
}

export interface IcmpSummary extends IpSummary {
  readonly protocol: 'icmp';
  readonly words: string;
}

/** Another protocol, or a frame that can't be decoded. */
export interface OtherSummary {
  readonly protocol: 'other';
  readonly src: string | null;
  readonly dst: string | null;
  readonly words: string;
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

export interface HostCounters {
  readonly host: string;
  /** `Stack.counters`: frames in and out, drops by reason, retransmissions … */
  readonly counters: Readonly<Record<string, number>>;
}

/** A gauge: the counters that changed since the last one. */
export interface CountersGauge extends OfHost {
  readonly kind: 'counters';
  readonly counters: Readonly<Record<string, number>>;
}

export interface RunView {
  readonly paused: boolean;
  /** Virtual time passed in a unit of real time; null where the run is not played by a viewer, or time is real. */
  readonly speed: number | null;
  /** Frames that wait to be taken in, by host, while the run is paused. */
  readonly held: Readonly<Record<string, number>>;
  /** The stack's clock. While the run is paused it stands. */
  readonly nowMs: number;
}

/** A gauge. */
export interface RunGauge extends Base {
  readonly kind: 'run';
  readonly run: RunView;
}

/** What the impairments in front of a host's device are set to. */
export interface FaultsView {
  readonly host: string;
  readonly in: Impairments;
  readonly out: Impairments;
  /** Scripted drops that have not happened yet. */
  readonly drops: readonly {
    readonly direction: 'in' | 'out';
    readonly what: DropWhat;
    readonly left: number;
  }[];
  /** Nothing passes before this time; null when something does. */
  readonly blackholeUntilMs: number | null;
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

// ---------------------------------------------------------------------------------------------------- viewer → server

/** Commands with an `id` are answered by a {@link Reply}. A message that is none of these ends the viewer's connection. */
export type Command = { readonly id?: number | string } & (
  | AckCommand
  | PauseCommand
  | StepCommand
  | PlayCommand
  | FaultsCommand
  | DropNextCommand
  | BlackholeCommand
  | InjectCommand
  | CallCommand
);

/**
 * "I have shown the batches up to this one." A viewer that acknowledges is sent the next batch only when at most one is
 * unacknowledged: what it can't show is coalesced and cut at the server. One that never does is only slowed by its socket.
 */
export interface AckCommand {
  readonly command: 'ack';
  readonly batch: number;
}

/** Live: stops reading the devices, and the stacks' clock. Virtual: stops the run. */
export interface PauseCommand {
  readonly command: 'pause' | 'resume';
}

/** `event`: a timer of the simulation's clock, whatever it does. `frame`: the next frame is taken in. `timer`: the stack's next timer fires. */
export type StepKind = 'event' | 'frame' | 'timer';

/** Goes on by so little, while the run is paused. */
export interface StepCommand {
  readonly command: 'step';
  readonly what: StepKind;
  /** `frame`: of this host; by default of any. */
  readonly host?: string;
}

/** Virtual runs: so much virtual time in a unit of real time, 0.01 … 100. Resumes a paused run. */
export interface PlayCommand {
  readonly command: 'play';
  readonly speed: number;
}

interface FaultCommand {
  /** By default the first host. */
  readonly host?: string;
}

/** Replaces the impairments of a direction; `{}` ends them. */
export interface FaultsCommand extends FaultCommand {
  readonly command: 'faults';
  readonly direction: 'in' | 'out';
  readonly impairments: Impairments;
}

export type DropWhat = 'any' | 'data' | 'ACK' | 'SYN' | 'FIN' | 'RST';

/** Loses the next `count` (default 1) frames of a kind. `ACK`: one that carries nothing else. */
export interface DropNextCommand extends FaultCommand {
  readonly command: 'drop-next';
  readonly direction: 'in' | 'out';
  readonly what: DropWhat;
  readonly count?: number;
  /** Of this connection only. */
  readonly connection?: string;
}

/** Nothing passes, in either direction, for so long; 0 ends it. */
export interface BlackholeCommand extends FaultCommand {
  readonly command: 'blackhole';
  readonly durationMs: number;
}

/** Hands a made-up segment to the stack as if the peer had sent it: a RST, or one that was received before. */
export interface InjectCommand {
  readonly command: 'inject';
  readonly connection: string;
  readonly what: 'RST' | 'old-duplicate';
}

/** A user call. `send` takes text, which goes out as UTF-8. */
export interface CallCommand {
  readonly command: 'call';
  readonly connection: string;
  readonly call: 'close' | 'shutdown' | 'abort' | 'send';
  readonly text?: string;
}
