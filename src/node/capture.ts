import { once } from 'node:events';
import type { Writable } from 'node:stream';
import type { Subscription } from 'rxjs';
import type { Frame } from '../net/device.ts';
import type { Direction, ImpairedDevice } from '../net/impairments.ts';
import { type Fate, fatesOf } from '../net/impairments.ts';
import { nanoseconds, pcapngHeader, pcapngPacket } from '../net/pcapng.ts';
import type { FrameEvent, Stack } from '../stack/api.ts';

export interface CaptureOptions {
  /**
   * The impaired device that the stack runs on. Then the frames sent are those that leave it: lost ones are not written,
   * delayed ones late, and what happened to each is in its comment.
   */
  readonly impaired?: ImpairedDevice;
  /** Bytes that may wait for the stream; packets beyond are left out, and counted. Default 64 MiB. */
  readonly limit?: number;
}

export interface Capture {
  /** Packets written so far, and packets left out since the stream was too slow. */
  readonly packets: number;
  readonly leftOut: number;
  /** Stops, writes what is left and ends the stream. Twice is fine. */
  close(): Promise<void>;
}

const LIMIT = 64 * 1024 * 1024;

interface Entry {
  readonly timeMs: number;
  readonly direction: Direction;
  readonly frame: Frame;
  /** Under whose comment it goes: of a frame sent, the one that the stack wrote. */
  readonly original: Frame;
  readonly fates: readonly Fate[];
}

/**
 * Writes every frame of a running stack to a stream, in the pcapng format: with the real time in nanoseconds, and a
 * comment that has the connection's state and the reason.
 *
 * @example
 * ```ts
 * const capture = startCapture(stack, createWriteStream('wire.pcapng'));
 * // …
 * await capture.close();
 * ```
 */
export function startCapture(stack: Stack, sink: Writable, options: CaptureOptions = {}): Capture {
  return new StreamCapture(stack, sink, options);
}

class StreamCapture implements Capture {
  packets = 0;
  leftOut = 0;
  readonly #sink: Writable;
  readonly #impaired: ImpairedDevice | undefined;
  readonly #limit: number;
  readonly #originNs: bigint;
  readonly #comments = new WeakMap<Frame, string>();
  readonly #untap: () => void;
  readonly #departures: Subscription | undefined;
  #entries: Entry[] = [];
  #closing: Promise<void> | undefined;

  constructor(stack: Stack, sink: Writable, { impaired, limit = LIMIT }: CaptureOptions) {
    this.#sink = sink;
    this.#impaired = impaired;
    this.#limit = limit;
    this.#originNs = nanoseconds(performance.timeOrigin + performance.now() - stack.clock.now());
    sink.write(pcapngHeader({ interfaceName: stack.device.name }));
    this.#untap = stack.tap((event) => this.#told(event));
    this.#departures = impaired?.departures$.subscribe(({ frame, original, fates }) =>
      this.#take({ timeMs: stack.clock.now(), direction: 'out', frame, original, fates }),
    );
  }

  close(): Promise<void> {
    this.#closing ??= this.#close();
    return this.#closing;
  }

  async #close(): Promise<void> {
    this.#untap();
    this.#departures?.unsubscribe();
    this.#write();
    if (this.#sink.destroyed) return;
    this.#sink.end();
    // An error is told by the stream itself, to whoever made it.
    await once(this.#sink, 'finish').catch(() => {});
  }

  #told({ kind, timeMs, frame, before, after, reason }: FrameEvent): void {
    const states = before === after ? before : `${before} → ${after}`;
    this.#comments.set(frame, `${states}: ${kind === 'dropped' ? 'dropped: ' : ''}${reason}`);
    if (kind !== 'sent') {
      this.#take({ timeMs, direction: 'in', frame, original: frame, fates: fatesOf(frame) });
    } else if (this.#impaired === undefined) {
      this.#take({ timeMs, direction: 'out', frame, original: frame, fates: [] });
    }
  }

  /**
   * Frames wait until the present turn is over: a device hands a frame on before the stack tells why it was sent, and a
   * segment's answer leaves before the stack tells what the segment did.
   */
  #take(entry: Entry): void {
    this.#entries.push(entry);
    if (this.#entries.length === 1) queueMicrotask(() => this.#write());
  }

  #write(): void {
    const entries = this.#entries;
    if (entries.length === 0 || this.#sink.destroyed) return;
    this.#entries = [];
    entries.sort((a, b) => a.timeMs - b.timeMs);
    this.#sink.cork();
    for (const { timeMs, direction, frame, original, fates } of entries) {
      if (this.#sink.writableLength > this.#limit) {
        this.leftOut++;
        continue;
      }
      const comment = [this.#comments.get(original) ?? 'not by TCP', ...fates].join('; ');
      this.#sink.write(pcapngPacket(frame, nanoseconds(timeMs, this.#originNs), { direction, comment }));
      this.packets++;
    }
    this.#sink.uncork();
  }
}
