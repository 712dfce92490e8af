/** Loss recovery as viewers are told of it: the stage that a sender is in, and what happened between two values of its TCB. */

import { isConservative } from '../tcp/congestion/cubic.ts';
import type { Tcb } from '../tcp/index.ts';
import { hasScoreboard } from '../tcp/recovery/pipe.ts';
import { reorderingWindowMs } from '../tcp/recovery/selective.ts';
import type { RecoveryEnvelope, RecoveryStage, TcbView } from './protocol.ts';
import { STAGE_WORDS } from './recovery-words.ts';

export type RecoveryChange = Pick<RecoveryEnvelope, 'what' | 'stage' | 'why'>;

/** What a TCB's view has of recovery only at times. */
export function recoveryView(tcb: Tcb): Pick<TcbView['recovery'], 'stage' | 'reoWndMs'> {
  const stage = stageOf(tcb);
  const hasWindow =
    tcb.settings.lossRecovery === 'rack' && hasScoreboard(tcb) && tcb.rack.minRttMs !== undefined;
  return {
    ...(stage ? { stage } : {}),
    ...(hasWindow ? { reoWndMs: reorderingWindowMs(tcb) } : {}),
  };
}

export function stageOf({ recovery, cc }: Tcb): RecoveryStage | undefined {
  if (recovery.phase === 'fast') return 'fast recovery';
  if (recovery.phase === 'loss') {
    if (recovery.cause === 'window') return 'window recovery';
    if (recovery.cause === 'packet too big') return 'path MTU';
    return recovery.frto === 'off' ? 'RTO recovery' : 'F-RTO';
  }
  return isConservative(cc) ? 'CSS' : undefined;
}

/** What one step did: nothing, mostly. */
export function recoveryChanges(before: Tcb, after: Tcb): readonly RecoveryChange[] {
  // Most steps leave all three as they are.
  if (before.recovery === after.recovery && before.cc === after.cc && before.ecn === after.ecn) return NONE;
  const changes: RecoveryChange[] = [];
  const isUndone = after.totals.responsesUndone > before.totals.responsesUndone;
  if (isUndone) changes.push({ what: 'undone', why: whyUndone(before, after) });
  const { probe } = after.recovery;
  if (probe.end !== undefined && probe.end !== before.recovery.probe.end) {
    const what = probe.isRetransmission
      ? 'the last segment goes again'
      : 'text goes out that was not sent before';
    changes.push({
      what: 'probe',
      why: `${what}, so that an ACK tells what is missing (RFC 8985, 7.3)`,
    });
  }
  const reduced = whyReduced(before, after);
  if (reduced !== undefined) changes.push({ what: 'reduced', why: reduced });
  const stage = stageOf(after) ?? null;
  const isNew = stageOf(before) !== stageOf(after) || beganAgain(before, after, isUndone);
  if (isNew)
    changes.push({ what: 'stage', stage, why: stage === null ? whyOver(isUndone) : whyStage(stage, after) });
  return changes;
}

const NONE: readonly RecoveryChange[] = [];

/** One fast recovery is over, and the next begins with the same ACK. */
function beganAgain({ recovery: before }: Tcb, { recovery: after }: Tcb, isUndone: boolean): boolean {
  const isSame = after.recover === before.recover && !isUndone;
  return after.phase === 'fast' && before.phase === 'fast' && !isSame;
}

function whyUndone({ recovery, totals }: Tcb, after: Tcb): string {
  const { undo } = recovery;
  // An ACK with a D-SACK is never judged by its timestamp (RFC 3522 section 3.2, step 5).
  const isReported = after.totals.duplicatesReported > totals.duplicatesReported;
  const how = isReported
    ? 'D-SACKs report all that was sent again to have come twice (RFC 3708)'
    : undo?.isTested
      ? 'what was sent before the timeout has arrived (F-RTO; RFC 5682)'
      : 'the timestamp echoed is that of the original (RFC 3522, 3.2)';
  const now = undo?.timeout
    ? 'ssthresh is as before, and cwnd what is in flight and was acknowledged (RFC 4015, 3.4)'
    : 'cwnd and ssthresh are as before (RFC 9438, 4.9.2)';
  return `nothing was lost, since ${how}; ${now}`;
}

function whyReduced(before: Tcb, after: Tcb): string | undefined {
  if (after.ecn.recover !== undefined && after.ecn.recover !== before.ecn.recover)
    return 'the peer has echoed a mark of congestion, and nothing is lost (RFC 3168, 6.1.2)';
  const { probe, phase } = before.recovery;
  const isSettled =
    probe.end !== undefined && probe.isRetransmission && after.recovery.probe.end === undefined;
  if (
    isSettled &&
    phase === 'open' &&
    after.recovery.phase === 'open' &&
    after.cc.ssthresh < before.cc.ssthresh
  )
    return 'the tail loss probe has repaired a loss (RFC 8985, 7.4.2)';
  return undefined;
}

function whyOver(isUndone: boolean): string {
  return isUndone ? 'over: it was undone' : 'over';
}

function whyStage(stage: RecoveryStage, tcb: Tcb): string {
  if (stage !== 'fast recovery') return STAGE_WORDS[stage].why;
  if (!hasScoreboard(tcb)) return `${FAST} three duplicate ACKs (RFC 5681, 3.2; RFC 6582, 3.2)`;
  return tcb.settings.lossRecovery === 'rack'
    ? `${FAST} what was sent later has arrived (RFC 8985, 6.2); cwnd comes down by PRR (RFC 9937)`
    : `${FAST} enough was reported beyond it (RFC 6675, 5); cwnd comes down by PRR (RFC 9937)`;
}

const FAST = 'a loss was found without a timeout:';
