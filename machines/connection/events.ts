/**
 * The words on the connection chart's arrows, and what else its actor is sent.
 */

import type { Label } from '../../src/tcp/state.ts';
import type { ConnectionInput } from '../../src/tcp/step.ts';

/** What the protocol functions make of segments, calls and timeouts: the arrows of RFC 9293 figure 5 and section 3.10. */
export type LabelEvent = { readonly type: Label };

/** What the send timer and the ACK timer should run at, by the TCB. */
export type TimerEvent = {
  readonly type:
    | 'timer.retransmission'
    | 'timer.tail-loss-probe'
    | 'timer.reordering'
    | 'timer.pacing'
    | 'timer.persist'
    | 'timer.keep-alive'
    | 'timer.idle'
    | 'timer.delayed-ack';
};

/** The connection actor's inputs come in as they are; the chart itself has arrows for labels and timers alone. */
export type ConnectionEvent = LabelEvent | TimerEvent | ConnectionInput;
