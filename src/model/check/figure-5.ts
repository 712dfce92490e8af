/**
 * RFC 9293 figure 5 once more, by hand: from which state to which a connection may come in one step, and what must have
 * happened. One segment may take several arrows, so that FIN-WAIT-1 → TIME-WAIT is here as well.
 */

import type { State } from '../../tcp/index.ts';
import { distance } from '../../tcp/index.ts';
import { FLAG } from '../../wire/index.ts';
import { CALLS, type Call, stateOfEnd } from './end.ts';
import type { LocalStep } from './host.ts';

/** What a step took in: what the segment is or acknowledges, a call, or a timer. */
type Cause =
  | 'SYN'
  | 'SYN, ACK of SYN'
  | 'SYN, ACK of SYN, FIN'
  | 'ACK of SYN'
  | 'ACK of SYN, FIN'
  | 'ACK of FIN'
  | 'ACK of FIN, FIN'
  | 'FIN'
  | 'RST'
  | 'text'
  | 'timer of the state'
  | 'USER TIMEOUT'
  | Call;

const GIVEN_UP = ['ABORT', 'USER TIMEOUT'] as const;
/** CLOSE of both directions over text that nobody has read is an ABORT (3.6.1, SHLD-3). */
const ABANDONED = [...GIVEN_UP, 'CLOSE both directions'] as const;
const CLOSE = ['CLOSE our direction', 'CLOSE both directions'] as const;

/** Without TIME-WAIT → CLOSED by RST: RFC 1337 is followed. */
export const STATE_CHANGES: Readonly<Record<string, readonly Cause[]>> = {
  'CLOSED → LISTEN': ['OPEN passive'],
  'CLOSED → SYN-SENT': ['OPEN active'],
  'LISTEN → SYN-SENT': ['OPEN in LISTEN'],
  'LISTEN → CLOSED': ['CLOSE listener'],
  'LISTEN → SYN-RECEIVED': ['SYN'],
  'SYN-SENT → SYN-RECEIVED': ['SYN'],
  'SYN-SENT → ESTABLISHED': ['SYN, ACK of SYN'],
  'SYN-SENT → CLOSE-WAIT': ['SYN, ACK of SYN, FIN'],
  'SYN-SENT → CLOSED': ['RST', ...CLOSE, ...GIVEN_UP],
  'SYN-RECEIVED → ESTABLISHED': ['ACK of SYN'],
  // By the ACK when CLOSE was queued behind text (3.10.4).
  'SYN-RECEIVED → FIN-WAIT-1': [...CLOSE, 'ACK of SYN'],
  'SYN-RECEIVED → CLOSE-WAIT': ['ACK of SYN, FIN'],
  'SYN-RECEIVED → CLOSING': ['ACK of SYN, FIN'],
  // The SYN that ended TIME-WAIT was an old duplicate (3.6.1, MAY-2).
  'SYN-RECEIVED → TIME-WAIT': ['RST'],
  'SYN-RECEIVED → CLOSED': ['RST', 'SYN', 'text', 'CLOSE listener', ...ABANDONED],
  'ESTABLISHED → FIN-WAIT-1': CLOSE,
  'ESTABLISHED → CLOSE-WAIT': ['FIN'],
  'ESTABLISHED → CLOSED': ['RST', ...ABANDONED],
  'FIN-WAIT-1 → FIN-WAIT-2': ['ACK of FIN'],
  'FIN-WAIT-1 → CLOSING': ['FIN'],
  'FIN-WAIT-1 → TIME-WAIT': ['ACK of FIN, FIN'],
  'FIN-WAIT-1 → CLOSED': ['RST', 'text', ...ABANDONED],
  'FIN-WAIT-2 → TIME-WAIT': ['FIN'],
  'FIN-WAIT-2 → CLOSED': ['RST', 'text', 'timer of the state', ...ABANDONED],
  'CLOSE-WAIT → LAST-ACK': CLOSE,
  'CLOSE-WAIT → CLOSED': ['RST', ...ABANDONED],
  'CLOSING → TIME-WAIT': ['ACK of FIN'],
  'CLOSING → CLOSED': ['RST', ...GIVEN_UP],
  'LAST-ACK → CLOSED': ['ACK of FIN', 'RST', ...GIVEN_UP],
  'TIME-WAIT → CLOSED': ['timer of the state', 'ABORT'],
  // A new connection takes the place of the old one (3.6.1, MAY-2).
  'TIME-WAIT → SYN-RECEIVED': ['SYN'],
};

/** The change of state that a step made, in the words of the table; undefined when it made none. */
export function changeOf(step: LocalStep): string | undefined {
  const before = stateOfEnd(step.before);
  const after = stateOfEnd(step.after);
  // "To LISTEN": the connection has ended, and its listener has never left.
  const to: State = step.before.connection && after === 'LISTEN' ? 'CLOSED' : after;
  return before === to ? undefined : `${before} → ${to}`;
}

/** Whether the step took in what the change of state asks for. */
export function hasCause(change: string, step: LocalStep): boolean {
  return STATE_CHANGES[change]?.some((cause) => wasCause(cause, step)) ?? false;
}

function wasCause(cause: Cause, step: LocalStep): boolean {
  const { input, segment } = step;
  if (cause === 'timer of the state') return input.kind === 'timer' && input.timer === 'state';
  if (cause === 'USER TIMEOUT') return input.kind === 'timer' && input.timer === 'give up';
  if (isCall(cause)) return input.kind === 'call' && input.call === cause;
  if (segment === undefined) return false;
  if (cause === 'RST') return (segment.flags & FLAG.RST) !== 0;
  if ((segment.flags & FLAG.RST) !== 0) return false;
  return cause.split(', ').every((part) => {
    if (part === 'SYN') return (segment.flags & FLAG.SYN) !== 0;
    if (part === 'FIN') return finIsInOrder(step);
    if (part === 'text') return segment.text.length > 0;
    return acknowledges(part as 'ACK of SYN' | 'ACK of FIN', step);
  });
}

function isCall(cause: Cause): cause is Call {
  return (CALLS as readonly string[]).includes(cause);
}

function acknowledges(what: 'ACK of SYN' | 'ACK of FIN', { before, segment }: LocalStep): boolean {
  if (!before.connection || !segment || (segment.flags & FLAG.ACK) === 0) return false;
  const acked = distance(segment.ack, before.connection.context.tcb.iss);
  return what === 'ACK of SYN' ? acked >= 1 : acked === before.user.sent + 2;
}

/** It came with this segment, or had come before and this one brought what was missing in front of it. */
function finIsInOrder({ before, after, segment }: LocalStep): boolean {
  const fin = after.connection?.context.tcb.rcv.fin;
  if (fin === undefined) return (segment!.flags & FLAG.FIN) !== 0;
  const waited = before.connection?.context.tcb.rcv.fin === fin;
  return waited || (segment!.flags & FLAG.FIN) !== 0;
}
