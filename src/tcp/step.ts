/**
 * What one step of the protocol works on and gives: the frame that `arrives`, `calls` and `timeouts` share.
 */

import type { Draft } from './draft.ts';
import type { IcmpError } from './icmp.ts';
import type { Outgoing, Segment } from './segment.ts';
import type { Arrows, Label, State } from './state.ts';

/** What the user is told, besides what changes of state say (RFC 9293 section 3.9.1.8). */
export type Notice = 'urgent' | 'delivery-trouble' | 'soft-error';

/**
 * What a listener would do with a SYN for this connection's 4-tuple, were that free: there is none, it would take it, or it
 * has no place, for the reason that is counted.
 */
export type Listening = 'none' | 'ready' | 'listen.half-open-full' | 'listen.accept-queue-full';

/** One step under way. `state` follows the labels through the chart's own arrows. */
export interface Step {
  state: State;
  readonly tcb: Draft;
  readonly arrows: Arrows;
  readonly listening: Listening;
  readonly labels: Label[];
  readonly segments: Outgoing[];
  readonly notices: Notice[];
  /** Why the step did nothing with its segment; counted. */
  dropped: string | undefined;
}

/** Puts a label to the step. A label without an arrow in the present state is a programmer's error. */
export function take(step: Step, label: Label): void {
  const next = step.arrows(step.state, label);
  if (next === undefined) throw new Error(`no arrow ${label} leaves ${step.state} in the connection chart`);
  step.labels.push(label);
  step.state = next;
}

/** Takes the arrow with this label if there is one in the present state. */
export function takeIfAny(step: Step, label: Label): boolean {
  if (step.arrows(step.state, label) === undefined) return false;
  take(step, label);
  return true;
}

/** What can happen to a connection from outside: each is one step. */
export type ConnectionInput =
  | { readonly type: 'open' }
  | { readonly type: 'segment.arrives'; readonly segment: Segment; readonly listening: Listening }
  | { readonly type: 'icmp.arrives'; readonly error: IcmpError }
  /** The bytes are copied, unless `lent`: then they stay as they are until they are acknowledged. */
  | { readonly type: 'send'; readonly bytes: Uint8Array; readonly urgent: boolean; readonly lent?: boolean }
  | { readonly type: 'receive'; readonly count: number }
  | { readonly type: 'close'; readonly reader: 'stays' | 'gone' }
  | { readonly type: 'abort' }
  | { readonly type: 'set'; readonly settings: SettableSettings }
  | { readonly type: 'device.ready' }
  | { readonly type: 'send-timer.fires' }
  | { readonly type: 'ack-timer.fires' };

export type SettableSettings = Partial<
  Pick<
    Draft['settings'],
    | 'noDelay'
    | 'cork'
    | 'delayedAckMs'
    | 'quickAcks'
    | 'keepAliveMs'
    | 'keepAliveIntervalMs'
    | 'keepAliveProbes'
    | 'userTimeoutMs'
    | 'userTimeoutEnabled'
    | 'userTimeoutChangeable'
    | 'userTimeoutAdvertisedMs'
    | 'userTimeoutLowerLimitMs'
    | 'userTimeoutUpperLimitMs'
    | 'sendBuffer'
    | 'largestSendBuffer'
    | 'receiveBuffer'
    | 'largestReceiveBuffer'
    | 'oobInline'
    | 'congestionControl'
    | 'pacing'
  >
>;
