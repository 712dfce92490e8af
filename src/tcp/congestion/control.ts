/**
 * Between the protocol and its controller: what has happened, told in the controller's terms.
 */

import type { Draft } from '../draft.ts';
import { distance } from '../seq.ts';
import type { Controller, Sending } from './controller.ts';
import { controllerNamed } from './controllers.ts';

/** The controller that this connection was told to use. */
export function controllerOf({ settings }: Pick<Draft, 'settings'>): Controller {
  return controllerNamed(settings.congestionControl);
}

/** @param flight bytes; all that is outstanding unless told */
export function sendingOf(tcb: Draft, flight = distance(tcb.snd.nxt, tcb.snd.una)): Sending {
  return { mss: tcb.snd.mss, flight, nowMs: tcb.nowMs, srttMs: tcb.rtt.srttMs };
}
