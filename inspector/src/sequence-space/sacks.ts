/** The SACK blocks that a connection heard last: what its peer holds out of order. */

import { sackBlocks } from '../ladder/decode.ts';
import { MARK } from '../store/frame-log.ts';
import type { Connection } from '../store/model.ts';
import type { Wire } from '../store/wire.ts';

export interface Block {
  /** Relative to the initial sequence number. */
  readonly from: number;
  readonly to: number;
}

/** The last segment that had arrived is looked for in so many rows. */
const LOOK_BACK = 200;

/** Those of the last ACK that had arrived by `order`, as far as nothing has acknowledged them since. */
export function heardSacks({ name, tcb }: Connection, wire: Wire, order: number): readonly Block[] {
  const place = wire.of(name);
  if (!place) return [];
  const { rows } = place.conversation;
  const last = rows.countWhile((each) => wire.orderOf(each) <= order) - 1;
  for (let index = last; index > Math.max(-1, last - LOOK_BACK); index--) {
    const item = rows.at(index);
    const row = item < 0 ? undefined : wire.frames.row(item);
    if (!row || row.direction === place.side || row.arriveOrder > order) continue;
    if (row.marks & (MARK.dropped | MARK.notTcp)) continue;
    return sackBlocks(wire.frames.bytes(row.index))
      .map(({ left, right }) => ({ from: (left - tcb.iss) >>> 0, to: (right - tcb.iss) >>> 0 }))
      .filter(({ to }) => to > (tcb.snd.una - tcb.iss) >>> 0);
  }
  return [];
}
