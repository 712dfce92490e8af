/**
 * The three ways in which a ladder writes sequence numbers: as on the wire, from each end's first one on, or as the letters
 * of the textbooks.
 */

import { FLAG } from '../wire/index.ts';
import type { End, LadderPart, Passage } from './ladder.ts';
import { otherEnd } from './recorder.ts';

export const NUMBERS = ['absolute', 'relative', 'letters'] as const;

/**
 * `absolute`: as on the wire. `relative`: less the sender's initial sequence number. `letters`: J and K for the initial
 * sequence numbers of A and B, M and N for those of their FINs, and whatever is added to them.
 */
export type Numbers = (typeof NUMBERS)[number];

export interface Numbered {
  readonly seq: number | string;
  /** Undefined without ACK. */
  readonly ack: number | string | undefined;
}

const INITIAL = { A: 'J', B: 'K' } as const;
const FINAL = { A: 'M', B: 'N' } as const;

/** What is known of one end's numbers as a ladder goes down: its initial one, and that of its FIN once it has been sent. */
interface Origin {
  initial: number | undefined;
  fin: number | undefined;
}

/** Writes the numbers of a part's segments. A connection begins anew with each new SYN of an end. */
export function numbering(
  part: Pick<LadderPart, 'passages'>,
  numbers: Numbers,
): (passage: Passage) => Numbered {
  if (numbers === 'absolute') return ({ segment }) => ({ seq: segment.seq, ack: ackOf(segment) });
  const table = new Map<Passage, Numbered>();
  const origins: Record<End, Origin> = {
    A: { initial: undefined, fin: undefined },
    B: { initial: undefined, fin: undefined },
  };
  const write = numbers === 'relative' ? relative : lettered;
  for (const passage of part.passages) {
    const { segment, src } = passage;
    const own = origins[src];
    const end = (segment.seq + segment.text.length) >>> 0;
    if ((segment.flags & FLAG.SYN) !== 0 && passage.origin === 'sent' && own.initial !== segment.seq) {
      origins[src] = { initial: segment.seq, fin: undefined };
      // Whoever opens does not know the other's number yet: what was known of it is another connection's.
      if ((segment.flags & FLAG.ACK) === 0) origins[otherEnd(src)].fin = undefined;
    }
    if ((segment.flags & FLAG.FIN) !== 0) origins[src].fin = end;
    const ack = ackOf(segment);
    table.set(passage, {
      seq: write(segment.seq, src, origins[src]),
      ack: ack === undefined ? undefined : write(ack, otherEnd(src), origins[otherEnd(src)]),
    });
  }
  return (passage) => table.get(passage) ?? { seq: passage.segment.seq, ack: ackOf(passage.segment) };
}

function ackOf(segment: Passage['segment']): number | undefined {
  return (segment.flags & FLAG.ACK) !== 0 ? segment.ack : undefined;
}

function relative(value: number, _end: End, { initial }: Origin): number {
  return initial === undefined ? value : (value - initial) | 0;
}

function lettered(value: number, end: End, { initial, fin }: Origin): number | string {
  if (fin !== undefined && (value === fin || value === (fin + 1) >>> 0))
    return value === fin ? FINAL[end] : `${FINAL[end]}+1`;
  if (initial === undefined) return value;
  const beyond = (value - initial) | 0;
  return beyond === 0 ? INITIAL[end] : `${INITIAL[end]}${beyond > 0 ? '+' : '-'}${Math.abs(beyond)}`;
}
