/**
 * Segments under way, each different one once, by a number.
 */

import type { Outgoing, Segment, Seq } from '../../tcp/index.ts';
import { distance } from '../../tcp/index.ts';
import { FLAG } from '../../wire/index.ts';

export class Segments {
  readonly #byKey = new Map<string, number>();
  readonly #segments: Segment[] = [];
  readonly #base: Seq;
  readonly #wide: boolean;

  /**
   * @param base the ISS of both ends: what keys count from
   * @param wide windows are so wide that they don't matter
   */
  constructor(base: Seq, wide: boolean) {
    this.#base = base;
    this.#wide = wide;
  }

  get size(): number {
    return this.#segments.length;
  }

  idOf(outgoing: Outgoing): number {
    const key = this.#keyOf(outgoing);
    let id = this.#byKey.get(key);
    if (id === undefined) {
      id = this.#segments.length;
      const { seq, ack, flags, wnd, up, options, text } = outgoing;
      // Octets copied: those of a queue may lie in a block that grows.
      this.#segments.push({
        kind: 'tcp',
        srcPort: 1,
        dstPort: 1,
        seq,
        ack,
        flags,
        wnd,
        up,
        options,
        text: text.slice(),
      });
      this.#byKey.set(key, id);
    }
    return id;
  }

  of(id: number): Segment {
    return this.#segments[id]!;
  }

  #keyOf({ seq, ack, flags, wnd, up, options, text }: Outgoing): string {
    const from = (value: number): number => distance(value as Seq, this.#base);
    const { mss, windowScale, sackPermitted, sack, timestamps, userTimeout } = options;
    const blocks = sack.map(({ left, right }) => `${from(left)}-${from(right)}`).join('+');
    const stamps = timestamps ? `${timestamps.value}:${timestamps.echo}` : '';
    const advice = userTimeout ? `${userTimeout.value}${userTimeout.unit}` : '';
    const rest = `${mss ?? ''}.${windowScale ?? ''}.${sackPermitted ? 1 : 0}.${stamps}.${advice}`;
    const acked = (flags & FLAG.ACK) === 0 ? '' : from(ack);
    return `${from(seq)},${acked},${flags},${this.#wide ? '' : wnd},${up},${blocks},${rest},${text.join(' ')}`;
  }
}
