/**
 * What is checked, and how far: the parts that run, and the bounds that make their states finite.
 */

import { connectionMachine, listenerMachine } from '../../../machines/index.ts';
import { StackError } from '../../errors.ts';
import { connectionSettings } from '../../stack/settings.ts';
import type { Settings } from '../../tcp/index.ts';
import { begin, finish, type Seq, seq } from '../../tcp/index.ts';
import { WIDE } from './canonical.ts';
import { CALLS, type Call, type UserBounds } from './end.ts';
import type { Parts } from './host.ts';

/** How far a check goes. Each number is a budget for both ends together, unless it says otherwise. */
export interface Bounds extends UserBounds {
  /** Octets that each user sends, each with a SEND of its own. */
  readonly octets: number;
  /** How often each user may call OPEN. */
  readonly opens: number;
  readonly calls: ReadonlySet<Call>;
  readonly losses: number;
  readonly duplicates: number;
  /** Segments that others may overtake, however many, and by however much. */
  readonly reorderings: number;
  /** How often a user timeout may pass. */
  readonly giveUps: number;
  /** A send timer fires only while fewer segments than this are under way. */
  readonly inFlight: number;
  /** The receive buffer of both ends. From 65,535 on, the window is so wide that it does not matter. */
  readonly window: number;
  /** The ISS of both ends' first connections. */
  readonly iss: number;
  readonly delayedAcks: boolean;
  /** Timers that run though nothing is due any more fire whenever they may, instead of at once. */
  readonly staleTimers: boolean;
}

/** The calls of RFC 9293; `RECEIVE` and `CLOSE` of both directions, as sockets have it, are further ones. */
const DEFAULT_CALLS: readonly Call[] = [
  'OPEN passive',
  'OPEN active',
  'SEND',
  'CLOSE our direction',
  'ABORT',
];

export const DEFAULT_BOUNDS: Bounds = {
  octets: 2,
  opens: 1,
  calls: new Set(DEFAULT_CALLS),
  losses: 1,
  duplicates: 1,
  reorderings: 1,
  giveUps: 0,
  inFlight: 1,
  window: WIDE,
  iss: 2 ** 32 - 1,
  delayedAcks: true,
  staleTimers: false,
};

/** What the product runs. */
export const PRODUCT: Parts = {
  chart: connectionMachine,
  listener: listenerMachine,
  protocol: { begin, finish },
};

export interface Model {
  readonly parts: Parts;
  readonly bounds: Bounds;
  readonly settings: Settings;
  readonly iss: Seq;
}

const RANGES: { readonly [K in keyof Bounds]?: readonly [number, number] } = {
  // One segment must hold them all, and each must be an octet of its own.
  octets: [0, 16],
  opens: [1, 3],
  losses: [0, 15],
  duplicates: [0, 15],
  reorderings: [0, 15],
  giveUps: [0, 15],
  inFlight: [1, 16],
  window: [1, WIDE],
  iss: [0, 2 ** 32 - 1],
};

/** Throws EINVAL for a bound that is outside of its range. */
export function modelOf(bounds: Partial<Bounds> = {}, parts: Partial<Parts> = {}): Model {
  const all = { ...DEFAULT_BOUNDS, ...bounds };
  for (const [name, [least, most]] of Object.entries(RANGES)) {
    const value = all[name as keyof typeof RANGES] as number;
    if (!Number.isInteger(value) || value < least || value > most)
      throw new StackError(
        'EINVAL',
        `check: ${name} is ${value}; give a whole number of ${least} to ${most}`,
      );
  }
  for (const call of all.calls)
    if (!CALLS.includes(call))
      throw new StackError('EINVAL', `check: there is no call "${call}"; there are ${CALLS.join(', ')}`);
  const settings = connectionSettings(optionsFor(all), { ipVersion: 4, mtu: 1_500 });
  return { parts: { ...PRODUCT, ...parts }, bounds: all, settings, iss: seq(all.iss) };
}

/**
 * The options of both ends. Timestamps tell the time, which the model leaves out, and CUBIC and RACK-TLP go by it; probes would
 * only add segments. Losses are found as RFC 6582 says.
 */
export function optionsFor({ window, delayedAcks }: Pick<Bounds, 'window' | 'delayedAcks'>) {
  return {
    timestamps: false,
    congestionControl: 'reno',
    lossRecovery: 'newreno' as const,
    receiveBuffer: window,
    // Fixed: no text of a model fills it.
    sendBuffer: 262_144,
    ...(delayedAcks ? {} : { delayedAckMs: 0 }),
  };
}
