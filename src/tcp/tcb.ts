/**
 * The transmission control block (RFC 9293 section 3.3.1): a value in groups, without functions, sockets or actors in it.
 *
 * The connection's state is not in it: that is the chart's alone.
 */

import type { SackBlock } from '../wire/index.ts';
import type { ByteQueue } from './byte-queue.ts';
import type { CongestionWindow } from './congestion/controller.ts';
import type { WindowUse } from './congestion/use.ts';
import type { Validation } from './congestion/validation.ts';
import type { DeliveryRate } from './delivery-rate.ts';
import type { Ecn } from './ecn.ts';
import type { PathMtu } from './path-mtu.ts';
import type { Block } from './reassembly.ts';
import type { Probe } from './recovery/probe.ts';
import type { Prr } from './recovery/prr.ts';
import type { Rack } from './recovery/rack.ts';
import type { Scoreboard } from './recovery/scoreboard.ts';
import type { Undo } from './recovery/undo.ts';
import type { Seq } from './seq.ts';
import type { Settings } from './settings.ts';

/** Send sequence variables. */
export interface Snd {
  readonly una: Seq;
  readonly nxt: Seq;
  /** The peer's window in bytes, already shifted. */
  readonly wnd: number;
  readonly wl1: Seq;
  readonly wl2: Seq;
  /** Behind the last urgent octet that we have to send; undefined when there is none. */
  readonly up: Seq | undefined;
  /** The largest window that the peer ever offered (Max(SND.WND), section 3.8.6.2.1). */
  readonly maxWnd: number;
  /** Eff.snd.MSS without the options' length taken off (section 3.7.1). */
  readonly mss: number;
  /** False once ICMP names a path narrower than the smallest segments that we make: IPv4 routers may cut them up. */
  readonly dontFragment: boolean;
  /** Snd.Wind.Shift (RFC 7323). */
  readonly shift: number;
  /** Behind the last segment with text that was not full; undefined once that is acknowledged. */
  readonly smallEnd: Seq | undefined;
  /** Everything from `text` on that is not acknowledged yet, sent or not. */
  readonly queue: ByteQueue;
  /** How many octets the queue takes before the user waits: as much as the settings say at first, and up to their bound. */
  readonly buffer: number;
  /** The sequence number of the queue's first octet: SND.UNA, or ISS + 1 while our SYN is unacknowledged. */
  readonly text: Seq;
  /** When text was last sent: an idle time of more than an RTO lets the congestion window start small again (RFC 5681 section 4.1). */
  readonly sentMs: number;
  /** When all text that was sent would have left at the pacing rate (`pacing.ts`); says nothing where there is none. */
  readonly pacedMs: number;
  /** When something was sent or probed for the first time since the peer last acknowledged anything: starts the user timeout. */
  readonly unansweredSinceMs: number | undefined;
}

/** Receive sequence variables. */
export interface Rcv {
  readonly nxt: Seq;
  /** What we offered beyond `nxt`. The right edge `nxt + wnd` never moves to the left (SHLD-14). */
  readonly wnd: number;
  /** Behind the peer's last urgent octet; undefined when there is none that the user has not read past. */
  readonly up: Seq | undefined;
  /** Rcv.Wind.Shift (RFC 7323). */
  readonly shift: number;
  /** In order and not read by the user yet. */
  readonly queue: ByteQueue;
  /** How many octets may be held: as many as the settings say at first, and up to their bound as the reader takes them. */
  readonly buffer: number;
  readonly reading: Reading;
  /** Arrived beyond `nxt`, in order, with a hole before each. */
  readonly blocks: readonly Block[];
  /** The sequence number of the peer's FIN, once that has arrived, in order or not. */
  readonly fin: Seq | undefined;
  /** The largest text seen in one segment: what "full-sized" means for delayed ACKs (SHLD-19). */
  readonly largest: number;
  /** How many segments are still acknowledged at once though their ACK could be delayed. */
  readonly quickAcks: number;
  /** The last ACK that we sent (Last.ACK.sent, RFC 7323). */
  readonly acked: Seq;
  /** What we owe the peer. */
  readonly ack: 'none' | 'delayed' | 'now';
  /** Why the ACK is owed at once, for captures and ladders. */
  readonly ackReason: 'in order' | 'out of order' | 'window' | 'unacceptable' | 'challenge';
  /** TS.Recent (RFC 7323 section 4.3) and when it was set. */
  readonly tsRecent: number | undefined;
  readonly tsRecentMs: number;
  /** A duplicate to be reported with the next ACK (RFC 2883). */
  readonly duplicate: SackBlock | undefined;
  /** `gone` once the user has closed both directions: text that arrives then is answered with RST (section 3.6.1). */
  readonly reader: 'present' | 'gone';
}

/** What a receiver measures to find out how large its buffer should be (`buffers.ts`). */
export interface Reading {
  /** Its own estimate of the round-trip time; undefined before the first measurement. */
  readonly rttMs: number | undefined;
  /** With timestamps: the echo that was measured last. */
  readonly echo: number | undefined;
  /** Without: the window's right edge at `edgeMs`; undefined before the first text. */
  readonly edge: Seq | undefined;
  readonly edgeMs: number;
  /** When the round trip began in which it is counted now what the user reads, and how much had been read before, in all. */
  readonly sinceMs: number;
  readonly readBefore: number;
  /** The most that was read in a round trip. */
  readonly most: number;
}

/** Round-trip time and retransmission timeout (RFC 6298), in milliseconds. */
export interface Rtt {
  readonly srttMs: number | undefined;
  readonly rttvarMs: number;
  /** Without the back-off. */
  readonly rtoMs: number;
  /** How often the timer has expired since the last new acknowledgment: the timeout is doubled so often. */
  readonly backoff: number;
  /** The segment being timed when there are no timestamps: never a retransmitted one (Karn). */
  readonly timed: { readonly end: Seq; readonly sentMs: number } | undefined;
  /** The SYN had to be sent again: the first RTO for text is 3 s (RFC 6298, 5.7). */
  readonly synRetransmitted: boolean;
  /**
   * What SRTT and RTTVAR were before a timeout that proved needless, until something behind `end`, SND.NXT at that time, is
   * measured (RFC 4015 section 3.6).
   */
  readonly beforeSpurious:
    | { readonly srttMs: number; readonly rttvarMs: number; readonly end: Seq }
    | undefined;
}

/**
 * Why what was sent counts as lost: its timer expired, the peer had closed its window over it, or the path takes nothing so long:
 * as a router says, as silence shows, or as a probe was to find out.
 */
export type LossCause = 'timeout' | 'window' | 'packet too big' | 'black hole' | 'path probe';

/**
 * Loss recovery: by RFC 5681 and RFC 6582 without SACK; with it by RFC 6675 or RFC 8985 on the scoreboard, which then says what
 * goes out again.
 */
export interface Recovery {
  /** `fast`: a lost segment was found by duplicate ACKs. `loss`: the timer expired, and all from `next` to `recover` goes out again. */
  readonly phase: 'open' | 'fast' | 'loss';
  readonly duplicates: number;
  /** Phase `fast`: bytes by which duplicate ACKs have inflated cwnd (RFC 5681 section 3.2, step 4). */
  readonly inflation: number;
  /** SND.NXT when the phase began: it ends when this is acknowledged. */
  readonly recover: Seq;
  /** Phase `loss`: what goes out next of what was sent before. Phase `fast`, cause `path probe`: behind the probe. */
  readonly next: Seq;
  /** Phases `fast` and `loss`: what began it; of all that ACKs can tell of only the loss of a probe is named in phase `fast`. */
  readonly cause: LossCause;
  /** Phase `fast`, with SACK: how much may be in flight (PRR, RFC 9937), and PRR's counters. F-RTO without SACK: the same. */
  readonly window: number;
  readonly prr: Prr;
  /** Phase `fast`, RFC 6675: the rescue retransmission of NextSeg (), rule 4, was sent. */
  readonly rescued: boolean;
  /** Phase `loss`: F-RTO's steps 2 and 3 (RFC 5682 sections 2.1 and 3.1). */
  readonly frto: 'off' | 'waiting' | 'probing';
  /** What is restored should nothing have been lost; undefined when there is nothing to take back. */
  readonly undo: Undo | undefined;
  /** The tail loss probe (RFC 8985 section 7). */
  readonly probe: Probe;
}

/** What the connection's timers stand at; the charts' delayed events look here when they fire. */
export interface Timers {
  readonly send: {
    readonly kind:
      | 'idle'
      | 'retransmission'
      | 'tail-loss probe'
      | 'reordering'
      | 'pacing'
      | 'persist'
      | 'keep-alive';
    readonly dueMs: number;
  };
  /**
   * With RACK-TLP, or while text is paced: when the retransmission timer is due, whichever timer runs in its place; undefined
   * while none does. RTO restart sets it while an ACK is taken in.
   */
  readonly rtoDueMs: number | undefined;
  /** Due time of the delayed ACK; undefined when none is owed. */
  readonly ackDueMs: number | undefined;
  /** Persist: how often it has expired since the window closed. */
  readonly probes: number;
  /** Keep-alive: probes that went unanswered, and when the peer was last heard. */
  readonly keepAliveProbes: number;
  readonly heardMs: number;
}

/** The user timeout option of this connection (RFC 5482). */
export interface UserTimeoutAdvice {
  /** REMOTE_UTO: what the peer advertised last. */
  readonly remoteMs: number | undefined;
  /** Whether the next segment tells ADV_UTO. */
  readonly announce: boolean;
}

/** What was agreed on in the handshake. */
export interface Features {
  readonly timestamps: boolean;
  readonly sack: boolean;
  readonly windowScaling: boolean;
  /** RFC 3168. */
  readonly ecn: boolean;
}

/** How many in the second that began at `sinceMs`. */
export interface Tally {
  readonly sinceMs: number;
  readonly count: number;
}

/** ACKs in answer to what could not be taken, counted for this connection alone (RFC 5961 section 7). */
export interface Answers {
  readonly challenges: Tally;
  /** To unacceptable segments that occupy no sequence numbers, and to those that do. */
  readonly empty: Tally;
  readonly text: Tally;
}

/** Totals since the connection began. */
export interface Totals {
  readonly segmentsSent: number;
  readonly segmentsReceived: number;
  readonly bytesSent: number;
  readonly bytesReceived: number;
  readonly bytesRetransmitted: number;
  readonly retransmissions: number;
  /** Segments of ours that the peer reports to have come to it twice (RFC 2883). */
  readonly duplicatesReported: number;
  /** Responses to a loss that were taken back, since nothing had been lost (RFC 4015, RFC 5682, RFC 3708). */
  readonly responsesUndone: number;
  readonly challengeAcks: number;
}

export interface Tcb {
  /** The time of the event that made this value, by the stack's clock. */
  readonly nowMs: number;
  readonly origin: 'active' | 'passive';
  readonly iss: Seq;
  readonly irs: Seq;
  /** Added to the clock for TSval, so that it does not tell the uptime (RFC 7323 section 7). */
  readonly timestampOffset: number;
  readonly snd: Snd;
  readonly rcv: Rcv;
  readonly path: PathMtu;
  /** The controller's own value (`settings.congestionControl`). */
  readonly cc: CongestionWindow;
  /** How much of cwnd was in use in the last round trip. */
  readonly use: WindowUse;
  /** How much of cwnd is known to be used (RFC 7661), where the user asks for it. */
  readonly validation: Validation;
  readonly recovery: Recovery;
  /** What is outstanding, and RACK's variables: where SACK was agreed on. */
  readonly scoreboard: Scoreboard;
  readonly rack: Rack;
  /** How fast the path delivers; undefined where the controller does not ask for it. */
  readonly deliveryRate: DeliveryRate | undefined;
  readonly rtt: Rtt;
  readonly timers: Timers;
  readonly userTimeout: UserTimeoutAdvice;
  readonly ecn: Ecn;
  readonly features: Features;
  readonly settings: Settings;
  readonly totals: Totals;
  readonly answers: Answers;
  /** The last ICMP error that did not end the connection: what a later timeout is blamed on. */
  readonly softError: 'EHOSTUNREACH' | 'ENETUNREACH' | undefined;
  /**
   * In SYN-RECEIVED: the TCB of the connection in TIME-WAIT whose place the SYN took, to go back to if it proves an old
   * duplicate (section 3.6.1, MAY-2).
   */
  readonly timeWait: Tcb | undefined;
}

/** The send timer at rest. */
export const IDLE = { kind: 'idle', dueMs: Number.POSITIVE_INFINITY } as const;
