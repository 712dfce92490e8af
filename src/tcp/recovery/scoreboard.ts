/**
 * The retransmission queue and the SACK scoreboard in one (RFC 6675 section 3, RFC 8985 section 5.2): for every octet from
 * SND.UNA to SND.NXT when it was last sent, whether the peer has reported it, and whether it counts as lost.
 *
 * What was sent once stands in a list of transmissions, whose times and sequence numbers rise together; everything else that is
 * known is a mark on a range. So without loss there is nothing but the list, and with it an ACK costs O(log n) and what is new
 * in it. Positions are octets from the ISS on, as plain numbers that do not wrap.
 */

import { add, distance, type Seq } from '../seq.ts';
import {
  beyond,
  inOrder,
  lostIn,
  type Mark,
  marked,
  type Range,
  rangeAt,
  rangeFrom,
  sackedIn,
  type Tree,
} from './ranges.ts';
import { Transmissions } from './transmissions.ts';

export interface Scoreboard {
  /** SND.UNA, and its position. */
  readonly una: Seq;
  readonly base: number;
  /** What was sent for the first time, in order. */
  readonly sent: Transmissions;
  /** What was sent again, in order of time; entries that have been delivered since may still stand in it. */
  readonly again: Transmissions;
  readonly marks: Tree;
  /** Whatever lies below this and has no mark is in flight and has been looked at: loss detection goes on from here. */
  readonly scanned: number;
}

/** A range of positions. */
export type Span = Pick<Range, 'start' | 'end'>;

/** What an ACK tells for the first time of a range: it has been delivered. `mark` is what was thought of it until now. */
export type Delivered = (start: number, end: number, mark: Mark | undefined, sentMs: number) => void;

/** Is told of [start, end), which was sent at `sentMs` for the last time, that it is lost. */
export type TellLost = (board: Scoreboard, start: number, end: number, sentMs: number) => void;

export function emptyScoreboard(una: Seq): Scoreboard {
  return { una, base: 0, sent: Transmissions.none, again: Transmissions.none, marks: undefined, scanned: 0 };
}

export function positionOf(board: Scoreboard, seq: Seq): number {
  return board.base + distance(seq, board.una);
}

export function seqOf(board: Scoreboard, position: number): Seq {
  return add(board.una, position - board.base);
}

export function sackedBytes(board: Scoreboard): number {
  return sackedIn(board.marks);
}

export function lostBytes(board: Scoreboard): number {
  return lostIn(board.marks);
}

/** RFC 8985 section 6.1: [start, end) goes out, of which everything below `next`, SND.NXT, was sent before. */
export function transmitted(
  board: Scoreboard,
  start: number,
  end: number,
  next: number,
  nowMs: number,
): Scoreboard {
  let { sent, again, marks } = board;
  if (start < next) {
    const behind = Math.min(end, next);
    again = again.append(start, behind, nowMs);
    marks = marked(marks, start, behind, 'resent', nowMs);
  }
  if (end > next) sent = sent.append(Math.max(start, next), end, nowMs);
  return { una: board.una, base: board.base, sent, again, marks, scanned: board.scanned };
}

/** Tells `delivered` of all in [start, end) that was not known to be delivered, in order. */
export function newIn({ marks }: Scoreboard, start: number, end: number, delivered: Delivered): void {
  if (marks === undefined) return delivered(start, end, undefined, 0);
  let at = start;
  while (at < end) {
    const here = rangeAt(marks, at);
    if (here && here.end > at) {
      const to = Math.min(here.end, end);
      if (here.mark !== 'sacked') delivered(at, to, here.mark, here.sentMs);
      at = to;
    } else {
      const to = Math.min(rangeFrom(marks, at)?.start ?? end, end);
      delivered(at, to, undefined, 0);
      at = to;
    }
  }
}

/** The cumulative acknowledgment has reached `ack`. */
export function acknowledged(board: Scoreboard, ack: Seq): Scoreboard {
  const base = positionOf(board, ack);
  const marks = board.marks && beyond(board.marks, base);
  return {
    una: ack,
    base,
    sent: board.sent.from(board.sent.countUpTo(base)),
    again: marks === undefined ? Transmissions.none : board.again,
    marks,
    scanned: Math.max(board.scanned, base),
  };
}

/** The peer has reported [start, end). */
export function reported(board: Scoreboard, start: number, end: number): Scoreboard {
  return { ...board, marks: marked(board.marks, start, end, 'sacked') };
}

/** Marks as lost what lies below `position` and is in flight for the first time. */
export function lostBelow(board: Scoreboard, position: number, tell?: TellLost): Scoreboard {
  if (position <= board.scanned) return board;
  let { marks } = board;
  for (const { start, end } of gaps(board, board.scanned, position)) {
    marks = marked(marks, start, end, 'lost');
    if (tell) tellByTimes(board, start, end, tell);
  }
  return { ...board, marks, scanned: position };
}

/** In pieces of which each was sent at one time. */
function tellByTimes(board: Scoreboard, start: number, end: number, tell: TellLost): void {
  const { sent } = board;
  let at = start;
  for (let index = sent.countUpTo(start); at < end && index < sent.length; ) {
    const sentMs = sent.sentMs(index);
    let behind = sent.end(index);
    for (index++; index < sent.length && behind < end && sent.sentMs(index) === sentMs; index++)
      behind = sent.end(index);
    tell(board, at, Math.min(behind, end), sentMs);
    at = behind;
  }
}

/** Marks as lost what of [start, end) is in flight for the first time. */
export function lostRange(board: Scoreboard, start: number, end: number): Scoreboard {
  let { marks } = board;
  for (const gap of gaps(board, start, end)) marks = marked(marks, gap.start, gap.end, 'lost');
  return { ...board, marks };
}

/** Marks as lost what of a retransmission is still on its way. */
export function lostAgain(board: Scoreboard, index: number, tell?: TellLost): Scoreboard {
  let { marks } = board;
  for (const { start, end } of stillResent(board, index)) {
    marks = marked(marks, start, end, 'lost again');
    tell?.(board, start, end, board.again.sentMs(index));
  }
  return { ...board, marks };
}

/** What of the retransmission `again[index]` has neither arrived nor been sent once more. */
export function stillResent(board: Scoreboard, index: number): Span[] {
  const sentMs = board.again.sentMs(index);
  const start = Math.max(board.again.start(index), board.base);
  const end = board.again.end(index);
  const pieces: Span[] = [];
  if (start >= end) return pieces;
  newIn(board, start, end, (from, to, mark, ms) => {
    if (mark === 'resent' && ms === sentMs) pieces.push({ start: from, end: to });
  });
  return pieces;
}

/** The lowest part of [start, end) that is in flight for the first time; undefined when nothing of it is. */
export function firstGap(board: Scoreboard, start: number, end: number): Span | undefined {
  for (const gap of gaps(board, start, end)) return gap;
  return undefined;
}

/**
 * All in [from, next) counts as lost, what the peer has reported included (RFC 2018 section 5.1). What it reports from now on counts again: RFC
 * 6675 section 5.1.
 */
export function allLost(board: Scoreboard, from: number, next: number): Scoreboard {
  let marks: Tree = marked(undefined, from, next, 'lost');
  for (const { start, end, mark } of inOrder(board.marks)) {
    if (mark === 'resent' || mark === 'lost again') marks = marked(marks, start, end, 'lost again');
  }
  return { ...board, again: Transmissions.none, marks, scanned: next };
}

/** What was taken for lost is on its way after all. */
export function noneLost(board: Scoreboard): Scoreboard {
  let marks: Tree;
  for (const { start, end, mark, sentMs } of inOrder(board.marks)) {
    if (mark === 'sacked' || mark === 'resent') marks = marked(marks, start, end, mark, sentMs);
  }
  return { ...board, marks, scanned: board.base };
}

/** The parts of [start, end) without a mark. */
function* gaps({ marks }: Scoreboard, start: number, end: number): Generator<Span> {
  let at = start;
  while (at < end) {
    const here = rangeAt(marks, at);
    if (here && here.end > at) at = here.end;
    else {
      const to = Math.min(rangeFrom(marks, at)?.start ?? end, end);
      yield { start: at, end: to };
      at = to;
    }
  }
}
