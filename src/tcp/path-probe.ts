/**
 * Probing the path with segments of text larger than the others (RFC 4821 sections 7.4 to 7.6): whether one may go, and what its
 * loss means. That of a probe alone is no sign of congestion.
 */

import type { Draft } from './draft.ts';
import { effectiveMss, emit } from './emit.ts';
import { queuedText, usableWindow } from './output.ts';
import { pacedAllowance } from './pacing.ts';
import { settle, sizeOfNextProbe, widen } from './path-mtu.ts';
import { firstLost } from './recovery/ranges.ts';
import { lostBytes, lostRange, positionOf, sackedBytes } from './recovery/scoreboard.ts';
import type { Outgoing } from './segment.ts';
import { WHY } from './segment.ts';
import { add, distance, ge, le } from './seq.ts';

/** 7.4: so many full segments have to follow a probe, for its loss to be told by what they bring back. */
const FOLLOWERS = 3;
/** 7.6.3: how much longer than after a loss that ACKs have told of. */
const TIMEOUT_FACTOR = 5;

/**
 * It is time for a probe, or for a new search. To be called where new text may go.
 *
 * @param unsent octets of text that were not sent yet
 * @returns whether new text has to wait, so that the window is wide enough for the probe once ACKs have come
 */
export function probePath(tcb: Draft, segments: Outgoing[], unsent: number): boolean {
  const { snd, cc } = tcb;
  if (tcb.path.probe !== undefined || !isQuiet(tcb)) return false;
  if (!tcb.path.searching) widen(tcb);
  if (!tcb.path.searching) return false;
  const size = sizeOfNextProbe(tcb);
  const mss = effectiveMss(tcb);
  const count = size - (snd.mss - mss);
  const needed = count + FOLLOWERS * mss;
  const flight = distance(snd.nxt, snd.una);
  if (unsent < needed || snd.wnd - flight < needed || cc.cwnd < needed) return false;
  if (usableWindow(tcb) < count) return flight > 0;
  if (pacedAllowance(tcb, mss) === 0) return false;
  const start = snd.nxt;
  emit(tcb, segments, start, queuedText(tcb, start, count), 0, WHY.pathProbe);
  tcb.path = { ...tcb.path, probe: { size, start, end: add(start, count) } };
  return false;
}

/** 7.4: nothing is lost, or may be, or waits for another probe's answer; and nothing has to be said of urgent text. */
function isQuiet({ recovery, rtt, snd, scoreboard }: Draft): boolean {
  return (
    recovery.phase === 'open' &&
    recovery.duplicates === 0 &&
    recovery.probe.end === undefined &&
    rtt.backoff === 0 &&
    snd.up === undefined &&
    sackedBytes(scoreboard) === 0
  );
}

/** 7.6.2: whether nothing is lost but the probe, with the scoreboard: all before it has arrived. */
export function probeAloneIsLost({ path, snd, scoreboard }: Draft): boolean {
  const { probe } = path;
  if (probe === undefined || snd.una !== probe.start) return false;
  const lost = firstLost(scoreboard.marks);
  const end = positionOf(scoreboard, probe.end);
  return lost !== undefined && lost.start < end && lostBytes(scoreboard) <= end - lost.start;
}

/** 7.6.2: the path takes less than that, and no congestion window changes. `toldSize`: what a router has said that it takes. */
export function probeFailed(tcb: Draft, toldSize: number | undefined): void {
  const { path, nowMs } = tcb;
  const { probe } = path;
  if (probe === undefined) return;
  const searchHigh = Math.max(path.size, Math.min(path.searchHigh, toldSize ?? probe.size - 1));
  tcb.path = { ...path, probe: undefined, searchHigh, doubtful: path.searchHigh };
  // What a router tells of is no loss that congestion may have caused, so that the next probe need not wait.
  settle(tcb, toldSize === undefined ? nowMs + betweenLossesMs(tcb) : nowMs);
}

/** 7.6.2: with the scoreboard, what the probe brought goes again in smaller segments, as ACKs of what was sent before it allow. */
export function repairProbe(tcb: Draft, toldSize: number | undefined): void {
  const { path, scoreboard, recovery, snd } = tcb;
  const { probe } = path;
  if (probe === undefined) return;
  tcb.scoreboard = lostRange(
    scoreboard,
    positionOf(scoreboard, probe.start),
    positionOf(scoreboard, probe.end),
  );
  probeFailed(tcb, toldSize);
  if (recovery.phase !== 'open') return;
  recovery.phase = 'loss';
  recovery.cause = 'path probe';
  recovery.duplicates = 0;
  recovery.recover = probe.end;
  recovery.next = snd.text;
  recovery.frto = 'off';
  recovery.undo = undefined;
  recovery.probe = { end: undefined, isRetransmission: false, sampled: recovery.probe.sampled };
  tcb.timers.rtoDueMs = undefined;
}

/** Whether the loss that is being repaired is that of a probe alone. */
export function repairsProbe({ recovery }: Pick<Draft, 'recovery'>): boolean {
  return recovery.phase !== 'open' && recovery.cause === 'path probe';
}

/** 7.6.4: others are lost beside the probe. It has shown nothing, and congestion may be why. */
export function probeInconclusive(tcb: Draft): void {
  tcb.recovery.cause = 'timeout';
  tcb.path = { ...tcb.path, searchHigh: tcb.path.doubtful };
  settle(tcb, tcb.nowMs);
}

/** The retransmission timer has expired, or all goes again for another reason: 7.6.3, and 7.6.4 where what was sent before is lost too. */
export function forgetProbe(tcb: Draft, isTimeout: boolean): void {
  const { probe } = tcb.path;
  if (probe === undefined) return;
  if (isTimeout && ge(tcb.snd.una, probe.start) && le(tcb.snd.una, probe.end)) {
    probeFailed(tcb, undefined);
    if (tcb.path.searching)
      tcb.path = { ...tcb.path, dueMs: tcb.nowMs + TIMEOUT_FACTOR * betweenLossesMs(tcb) };
  } else tcb.path = { ...tcb.path, probe: undefined };
}

/** 7.6.2: as many round trips as there are segments in the window lie between two losses by congestion. */
function betweenLossesMs({ cc, snd, rtt }: Draft): number {
  return Math.ceil(cc.cwnd / snd.mss) * (rtt.srttMs ?? rtt.rtoMs);
}
