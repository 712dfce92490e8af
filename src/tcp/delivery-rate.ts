/**
 * How fast the path delivers, for controllers that model it (draft-ietf-ccwg-bbr-06 section 4.1): what is sent remembers how
 * much had been delivered by then, and when; its acknowledgment says how much has been since, and in how long.
 *
 * All that one step sends at one instant is one departure, as an aggregate that a device cuts up is one packet there (section
 * 4.1.3.1). Kept only where the controller asks for it: with CUBIC it costs nothing.
 */

import type { Delivered, Sending } from './congestion/controller.ts';
import type { Draft } from './draft.ts';
import { unsentText } from './output.ts';
import { hasScoreboard, pipe } from './recovery/pipe.ts';
import { lostBytes, sackedBytes } from './recovery/scoreboard.ts';
import { distance, ge, type Seq } from './seq.ts';
import { pieceOf } from './super-segment.ts';

/** What was sent at one instant: P of section 4.1.2.1.2. */
export interface Departure {
  readonly sentMs: number;
  /** SND.NXT afterwards. */
  readonly end: Seq;
  /** C.delivered, C.delivered_time, C.first_send_time and C.lost at that instant. */
  readonly delivered: number;
  readonly deliveredMs: number;
  readonly firstSentMs: number;
  readonly lost: number;
  /** P.tx_in_flight: bytes in flight, with all that was sent at that instant. */
  readonly inFlight: number;
  readonly isAppLimited: boolean;
}

/** C of section 4.1.2.1.1. Sizes in bytes. */
export interface DeliveryRate {
  readonly delivered: number;
  readonly deliveredMs: number;
  readonly firstSentMs: number;
  readonly lost: number;
  /** C.app_limited: what is sent before so much is delivered tells little of the path; 0 where the user has more to send. */
  readonly appLimited: number;
  /** The window was in full use until so much is delivered: C.is_cwnd_limited. */
  readonly windowLimited: number;
  /** Had been reported before a timeout, after which it counts as lost: it is not delivered twice. */
  readonly forgotten: number;
  /** Of `totals.bytesSent`, what stands in a departure. */
  readonly departed: number;
  readonly departures: Departures;
}

/** Where the controller asks for rates: nothing was sent yet. */
export function beginDeliveryRate(nowMs: number, bytesSent = 0): DeliveryRate {
  return {
    delivered: 0,
    deliveredMs: nowMs,
    firstSentMs: nowMs,
    lost: 0,
    appLimited: 1,
    windowLimited: 0,
    forgotten: 0,
    departed: bytesSent,
    departures: Departures.none,
  };
}

/** Whatever the step had to send has been sent: it departs, if it was anything, and the user may have no more (section 4.1.2.4). */
export function departs(tcb: Draft): void {
  const { deliveryRate, totals, cc, snd, nowMs } = tcb;
  if (deliveryRate === undefined) return;
  const inFlight = inFlightOf(tcb);
  const bytes = totals.bytesSent - deliveryRate.departed;
  const next = { ...deliveryRate, departed: totals.bytesSent };
  if (bytes > 0) {
    // Nothing was on its way: the interval begins now, not with the ACK of long ago.
    if (inFlight <= bytes) next.firstSentMs = next.deliveredMs = nowMs;
    next.departures = next.departures.append({
      sentMs: nowMs,
      end: snd.nxt,
      delivered: next.delivered,
      deliveredMs: next.deliveredMs,
      firstSentMs: next.firstSentMs,
      lost: next.lost,
      inFlight,
      isAppLimited: next.appLimited > 0,
    });
  }
  const unsent = unsentText(tcb);
  const isRepaired = !hasScoreboard(tcb) || lostBytes(tcb.scoreboard) === 0;
  // Less than a segment waits for more, or for an ACK (Nagle): the user's doing as well.
  if (cc.leavesRoom || (unsent < snd.mss && inFlight < cc.cwnd && isRepaired))
    next.appLimited = Math.max(next.delivered + inFlight, 1);
  if (unsent > 0 && inFlight + pieceOf(tcb, snd.mss) > cc.cwnd)
    next.windowLimited = next.delivered + inFlight;
  tcb.deliveryRate = next;
}

/** Bytes in flight: C.inflight. */
export function inFlightOf(tcb: Draft): number {
  return hasScoreboard(tcb) ? pipe(tcb) : distance(tcb.snd.nxt, tcb.snd.una);
}

/** So much has been found lost. */
export function countLost(tcb: Draft, bytes: number): void {
  if (tcb.deliveryRate) tcb.deliveryRate = { ...tcb.deliveryRate, lost: tcb.deliveryRate.lost + bytes };
}

/** What the peer has reported, and what was in flight if a timeout is why, counts as lost (RFC 2018 section 5.1). */
export function forgetsReports(tcb: Draft, isTimeout: boolean): void {
  const { deliveryRate, scoreboard } = tcb;
  if (deliveryRate === undefined) return;
  const forgotten = deliveryRate.forgotten + sackedBytes(scoreboard);
  const lost = deliveryRate.lost + (isTimeout ? inFlightOf(tcb) : 0);
  tcb.deliveryRate = { ...deliveryRate, lost, forgotten };
}

/** What a rate sample says, besides what `Sending` does. */
export type RateSample = Omit<Delivered, keyof Sending | 'rttMs' | 'una' | 'nxt'>;

/**
 * An ACK delivers `bytes` (section 4.1.2.3).
 *
 * @param newest the departure of what was sent last of them; undefined where it can't be told, so that there is no rate
 * @param isTimed whether it is known that this very transmission has arrived: else there is none either
 */
export function sampleRate(
  tcb: Draft,
  bytes: number,
  newest: Departure | undefined,
  isTimed: boolean,
): RateSample | undefined {
  const { deliveryRate, nowMs, recovery } = tcb;
  if (deliveryRate === undefined) return undefined;
  const isWindowLimited = deliveryRate.delivered < deliveryRate.windowLimited;
  const known = Math.min(bytes, deliveryRate.forgotten);
  const delivered = deliveryRate.delivered + bytes - known;
  tcb.deliveryRate = {
    ...deliveryRate,
    delivered,
    deliveredMs: nowMs,
    firstSentMs: newest?.sentMs ?? deliveryRate.firstSentMs,
    appLimited: delivered > deliveryRate.appLimited ? 0 : deliveryRate.appLimited,
    forgotten: deliveryRate.forgotten - known,
    departures: deliveryRate.departures.since(earliestNeededMs(tcb, newest)),
  };
  const volume = newest === undefined ? 0 : delivered - newest.delivered;
  return {
    bytes,
    delivered,
    volume,
    rate: newest && isTimed ? rateOf(tcb, volume, newest) : undefined,
    priorDelivered: newest?.delivered,
    sentInFlight: newest?.inFlight ?? 0,
    lost: newest === undefined ? 0 : deliveryRate.lost - newest.lost,
    isAppLimited: newest?.isAppLimited ?? true,
    inFlight: inFlightOf(tcb),
    isWindowLimited,
    isRecovering: recovery.phase !== 'open',
    isSelective: hasScoreboard(tcb),
  };
}

/** GenerateRateSample (), in bytes a second; undefined where the interval is shorter than the path can be. */
function rateOf({ nowMs, rack }: Draft, volume: number, newest: Departure): number | undefined {
  const intervalMs = Math.max(newest.sentMs - newest.firstSentMs, nowMs - newest.deliveredMs);
  if (intervalMs <= 0 || intervalMs < (rack.minRttMs ?? 0)) return undefined;
  return (1_000 * volume) / intervalMs;
}

/** When the earliest was sent of what may still be acknowledged; Infinity where nothing is outstanding. */
function earliestNeededMs(tcb: Draft, newest: Departure | undefined): number {
  if (!hasScoreboard(tcb)) return newest?.sentMs ?? Number.NEGATIVE_INFINITY;
  const { sent, again } = tcb.scoreboard;
  const first = sent.length > 0 ? sent.sentMs(0) : Number.POSITIVE_INFINITY;
  return again.length > 0 ? Math.min(first, again.sentMs(0)) : first;
}

/** How many entries that nobody sees any more may stay in the storage. */
const SLACK = 64;

/** Departures in the order of time: a list that is a value, whose versions share their storage, as `Transmissions` has it. */
export class Departures {
  static get none(): Departures {
    return NONE;
  }

  readonly length: number;
  readonly #storage: Departure[];
  readonly #first: number;

  /** @internal Outside of this file lists are made from {@link Departures.none}. */
  constructor(storage: Departure[], first: number, length: number) {
    this.#storage = storage;
    this.#first = first;
    this.length = length;
  }

  get eldest(): Departure | undefined {
    return this.length === 0 ? undefined : this.#at(0);
  }

  #at(index: number): Departure {
    return this.#storage[this.#first + index]!;
  }

  append(departure: Departure): Departures {
    const behind = this.#first + this.length;
    if (this.length > 0 && behind === this.#storage.length) {
      this.#storage.push(departure);
      return new Departures(this.#storage, this.#first, this.length + 1);
    }
    const own = this.#storage.slice(this.#first, behind);
    own.push(departure);
    return new Departures(own, 0, own.length);
  }

  /** Without those of before `ms`. */
  since(ms: number): Departures {
    const count = this.#countBefore(ms);
    if (count === 0) return this;
    if (count === this.length) return NONE;
    const first = this.#first + count;
    const length = this.length - count;
    if (first < SLACK || first < length) return new Departures(this.#storage, first, length);
    return new Departures(this.#storage.slice(first, first + length), 0, length);
  }

  /** With what was sent at this time; of several then the first that had sent all up to `end`. */
  sentAt(sentMs: number, end: Seq): Departure | undefined {
    for (let index = this.#countBefore(sentMs); index < this.length; index++) {
      const departure = this.#at(index);
      if (departure.sentMs !== sentMs) return undefined;
      if (ge(departure.end, end)) return departure;
    }
    return undefined;
  }

  /** With what was sent last of all below `ack`; for what is acknowledged in order, and was sent once. */
  upTo(ack: Seq): Departure | undefined {
    const index = this.#countWhile(({ end }) => !ge(end, ack));
    return index === this.length ? undefined : this.#at(index);
  }

  #countBefore(ms: number): number {
    return this.#countWhile(({ sentMs }) => sentMs < ms);
  }

  /** How many from the first on this holds for, and for no later one. */
  #countWhile(holds: (departure: Departure) => boolean): number {
    let low = 0;
    let high = this.length;
    while (low < high) {
      const middle = (low + high) >> 1;
      if (holds(this.#at(middle))) low = middle + 1;
      else high = middle;
    }
    return low;
  }
}

const NONE = new Departures([], 0, 0);
