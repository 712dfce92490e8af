import type { Clock, TimerId } from '../../clock.ts';
import type { Connection } from '../../stack/api.ts';
import type { Parameters, StreamResult } from './protocol.ts';
import { streamId } from './protocol.ts';

/** What one stream did between two moments; times in seconds since the start, or since what was omitted ended. */
export interface StreamInterval {
  readonly socket: number;
  readonly start: number;
  readonly end: number;
  readonly bytes: number;
  readonly retransmits: number;
  readonly cwnd: number;
  readonly sndWnd: number;
  readonly rttUs: number;
  readonly rttvarUs: number;
  readonly pmtu: number;
  readonly omitted: boolean;
}

export type Interval = readonly StreamInterval[];

interface Meter {
  readonly id: number;
  readonly socket: number;
  readonly connection: Connection;
  bytes: number;
  /** Since the last interval. */
  recent: number;
  retransmitsBefore: number;
  retransmitsRecent: number;
}

export interface TrafficOptions {
  readonly parameters: Parameters;
  readonly isSender: boolean;
  readonly intervalMs: number;
  readonly clock: Clock;
  readonly onInterval: (interval: Interval) => void;
}

/** What is written; its content means nothing. */
const BLOCK_BYTE = 0x5a;

/** The streams of a test at one of its ends: fills or empties them, and counts. */
export class Traffic {
  readonly streams: readonly Meter[];
  /** Fulfilled when as many bytes or blocks have passed as were asked for; never when there is no such limit. */
  readonly limitReached: Promise<void>;

  readonly #options: TrafficOptions;
  #reachLimit: () => void = () => {};
  #timer: TimerId;
  #startMs = 0;
  #intervalStartMs = 0;
  #endMs: number | undefined;
  #isOmitting = false;
  #cpu = process.cpuUsage();

  constructor(connections: readonly Connection[], options: TrafficOptions) {
    this.#options = options;
    this.streams = connections.map((connection, index) => ({
      id: streamId(index),
      // The numbers that a kernel would give its descriptors, since readers of this output know them.
      socket: index === 0 ? 5 : 6 + index,
      connection,
      bytes: 0,
      recent: 0,
      retransmitsBefore: 0,
      retransmitsRecent: 0,
    }));
    this.limitReached = new Promise((resolve) => {
      this.#reachLimit = resolve;
    });
  }

  get seconds(): number {
    return ((this.#endMs ?? this.#options.clock.now()) - this.#startMs) / 1_000;
  }

  start(): void {
    const { clock, parameters } = this.#options;
    this.#isOmitting = parameters.omitSeconds > 0;
    this.#begin(clock.now());
    for (const meter of this.streams) {
      meter.connection.set({ noDelay: parameters.noDelay });
      // What ends a stream in mid-test ends the control connection too, and is told there.
      void (this.#options.isSender ? this.#fill(meter) : this.#drain(meter)).catch(() => {});
    }
    this.#arm();
  }

  /** Nothing more is counted; what has passed since the last interval is an interval of its own. */
  stop(): void {
    if (this.#endMs !== undefined) return;
    const { clock } = this.#options;
    clock.clearTimeout(this.#timer);
    this.#endMs = clock.now();
    if (this.#endMs - this.#intervalStartMs > 100 || this.streams.some(({ recent }) => recent > 0)) {
      this.#endInterval(this.#endMs);
    }
  }

  results(): StreamResult[] {
    return this.streams.map((meter) => ({
      id: meter.id,
      bytes: meter.bytes,
      retransmits: this.#options.isSender
        ? meter.connection.info().retransmissions - meter.retransmitsBefore
        : -1,
      seconds: this.seconds,
    }));
  }

  /** Of this process since the start, in percent of one processor. */
  cpu(): { total: number; user: number; system: number } {
    const { user, system } = process.cpuUsage(this.#cpu);
    const percent = (us: number): number => us / 10_000 / Math.max(this.seconds, 0.001);
    return { total: percent(user + system), user: percent(user), system: percent(system) };
  }

  close(): void {
    for (const { connection } of this.streams) void connection.close().catch(() => {});
  }

  #begin(nowMs: number): void {
    this.#startMs = nowMs;
    this.#intervalStartMs = nowMs;
    this.#cpu = process.cpuUsage();
    for (const meter of this.streams) {
      meter.bytes = 0;
      meter.recent = 0;
      meter.retransmitsBefore = meter.connection.info().retransmissions;
      meter.retransmitsRecent = meter.retransmitsBefore;
    }
  }

  /** Deadlines are counted from the start, so that intervals do not drift. */
  #arm(): void {
    const { clock, intervalMs, parameters } = this.#options;
    const passed = Math.round((this.#intervalStartMs - this.#startMs) / intervalMs);
    let atMs = intervalMs > 0 ? this.#startMs + (passed + 1) * intervalMs : Number.POSITIVE_INFINITY;
    const omitEndMs = this.#startMs + parameters.omitSeconds * 1_000;
    const endsOmitting = this.#isOmitting && omitEndMs <= atMs;
    if (endsOmitting) atMs = omitEndMs;
    if (atMs === Number.POSITIVE_INFINITY) return;
    this.#timer = clock.setTimeout(
      () => {
        const nowMs = clock.now();
        this.#endInterval(nowMs);
        if (endsOmitting) {
          this.#isOmitting = false;
          this.#begin(nowMs);
        }
        this.#arm();
      },
      Math.max(0, atMs - clock.now()),
    );
  }

  #endInterval(nowMs: number): void {
    const start = (this.#intervalStartMs - this.#startMs) / 1_000;
    const end = (nowMs - this.#startMs) / 1_000;
    this.#intervalStartMs = nowMs;
    const interval = this.streams.map((meter): StreamInterval => {
      const info = meter.connection.info();
      const { recent: bytes, retransmitsRecent } = meter;
      meter.recent = 0;
      meter.retransmitsRecent = info.retransmissions;
      return {
        socket: meter.socket,
        start,
        end,
        bytes,
        retransmits: info.retransmissions - retransmitsRecent,
        cwnd: info.cwnd,
        sndWnd: info.snd.wnd,
        rttUs: Math.round((info.srttMs ?? 0) * 1_000),
        rttvarUs: Math.round((info.rttvarMs ?? 0) * 1_000),
        pmtu: info.snd.mss + (meter.connection.localAddress.includes(':') ? 60 : 40),
        omitted: this.#isOmitting,
      };
    });
    this.#options.onInterval(interval);
  }

  #count(meter: Meter, bytes: number): void {
    if (this.#endMs !== undefined) return;
    meter.bytes += bytes;
    meter.recent += bytes;
    if (this.#isFull()) this.#reachLimit();
  }

  #isFull(): boolean {
    const { bytes, blocks, blockSize } = this.#options.parameters;
    const limit = bytes > 0 ? bytes : blocks * blockSize;
    if (limit === 0 || this.#isOmitting) return false;
    let sum = 0;
    for (const meter of this.streams) sum += meter.bytes;
    return sum >= limit;
  }

  async #fill(meter: Meter): Promise<void> {
    const { parameters, clock } = this.#options;
    const { blockSize, bitsPerSecond, omitSeconds } = parameters;
    const block = new Uint8Array(blockSize).fill(BLOCK_BYTE);
    // With something omitted the ends begin to count at slightly different moments: only the one that counts may stop.
    const stopsAtLimit = omitSeconds === 0;
    const beganMs = clock.now();
    let sent = 0;
    while (this.#endMs === undefined && !(stopsAtLimit && this.#isFull())) {
      // It never changes.
      await meter.connection.write(block, { copy: false });
      this.#count(meter, blockSize);
      sent += blockSize;
      if (bitsPerSecond === 0) continue;
      const aheadMs = (sent * 8_000) / bitsPerSecond - (clock.now() - beganMs);
      if (aheadMs > 0)
        await new Promise<void>((resolve) => clock.setTimeout(resolve, Math.min(aheadMs, 1_000)));
      while (this.#endMs === undefined && (sent * 8_000) / bitsPerSecond - (clock.now() - beganMs) > 1) {
        await new Promise<void>((resolve) => clock.setTimeout(resolve, 100));
      }
    }
  }

  async #drain(meter: Meter): Promise<void> {
    for (let bytes = await meter.connection.read(); bytes !== null; bytes = await meter.connection.read()) {
      this.#count(meter, bytes.length);
    }
  }
}
