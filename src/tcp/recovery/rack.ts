/**
 * RACK: what was sent before something that has arrived, and does not arrive within the reordering window, is lost (RFC 8985
 * section 6). Times are those of the stack's clock, one for each segment.
 */

import { lastSackedBefore } from './ranges.ts';
import { firstGap, lostAgain, lostBelow, type Scoreboard, stillResent, type TellLost } from './scoreboard.ts';
import type { Transmissions } from './transmissions.ts';

export interface Rack {
  /** RACK.min_RTT, and when it was taken; undefined before the first sample. */
  readonly minRttMs: number | undefined;
  readonly minRttAtMs: number;
  /** RACK.rtt, RACK.xmit_ts and RACK.end_seq: of the segment that was sent last of those delivered. */
  readonly rttMs: number;
  readonly xmitMs: number;
  readonly end: number;
  /** Whether that was a retransmission. */
  readonly resent: boolean;
  /** RACK.fack: the highest position that was ever delivered. */
  readonly fack: number;
  readonly reorderingSeen: boolean;
  /** RACK.dsack_round: SND.NXT when the window last grew; undefined once that is acknowledged. */
  readonly dsackRound: number | undefined;
  /** RACK.reo_wnd_mult and RACK.reo_wnd_persist. */
  readonly multiplier: number;
  readonly persist: number;
  /** When what is overdue within the reordering window counts as lost; undefined while nothing is. */
  readonly reorderDueMs: number | undefined;
}

export const NO_RACK: Rack = {
  minRttMs: undefined,
  minRttAtMs: 0,
  rttMs: 0,
  xmitMs: Number.NEGATIVE_INFINITY,
  end: 0,
  resent: false,
  fack: 0,
  reorderingSeen: false,
  dsackRound: undefined,
  multiplier: 1,
  persist: 16,
  reorderDueMs: undefined,
};

/** 6.2, step 1: a minimum of so long ago may be that of another path. */
const MIN_RTT_WINDOW_MS = 300_000;
/** 6.2, step 4: the window stays as wide as D-SACKs have made it for so many recoveries. */
const PERSIST_RECOVERIES = 16;
export const DUPLICATE_THRESHOLD = 3;

/** What the segments that one ACK has delivered say of the path, gathered in the order of their sequence numbers. */
export interface Evidence {
  /** Octets delivered for the first time. */
  bytes: number;
  /** Of those sent only once: octets, and the highest position behind one. */
  original: number;
  originalEnd: number;
  /** The transmission that was the last of those delivered. */
  rttMs: number | undefined;
  xmitMs: number;
  end: number;
  resent: boolean;
  /** Whether one sent only once lies below what was delivered before. */
  reordered: boolean;
  fack: number;
  /** Of what this ACK delivers: what was sent last, and the position behind it. Its time is -Infinity where that can't be told. */
  newestMs: number;
  newestEnd: number;
}

export function noEvidence(rack: Rack): Evidence {
  return {
    bytes: 0,
    original: 0,
    originalEnd: 0,
    rttMs: undefined,
    xmitMs: rack.xmitMs,
    end: rack.end,
    resent: rack.resent,
    reordered: false,
    fack: rack.fack,
    newestMs: Number.NEGATIVE_INFINITY,
    newestEnd: 0,
  };
}

/** Steps 1 to 3 for one range, of which every part was last sent at `sentMs` or before it. */
export function learn(
  evidence: Evidence,
  rack: Rack,
  range: { readonly end: number; readonly sentMs: number; readonly resent: boolean },
  nowMs: number,
  echoedMs: number | undefined,
): void {
  const { end, sentMs, resent } = range;
  if (!resent && end < evidence.fack) evidence.reordered = true;
  if (end > evidence.fack) evidence.fack = end;
  const rttMs = nowMs - sentMs;
  if (resent) {
    // Which of its transmissions arrived? Not the last, if its echo is older, or faster than the path has ever been.
    if (echoedMs !== undefined && echoedMs < Math.floor(sentMs)) return;
    if (rack.minRttMs !== undefined && rttMs < rack.minRttMs) return;
  }
  if (sentMs > evidence.xmitMs || (sentMs === evidence.xmitMs && end > evidence.end)) {
    evidence.xmitMs = sentMs;
    evidence.end = end;
    evidence.resent = resent;
  }
  if (evidence.rttMs === undefined || rttMs < evidence.rttMs) evidence.rttMs = rttMs;
  if (sentMs > evidence.newestMs || (sentMs === evidence.newestMs && end > evidence.newestEnd)) {
    evidence.newestMs = sentMs;
    evidence.newestEnd = end;
  }
}

/** What the evidence of one ACK makes of what was known. */
export function updated(rack: Rack, evidence: Evidence, nowMs: number): Rack {
  const { rttMs } = evidence;
  if (rttMs === undefined && evidence.fack === rack.fack && !evidence.reordered) return rack;
  const outdated = nowMs - rack.minRttAtMs > MIN_RTT_WINDOW_MS;
  const least = rttMs !== undefined && (rack.minRttMs === undefined || outdated || rttMs <= rack.minRttMs);
  return {
    minRttMs: least ? rttMs : rack.minRttMs,
    minRttAtMs: least ? nowMs : rack.minRttAtMs,
    rttMs: rttMs ?? rack.rttMs,
    xmitMs: evidence.xmitMs,
    end: evidence.end,
    resent: evidence.resent,
    fack: evidence.fack,
    reorderingSeen: rack.reorderingSeen || evidence.reordered,
    dsackRound: rack.dsackRound,
    multiplier: rack.multiplier,
    persist: rack.persist,
    reorderDueMs: rack.reorderDueMs,
  };
}

/** Step 4, with a D-SACK in the ACK: wider by one step for each round trip that brings any. */
export function widened(rack: Rack, una: number, next: number): Rack {
  if (rack.dsackRound !== undefined && una < rack.dsackRound) return rack;
  return { ...rack, dsackRound: next, multiplier: rack.multiplier + 1, persist: PERSIST_RECOVERIES };
}

/** Step 4, at the end of a recovery. */
export function recovered(rack: Rack): Rack {
  const persist = rack.persist - 1;
  return { ...rack, persist, multiplier: persist <= 0 ? 1 : rack.multiplier };
}

/** What decides about the width of the reordering window besides RACK's own variables. */
export interface Surroundings {
  readonly inRecovery: boolean;
  /** RACK.segs_sacked. */
  readonly sackedSegments: number;
  readonly srttMs: number | undefined;
}

/** Step 4: RACK.reo_wnd, in milliseconds. */
export function reorderingWindowMs(rack: Rack, around: Surroundings): number {
  if (!rack.reorderingSeen && (around.inRecovery || around.sackedSegments >= DUPLICATE_THRESHOLD)) return 0;
  const widthMs = (rack.multiplier * (rack.minRttMs ?? 0)) / 4;
  return Math.min(widthMs, around.srttMs ?? widthMs);
}

/**
 * Step 5: marks what is lost, and says when what is overdue will be; undefined while nothing is.
 *
 * What was sent once lies in the order of its times: all up to one position is old enough. Retransmissions stand in a list of
 * their own. Neither is looked at twice once it is lost, so that an ACK costs what it finds, and O(log n).
 */
export function detectLoss(
  board: Scoreboard,
  rack: Rack,
  windowMs: number,
  nowMs: number,
  tell?: TellLost,
): { readonly board: Scoreboard; readonly dueMs: number | undefined } {
  if (rack.xmitMs === Number.NEGATIVE_INFINITY) return { board, dueMs: undefined };
  // Times have fractions: who arms the timer and who asks whether it is time compare one and the same sum.
  const waitMs = rack.rttMs + windowMs;
  const { sent } = board;
  let next = board;
  let isOverdue = false;
  const limit = sentBefore(sent, rack);
  if (limit > next.scanned) {
    const expired = sent.countExpired(waitMs, nowMs);
    if (expired > 0) next = lostBelow(next, Math.min(limit, sent.end(expired - 1)), tell);
    isOverdue = firstGap(next, Math.max(next.scanned, next.base), limit) !== undefined;
  }
  let done = 0;
  for (; done < next.again.length; done++) {
    const sentMs = next.again.sentMs(done);
    // At one instant retransmissions go before new text, and among themselves in the order of their sequence numbers.
    const isBefore =
      sentMs < rack.xmitMs || (sentMs === rack.xmitMs && rack.resent && next.again.end(done) < rack.end);
    const onItsWay = stillResent(next, done).length > 0;
    if (!onItsWay) continue;
    if (!isBefore) break;
    if (sentMs + waitMs > nowMs) {
      isOverdue = true;
      break;
    }
    next = lostAgain(next, done, tell);
  }
  if (done > 0) next = { ...next, again: next.again.from(done) };
  return { board: next, dueMs: isOverdue ? rack.xmitMs + waitMs : undefined };
}

/** Up to which position all was sent for the first time before the segment that was sent last of those delivered. */
function sentBefore(sent: Transmissions, rack: Rack): number {
  const count = sent.countSentBefore(rack.xmitMs, rack.end);
  // One transmission may be longer than a segment: the part of it that was delivered is behind the rest of that instant's.
  if (count < sent.length && sent.sentMs(count) === rack.xmitMs && sent.start(count) < rack.end)
    return rack.end;
  return count === 0 ? 0 : sent.end(count - 1);
}

/** How many segments [start, end) was sent in: at least one for each full size. */
function segmentsIn(board: Scoreboard, start: number, end: number, mss: number): number {
  const entries = board.sent.countUpTo(end) - board.sent.countUpTo(start);
  return Math.max(entries, Math.ceil((end - start) / mss));
}

/** RACK.segs_sacked, as far as it matters whether there are as many as DupThresh. */
export function sackedSegments(board: Scoreboard, mss: number): number {
  let count = 0;
  let below = Number.POSITIVE_INFINITY;
  while (count < DUPLICATE_THRESHOLD) {
    const run = lastSackedBefore(board.marks, below);
    if (!run) break;
    count += segmentsIn(board, run.start, run.end, mss);
    below = run.start;
  }
  return count;
}
