/** What is in flight by the scoreboard, and how much may be. */

import type { Draft } from '../draft.ts';
import { distance } from '../seq.ts';
import { lostBytes, sackedBytes } from './scoreboard.ts';

/** Whether there is a scoreboard: SACK was agreed on, and the user has not asked for NewReno. */
export function hasScoreboard({ features, settings }: Pick<Draft, 'features' | 'settings'>): boolean {
  return features.sack && settings.lossRecovery !== 'newreno';
}

/** What is in flight by the scoreboard (RFC 6675's pipe): sent, not reported, not lost or sent again since. */
export function pipe({ snd, scoreboard }: Pick<Draft, 'snd' | 'scoreboard'>): number {
  return distance(snd.nxt, snd.una) - sackedBytes(scoreboard) - lostBytes(scoreboard);
}

/** How much may be in flight: PRR's window in fast recovery, else cwnd; always cwnd where the controller models the path. */
export function flightAllowed({
  cc,
  recovery,
  deliveryRate,
}: Pick<Draft, 'cc' | 'recovery' | 'deliveryRate'>): number {
  return recovery.phase === 'fast' && deliveryRate === undefined ? recovery.window : cc.cwnd;
}
