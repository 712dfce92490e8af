/**
 * Between the protocol and its controller: what has happened, told in the controller's terms.
 */

import { growSendBuffer } from '../buffers.ts';
import type { Draft } from '../draft.ts';
import { pacingRate } from '../pacing.ts';
import { distance } from '../seq.ts';
import { flightWithPutOff } from '../super-segment.ts';
import type { Controller, Sending } from './controller.ts';
import { controllerNamed } from './controllers.ts';
import { NOT_MEASURED, samplePipe, windowAfterCongestion, windowAfterRecovery } from './validation.ts';

/** The controller that this connection was told to use. */
export function controllerOf({ settings }: Pick<Draft, 'settings'>): Controller {
  return controllerNamed(settings.congestionControl);
}

/** @param flight bytes; all that is outstanding unless told */
export function sendingOf(tcb: Draft, flight = distance(tcb.snd.nxt, tcb.snd.una)): Sending {
  return { mss: tcb.snd.mss, flight, nowMs: tcb.nowMs, srttMs: tcb.rtt.srttMs };
}

/**
 * A loss was found without a timeout.
 *
 * @param flight bytes that were in flight
 * @param recovers whether a recovery begins, of which `recoveryEnds` tells the end
 */
export function lossFound(tcb: Draft, flight: number, recovers = true): void {
  windowAfterCongestion(tcb, sendingOf(tcb, flight), controllerOf(tcb).onLoss, recovers);
}

/** All that was outstanding at the loss is acknowledged. */
export function recoveryEnds(tcb: Draft, flight?: number): void {
  tcb.cc = controllerOf(tcb).onRecoveryExit(tcb.cc, sendingOf(tcb, flight));
  windowAfterRecovery(tcb);
}

/** The peer echoed that a router marked a packet. */
export function markEchoed(tcb: Draft, flight: number): void {
  windowAfterCongestion(tcb, sendingOf(tcb, flight), controllerOf(tcb).onEcn, false);
}

/** The retransmission timer expired; `again` when it is not for the first time for the same segment. */
export function timeoutExpired(tcb: Draft, again: boolean): void {
  tcb.cc = controllerOf(tcb).onRto(tcb.cc, sendingOf(tcb), again);
  tcb.validation = NOT_MEASURED;
}

/**
 * Something new is acknowledged, outside of fast recovery: the window may open.
 *
 * @param bytes how much of it
 * @param flight bytes that were in flight before
 * @param rttMs what the ACK has measured; undefined where it could not
 */
export function openWindow(tcb: Draft, bytes: number, flight: number, rttMs: number | undefined): void {
  const { snd, recovery, rtt, nowMs } = tcb;
  tcb.cc = controllerOf(tcb).onAck(tcb.cc, {
    // After a timeout one ACK may cover much that had arrived before: it counts for one segment (RFC 3465: L = 1 SMSS).
    bytes: recovery.phase === 'loss' ? Math.min(bytes, snd.mss) : bytes,
    flight: flightWithPutOff(tcb, flight),
    mss: snd.mss,
    nowMs,
    srttMs: rtt.srttMs,
    rttMs,
    una: snd.una,
    nxt: snd.nxt,
    paced: pacingRate(tcb) !== undefined,
    joined: tcb.settings.largestText > 0,
  });
  samplePipe(tcb, bytes);
  growSendBuffer(tcb);
}
