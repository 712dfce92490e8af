/**
 * Tail loss probe (RFC 8985 section 7): when the last segments of a flight are not acknowledged, one is sent whose ACK tells
 * what is missing, long before the retransmission timeout would send everything again.
 */

import type { SackBlock } from '../../wire/index.ts';
import { FLAG } from '../../wire/index.ts';
import { lossFound, segmentLost } from '../congestion/control.ts';
import type { Draft } from '../draft.ts';
import { effectiveMss, emit } from '../emit.ts';
import { endOfText, queuedText, resend } from '../output.ts';
import type { Segment } from '../segment.ts';
import { WHY } from '../segment.ts';
import { add, distance, max, type Seq } from '../seq.ts';
import type { Step } from '../step.ts';
import { positionOf, sackedBytes } from './scoreboard.ts';

/** 7.2: without a measurement of the round trip. */
const PROBE_INITIAL_MS = 1_000;
/** TLP.max_ack_delay: how long Linux delays an ACK at most, and the BSDs and Windows less. */
const MOST_ACK_DELAY_MS = 200;
/** On a path of microseconds a probe waits for a host that was busy a moment, too. */
const PROBE_MIN_MS = 10;

/** 7.2: whether a probe is to be scheduled at all. Losses that show, recovery and its timers exclude it. */
export function mayProbe({ settings, recovery, scoreboard, snd }: Draft): boolean {
  return (
    settings.lossRecovery === 'rack' &&
    recovery.phase === 'open' &&
    recovery.probe.end === undefined &&
    recovery.probe.sampled &&
    snd.wnd > 0 &&
    sackedBytes(scoreboard) === 0
  );
}

/** 7.2, TLP_calc_PTO (), but for the retransmission timer's due time, which bounds it. */
export function probeTimeoutMs({ rtt, snd }: Draft): number {
  if (rtt.srttMs === undefined) return PROBE_INITIAL_MS;
  const single = distance(snd.nxt, snd.una) <= snd.mss;
  return Math.max(PROBE_MIN_MS, 2 * rtt.srttMs + (single ? MOST_ACK_DELAY_MS : 0));
}

/** 7.3, TLP_send_probe (): new text if there is any and the window takes it, else the last segment once more. */
export function sendProbe(step: Step): void {
  const { tcb, state, segments } = step;
  const { snd, recovery } = tcb;
  // The retransmission timer comes next, whether a probe is sent or not.
  tcb.timers.rtoDueMs = undefined;
  if (recovery.probe.end !== undefined || !recovery.probe.sampled || snd.nxt === snd.una) return;
  const unsent = distance(endOfText(tcb), snd.nxt);
  const count = Math.min(unsent, effectiveMss(tcb), snd.wnd - distance(snd.nxt, snd.una));
  const isRetransmission = count <= 0;
  if (isRetransmission) {
    // A full size of what was sent last: with a FIN alone at the end it brings the text before it as well.
    const from = max(snd.una, add(snd.nxt, -effectiveMss(tcb)));
    resend(state, tcb, segments, from, snd.nxt, WHY.lossProbe);
  } else {
    emit(
      tcb,
      segments,
      snd.nxt,
      queuedText(tcb, snd.nxt, count),
      count === unsent ? FLAG.PSH : 0,
      WHY.newLossProbe,
    );
  }
  recovery.probe = { end: positionOf(tcb.scoreboard, snd.nxt), isRetransmission, sampled: false };
}

/**
 * 7.4.2, TLP_process_ack (): the ACK of a probe that repaired a single loss looks like any other, and yet something was lost.
 *
 * @param isBare whether the ACK is a duplicate without any block
 * @param flight bytes that were in flight before the ACK
 */
export function probeAcknowledged(
  tcb: Draft,
  segment: Segment,
  duplicate: SackBlock | undefined,
  isBare: boolean,
  flight: number,
): void {
  const { recovery, scoreboard } = tcb;
  const { probe } = recovery;
  if (probe.end === undefined) return;
  const ack = positionOf(scoreboard, segment.ack);
  if (ack < probe.end) return;
  const settled = (): void => {
    recovery.probe = { end: undefined, isRetransmission: false, sampled: probe.sampled };
  };
  if (!probe.isRetransmission) return settled();
  const arrivedTwice =
    duplicate !== undefined && positionOf(scoreboard, duplicate.right as Seq) === probe.end;
  if (arrivedTwice) return settled();
  if (ack > probe.end) {
    settled();
    // Both the last segment and its probe can't have arrived: the response is that to any loss.
    if (recovery.phase !== 'open') return;
    segmentLost(tcb);
    lossFound(tcb, Math.min(flight, tcb.cc.cwnd), false);
    recovery.undo = undefined;
    return;
  }
  if (isBare) settled();
}
