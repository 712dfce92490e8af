/**
 * Observers of frames. Nothing is put together while nobody has attached one.
 */

import type { Clock } from '../clock.ts';
import type { Frame } from '../net/device.ts';
import type { Connection, FrameEvent, State } from './api.ts';

export class Taps {
  readonly #clock: Pick<Clock, 'now'>;
  #observers: ((event: FrameEvent) => void)[] = [];

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

  sent(frame: Frame, connection: Connection | undefined, before: State, after: State, reason: string): void {
    this.#tell({ kind: 'sent', timeMs: this.#clock.now(), frame, connection, before, after, reason });
  }

  received(
    frame: Frame,
    connection: Connection | undefined,
    before: State,
    after: State,
    reason: string,
  ): void {
    this.#tell({ kind: 'received', timeMs: this.#clock.now(), frame, connection, before, after, reason });
  }

  dropped(frame: Frame, connection: Connection | undefined, state: State, reason: string): void {
    this.#tell({
      kind: 'dropped',
      timeMs: this.#clock.now(),
      frame,
      connection,
      before: state,
      after: state,
      reason,
    });
  }

  #tell(event: FrameEvent): void {
    for (const observer of this.#observers) observer(event);
  }
}
