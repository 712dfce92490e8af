/** What the user chose for a connection, and the scale of windows that follows from it. */

/** What the user chose for this connection; changed only by the user. */
export interface Settings {
  readonly noDelay: boolean;
  /** For which unacknowledged segments Nagle's algorithm holds a small one back: for any, or for small ones. */
  readonly nagle: 'any' | 'small';
  /** Text that does not fill a segment waits for more, until the override timer sends it. */
  readonly cork: boolean;
  readonly keepAliveMs: number | false;
  /** Undefined: 75 s, or `keepAliveMs` if that is less. */
  readonly keepAliveIntervalMs: number | undefined;
  readonly keepAliveProbes: number;
  /** USER_TIMEOUT as the user set it; `userTimeoutMs` of user-timeout.ts gives the one in force. */
  readonly userTimeoutMs: number;
  /** RFC 5482 section 3.1: ENABLED, CHANGEABLE, ADV_UTO (undefined: USER_TIMEOUT), L_LIMIT, U_LIMIT. */
  readonly userTimeoutEnabled: boolean;
  readonly userTimeoutChangeable: boolean;
  readonly userTimeoutAdvertisedMs: number | undefined;
  readonly userTimeoutLowerLimitMs: number;
  readonly userTimeoutUpperLimitMs: number;
  /** The buffers at first, and how far they may grow: no further than that where the user has set them. */
  readonly sendBuffer: number;
  readonly largestSendBuffer: number;
  readonly receiveBuffer: number;
  readonly largestReceiveBuffer: number;
  readonly mslMs: number;
  readonly finWait2Ms: number;
  readonly delayedAckMs: number;
  /** How many segments are acknowledged at once at first. */
  readonly quickAcks: number;
  readonly rtoInitialMs: number;
  readonly rtoMinMs: number;
  /** RFC 7765. */
  readonly rtoRestart: boolean;
  /** How losses are found where SACK was agreed on: by times (RFC 8985), by what is reported (RFC 6675), or as without it. */
  readonly lossRecovery: 'rack' | 'sack' | 'newreno';
  /** RMSS: what we announce, and never get more than. */
  readonly mss: number;
  /** The most text that the first hop takes in a segment without options: MMS_S − 20 (section 3.7.1). */
  readonly pathMss: number;
  /** Whether the path is probed where no router tells what it takes (RFC 4821): never, once a black hole is found, or from the start. */
  readonly mtuProbing: 'off' | 'blackhole' | 'always';
  /** search_low at first (RFC 4821 section 7.2), as `pathMss` is counted. */
  readonly baseMss: number;
  /** After how long what was found of a path is doubted (RFC 1191 section 6.3). */
  readonly pathMtuAgeMs: number;
  /** The most text that the device takes at once and cuts into segments itself; 0 where it does not. */
  readonly largestText: number;
  readonly windowScaling: boolean;
  /** What we offer; undefined: the smallest with which `largestReceiveBuffer` can be said. */
  readonly windowScale: number | undefined;
  readonly timestamps: boolean;
  readonly sack: boolean;
  readonly oobInline: boolean;
  /** RFC 1337: a RST does not end TIME-WAIT. */
  readonly timeWaitProtection: boolean;
  /** Whether our SYN asks for ECN, or we agree to it when asked (RFC 3168). */
  readonly ecn: 'off' | 'accept' | 'request';
  /** Whether text is paced; undefined: where the controller gives a rate, or the window is not validated. */
  readonly pacing: boolean | undefined;
  /** The name of the congestion controller. */
  readonly congestionControl: string;
  /** After an idle time cwnd is the restart window at most (RFC 5681 section 4.1). */
  readonly restartAfterIdle: boolean;
  /** RFC 7661 in its place. */
  readonly windowValidation: boolean;
  readonly ipVersion: 4 | 6;
}

/** The largest window that can be said with this shift. */
export function largestWindow(shift: number): number {
  return 65_535 * 2 ** shift;
}

/** The smallest shift with which a 16-bit window can say `buffer`; at most 14 (RFC 7323 section 2.3). */
export function windowShift(buffer: number): number {
  let shift = 0;
  while (shift < 14 && largestWindow(shift) < buffer) shift++;
  return shift;
}

/**
 * The scale of our own window, as we offer it: for the largest buffer, since it can't change once it is agreed on; but one of
 * which at least four steps make up the buffer as it is at first. With larger ones a window of less than a step, which is told
 * as none, might be too near to the whole buffer to be worth an update (SHLD-14, MUST-39).
 */
export function ownWindowScale({ windowScale, receiveBuffer, largestReceiveBuffer }: Settings): number {
  const fourSteps = Math.max(0, 29 - Math.clz32(receiveBuffer));
  return Math.min(windowScale ?? windowShift(largestReceiveBuffer), fourSteps);
}
