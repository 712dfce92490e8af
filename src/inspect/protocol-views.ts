/** The inspector's protocol: what its envelopes tell of hosts, connections, listeners, charts, frames and the run. */

import type { Impairments } from '../net/impairment-values.ts';
import type { State } from '../tcp/state.ts';
import type { DropWhat, StepKind } from './protocol-commands.ts';

export interface HostView {
  readonly name: string;
  readonly addresses: readonly string[];
  readonly device: { readonly name: string; readonly mtu: number };
  /** What the stack was given besides device, addresses, clock and randomness: `ConnectionOptions`, as far as set. */
  readonly options: Readonly<Record<string, number | boolean>>;
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
  /** Path MTU discovery (RFC 1191, RFC 4821), in octets of a packet with its headers. */
  readonly path: {
    readonly mtu: number;
    readonly searchLow: number;
    readonly searchHigh: number;
    readonly searching: boolean;
    /** The size of a probe that is on its way. */
    readonly probe: number | null;
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
  readonly cc: {
    readonly name: string;
    /** What a controller that tells is about: with BBR its state. */
    readonly state: string | null;
    readonly cwnd: number;
    readonly ssthresh: number | null;
    /** In bytes a second; null where text is not paced. */
    readonly pacingRate: number | null;
  };
  readonly recovery: {
    /** `fast`: a loss was found by duplicate ACKs. `loss`: the timer expired. */
    readonly phase: string;
    readonly duplicates: number;
    readonly inflation: number;
    readonly recover: number;
    readonly next: number;
    /** What is in flight by the scoreboard: sent, not reported, not lost or sent again since. Null without SACK. */
    readonly pipe: number | null;
    /** What the sender is in the middle of; left out in ordinary operation. */
    readonly stage?: RecoveryStage;
    /** RACK.reo_wnd (RFC 8985 section 6.2); left out where losses are not found by time, or no round trip was measured. */
    readonly reoWndMs?: number;
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
    readonly ecn: boolean;
  };
  readonly settings: {
    readonly noDelay: boolean;
    readonly keepAliveMs: number | null;
    readonly userTimeoutMs: number | null;
    /** As they have grown. */
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
    /** Segments that the peer reports to have come to it twice (RFC 2883). */
    readonly duplicatesReported: number;
    /** Responses to a loss that were taken back, since nothing had been lost. */
    readonly responsesUndone: number;
    readonly challengeAcks: number;
  };
  /** The last ICMP error that did not end the connection. */
  readonly softError: string | null;
}

/**
 * A stretch of time in which something else than ordinary operation decides what is sent: recovery from a loss, found by
 * acknowledgments (`fast recovery`) or by the timer (`RTO recovery`, as long as it is open whether the timeout was spurious
 * `F-RTO`); all that is outstanding going again, since the window has opened (`window recovery`) or the path takes no segments
 * so long (`path MTU`); or the conservative slow start of HyStart++ (`CSS`).
 */
export type RecoveryStage =
  | 'fast recovery'
  | 'RTO recovery'
  | 'F-RTO'
  | 'window recovery'
  | 'path MTU'
  | 'CSS';

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
  | 'tail-loss probe'
  | 'reordering'
  | 'pacing';

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

export interface ArrowView {
  /** The id of a state node as XState has it: its path with dots (`tcp.open.connection.SYN-SENT`), unless its definition has an `id`. */
  readonly source: string;
  /** Empty for an arrow that stays where it is. */
  readonly targets: readonly string[];
  /** The arrow's words and RFC paragraph, from the chart. */
  readonly description: string | null;
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
    readonly userTimeout?: { readonly unit: 'seconds' | 'minutes'; readonly value: number };
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

export interface HostCounters {
  readonly host: string;
  /** `Stack.counters`: frames in and out, drops by reason, retransmissions … */
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
