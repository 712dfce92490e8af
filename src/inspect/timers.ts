/** What became of a connection's timers in one step, read from what the chart remembers of its delayed events. */

import { type ConnectionSnapshot, stateOf } from '../../machines/index.ts';
import type { TimerEnvelope, TimerName } from './protocol.ts';
import { sendBackoff, sendTimerName, whyOf } from './tcb-view.ts';

export type TimerChange = Pick<TimerEnvelope, 'what' | 'timer' | 'armedMs' | 'why' | 'backoff'>;

/** The timer whose delayed event has just fired, before the step that it brings. */
export function firedTimer(
  eventType: string,
  { context, value }: ConnectionSnapshot,
  nowMs: number,
): TimerChange | undefined {
  const { tcb } = context;
  const { send, ackDueMs } = tcb.timers;
  const delay = eventType.slice('xstate.after.'.length).split('.')[0];
  switch (delay) {
    case 'sendTimer': {
      const kind = send.kind === 'idle' ? sendRegion(value) : send.kind;
      const what = send.kind === 'idle' || send.dueMs > nowMs ? 'looked' : 'fired';
      return change(what, sendTimerName(kind, tcb), context.armedSendMs, sendBackoff(kind, tcb));
    }
    case 'ackTimer':
      return change(
        ackDueMs === undefined || ackDueMs > nowMs ? 'looked' : 'fired',
        'delayed ACK',
        context.armedAckMs,
        0,
      );
    case 'twoMsl':
      return change('fired', '2 MSL', context.armedStateMs, 0);
    case 'finWait2':
      return change('fired', 'FIN-WAIT-2', context.armedStateMs, 0);
    default:
      return undefined;
  }
}

/** @param fired the timer that brought the step, which is thus not cancelled by it */
export function timerChanges(
  before: ConnectionSnapshot,
  after: ConnectionSnapshot,
  fired: TimerName | undefined,
): TimerChange[] {
  const changes: TimerChange[] = [];
  const old = before.context;
  const now = after.context;
  // One kind may give way to another that is due at the same instant.
  if (old.armedSendMs !== now.armedSendMs || sendRegion(before.value) !== sendRegion(after.value)) {
    const name = (snapshot: ConnectionSnapshot): TimerName =>
      sendTimerName(sendRegion(snapshot.value), snapshot.context.tcb);
    const backoff = (snapshot: ConnectionSnapshot): number =>
      sendBackoff(sendRegion(snapshot.value), snapshot.context.tcb);
    if (Number.isFinite(old.armedSendMs) && !isSendTimer(fired)) {
      changes.push(change('cancelled', name(before), old.armedSendMs, backoff(before)));
    }
    if (Number.isFinite(now.armedSendMs))
      changes.push(change('armed', name(after), now.armedSendMs, backoff(after)));
  }
  push(changes, 'delayed ACK', old.armedAckMs, now.armedAckMs, fired);
  if (old.armedStateMs !== now.armedStateMs) {
    if (Number.isFinite(old.armedStateMs) && !isStateTimer(fired))
      changes.push(change('cancelled', stateTimer(before), old.armedStateMs, 0));
    if (Number.isFinite(now.armedStateMs))
      changes.push(change('armed', stateTimer(after), now.armedStateMs, 0));
  }
  return changes;
}

function push(
  changes: TimerChange[],
  timer: TimerName,
  oldMs: number,
  nowMs: number,
  fired: TimerName | undefined,
): void {
  if (oldMs === nowMs) return;
  if (Number.isFinite(oldMs) && fired !== timer) changes.push(change('cancelled', timer, oldMs, 0));
  if (Number.isFinite(nowMs)) changes.push(change('armed', timer, nowMs, 0));
}

function stateTimer({ value }: ConnectionSnapshot): TimerName {
  return stateOf(value) === 'TIME-WAIT' ? '2 MSL' : 'FIN-WAIT-2';
}

function isStateTimer(timer: TimerName | undefined): boolean {
  return timer === '2 MSL' || timer === 'FIN-WAIT-2';
}

function isSendTimer(timer: TimerName | undefined): boolean {
  return timer !== undefined && timer !== 'delayed ACK' && !isStateTimer(timer);
}

function sendRegion(value: ConnectionSnapshot['value']): string {
  if (typeof value === 'string') return 'idle';
  return (value.open as Record<string, string> | undefined)?.['send timer'] ?? 'idle';
}

function change(what: TimerChange['what'], timer: TimerName, armedMs: number, backoff: number): TimerChange {
  return { what, timer, armedMs, why: whyOf(timer, backoff), backoff };
}
