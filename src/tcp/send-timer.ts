/**
 * The send timer: one at a time of retransmission, pacing, persist and keep-alive. Here it is only decided what it should stand
 * at; the chart's region holds it, and re-arms lazily.
 */

import type { Draft } from './draft.ts';
import { holdTimeoutMs } from './ecn.ts';
import { hasScoreboard } from './recovery/pipe.ts';
import { mayProbe, probeTimeoutMs } from './recovery/tail-loss-probe.ts';
import { timeoutMs } from './rtt.ts';
import { add, distance, gt } from './seq.ts';
import type { State } from './state.ts';
import { hasFinToSend, isSynchronized, sendsText } from './state.ts';
import type { Timers } from './tcb.ts';
import { IDLE } from './tcb.ts';
import { isAdopted, userTimeoutDueMs, userTimeoutMs } from './user-timeout.ts';

/** RFC 9293 section 3.8.6.2.1: the override timeout lies between these. */
const OVERRIDE_MIN_MS = 100;
const OVERRIDE_MAX_MS = 1_000;
/** The longest wait between two window probes. */
const PROBE_MAX_MS = 60_000;

/** Between two keep-alive probes that go unanswered (what Linux and the BSDs do). */
const KEEP_ALIVE_INTERVAL_MS = 75_000;

/**
 * Sets the timer to what the TCB calls for. A running timer of the same kind keeps its due time (RFC 6298, 5.1).
 *
 * @param held whether there is text that waits for the pacing rate alone
 */
export function setSendTimer(state: State, tcb: Draft, deviceReady: boolean, held = false): void {
  if (held) return setPacingTimer(tcb);
  const kind = wanted(state, tcb, deviceReady);
  const { timers } = tcb;
  if (kind !== 'retransmission') timers.rtoDueMs = undefined;
  else if (hasScoreboard(tcb) && tcb.snd.text === tcb.snd.una && tcb.settings.lossRecovery === 'rack')
    return setRackTimer(tcb);
  const rtoDueMs = timers.rtoDueMs;
  timers.rtoDueMs = undefined;
  if (kind === 'keep-alive') timers.send = keepAlive(tcb);
  else if (kind === 'idle') timers.send = IDLE;
  // It may have waited behind a pacing timer, or an ACK has said when it is due.
  else if (timers.send.kind !== kind)
    timers.send = { kind, dueMs: withinUserTimeout(tcb, rtoDueMs ?? firstDueMs(tcb, kind)) };
  // The user timeout may have become shorter meanwhile.
  else if (kind === 'retransmission' || tcb.snd.wnd === 0) {
    const dueMs = withinUserTimeout(tcb, timers.send.dueMs);
    if (dueMs < timers.send.dueMs) timers.send = { kind, dueMs };
  }
}

/**
 * Text is held until its time. The retransmission and reordering timers stand behind this one, so that it puts off neither; a
 * tail loss probe has nothing to ask for before the tail is sent.
 */
function setPacingTimer(tcb: Draft): void {
  const { timers, rack, snd, nowMs } = tcb;
  const { send } = timers;
  const running = send.kind === 'retransmission' ? send.dueMs : undefined;
  timers.rtoDueMs =
    snd.nxt === snd.una
      ? undefined
      : withinUserTimeout(tcb, timers.rtoDueMs ?? running ?? nowMs + timeoutMs(tcb));
  const paceMs = Math.max(nowMs, snd.pacedMs);
  const rtoMs = timers.rtoDueMs ?? Number.POSITIVE_INFINITY;
  const reorderMs = rack.reorderDueMs ?? Number.POSITIVE_INFINITY;
  if (paceMs < Math.min(rtoMs, reorderMs)) timers.send = { kind: 'pacing', dueMs: paceMs };
  else if (reorderMs < rtoMs) timers.send = { kind: 'reordering', dueMs: Math.max(nowMs, reorderMs) };
  else timers.send = { kind: 'retransmission', dueMs: rtoMs };
}

/**
 * RFC 8985 section 8: of the retransmission, probe and reordering timers one runs, the one that is due first. The
 * retransmission timer's due time stands behind the other two, so that neither puts it off.
 */
function setRackTimer(tcb: Draft): void {
  const { timers, rack, snd, nowMs } = tcb;
  timers.rtoDueMs = withinUserTimeout(tcb, timers.rtoDueMs ?? nowMs + timeoutMs(tcb));
  const { rtoDueMs } = timers;
  if (rack.reorderDueMs !== undefined && rack.reorderDueMs < rtoDueMs) {
    timers.send = { kind: 'reordering', dueMs: Math.max(nowMs, rack.reorderDueMs) };
  } else if (!mayProbe(tcb)) {
    timers.send = { kind: 'retransmission', dueMs: rtoDueMs };
  } else if (timers.send.kind !== 'tail-loss probe' || snd.sentMs === nowMs) {
    timers.send = { kind: 'tail-loss probe', dueMs: Math.min(nowMs + probeTimeoutMs(tcb), rtoDueMs) };
  }
}

function wanted(
  state: State,
  tcb: Draft,
  deviceReady: boolean,
): 'idle' | 'retransmission' | 'persist' | 'keep-alive' {
  const { snd, settings } = tcb;
  const outstanding = snd.nxt !== snd.una;
  if (state === 'SYN-SENT' || state === 'SYN-RECEIVED') return outstanding ? 'retransmission' : 'idle';
  if (sendsText(state)) {
    const synUnacknowledged = snd.text !== snd.una;
    const end = add(snd.text, snd.queue.length);
    const unsent = gt(end, snd.nxt) || (hasFinToSend(state) && distance(end, snd.nxt) === 0);
    // SHLD-29, MUST-35: a window of zero is probed, whether it closed or was shrunk over text that is out already.
    if (snd.wnd === 0 && !synUnacknowledged && (outstanding || unsent)) return 'persist';
    if (outstanding) return 'retransmission';
    if (unsent && deviceReady) return 'persist';
  }
  const alive = isSynchronized(state) && state !== 'TIME-WAIT' && settings.keepAliveMs !== false;
  return alive ? 'keep-alive' : 'idle';
}

function firstDueMs(tcb: Draft, kind: 'retransmission' | 'persist'): number {
  const { nowMs, rtt, snd, timers } = tcb;
  if (kind === 'retransmission') return nowMs + timeoutMs(tcb);
  if (tcb.ecn.isHeld && snd.wnd > 0) return nowMs + holdTimeoutMs(tcb);
  if (snd.wnd > 0) return nowMs + Math.min(OVERRIDE_MAX_MS, Math.max(OVERRIDE_MIN_MS, timeoutMs(tcb)));
  // SHLD-30: probes with exponential back-off.
  return nowMs + Math.min(PROBE_MAX_MS, rtt.rtoMs * 2 ** Math.min(timers.probes, 16));
}

/** A timer does not sleep through the user timeout. */
function withinUserTimeout(tcb: Draft, dueMs: number): number {
  return Math.max(tcb.nowMs, Math.min(dueMs, userTimeoutDueMs(tcb)));
}

/** MUST-26: nothing outstanding, and nothing heard for a whole interval. */
function keepAlive(tcb: Draft): Timers['send'] {
  const { settings, timers } = tcb;
  const setMs = settings.keepAliveMs as number;
  // RFC 5482 section 4.2: longer than a user timeout that was adopted, or the probes would end what both ends mean to outlast.
  const intervalMs = isAdopted(tcb) ? Math.max(setMs, userTimeoutMs(tcb) + 1) : setMs;
  const betweenMs = settings.keepAliveIntervalMs ?? Math.min(KEEP_ALIVE_INTERVAL_MS, setMs);
  return { kind: 'keep-alive', dueMs: timers.heardMs + intervalMs + timers.keepAliveProbes * betweenMs };
}
