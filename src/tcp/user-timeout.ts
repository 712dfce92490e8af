/**
 * The user timeout option (RFC 5482): each end tells the other how long it lets data stay unacknowledged, and may take the
 * other's advice. The names are those of section 3.1.
 */

import type { UserTimeout } from '../wire/index.ts';
import type { Draft } from './draft.ts';
import { timeoutMs } from './rtt.ts';
import type { Segment } from './segment.ts';
import type { Settings } from './settings.ts';
import type { Tcb } from './tcb.ts';

/** What the option's 15 bits can say, of either unit. */
const LARGEST = 0x7fff;
const SECOND_MS = 1_000;
const MINUTE_MS = 60_000;

/**
 * USER_TIMEOUT, as it is in force: the user's own, or, where that may be changed and the peer has advertised one,
 * min(U_LIMIT, max(ADV_UTO, REMOTE_UTO, L_LIMIT)). L_LIMIT lies above the RTO, so that there is at least one retransmission.
 */
export function userTimeoutMs(tcb: Pick<Tcb, 'settings' | 'userTimeout' | 'rtt'>): number {
  const { settings, userTimeout } = tcb;
  if (!isAdopted(tcb)) return settings.userTimeoutMs;
  const lowerMs = Math.max(settings.userTimeoutLowerLimitMs, timeoutMs(tcb) + 1);
  const advisedMs = Math.max(advertisedMs(settings), userTimeout.remoteMs ?? 0, lowerMs);
  return Math.min(settings.userTimeoutUpperLimitMs, advisedMs);
}

/**
 * When the user timeout passes, or Infinity while nothing waits for an answer. Whoever arms a timer for it and whoever asks
 * whether it has passed compare with this one sum: of two ways to reckon it, one may say "now" and the other "not yet" for
 * ever, since times have fractions.
 */
export function userTimeoutDueMs(tcb: Pick<Tcb, 'snd' | 'settings' | 'userTimeout' | 'rtt'>): number {
  const since = tcb.snd.unansweredSinceMs;
  return since === undefined ? Number.POSITIVE_INFINITY : since + userTimeoutMs(tcb);
}

/** Whether the peer's advice is in force. */
export function isAdopted({ settings, userTimeout }: Pick<Tcb, 'settings' | 'userTimeout'>): boolean {
  return settings.userTimeoutEnabled && settings.userTimeoutChangeable && userTimeout.remoteMs !== undefined;
}

/** REMOTE_UTO: the last one counts. */
export function rememberUserTimeout(tcb: Draft, { options }: Segment): void {
  if (options.userTimeout === undefined || !tcb.settings.userTimeoutEnabled) return;
  const { unit, value } = options.userTimeout;
  const remoteMs = value * (unit === 'minutes' ? MINUTE_MS : SECOND_MS);
  if (remoteMs !== tcb.userTimeout.remoteMs) tcb.userTimeout = { ...tcb.userTimeout, remoteMs };
}

/**
 * The next segment advertises: when the option's value is new, and when the segment that carried it may be lost. It is
 * advice, and not delivered reliably.
 */
export function announceUserTimeout(tcb: Draft): void {
  if (tcb.settings.userTimeoutEnabled && !tcb.userTimeout.announce)
    tcb.userTimeout = { ...tcb.userTimeout, announce: true };
}

export function userTimeoutAnnounced(tcb: Draft): void {
  tcb.userTimeout = { ...tcb.userTimeout, announce: false };
}

/** ADV_UTO as the option says it: in seconds as long as 15 bits can, else in minutes; rounded up, so that it is never 0. */
export function userTimeoutOption(settings: Settings): UserTimeout {
  const ms = advertisedMs(settings);
  const seconds = Math.max(1, Math.ceil(ms / SECOND_MS));
  if (seconds <= LARGEST) return { unit: 'seconds', value: seconds };
  return { unit: 'minutes', value: Math.min(LARGEST, Math.ceil(ms / MINUTE_MS)) };
}

/** ADV_UTO: by default what the user has set for this end. */
export function advertisedMs(settings: Settings): number {
  return settings.userTimeoutAdvertisedMs ?? settings.userTimeoutMs;
}
