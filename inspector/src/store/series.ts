/** A connection's gauges over time, in columns: what the plots draw. */

import type { TcbView } from '../../../src/inspect/protocol.ts';

export const COLUMNS = [
  'order',
  'timeMs',
  'cwnd',
  'ssthresh',
  'flight',
  'sndWnd',
  'rcvWnd',
  'srttMs',
  'rttvarMs',
  'rtoMs',
  'acked',
  'received',
  'reoWndMs',
] as const;

export type Column = (typeof COLUMNS)[number];

const FIRST = 16;

/** Values of one connection, oldest first. Beyond the capacity every other point of the older half goes. */
export class Series {
  readonly #capacity: number;
  #columns: Float64Array[] = COLUMNS.map(() => new Float64Array(FIRST));
  #length = 0;

  constructor(capacity = 16_384) {
    this.#capacity = capacity;
  }

  get length(): number {
    return this.#length;
  }

  add(order: number, timeMs: number, tcb: TcbView): void {
    const values = valuesOf(order, timeMs, tcb);
    const last = this.#length - 1;
    // Several steps of one instant are one point: the last one is what is true afterwards.
    const at = last >= 0 && this.#columns[1]![last] === timeMs ? last : this.#length++;
    if (at >= this.#columns[0]!.length) this.#makeRoom();
    const index = Math.min(at, this.#length - 1);
    for (let column = 0; column < values.length; column++) this.#columns[column]![index] = values[column]!;
  }

  /** A view of a column, up to the last point that is not after `order`. */
  column(name: Column, order = Number.POSITIVE_INFINITY): Float64Array {
    return this.#columns[COLUMNS.indexOf(name)]!.subarray(0, this.#endAt(order));
  }

  #endAt(order: number): number {
    const orders = this.#columns[0]!;
    let low = 0;
    let high = this.#length;
    while (low < high) {
      const middle = (low + high) >> 1;
      if (orders[middle]! <= order) low = middle + 1;
      else high = middle;
    }
    return low;
  }

  #makeRoom(): void {
    const length = this.#columns[0]!.length;
    if (length < this.#capacity) {
      this.#columns = this.#columns.map((column) => {
        const larger = new Float64Array(Math.min(this.#capacity, length * 2));
        larger.set(column);
        return larger;
      });
      return;
    }
    const half = length >> 1;
    for (const column of this.#columns) {
      for (let index = 0; index < half; index += 2) column[index >> 1] = column[index]!;
      column.copyWithin(half >> 1, half, length);
    }
    this.#length = length - (half >> 1) + 1;
  }
}

function valuesOf(order: number, timeMs: number, tcb: TcbView): readonly number[] {
  const { snd, rcv, cc, rtt, recovery, iss, irs } = tcb;
  return [
    order,
    timeMs,
    cc.cwnd,
    cc.ssthresh ?? Number.NaN,
    snd.flight,
    snd.wnd,
    rcv.wnd,
    rtt.srttMs ?? Number.NaN,
    rtt.rttvarMs ?? Number.NaN,
    rtt.rtoMs,
    (snd.una - iss) >>> 0,
    (rcv.nxt - irs) >>> 0,
    recovery.reoWndMs ?? Number.NaN,
  ];
}
