/**
 * Observers of frames. Nothing is put together while nobody has attached one. They are told of frames as links carry them:
 * of segments that the device joins or cuts up each by itself, with what was said of them all.
 */

import type { Clock } from '../clock.ts';
import { type Arriving, plainFrames } from '../net/device.ts';
import type { Connection, FrameEvent, State } from './api.ts';

export class Taps {
  readonly #clock: Pick<Clock, 'now'>;
  #observers: ((event: FrameEvent) => void)[] = [];
  /** The segment that is being processed: when it came, and what was sent since. */
  #arrival: { readonly timeMs: number; readonly answers: FrameEvent[] } | undefined;

  constructor(clock: Pick<Clock, 'now'>) {
    this.#clock = clock;
  }

  get attached(): boolean {
    return this.#observers.length > 0;
  }

  add(observer: (event: FrameEvent) => void): () => void {
    this.#observers = [...this.#observers, observer];
    return () => {
      this.#observers = this.#observers.filter((other) => other !== observer);
    };
  }

  /**
   * A segment is about to be processed. What it did is known only when its answers have left; observers hear of it first
   * all the same, and in the order of the times.
   */
  arrives(): void {
    this.#arrival = { timeMs: this.#clock.now(), answers: [] };
  }

  sent(
    arriving: Arriving,
    connection: Connection | undefined,
    before: State,
    after: State,
    reason: string,
  ): void {
    const timeMs = this.#clock.now();
    for (const frame of plainFrames(arriving)) {
      const event: FrameEvent = { kind: 'sent', timeMs, frame, connection, before, after, reason };
      if (this.#arrival) this.#arrival.answers.push(event);
      else this.#tell(event);
    }
  }

  received(
    arriving: Arriving,
    connection: Connection | undefined,
    before: State,
    after: State,
    reason: string,
  ): void {
    const arrival = this.#arrival;
    const timeMs = arrival?.timeMs ?? this.#clock.now();
    this.#arrival = undefined;
    for (const frame of plainFrames(arriving))
      this.#tell({ kind: 'received', timeMs, frame, connection, before, after, reason });
    for (const answer of arrival?.answers ?? []) this.#tell(answer);
  }

  dropped(arriving: Arriving, connection: Connection | undefined, state: State, reason: string): void {
    const timeMs = this.#clock.now();
    for (const frame of plainFrames(arriving))
      this.#tell({ kind: 'dropped', timeMs, frame, connection, before: state, after: state, reason });
  }

  #tell(event: FrameEvent): void {
    for (const observer of this.#observers) observer(event);
  }
}
