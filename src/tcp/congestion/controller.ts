/**
 * Congestion control behind one small interface: pure functions over a value, so that a controller is replaced by naming
 * another one, and undoing what it did is keeping the value from before. All sizes in bytes, all times in milliseconds.
 */

import type { Seq } from '../seq.ts';

/** What every controller keeps, in whole bytes; each adds what it needs besides. */
export interface CongestionWindow {
  readonly cwnd: number;
  readonly ssthresh: number;
  /**
   * A rate of the controller's own, in bytes a second and more than 0: text is paced by it, unless the user has set `pacing`
   * to false. Without it the rate, where `pacing` is true, is 2 · cwnd / SRTT below ssthresh / 2 and 1.2 · cwnd / SRTT above.
   */
  readonly pacingRate?: number;
  /** The controller has less sent than the path takes, on purpose: what is delivered meanwhile counts as limited by the user. */
  readonly leavesRoom?: boolean;
}

/** What a controller is told of the connection, whatever happened. */
export interface Sending {
  /** SMSS. */
  readonly mss: number;
  /**
   * Bytes in flight: before the ACK, or when the loss was found. For `onAck` what waits to be gathered, for its time or for more
   * ACKs counts as if it had been sent, up to cwnd, and a window that was full within this round trip, or in slow start half full, as
   * full still: it is in use.
   */
  readonly flight: number;
  readonly nowMs: number;
  readonly srttMs: number | undefined;
}

/** An acknowledgment of something new. */
export interface Acknowledged extends Sending {
  /** Bytes newly acknowledged. */
  readonly bytes: number;
  /** The round-trip time that this ACK measured; undefined when it could not (Karn). */
  readonly rttMs: number | undefined;
  /** SND.UNA and SND.NXT after it: what is sent now is acknowledged one round trip later. */
  readonly una: Seq;
  readonly nxt: Seq;
  /** Text is paced: what an ACK adds to the window does not leave as a burst. */
  readonly paced?: boolean;
  /** Segments go to the device many at a time, and are acknowledged many at a time: see {@link bytesInSlowStart}. */
  readonly joined?: boolean;
}

/** What an ACK says of how fast the path delivers (draft-ietf-ccwg-bbr-06 section 4.1), for {@link Controller.onDelivered}. */
export interface Delivered extends Sending {
  /** Bytes that this ACK is the first to acknowledge or to report, and all of them since the connection began. */
  readonly bytes: number;
  readonly delivered: number;
  /** Bytes a second, as of what was sent last of that; undefined where it can't be told. */
  readonly rate: number | undefined;
  /** Bytes delivered since that was sent, and how much had been before; undefined as the rate, where there is no telling what it was. */
  readonly volume: number;
  readonly priorDelivered: number | undefined;
  /** Bytes in flight when it was sent, with it, and what has been found lost since. */
  readonly sentInFlight: number;
  readonly lost: number;
  /** While it was on its way the user had nothing more to send. */
  readonly isAppLimited: boolean;
  /** Bytes in flight after the ACK: neither delivered nor found lost. */
  readonly inFlight: number;
  /** The window was in full use at some time in the last round trip. */
  readonly isWindowLimited: boolean;
  /** Losses are being repaired, after a timeout or without. */
  readonly isRecovering: boolean;
  /** SACK was agreed on: more than one loss in a round trip can be seen. */
  readonly isSelective: boolean;
  readonly rttMs: number | undefined;
  readonly una: Seq;
  readonly nxt: Seq;
}

/** Bytes that were sent at one instant are found lost, for {@link Controller.onLost}. */
export interface Lost extends Sending {
  readonly bytes: number;
  /** All that was delivered, and all that was lost since they were sent, these included. */
  readonly delivered: number;
  readonly lost: number;
  /** Bytes in flight when they were sent, with them. */
  readonly sentInFlight: number;
  readonly isAppLimited: boolean;
  readonly isSelective: boolean;
  /** Where they lie, in bytes from the ISS on: what is lost next to them begins at `end`. */
  readonly start: number;
  readonly end: number;
}

/**
 * A congestion controller. Nothing of it may read a clock or draw a number by chance: the same calls give the same values.
 *
 * @example
 * ```ts
 * // A window that never changes.
 * const fixed: Controller<CongestionWindow> = {
 *   name: 'fixed',
 *   start: (mss) => ({ cwnd: 20 * mss, ssthresh: Number.POSITIVE_INFINITY }),
 *   onMss: (state) => state,
 *   onAck: (state) => state,
 *   onLoss: (state) => state,
 *   onRecoveryExit: (state) => state,
 *   onRto: (state) => state,
 *   onEcn: (state) => state,
 *   onIdle: (state) => state,
 * };
 * createStack({ …, congestionControl: fixed });
 * ```
 */
export interface Controller<S extends CongestionWindow = CongestionWindow> {
  /** How it is named in options, reports and the inspector. */
  readonly name: string;
  start(mss: number): S;
  /** The MSS became known, or changed with the path, before or while text is sent. */
  onMss(state: S, mss: number, atStart: boolean): S;
  /** New data was acknowledged outside of fast recovery. */
  onAck(state: S, ack: Acknowledged): S;
  /** A loss was found without a timeout: once for each window. */
  onLoss(state: S, sending: Sending): S;
  /** All that was outstanding at the loss is acknowledged. */
  onRecoveryExit(state: S, sending: Sending): S;
  /** The retransmission timer expired; `again` when it is not for the first time for the same segment. */
  onRto(state: S, sending: Sending, again: boolean): S;
  /** The peer echoed that a router marked a packet instead of dropping it (RFC 3168): once for each window. */
  onEcn(state: S, sending: Sending): S;
  /** Nothing was sent for longer than an RTO. */
  onIdle(state: S, sending: Sending): S;

  /**
   * For a controller that models the path. One that has this is asked in place of `onAck`, by each ACK that delivers anything, in
   * recovery too: there the window is its own as well, and not that of proportional rate reduction.
   */
  onDelivered?(state: S, delivered: Delivered): S;
  /** With `onDelivered`: something is found lost. Before `onLoss`, and for each loss. */
  onLost?(state: S, lost: Lost): S;
  /** With `onDelivered`: text is about to leave where all had been delivered and the user had no more. */
  onRestart?(state: S, sending: Sending): S;
  /** What was taken for lost was not. Without it the state is as it was before. */
  onUndo?(state: S, sending: Sending): S;
  /** In a word, what it is about: for `info()` and the inspector. */
  describe?(state: S): string;
}

/** IW10 (RFC 6928 section 2). */
export function initialWindow(mss: number): number {
  return Math.min(10 * mss, Math.max(2 * mss, 14_600));
}

/**
 * Appropriate byte counting (RFC 3465): how much of an ACK opens the window in slow start.
 *
 * It is bounded so that no ACK of much sends much at once. Where the device cuts up what goes at once anyhow, ACKs are few and
 * large, and a bound for each of them would be one for the growth in a round trip: there is none.
 *
 * @param most L, in segments
 */
export function bytesInSlowStart({ bytes, joined, mss }: Acknowledged, most: number): number {
  return joined ? bytes : Math.min(bytes, most * mss);
}

/** RFC 2861's care: a window that was not used says nothing about the path, so an ACK of less must not open it further. */
export function isWindowLimited(state: CongestionWindow, { flight, mss }: Sending): boolean {
  return flight + mss >= state.cwnd;
}
