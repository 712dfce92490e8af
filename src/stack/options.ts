/** What may be asked of a stack, a listener, a connection and a write. */

import type { Interpreter } from '../../machines/index.ts';
import type { Clock } from '../clock.ts';
import type { Device } from '../net/device.ts';
import type { Random } from '../random.ts';
import type { Controller } from '../tcp/congestion/controller.ts';

/** A buffer that grows as it is used, in bytes: what it is at first, and at most. Both 1 to 2^30, `initial` up to `max`. */
export interface BufferRange {
  readonly initial: number;
  readonly max: number;
}

/** The size of a buffer in bytes: a number fixes it (1 to 2^30), as SO_RCVBUF and SO_SNDBUF do; a range lets it grow. */
export type BufferSize = number | BufferRange;

/** Options of one connection. Those of a stack and of a listener are the defaults of the connections that they make. */
export interface ConnectionOptions {
  /** Nagle's algorithm off (RFC 9293 MUST-17). Default false. */
  readonly noDelay?: boolean;
  /**
   * What a segment that is not full waits for: that nothing is unacknowledged (`any`, RFC 9293 section 3.7.4), or no other
   * such segment (`small`, appendix A.3: the end of a long write goes out at once). Default `any`.
   */
  readonly nagle?: 'any' | 'small';
  /** Keep-alive probes after so long an idle time (MUST-24 to 28). Default off; `true` is 7,200,000 ms. */
  readonly keepAliveMs?: number | boolean;
  /** Between two keep-alive probes that go unanswered. Default 75,000, or `keepAliveMs` if that is less. */
  readonly keepAliveIntervalMs?: number;
  /** How many probes may go unanswered before the connection is given up. Default 9. */
  readonly keepAliveProbes?: number;
  /** Text that does not fill a segment waits for more, for a second at most, even when nothing is unacknowledged. Default false. */
  readonly cork?: boolean;
  /** How long data may stay unacknowledged before the connection is given up, or `Infinity`. Default 300,000 (five minutes). */
  readonly userTimeoutMs?: number;
  /** Send the user timeout option, and take the peer's (RFC 5482, ENABLED). Default false. */
  readonly userTimeoutEnabled?: boolean;
  /**
   * Whether the peer's option may change the user timeout (RFC 5482, CHANGEABLE), to
   * min(upper limit, max(advertised, the peer's, lower limit)). Default true, unless `userTimeoutMs` is given for the
   * connection or its listener.
   */
  readonly userTimeoutChangeable?: boolean;
  /** What the option tells the peer (RFC 5482, ADV_UTO), up to 32,767 minutes. Default `userTimeoutMs`. */
  readonly userTimeoutAdvertisedMs?: number;
  /** Between what the peer's option may change the user timeout (RFC 5482, L_LIMIT, U_LIMIT). Defaults 100,000 and 3,600,000. */
  readonly userTimeoutLowerLimitMs?: number;
  readonly userTimeoutUpperLimitMs?: number;
  /**
   * Bytes that `write` queues before it waits, acknowledged ones not counted. Default 256 KiB at first, growing with twice the
   * congestion window up to 16 MiB. A buffer takes no memory before there is something in it.
   */
  readonly sendBuffer?: BufferSize;
  /**
   * Bytes that the receiver offers as its window at most. Default 1 MiB at first, growing with twice what is read in a round
   * trip up to 16 MiB, or to what the window scale of the handshake can say. Where it is set smaller while the connection
   * runs, what has been offered stays offered (RFC 9293 section 3.8.6, SHLD-14).
   */
  readonly receiveBuffer?: BufferSize;
  /** Half of the wait in TIME-WAIT. Default 30,000, so that the wait is 60 s. */
  readonly mslMs?: number;
  /** How long FIN-WAIT-2 lasts at most once nobody reads. Default 60,000. */
  readonly finWait2Ms?: number;
  /** The retransmission timeout at first, and at least (RFC 6298). Defaults 1,000 and 200: the minimum deviates from its 1 s, as Linux's does. */
  readonly rtoInitialMs?: number;
  readonly rtoMinMs?: number;
  /**
   * RTO restart (RFC 7765): with fewer than four segments left a timeout counts from when the earliest of them was sent, not from
   * the last ACK. Where SACK was agreed on, and `lossRecovery` is not `newreno`. Default false, as it is experimental.
   */
  readonly rtoRestart?: boolean;
  /**
   * Explicit congestion notification (RFC 3168): ask for it in our SYN, agree to it when the peer asks, or neither. Default
   * `accept`, as with Linux.
   */
  readonly ecn?: 'off' | 'accept' | 'request';
  /**
   * `cubic` (RFC 9438), `reno` (RFC 5681), `vegas`, or a controller of one's own, which is known by its name from then on.
   * Default `cubic`.
   */
  readonly congestionControl?: string | Controller;
  /**
   * How losses are found where SACK was agreed on: `rack` by times and with tail loss probes (RFC 8985), `sack` by what the peer
   * reports (RFC 6675), `newreno` as where it was not (RFC 6582). Default `rack`.
   */
  readonly lossRecovery?: 'rack' | 'sack' | 'newreno';
  /**
   * Text leaves spread over the round trip, in bursts of two segments or a millisecond, in place of a window's worth at once
   * (docs/CONGESTION.md). By default only where the congestion controller gives a rate of its own, or `windowValidation` asks for
   * it; with `false` not even there. Of use to a process that sends far: where processors are busy it finds many ACKs at once,
   * and would answer them by a burst.
   */
  readonly pacing?: boolean;
  /** After an idle time the congestion window starts small again (RFC 5681 section 4.1). Default true. */
  readonly restartAfterIdle?: boolean;
  /**
   * Congestion window validation (RFC 7661), in place of `restartAfterIdle`: a window that is not used is preserved for five
   * minutes, what leaves after a pause is paced (unless `pacing` is false), and a loss then counts against what was used.
   * Default false.
   */
  readonly windowValidation?: boolean;
  /** RFC 1337: a RST does not end TIME-WAIT. Default true. */
  readonly timeWaitProtection?: boolean;
  /** The longest that an ACK is delayed: less than 500 (MUST-40). Default 40. 0 acknowledges each segment at once. */
  readonly delayedAckMs?: number;
  /** How many segments are acknowledged at once before ACKs are delayed, or until we answer: it speeds up the peer's slow start. Default 0. */
  readonly quickAcks?: number;
  /** Maximum segment size announced; by default what the device's MTU leaves. */
  readonly mss?: number;
  /**
   * Where no router tells what a path takes, larger segments are tried by themselves, one at a time (RFC 4821): never (`off`); once
   * segments are found to vanish for their size, and where what a router told has become old (`blackhole`); or from the start,
   * beginning with `baseMss` (`always`). Default `blackhole`.
   */
  readonly mtuProbing?: 'off' | 'blackhole' | 'always';
  /** The MSS that segments fall back to in a black hole, and that `always` begins with; no less than 1,220 with IPv6. Default 1,024. */
  readonly baseMss?: number;
  /** How long what was found of a path is believed before larger segments are tried again: 300,000 at least, or `Infinity`. Default 600,000 (RFC 1191, RFC 4821). */
  readonly pathMtuAgeMs?: number;
  /** Offer window scaling (RFC 7323). Default true. */
  readonly windowScaling?: boolean;
  /** The scale that is offered for our window, 0 to 14. By default the smallest with which the largest `receiveBuffer` can be said; never so large that less than four of its steps make up the buffer at first. */
  readonly windowScale?: number;
  /** Offer timestamps (RFC 7323). Default true. */
  readonly timestamps?: boolean;
  /** Offer selective acknowledgment (RFC 2018). Default true. */
  readonly sack?: boolean;
  /** Urgent data stays in the stream (SO_OOBINLINE). Default false: it is read by `readUrgent()`. */
  readonly oobInline?: boolean;
  /** Traffic class / Diffserv byte, and hop limit, of the packets sent. Defaults 0 and 64. */
  readonly trafficClass?: number;
  readonly hopLimit?: number;
  /** The initial sequence number, in place of the clock and keyed hash of RFC 6528: for scenes and tests. */
  readonly iss?: number;
}

export interface ConnectOptions extends ConnectionOptions {
  /** The remote address, as a literal of IPv4 or IPv6. */
  readonly host: string;
  readonly port: number;
  /** One of the stack's addresses; by default the first one of the remote address's IP version. */
  readonly localAddress?: string;
  /** By default an ephemeral one, from 49,152 on (RFC 6056). */
  readonly localPort?: number;
  /** Take a `localPort` that other connections (one in TIME-WAIT, say) still use, as long as the 4-tuple is free. Default false. */
  readonly reuseAddress?: boolean;
  /** Aborts the connection while `connect()` waits for it to be ESTABLISHED. */
  readonly signal?: AbortSignal;
}

export interface ListenOptions extends ConnectionOptions {
  /** 0: any that is free. */
  readonly port: number;
  /** Listen at this address of the stack only; by default at all of them. */
  readonly host?: string;
  /** The accept queue's length: connections that are ESTABLISHED and not yet accepted. Default 511. */
  readonly backlog?: number;
  /** How many connections may be in SYN-RECEIVED. Default 1,024. */
  readonly halfOpenBacklog?: number;
  /** Listen although connections still use the port. Default true, as in Node. */
  readonly reuseAddress?: boolean;
  /** Closes the listener. */
  readonly signal?: AbortSignal;
}

export interface StackOptions extends ConnectionOptions {
  /** Where frames come from and go to. */
  readonly device: Device;
  /** The addresses that the stack answers at: literals of IPv4 or IPv6. */
  readonly addresses: readonly string[];
  /** The stack's time, and its timers. */
  readonly clock: Clock;
  /** For secrets and numbers that nobody may foretell: the same seed gives the same bytes. */
  readonly random: Random;
  /**
   * Who steps the charts: `compiled`, the default, a table worked out, as it is needed, from the charts' own definitions; or `xstate`,
   * XState's interpreter. Both do the same, and inspection tells the same of both; the table is several times as fast.
   */
  readonly interpreter?: Interpreter;
}

export interface WriteOptions {
  /**
   * False lends the bytes to the connection in place of copying them, which spares bulk senders half of the work: they must
   * not change until they are acknowledged, or a retransmission sends something else. Default true.
   */
  readonly copy?: boolean;
}
