/**
 * The public face of a stack: what a program that uses statewire calls. The classes behind it are in the files beside.
 */

import type { Clock } from '../clock.ts';
import type { StackError } from '../errors.ts';
import type { Device, Frame } from '../net/device.ts';
import type { State } from '../tcp/state.ts';
import type { ConnectionOptions, ConnectOptions, ListenOptions, WriteOptions } from './options.ts';

export type { State } from '../tcp/state.ts';
export type {
  BufferRange,
  BufferSize,
  ConnectionOptions,
  ConnectOptions,
  ListenOptions,
  StackOptions,
  WriteOptions,
} from './options.ts';

/** Why a connection ended. `error` is absent after an orderly close. */
export interface CloseReason {
  readonly how: 'closed' | 'reset' | 'refused' | 'aborted' | 'timeout' | 'unreachable';
  readonly error?: StackError;
}

/** One TCP connection. All calls work from any state; those that the state does not allow reject with a `StackError`. */
export interface Connection extends AsyncDisposable {
  readonly id: string;
  readonly state: State;
  readonly localAddress: string;
  readonly localPort: number;
  readonly remoteAddress: string;
  readonly remotePort: number;
  /** Fulfilled when the connection enters ESTABLISHED; rejected when it ends before that. */
  readonly opened: Promise<void>;
  /** Fulfilled, never rejected, when the connection is CLOSED and forgotten (after TIME-WAIT too). */
  readonly closed: Promise<CloseReason>;
  /** What `closed` was fulfilled with; undefined as long as the connection lasts. */
  readonly closeReason: CloseReason | undefined;

  /**
   * The next bytes of text in order: at least one, at most `max`; null at the end of the stream, which is never how a reset shows.
   * Without `oobInline` a read stops before the urgent byte and the next one goes on after it.
   */
  read(max?: number): Promise<Uint8Array | null>;
  /** As `read`, but at once: undefined when there is nothing to read yet. Throws the error that `read` would reject with. */
  tryRead(max?: number): Uint8Array | null | undefined;
  /** What the next reads will give, at most `max` bytes of it; empty when there is nothing. It stays where it is. */
  peek(max?: number): Uint8Array;
  /** Queues bytes to be sent; fulfilled when the last one has found room. They are copied: the caller may use its buffer again. */
  write(bytes: Uint8Array, options?: WriteOptions): Promise<void>;
  /** Queues as many of the bytes as there is room for, and tells how many. Throws the error that `write` would reject with. */
  tryWrite(bytes: Uint8Array, urgent?: boolean): number;
  /** Queues bytes whose last one is urgent (RFC 9293 section 3.8.5). */
  writeUrgent(bytes: Uint8Array): Promise<void>;
  /** The urgent byte, once it is here and not read; without `oobInline` only. */
  readUrgent(): number | undefined;
  /** Tells of urgent data: called when it becomes pending or the urgent pointer moves on (MUST-32). */
  onUrgent: (() => void) | undefined;
  /** Tells of trouble that does not end the connection (ICMP soft errors, repeated retransmission: RFC 9293 section 3.9.1.8). */
  onSoftError: ((error: StackError) => void) | undefined;

  /** CLOSE, of our direction only: a FIN follows what is queued. Fulfilled when it is acknowledged. Reading goes on. */
  shutdown(): Promise<void>;
  /** Closes both directions: nothing more will be read; unread or later text is answered with RST. Fulfilled in TIME-WAIT or CLOSED. */
  close(): Promise<void>;
  /** ABORT: a RST, and nothing more. */
  abort(): void;

  /** Changes options of the running connection. Throws EINVAL for a value out of its range, and changes nothing then. */
  set(
    options: Pick<
      ConnectionOptions,
      | 'noDelay'
      | 'cork'
      | 'delayedAckMs'
      | 'quickAcks'
      | 'keepAliveMs'
      | 'keepAliveIntervalMs'
      | 'keepAliveProbes'
      | 'userTimeoutMs'
      | 'userTimeoutEnabled'
      | 'userTimeoutChangeable'
      | 'userTimeoutAdvertisedMs'
      | 'userTimeoutLowerLimitMs'
      | 'userTimeoutUpperLimitMs'
      | 'congestionControl'
      | 'pacing'
      | 'sendBuffer'
      | 'receiveBuffer'
      | 'oobInline'
      | 'trafficClass'
      | 'hopLimit'
    >,
  ): void;
  readonly readable: ReadableStream<Uint8Array>;
  readonly writable: WritableStream<Uint8Array>;
  info(): ConnectionInfo;
}

/** A read-only view of the TCB in the manner of Linux's `tcp_info`; sequence numbers absolute, windows in bytes. */
export interface ConnectionInfo {
  readonly state: State;
  readonly snd: {
    readonly una: number;
    readonly nxt: number;
    readonly wnd: number;
    readonly mss: number;
    readonly queued: number;
    /** How many bytes may be queued, as things stand. */
    readonly buffer: number;
  };
  readonly rcv: {
    readonly nxt: number;
    readonly wnd: number;
    readonly mss: number;
    readonly queued: number;
    /** How many bytes may be held, as things stand. */
    readonly buffer: number;
    readonly outOfOrder: number;
  };
  /** What the path is known to take, in octets of a packet with its headers (RFC 1191, RFC 4821). */
  readonly path: {
    /** What packets have at most, probes left aside (eff_pmtu); no more than the peer's MSS allows. */
    readonly mtu: number;
    /** Between what the path MTU lies (search_low and search_high), and whether it is being searched for. */
    readonly searchLow: number;
    readonly searchHigh: number;
    readonly searching: boolean;
    /** The size of a probe that is on its way. */
    readonly probe: number | undefined;
  };
  readonly iss: number;
  readonly irs: number;
  readonly congestionControl: string;
  /** What a controller that tells is about: with BBR its state, as `ProbeBW_CRUISE`. */
  readonly congestionState: string | undefined;
  readonly cwnd: number;
  readonly ssthresh: number;
  /** Whether half of cwnd was in use of late, as of the connection's last event (RFC 7661); always true without `windowValidation`. */
  readonly windowValidated: boolean;
  /** At which text is sent, in bytes a second; undefined where it is not paced. */
  readonly pacingRate: number | undefined;
  readonly srttMs: number | undefined;
  readonly rttvarMs: number | undefined;
  readonly rtoMs: number;
  readonly backoff: number;
  /** The user timeout in force: the user's own, or what the peer's option has changed it to (RFC 5482). */
  readonly userTimeoutMs: number;
  /** Loss recovery (RFC 5681): `disorder` while duplicate ACKs are counted and nothing is done about them yet. */
  readonly recovery: 'open' | 'disorder' | 'fast' | 'loss';
  readonly bytesSent: number;
  readonly bytesReceived: number;
  readonly bytesRetransmitted: number;
  readonly segmentsSent: number;
  readonly segmentsReceived: number;
  readonly retransmissions: number;
  /** Segments of ours that the peer reports to have come to it twice (RFC 2883): retransmissions that were not called for, and copies. */
  readonly duplicatesReported: number;
  /** Responses to a loss that were taken back, since nothing had been lost (RFC 4015, RFC 5682, RFC 3708). */
  readonly responsesUndone: number;
  readonly options: {
    readonly timestamps: boolean;
    readonly sack: boolean;
    readonly ecn: boolean;
    readonly sndShift: number | undefined;
    readonly rcvShift: number | undefined;
  };
  /** Undelivered urgent data: bytes up to the urgent pointer still to be read; 0 when there are none. */
  readonly urgentBytes: number;
  readonly memory: ConnectionMemory;
}

/**
 * What a connection takes of memory, in bytes. The queues are counted by the arrays that hold their octets: more than these
 * are, since arrays have free ends, and one that is half read is held whole.
 */
export interface ConnectionMemory {
  /** Text that is not acknowledged yet, sent or not. */
  readonly sendQueue: number;
  /** Text that is not read yet. */
  readonly receiveQueue: number;
  /** Text beyond a hole. */
  readonly reassembly: number;
  /** All else, estimated: the same for each connection. What promises, web streams and sockets take is not in it. */
  readonly fixed: number;
  /** All of these. */
  readonly total: number;
}

/** A passive OPEN. Iterating it accepts; it ends when the listener is closed. */
export interface Listener extends AsyncIterable<Connection>, AsyncDisposable {
  readonly address: string | undefined;
  readonly port: number;
  /** The next ESTABLISHED connection if there is one, at once. */
  tryAccept(): Connection | undefined;
  /** The next ESTABLISHED connection; null once the listener is closed. */
  accept(): Promise<Connection | null>;
  /** LISTEN → SYN-SENT (RFC 9293 section 3.10.1, OPEN in LISTEN): an active open from the listener's own port. */
  open(options: ConnectOptions): Promise<Connection>;
  /** Takes no more connections. Those not accepted are reset, accepted ones live on. */
  close(): Promise<void>;
  readonly halfOpen: number;
  readonly acceptQueue: number;
}

/** What the stack did with one frame. Only made while somebody has attached a tap. */
export interface FrameEvent {
  readonly kind: 'sent' | 'received' | 'dropped';
  readonly timeMs: number;
  /** As it was on the wire. What a datagram did that came in fragments is told with the last of them. */
  readonly frame: Frame;
  /** The connection it belongs to, if it belongs to one. */
  readonly connection: Connection | undefined;
  /** The state before and after; for a frame that belongs to a listener or to nobody, LISTEN or CLOSED. */
  readonly before: State;
  readonly after: State;
  /** Why it was sent, what it did, or why it was dropped: labels and RFC paragraph, in words. */
  readonly reason: string;
}

export interface Stack extends AsyncDisposable {
  readonly addresses: readonly string[];
  readonly device: Device;
  readonly clock: Clock;
  /** Active OPEN; fulfilled in ESTABLISHED. Rejects with ECONNREFUSED, ETIMEDOUT, EHOSTUNREACH, EADDRINUSE … */
  connect(options: ConnectOptions): Promise<Connection>;
  /** Active OPEN that returns at once, in SYN-SENT. Throws what can be known at once (EINVAL, EADDRINUSE, EADDRNOTAVAIL). */
  open(options: ConnectOptions): Connection;
  /** Passive OPEN. Throws EADDRINUSE, EADDRNOTAVAIL or EINVAL. */
  listen(options: ListenOptions): Listener;
  /** Every connection that has a TCB, those in TIME-WAIT included. */
  readonly connections: Iterable<Connection> & { readonly size: number };
  /** Events by name: frames in and out, drops by reason (`drop.tcp.checksum` …), retransmissions, challenge ACKs … */
  readonly counters: Readonly<Record<string, number>>;
  /** Calls `observer` for every frame until the returned function is called. */
  tap(observer: (event: FrameEvent) => void): () => void;
  /** Closes the listeners and every connection, waits for those at most `graceMs` (default 2,000), aborts the rest, lets the device go. */
  close(graceMs?: number): Promise<void>;
}
