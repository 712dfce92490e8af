/**
 * A session's envelopes, and the model at any moment of it. The past is not remembered as it was: it is folded again, from
 * the nearest checkpoint on.
 */

import type { Envelope } from '../../../src/inspect/protocol.ts';
import { fold } from './fold.ts';
import { Landmarks } from './landmarks.ts';
import { copyModel, emptyModel, type Model } from './model.ts';
import { RecoveryLog } from './recovery-log.ts';
import { Series } from './series.ts';
import { Wire } from './wire.ts';

/** So many envelopes lie between two checkpoints. */
const SPAN = 2_048;

interface Stretch {
  readonly before: Model;
  readonly envelopes: Envelope[];
}

export interface Capacity {
  /** Envelopes that one can go back over. */
  readonly envelopes: number;
  readonly frames: number;
}

/** Live traffic does not end, and the page's memory must stay flat. */
export const LIVE: Capacity = { envelopes: 100_000, frames: 262_144 };
export const WHOLE: Capacity = { envelopes: Number.POSITIVE_INFINITY, frames: 1_048_576 };

export class Timeline {
  readonly wire: Wire;
  readonly series = new Map<string, Series>();
  readonly recovery = new Map<string, RecoveryLog>();
  readonly landmarks = new Landmarks();
  /** What is true now, at the end. */
  readonly head: Model = emptyModel();
  readonly #capacity: number;
  readonly #stretches: Stretch[] = [];
  #count = 0;
  #cached: Model | undefined;

  constructor(capacity: Capacity = WHOLE) {
    this.#capacity = capacity.envelopes;
    this.wire = new Wire(capacity.frames);
  }

  /** How many envelopes one can go back over. */
  get length(): number {
    return this.#count;
  }

  /** The order number of the oldest envelope that is still here. */
  get firstOrder(): number {
    return this.#stretches[0]?.envelopes[0]?.order ?? 0;
  }

  get firstMs(): number {
    return this.#stretches[0]?.envelopes[0]?.timeMs ?? 0;
  }

  append(envelopes: readonly Envelope[]): void {
    for (const envelope of envelopes) {
      this.#remember(envelope);
      fold(this.head, envelope);
      this.wire.take(envelope);
      this.landmarks.take(envelope);
      if (envelope.kind === 'tcb' || envelope.kind === 'connection.ended') {
        this.#measure(envelope.connection, envelope);
      } else if (envelope.kind === 'connection.opened') {
        this.#measure(envelope.connection, { ...envelope, tcb: envelope.view.tcb });
      } else if (envelope.kind === 'gap') {
        for (const gauge of envelope.now) if (gauge.kind === 'tcb') this.#measure(gauge.connection, gauge);
        for (const view of envelope.opened) this.#recoveryOf(view.connection).agree(envelope, view.tcb);
        for (const name of envelope.ended) this.recovery.get(name)?.end(envelope);
      } else if (envelope.kind === 'snapshot') {
        for (const view of envelope.connections) this.#recoveryOf(view.connection).agree(envelope, view.tcb);
      } else if (envelope.kind === 'recovery') {
        this.#recoveryOf(envelope.connection).take(envelope);
      }
      if (envelope.kind === 'connection.ended') this.recovery.get(envelope.connection)?.end(envelope);
    }
  }

  /** The model as it was once the envelope `order` had happened. Not to be changed. */
  at(order: number): Model {
    if (order >= this.head.order) return this.head;
    const cached = this.#cached;
    const stretch = this.#stretchOf(order);
    if (!stretch) return this.#stretches[0]?.before ?? this.head;
    // Going forward in small steps, as a film does, goes on from where it was.
    const near = cached && cached.order <= order && cached.order >= stretch.envelopes[0]!.order;
    const model = near ? cached : copyModel(stretch.before);
    // `hello` and `snapshot` share their number: what the model has is told by where it comes from, too.
    const from = near ? lastUpTo(stretch.envelopes, cached.order, (envelope) => envelope.order) + 1 : 0;
    for (let index = from; index < stretch.envelopes.length; index++) {
      const envelope = stretch.envelopes[index]!;
      if (envelope.order > order) break;
      fold(model, envelope);
    }
    this.#cached = model;
    return model;
  }

  /** The envelopes from `fromOrder` to `toOrder`, oldest first. */
  *between(fromOrder: number, toOrder: number): Generator<Envelope> {
    for (let index = this.#indexOf(fromOrder); index < this.#stretches.length; index++) {
      for (const envelope of this.#stretches[index]!.envelopes) {
        if (envelope.order > toOrder) return;
        if (envelope.order >= fromOrder) yield envelope;
      }
    }
  }

  /** The first envelope after `order`, or the last one up to it, for which `test` holds. */
  find(
    order: number,
    direction: 'after' | 'up to',
    test: (envelope: Envelope) => boolean,
  ): Envelope | undefined {
    const first = this.#indexOf(order);
    if (direction === 'after') {
      for (let index = first; index < this.#stretches.length; index++) {
        const found = this.#stretches[index]!.envelopes.find(
          (envelope) => envelope.order > order && test(envelope),
        );
        if (found) return found;
      }
      return undefined;
    }
    for (let index = first; index >= 0; index--) {
      const found = this.#stretches[index]?.envelopes.findLast(
        (envelope) => envelope.order <= order && test(envelope),
      );
      if (found) return found;
    }
    return undefined;
  }

  /** The order number `count` envelopes further on, or back if it is negative; stops at the ends. */
  step(order: number, count: number): number {
    let index = this.#indexOf(order);
    let stretch = this.#stretches[index];
    if (!stretch) return this.head.order;
    let at = lastUpTo(stretch.envelopes, order, (envelope) => envelope.order) + count;
    while (at < 0 && index > 0) {
      stretch = this.#stretches[--index]!;
      at += stretch.envelopes.length;
    }
    while (at >= stretch.envelopes.length && index < this.#stretches.length - 1) {
      at -= stretch.envelopes.length;
      stretch = this.#stretches[++index]!;
    }
    return stretch.envelopes[Math.max(0, Math.min(at, stretch.envelopes.length - 1))]!.order;
  }

  /** The last envelope that had happened by `timeMs`. */
  orderAt(timeMs: number): number {
    const stretch = findLast(this.#stretches, ({ envelopes }) => envelopes[0]!.timeMs <= timeMs);
    if (!stretch) return this.firstOrder;
    const index = lastUpTo(stretch.envelopes, timeMs, (envelope) => envelope.timeMs);
    return stretch.envelopes[Math.max(0, index)]!.order;
  }

  #remember(envelope: Envelope): void {
    let last = this.#stretches[this.#stretches.length - 1];
    if (!last || last.envelopes.length === SPAN) {
      last = { before: copyModel(this.head), envelopes: [] };
      this.#stretches.push(last);
      while (this.#count - this.#stretches[0]!.envelopes.length >= this.#capacity) {
        this.#count -= this.#stretches.shift()!.envelopes.length;
      }
    }
    last.envelopes.push(envelope);
    this.#count++;
  }

  #measure(
    connection: string,
    gauge: { readonly order: number; readonly timeMs: number; readonly tcb: Parameters<Series['add']>[2] },
  ): void {
    let series = this.series.get(connection);
    if (!series) {
      series = new Series();
      this.series.set(connection, series);
    }
    series.add(gauge.order, gauge.timeMs, gauge.tcb);
    this.#recoveryOf(connection).agree(gauge, gauge.tcb);
  }

  #recoveryOf(connection: string): RecoveryLog {
    let log = this.recovery.get(connection);
    if (!log) {
      log = new RecoveryLog();
      this.recovery.set(connection, log);
      this.#forget();
    }
    return log;
  }

  /** Of connections that the model has let go, nothing is plotted any more. */
  #forget(): void {
    if (this.recovery.size <= 2 * this.head.connections.size + 64) return;
    for (const name of this.recovery.keys()) {
      if (this.head.connections.has(name)) continue;
      this.series.delete(name);
      this.recovery.delete(name);
    }
  }

  #stretchOf(order: number): Stretch | undefined {
    const stretch = this.#stretches[this.#indexOf(order)];
    return stretch && stretch.envelopes[0]!.order <= order ? stretch : undefined;
  }

  #indexOf(order: number): number {
    let low = 0;
    let high = this.#stretches.length - 1;
    while (low < high) {
      const middle = (low + high + 1) >> 1;
      if (this.#stretches[middle]!.envelopes[0]!.order <= order) low = middle;
      else high = middle - 1;
    }
    return low;
  }
}

function findLast<T>(list: readonly T[], holds: (item: T) => boolean): T | undefined {
  let low = -1;
  let high = list.length - 1;
  while (low < high) {
    const middle = (low + high + 1) >> 1;
    if (holds(list[middle]!)) low = middle;
    else high = middle - 1;
  }
  return list[low];
}

/** The index of the last item whose key is at most `limit`, in a list that ascends by it; −1 if there is none. */
function lastUpTo<T>(list: readonly T[], limit: number, key: (item: T) => number): number {
  let low = -1;
  let high = list.length - 1;
  while (low < high) {
    const middle = (low + high + 1) >> 1;
    if (key(list[middle]!) <= limit) low = middle;
    else high = middle - 1;
  }
  return low;
}
