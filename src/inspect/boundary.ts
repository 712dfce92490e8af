/**
 * The line around a stack that everything crosses which makes it do what it does: frames, due timers, users' calls, random
 * numbers, and whether the device is full. Told in order, they are all that is needed to make it do the same again.
 *
 * While one input is dealt with, the stack's clock stands still, so that one time for each input is all that has to be told.
 */

import { Observable } from 'rxjs';
import type { TimerId } from '../clock.ts';
import type { Frame } from '../net/device.ts';
import type { Direction, Impairments } from '../net/impairments.ts';
import type { Random } from '../random.ts';
import type { StackCall } from '../stack/calls.ts';
import type { TcpStack } from '../stack/stack.ts';
import { dueAt } from '../timer-heap.ts';
import type { InspectableDevice } from './inspectable-device.ts';
import type { PausableClock } from './pausable-clock.ts';

export type BoundaryInput =
  | { readonly kind: 'frame'; readonly frame: Frame }
  /** The timer with this deadline fires. */
  | { readonly kind: 'timer'; readonly dueMs: number }
  | { readonly kind: 'call'; readonly call: StackCall }
  /** The device has room again; the device is gone. */
  | { readonly kind: 'drained' | 'gone' }
  /** The device said that it is full to the stack's write of this number, from 1 on. */
  | { readonly kind: 'full'; readonly write: number }
  | { readonly kind: 'draw'; readonly value: number };

export type BoundaryObserver = (input: BoundaryInput, timeMs: number) => void;

export class Boundary {
  readonly clock: PausableClock;
  readonly device: InspectableDevice;
  readonly random: Random;
  readonly #inner: PausableClock;
  #observer: BoundaryObserver | undefined;
  /** What was drawn before anybody observed: a stack draws its secrets when it is made. */
  #early: number[] | undefined = [];
  #depth = 0;
  #heldMs = 0;

  constructor(device: InspectableDevice, clock: PausableClock, random: Random) {
    this.#inner = clock;
    this.clock = new BoundaryClock(this, clock);
    this.device = new BoundaryDevice(this, device);
    this.random = { uint32: () => this.#draw(random.uint32()) };
  }

  /** Whether nothing has crossed that an observer would miss. */
  get isFresh(): boolean {
    return this.#early !== undefined;
  }

  nowMs(): number {
    return this.#depth > 0 ? this.#heldMs : this.#inner.now();
  }

  /**
   * Tells of every input from the beginning on.
   *
   * @throws Error when some have crossed already
   */
  observe(stack: TcpStack, observer: BoundaryObserver): () => void {
    if (!this.#early) throw new Error('a record has to begin with the stack, before its first frame or call');
    for (const value of this.#early) observer({ kind: 'draw', value }, this.nowMs());
    this.#early = undefined;
    this.#observer = observer;
    const detach = stack.calls.add({
      begins: (call) => this.#begin({ kind: 'call', call }),
      ends: () => this.#end(),
      listening() {},
    });
    return () => {
      this.#observer = undefined;
      detach();
    };
  }

  run(input: BoundaryInput, act: () => void): void {
    this.#begin(input);
    try {
      act();
    } finally {
      this.#end();
    }
  }

  /** Something that comes with the input that is dealt with now. */
  tell(input: BoundaryInput): void {
    this.#observer?.(input, this.nowMs());
  }

  #begin(input: BoundaryInput): void {
    if (this.#depth++ === 0) this.#heldMs = this.#inner.now();
    this.#early = undefined;
    this.tell(input);
  }

  #end(): void {
    this.#depth--;
  }

  #draw(value: number): number {
    if (this.#early) this.#early.push(value);
    else this.tell({ kind: 'draw', value });
    return value;
  }
}

class BoundaryClock implements PausableClock {
  readonly #boundary: Boundary;
  readonly #inner: PausableClock;

  constructor(boundary: Boundary, inner: PausableClock) {
    this.#boundary = boundary;
    this.#inner = inner;
  }

  now(): number {
    return this.#boundary.nowMs();
  }

  setTimeout(callback: () => void, delayMs: number): TimerId {
    const nowMs = this.now();
    const innerMs = this.#inner.now();
    const dueMs = dueAt(nowMs, delayMs);
    const fire = (): void => this.#boundary.run({ kind: 'timer', dueMs }, callback);
    return this.#inner.setTimeout(fire, innerMs === nowMs ? delayMs : dueMs - innerMs);
  }

  clearTimeout(id: TimerId): void {
    this.#inner.clearTimeout(id);
  }

  get paused(): boolean {
    return this.#inner.paused;
  }

  get dueMs(): readonly number[] {
    return this.#inner.dueMs;
  }

  pause(): void {
    this.#inner.pause();
  }

  resume(): void {
    this.#inner.resume();
  }

  fireNext(): boolean {
    return this.#inner.fireNext();
  }
}

class BoundaryDevice implements InspectableDevice {
  readonly name: string;
  readonly mtu: number;
  readonly frames$: Observable<readonly Frame[]>;
  readonly drained$: Observable<void>;
  readonly #boundary: Boundary;
  readonly #inner: InspectableDevice;
  #writes = 0;

  constructor(boundary: Boundary, inner: InspectableDevice) {
    this.name = inner.name;
    this.mtu = inner.mtu;
    this.#boundary = boundary;
    this.#inner = inner;
    this.frames$ = new Observable<readonly Frame[]>((subscriber) =>
      inner.frames$.subscribe({
        // One by one: what one frame makes users do has its place before the next.
        next: (batch) => {
          for (const frame of batch) boundary.run({ kind: 'frame', frame }, () => subscriber.next([frame]));
        },
        error: (error: unknown) => subscriber.error(error),
        complete: () => boundary.run({ kind: 'gone' }, () => subscriber.complete()),
      }),
    );
    this.drained$ = new Observable<void>((subscriber) =>
      inner.drained$.subscribe({
        next: () => boundary.run({ kind: 'drained' }, () => subscriber.next()),
        complete: () => subscriber.complete(),
      }),
    );
  }

  get departures$() {
    return this.#inner.departures$;
  }

  get lost$() {
    return this.#inner.lost$;
  }

  get stats() {
    return this.#inner.stats;
  }

  get impairments() {
    return this.#inner.impairments;
  }

  write(frame: Frame): boolean {
    this.#writes++;
    const hasRoom = this.#inner.write(frame);
    if (!hasRoom) this.#boundary.tell({ kind: 'full', write: this.#writes });
    return hasRoom;
  }

  set(direction: Direction, impairments: Impairments): void {
    this.#inner.set(direction, impairments);
  }

  dropNext(direction: Direction, predicate: (frame: Frame) => boolean, count?: number): () => void {
    return this.#inner.dropNext(direction, predicate, count);
  }

  inject(frame: Frame): void {
    this.#inner.inject(frame);
  }

  close(): void {
    this.#inner.close();
  }
}
