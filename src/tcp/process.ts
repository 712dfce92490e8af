/**
 * One step of a connection, as a function of values: (state, TCB, input) → TCB, segments, labels.
 *
 * It has two halves with the chart's arrows between them: `begin` takes the input in and names the labels; the chart moves;
 * `finish` sends what the new state allows.
 */

import { segmentArrives } from './arrives.ts';
import { abort, close, receive, send, set } from './calls.ts';
import { departs } from './delivery-rate.ts';
import { beginDraft } from './draft.ts';
import { icmpArrives } from './icmp.ts';
import { output } from './output.ts';
import type { Arrows, State } from './state.ts';
import type { ConnectionInput, Step } from './step.ts';
import type { Tcb } from './tcb.ts';
import { ackTimerFires, sendTimerFires } from './timeouts.ts';

/** Takes `input` in. The labels of the step are the arrows that the chart has to take, in the order of the RFC's checks. */
export function begin(state: State, tcb: Tcb, input: ConnectionInput, arrows: Arrows, nowMs: number): Step {
  const step: Step = {
    state,
    tcb: beginDraft(tcb, nowMs),
    arrows,
    listening: input.type === 'segment.arrives' ? input.listening : 'none',
    labels: [],
    segments: [],
    notices: [],
    dropped: undefined,
  };
  switch (input.type) {
    case 'segment.arrives':
      segmentArrives(step, input.segment);
      break;
    case 'icmp.arrives':
      icmpArrives(step, input.error);
      break;
    case 'send':
      send(step, input.bytes, input.urgent, input.lent);
      break;
    case 'receive':
      receive(step, input.count);
      break;
    case 'close':
      close(step, input.reader);
      break;
    case 'abort':
      abort(step);
      break;
    case 'set':
      set(step, input.settings);
      break;
    case 'send-timer.fires':
      sendTimerFires(step);
      break;
    case 'ack-timer.fires':
      ackTimerFires(step);
      break;
    case 'open':
    case 'device.ready':
      break;
  }
  return step;
}

/** Sends what `state`, where the chart has come to, allows. Afterwards `step.tcb` is finished: a value. */
export function finish(step: Step, state: State, deviceReady: boolean, moreArrives = false): void {
  if (state === 'CLOSED') return;
  output(state, step.tcb, step.segments, deviceReady, moreArrives);
  if (step.tcb.deliveryRate) departs(step.tcb);
}
