/**
 * A scripted peer: a real stack on one end of a link, and a test that speaks raw segments on the other.
 *
 * Sequence numbers are relative: those of the peer's own segments to the peer's ISS, those of the stack's to the stack's
 * ISS, so that in every test the SYN is 0 and the first octet of text is 1.
 */

import { expect } from 'vitest';
import { pair } from '../../src/net/pair.ts';
import { seededRandom } from '../../src/sim/seeded-random.ts';
import { type VirtualClock, virtualClock } from '../../src/sim/virtual-clock.ts';
import type { Connection, ConnectionOptions, Listener, ListenOptions, State } from '../../src/stack/api.ts';
import type { StackInternals } from '../../src/stack/internals.ts';
import { createStack, type TcpStack } from '../../src/stack/stack.ts';
import type { Tcb } from '../../src/tcp/index.ts';
import {
  decodeFragment,
  decodeIp,
  decodeTcp,
  describeFlags,
  encodeTcp,
  FLAG,
  type IpAddress,
  NO_OPTIONS,
  parseAddress,
  type TcpOptions,
} from '../../src/wire/index.ts';

export interface PeerOptions {
  /** Options of the stack and thus of its connections. `iss` defaults to 5,000. */
  readonly stack?: ConnectionOptions;
  readonly internals?: StackInternals;
  readonly version?: 4 | 6;
  readonly mtu?: number;
  /** Frames that the link holds before `write` returns false. */
  readonly queue?: number;
  readonly seed?: number;
  /** The peer's ISS. Default 100,000. */
  readonly iss?: number;
  /** The stack chooses its ISS itself; relative numbers count from the last SYN that it sent. */
  readonly stackChoosesIss?: true;
  /** The options of the peer's SYN. Default an MSS of 1,460 and nothing else. */
  readonly syn?: Partial<TcpOptions>;
  /** The window field of every segment that names none. Default 65,535. */
  readonly wnd?: number;
  readonly listen?: Partial<ListenOptions>;
}

/** A segment for the stack. What is left out is what a well-behaved peer would put there. */
export interface Say {
  readonly flags?: string;
  /** Relative to the peer's ISS. Default: the next number not sent. */
  readonly seq?: number;
  /** Relative to the stack's ISS. Default: all that has come in order. */
  readonly ack?: number;
  readonly wnd?: number;
  readonly up?: number;
  readonly options?: Partial<TcpOptions>;
  /** Text, or how many octets of a pattern that depends on the sequence number. */
  readonly text?: string | number | Uint8Array;
  readonly srcPort?: number;
  readonly dstPort?: number;
  /** The ECN field of its IP packet. */
  readonly ecn?: number;
  /** Leave out the timestamps that were agreed on. */
  readonly bare?: true;
}

/** A segment from the stack. */
export interface Heard {
  readonly timeMs: number;
  readonly flags: string;
  readonly seq: number;
  /** Undefined without the ACK flag. */
  readonly ack: number | undefined;
  readonly wnd: number;
  readonly up: number;
  readonly options: TcpOptions;
  readonly length: number;
  readonly text: Uint8Array;
  readonly srcPort: number;
  readonly dstPort: number;
  readonly frame: Uint8Array;
}

export type Expected = Partial<
  Pick<Heard, 'flags' | 'seq' | 'ack' | 'wnd' | 'up' | 'length' | 'timeMs' | 'srcPort' | 'dstPort'>
> & {
  readonly text?: string;
  readonly options?: Partial<TcpOptions>;
};

export const STACK_PORT = 7_788;
export const PEER_PORT = 54_321;
const ADDRESSES = { 4: ['198.18.0.1', '198.18.0.2'], 6: ['fd00::1', 'fd00::2'] } as const;
const CHARACTERS = new TextEncoder();

/** The octets of a stream, by their sequence number relative to the ISS: a test can tell every octet from its neighbours. */
export function pattern(from: number, count: number): Uint8Array {
  const bytes = new Uint8Array(count);
  for (let i = 0; i < count; i++) bytes[i] = ((from + i) * 167 + ((from + i) >>> 8)) & 0xff;
  return bytes;
}

export class Peer {
  readonly clock: VirtualClock = virtualClock();
  readonly stack: TcpStack;
  readonly stackAddress: IpAddress;
  readonly peerAddress: IpAddress;
  readonly iss: number;
  stackIss: number;
  listener: Listener | undefined;
  /** Relative: the next number that the peer will send, and the next that it expects in order. */
  nxt = 0;
  expected = 0;
  wnd: number;
  /** The TSval of the stack's last segment, once timestamps are agreed on. */
  tsval: number | undefined;
  timestamps = false;
  #connection: Connection | undefined;
  readonly #syn: Partial<TcpOptions>;
  readonly #options: PeerOptions;
  readonly #device: ReturnType<typeof pair>[1];
  readonly #heard: Heard[] = [];
  /** Whose ports the peer speaks from and to. */
  port = PEER_PORT;
  stackPort = STACK_PORT;

  constructor(options: PeerOptions = {}) {
    const [own, other] = ADDRESSES[options.version ?? 4];
    this.stackAddress = parseAddress(own)!;
    this.peerAddress = parseAddress(other)!;
    this.#options = options;
    this.iss = options.iss ?? 100_000;
    this.stackIss = options.stack?.iss ?? 5_000;
    this.wnd = options.wnd ?? 65_535;
    this.#syn = options.syn ?? { mss: 1_460 };
    const [left, right] = pair(this.clock, {
      mtu: options.mtu ?? 1_500,
      ...(options.queue === undefined ? {} : { queue: options.queue }),
    });
    this.#device = right;
    right.frames$.subscribe((frames) => {
      for (const frame of frames) this.#hear(frame);
    });
    this.stack = createStack(
      {
        device: left,
        addresses: [own],
        clock: this.clock,
        random: seededRandom(options.seed ?? 1),
        ...options.stack,
        ...(options.stackChoosesIss ? {} : { iss: this.stackIss }),
      },
      options.internals,
    ) as TcpStack;
  }

  /** The connection under test: the first that the stack has made. */
  get connection(): Connection {
    this.#connection ??= [...this.stack.connections][0];
    if (!this.#connection) throw new Error('the stack has no connection');
    return this.#connection;
  }

  get state(): State {
    return this.connection.state;
  }

  get tcb(): Tcb {
    return (this.connection as unknown as { tcb: Tcb }).tcb;
  }

  get counters(): Readonly<Record<string, number>> {
    return this.stack.counters;
  }

  // Time.

  /** Lets time pass, synchronously: promises do not settle meanwhile. */
  after(ms: number): void {
    this.clock.advance(ms);
  }

  /** Lets every promise settle, and what is due at this instant happen. */
  async settle(): Promise<void> {
    await this.clock.run({ untilMs: this.clock.now() });
  }

  /** As `after`, and promises settle. */
  async wait(ms: number): Promise<void> {
    await this.clock.run({ untilMs: this.clock.now() + ms, maxSteps: 200_000 });
  }

  // Speaking.

  /** Sends one segment, and lets the stack answer at once. */
  say(segment: Say = {}): void {
    const { seq, text } = this.put(segment);
    const flags = flagsOf(segment.flags ?? 'ACK');
    const length = text.length + ((flags & FLAG.SYN) !== 0 ? 1 : 0) + ((flags & FLAG.FIN) !== 0 ? 1 : 0);
    // A RST occupies nothing, and what is sent below or beyond the next number moves it only when it is in order.
    if ((flags & FLAG.RST) === 0 && seq <= this.nxt) this.nxt = Math.max(this.nxt, seq + length);
    this.after(0);
  }

  /** Sends one segment and does nothing else: the stack hears of it when time goes on. */
  put(segment: Say = {}): { seq: number; text: Uint8Array } {
    const flags = flagsOf(segment.flags ?? 'ACK');
    const seq = segment.seq ?? this.nxt;
    const text = textOf(segment.text ?? '', seq);
    const reset = (flags & FLAG.RST) !== 0;
    const timestamps =
      this.timestamps && !segment.bare && !reset
        ? { value: Math.floor(this.clock.now()) + 1_000, echo: this.tsval ?? 0 }
        : undefined;
    const frame = encodeTcp(
      { src: this.peerAddress, dst: this.stackAddress, trafficClass: segment.ecn ?? 0 },
      {
        srcPort: segment.srcPort ?? this.port,
        dstPort: segment.dstPort ?? this.stackPort,
        seq: (this.iss + seq) >>> 0,
        ack: (flags & FLAG.ACK) === 0 ? 0 : (this.stackIss + (segment.ack ?? this.expected)) >>> 0,
        flags,
        wnd: segment.wnd ?? this.wnd,
        up: segment.up ?? 0,
        options: {
          ...NO_OPTIONS,
          ...((flags & FLAG.SYN) === 0 ? {} : this.#syn),
          ...(timestamps && (flags & FLAG.SYN) === 0 ? { timestamps } : {}),
          ...segment.options,
        },
        text,
      },
    );
    this.#device.write(frame);
    return { seq, text };
  }

  /** Hands the stack a frame of any kind. */
  raw(frame: Uint8Array): void {
    this.#device.write(frame);
    this.after(0);
  }

  // Listening.

  /** The stack's next segment, which must be as said. */
  expect(expected: Expected = {}): Heard {
    const heard = this.#heard.shift();
    if (!heard) throw new Error(`the stack sent nothing where ${JSON.stringify(expected)} was expected`);
    const { text, options, ...rest } = expected;
    expect(heard, describe(heard)).toMatchObject(rest);
    if (text !== undefined) expect(new TextDecoder().decode(heard.text)).toBe(text);
    if (options !== undefined) expect(heard.options, describe(heard)).toMatchObject(options);
    return heard;
  }

  /** Nothing else was sent. */
  expectSilence(): void {
    expect(this.#heard.map(describe)).toEqual([]);
  }

  /** All that was sent and not looked at yet. */
  heard(): Heard[] {
    return this.#heard.splice(0);
  }

  // The states of RFC 9293 section 3.3.2, each from a new peer.

  listen(options: Partial<ListenOptions> = {}): this {
    this.listener = this.stack.listen({ port: STACK_PORT, ...this.#options.listen, ...options });
    return this;
  }

  synSent(flags = 'SYN'): this {
    const connection = this.stack.open({
      host: this.peerAddress.toString(),
      port: PEER_PORT,
      localPort: STACK_PORT,
    });
    this.#connection = connection;
    this.after(0);
    this.expect({ flags, seq: 0 });
    return this;
  }

  /** SYN-RECEIVED after a passive OPEN. */
  synReceived(): this {
    if (!this.listener) this.listen();
    this.say({ flags: 'SYN', seq: 0 });
    const synAck = this.expect({ flags: 'SYN,ACK', seq: 0, ack: 1 });
    this.#agree(synAck.options);
    expect(this.state).toBe('SYN-RECEIVED');
    return this;
  }

  /** SYN-RECEIVED after an active OPEN, by a simultaneous open. */
  synReceivedActively(): this {
    this.synSent();
    this.say({ flags: 'SYN', seq: 0 });
    const synAck = this.expect({ flags: 'SYN,ACK', seq: 0, ack: 1 });
    this.#agree(synAck.options);
    expect(this.state).toBe('SYN-RECEIVED');
    return this;
  }

  /** ESTABLISHED; `active` when the stack opened it. */
  establish(origin: 'active' | 'passive' = 'active'): this {
    if (origin === 'passive') {
      this.synReceived();
      this.say({ flags: 'ACK' });
    } else {
      this.synSent();
      this.#agree({ ...NO_OPTIONS, ...this.#syn });
      this.say({
        flags: 'SYN,ACK',
        ...(this.timestamps
          ? { options: { timestamps: { value: this.clock.now() + 1_000, echo: this.tsval ?? 0 } } }
          : {}),
      });
      this.expect({ flags: 'ACK', seq: 1, ack: 1, length: 0 });
    }
    expect(this.state).toBe('ESTABLISHED');
    this.expectSilence();
    return this;
  }

  async finWait1(origin?: 'active' | 'passive'): Promise<this> {
    this.establish(origin);
    // Whoever resets the connection afterwards makes the promise reject: that is what some tests look at.
    void this.connection.shutdown().catch(() => {});
    await this.settle();
    this.expect({ flags: 'FIN,ACK', seq: 1, ack: 1, length: 0 });
    expect(this.state).toBe('FIN-WAIT-1');
    return this;
  }

  async finWait2(origin?: 'active' | 'passive'): Promise<this> {
    await this.finWait1(origin);
    this.say({ flags: 'ACK' });
    expect(this.state).toBe('FIN-WAIT-2');
    this.expectSilence();
    return this;
  }

  async closeWait(origin?: 'active' | 'passive'): Promise<this> {
    this.establish(origin);
    this.say({ flags: 'FIN,ACK' });
    this.expect({ flags: 'ACK', seq: 1, ack: 2, length: 0 });
    expect(this.state).toBe('CLOSE-WAIT');
    return this;
  }

  async closing(origin?: 'active' | 'passive'): Promise<this> {
    await this.finWait1(origin);
    // It crossed our FIN: it does not acknowledge it.
    this.say({ flags: 'FIN,ACK', ack: 1 });
    this.expect({ flags: 'ACK', seq: 2, ack: 2, length: 0 });
    expect(this.state).toBe('CLOSING');
    return this;
  }

  async lastAck(origin?: 'active' | 'passive'): Promise<this> {
    await this.closeWait(origin);
    void this.connection.shutdown().catch(() => {});
    await this.settle();
    this.expect({ flags: 'FIN,ACK', seq: 1, ack: 2, length: 0 });
    expect(this.state).toBe('LAST-ACK');
    return this;
  }

  async timeWait(origin?: 'active' | 'passive'): Promise<this> {
    await this.finWait2(origin);
    this.say({ flags: 'FIN,ACK' });
    this.expect({ flags: 'ACK', seq: 2, ack: 2, length: 0 });
    expect(this.state).toBe('TIME-WAIT');
    return this;
  }

  /** A new peer's connection in any of the states from SYN-SENT on. */
  async reach(state: Exclude<State, 'CLOSED' | 'LISTEN'>): Promise<this> {
    switch (state) {
      case 'SYN-SENT':
        return this.synSent();
      case 'SYN-RECEIVED':
        return this.synReceived();
      case 'ESTABLISHED':
        return this.establish();
      case 'FIN-WAIT-1':
        return this.finWait1();
      case 'FIN-WAIT-2':
        return this.finWait2();
      case 'CLOSE-WAIT':
        return this.closeWait();
      case 'CLOSING':
        return this.closing();
      case 'LAST-ACK':
        return this.lastAck();
      case 'TIME-WAIT':
        return this.timeWait();
    }
  }

  #agree(offered: TcpOptions): void {
    this.timestamps = offered.timestamps !== undefined && this.#syn.timestamps !== undefined;
  }

  #hear(frame: Uint8Array): void {
    const packet = decodeIp(frame);
    // ICMP is looked at through `stack.tap`, and nothing else is sent in fragments.
    if (decodeFragment(frame)) return;
    if (packet.kind !== 'ip') throw new Error(`the stack sent a malformed packet: ${packet.reason}`);
    if (packet.protocol !== 6) return;
    const segment = decodeTcp(packet);
    if (segment.kind !== 'tcp') throw new Error(`the stack sent a malformed segment: ${segment.reason}`);
    const { flags, text, wnd, up, options, srcPort, dstPort } = segment;
    if (this.#options.stackChoosesIss && (flags & FLAG.SYN) !== 0 && segment.seq !== this.stackIss) {
      this.stackIss = segment.seq;
      this.expected = 0;
    }
    const seq = (segment.seq - this.stackIss) | 0;
    if ((flags & FLAG.SYN) !== 0) {
      this.stackPort = srcPort;
      this.port = dstPort;
    }
    if (options.timestamps) this.tsval = options.timestamps.value;
    const length = text.length + ((flags & FLAG.SYN) !== 0 ? 1 : 0) + ((flags & FLAG.FIN) !== 0 ? 1 : 0);
    if ((flags & FLAG.RST) === 0 && seq <= this.expected)
      this.expected = Math.max(this.expected, seq + length);
    this.#heard.push({
      timeMs: this.clock.now(),
      flags: describeFlags(flags),
      seq,
      ack: (flags & FLAG.ACK) === 0 ? undefined : (segment.ack - this.iss) | 0,
      wnd,
      up,
      options,
      length: text.length,
      text,
      srcPort,
      dstPort,
      frame,
    });
  }
}

function flagsOf(names: string): number {
  let flags = 0;
  for (const name of names.split(',')) if (name !== '') flags |= FLAG[name as keyof typeof FLAG];
  return flags;
}

function textOf(text: string | number | Uint8Array, seq: number): Uint8Array {
  if (typeof text === 'string') return CHARACTERS.encode(text);
  return typeof text === 'number' ? pattern(seq, text) : text;
}

function describe(heard: Heard): string {
  const ack = heard.ack === undefined ? '' : ` ACK=${heard.ack}`;
  return `${heard.timeMs} ms <SEQ=${heard.seq}>${ack} ${heard.flags} ${heard.length} octets, window ${heard.wnd}`;
}
