/** D-SACK (RFC 2883): the peer says which octets have come to it twice. */

import type { SackBlock } from '../../wire/index.ts';
import type { Segment } from '../segment.ts';
import { ge, le, type Seq } from '../seq.ts';

/**
 * Section 5: the first block is a duplicate if it lies below the cumulative acknowledgment of the same segment, or within the
 * second block. SND.UNA says nothing about it: ACKs are reordered, too.
 */
export function duplicateIn({ ack, options }: Segment): SackBlock | undefined {
  const [first, second] = options.sack;
  if (!first) return undefined;
  const left = first.left as Seq;
  const right = first.right as Seq;
  if (le(right, ack)) return first;
  if (second && ge(left, second.left as Seq) && le(right, second.right as Seq)) return first;
  return undefined;
}
