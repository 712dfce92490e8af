/**
 * Between the protocol and its controller: what has happened, told in the controller's terms.
 */

import { growSendBuffer } from '../buffers.ts';
import {
  beginDeliveryRate,
  countLost,
  type DeliveryRate,
  type Departure,
  sampleRate,
} from '../delivery-rate.ts';
import type { Draft } from '../draft.ts';
import { pacingRate } from '../pacing.ts';
import { hasScoreboard } from '../recovery/pipe.ts';
import { type Scoreboard, seqOf } from '../recovery/scoreboard.ts';
import { distance } from '../seq.ts';
import { flightWithPutOff } from '../super-segment.ts';
import type { Controller, Sending } from './controller.ts';
import { controllerNamed } from './controllers.ts';
import { flightInUse } from './use.ts';
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
  if (tcb.deliveryRate === undefined) grow(tcb, bytes, flight, rttMs);
  samplePipe(tcb, bytes);
  growSendBuffer(tcb);
}

function grow(tcb: Draft, bytes: number, flight: number, rttMs: number | undefined): void {
  const { snd, recovery, rtt, nowMs } = tcb;
  tcb.cc = controllerOf(tcb).onAck(tcb.cc, {
    // After a timeout one ACK may cover much that had arrived before: it counts for one segment (RFC 3465: L = 1 SMSS).
    bytes: recovery.phase === 'loss' ? Math.min(bytes, snd.mss) : bytes,
    flight: flightInUse(tcb, flightWithPutOff(tcb, flight), bytes),
    mss: snd.mss,
    nowMs,
    srttMs: rtt.srttMs,
    rttMs,
    una: snd.una,
    nxt: snd.nxt,
    paced: pacingRate(tcb) !== undefined,
    joined: tcb.settings.largestText > 0,
  });
}

/** Nothing was sent for longer than an RTO: the window starts small again, unless the user does without (RFC 5681 section 4.1). */
export function windowUnused(tcb: Draft): void {
  const { restartAfterIdle, windowValidation } = tcb.settings;
  if (!restartAfterIdle || windowValidation) return;
  tcb.cc = controllerOf(tcb).onIdle(tcb.cc, sendingOf(tcb));
  // A window of before the idle time would be one that nothing speaks for.
  tcb.recovery.undo = undefined;
}

/** What a controller that asks for rates needs; undefined for any other. */
export function deliveryRateFor(name: string, nowMs: number, bytesSent = 0): DeliveryRate | undefined {
  return controllerNamed(name).onDelivered && beginDeliveryRate(nowMs, bytesSent);
}

/**
 * An ACK delivers `bytes`, of which `newest` has departed last.
 *
 * @param isTimed whether it is known that this very transmission has arrived
 * @param flight bytes that were outstanding before
 */
export function textDelivered(
  tcb: Draft,
  bytes: number,
  newest: Departure | undefined,
  isTimed: boolean,
  flight: number,
  rttMs: number | undefined,
): void {
  const sample = sampleRate(tcb, bytes, newest, isTimed);
  if (sample === undefined) return;
  const { snd } = tcb;
  const sending = sendingOf(tcb, flight);
  const delivered = { ...sending, ...sample, rttMs, una: snd.una, nxt: snd.nxt };
  tcb.cc = controllerOf(tcb).onDelivered?.(tcb.cc, delivered) ?? tcb.cc;
  growSendBuffer(tcb);
}

/** [start, end) on the scoreboard, which departed at `sentMs`, is lost. */
export interface LostText {
  readonly board: Scoreboard;
  readonly start: number;
  readonly end: number;
  readonly sentMs: number;
}

/**
 * For a controller that asks for rates.
 *
 * @param delivering bytes that the ACK delivers which has shown it
 */
export function textLost(tcb: Draft, { board, start, end, sentMs }: LostText, delivering: number): void {
  const departure = tcb.deliveryRate?.departures.sentAt(sentMs, seqOf(board, end));
  tellLost(tcb, departure, start, end, delivering);
}

/** The same where no more is known than that the first segment outstanding is: without a scoreboard, or from a tail loss probe. */
export function segmentLost(tcb: Draft): void {
  const { deliveryRate, snd } = tcb;
  if (deliveryRate === undefined) return;
  const bytes = Math.min(snd.mss, Math.max(1, distance(snd.nxt, snd.una)));
  const start = distance(snd.una, tcb.iss);
  tellLost(tcb, deliveryRate.departures.eldest, start, start + bytes, 0);
}

function tellLost(
  tcb: Draft,
  departure: Departure | undefined,
  start: number,
  end: number,
  delivering: number,
): void {
  const bytes = end - start;
  countLost(tcb, bytes);
  const { deliveryRate } = tcb;
  const { onLost } = controllerOf(tcb);
  if (deliveryRate === undefined || departure === undefined || onLost === undefined) return;
  tcb.cc = onLost(tcb.cc, {
    ...sendingOf(tcb),
    bytes,
    delivered: deliveryRate.delivered + delivering,
    lost: deliveryRate.lost - departure.lost,
    sentInFlight: departure.inFlight,
    isAppLimited: departure.isAppLimited,
    isSelective: hasScoreboard(tcb),
    start,
    end,
  });
}

/** Text is about to leave: has everything before it been delivered, and had the user no more? */
export function textRestarts(tcb: Draft): void {
  const { deliveryRate, snd } = tcb;
  if (deliveryRate === undefined || snd.una !== snd.nxt || deliveryRate.appLimited === 0) return;
  tcb.cc = controllerOf(tcb).onRestart?.(tcb.cc, sendingOf(tcb)) ?? tcb.cc;
}
