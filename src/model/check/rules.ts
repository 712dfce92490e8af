/**
 * What a single step of one end is held to: written from the RFCs, without a look at how the protocol functions do it.
 */

import type { Label, Seq, State, Tcb } from '../../tcp/index.ts';
import { add, distance } from '../../tcp/index.ts';
import { FLAG } from '../../wire/index.ts';
import { isWide } from './canonical.ts';
import { type End, eventOf, stateOfEnd } from './end.ts';
import { changeOf, hasCause } from './figure-5.ts';
import { type LocalStep, lifeOf, OCTETS_OF_A_LIFE, octetOf } from './host.ts';
import { isIgnored } from './ignored.ts';
import { checkSegments } from './rules-segments.ts';
import type { Report, Violation } from './violation.ts';

/** What a throw says: a label that has no arrow, or something worse. */
export function violationOfThrow(error: unknown): Violation {
  const text = error instanceof Error ? error.message : String(error);
  return { rule: text.startsWith('no arrow ') ? 'unhandled label' : 'crash', text };
}

/** @param base the ISS of both ends' first connections */
export function violationsOf(step: LocalStep, base: Seq): Violation[] {
  const found: Violation[] = [];
  const report: Report = (rule, text) => void found.push({ rule, text });
  for (const [state, label] of step.ignored) checkIgnored(state, label, report);
  checkStateChange(step, report);
  checkReset(step, report);
  checkTold(step, report);
  checkEnd(step, report);
  checkTimers(step.after, report);
  checkTwoMsl(step, report);
  checkLeftOver(step, report);
  checkDelivered(step, base, report);
  checkText(step.after, base, report);
  checkReceived(step, report);
  checkVariables(step, report);
  checkSegments(step, report);
  return found;
}

function checkIgnored(state: State, label: Label, report: Report): void {
  if (!isIgnored(state, label))
    report('unhandled label', `${label} in ${state} has no arrow, and is not ignored there`);
}

function checkStateChange(step: LocalStep, report: Report): void {
  const change = changeOf(step);
  if (change !== undefined && !hasCause(change, step)) report('state change', change);
}

/** 3.10.7.3 and 3.10.7.4, second: in SYN-SENT the ACK must be right, otherwise the sequence number, and exactly (RFC 5961). */
function checkReset(step: LocalStep, report: Report): void {
  const { before, segment, sent } = step;
  if (!segment || (segment.flags & FLAG.RST) === 0) return;
  if (sent.some((answer) => (answer.flags & FLAG.RST) !== 0))
    report('reset answered', 'a RST was answered with a RST');
  if (!before.connection || changeOf(step) === undefined) return;
  const { tcb } = before.connection.context;
  if (stateOfEnd(before) === 'SYN-SENT') {
    const right = (segment.flags & FLAG.ACK) !== 0 && distance(segment.ack, tcb.iss) === 1;
    if (!right) report('reset accepted', 'a RST without the ACK of our SYN was taken in SYN-SENT');
  } else if (segment.seq !== tcb.rcv.nxt) {
    const off = distance(segment.seq, tcb.rcv.nxt);
    report('reset accepted', `a RST that stands ${off} beside RCV.NXT was taken in ${stateOfEnd(before)}`);
  }
}

function checkTold({ before, after, told }: LocalStep, report: Report): void {
  const isSame = before.connection !== undefined && before.user.lives === after.user.lives;
  const heard = (what: string, already: boolean): void => {
    const times = told.filter((word) => word === what).length + (isSame && already ? 1 : 0);
    if (times > 1) report('told twice', `the user was told "${what}" ${times} times`);
  };
  heard('opened', before.user.toldOpened);
  heard('fin-acknowledged', before.user.toldFinAcknowledged);
}

/** The FIN counts as received once all before it is: what the user reads then is the end of the stream. */
function checkEnd({ after }: LocalStep, report: Report): void {
  if (!after.connection) return;
  const { rcv } = after.connection.context.tcb;
  const saysSo = HAVE_THEIR_FIN.has(stateOfEnd(after));
  const isSo = rcv.fin !== undefined && rcv.nxt === add(rcv.fin, 1) && rcv.blocks.length === 0;
  if (saysSo && !isSo) report('end of stream', `in ${stateOfEnd(after)}, and RCV.NXT is not behind the FIN`);
  if (isSo && !saysSo) report('end of stream', `in ${stateOfEnd(after)}, and RCV.NXT is behind the FIN`);
}

const HAVE_THEIR_FIN: ReadonlySet<State> = new Set(['CLOSE-WAIT', 'CLOSING', 'LAST-ACK', 'TIME-WAIT']);

function checkTimers(end: End, report: Report): void {
  const { connection, timers } = end;
  if (!connection) return;
  const nodes: readonly { readonly id: string }[] = connection._nodes;
  for (const type of timers)
    if (!nodes.some(({ id }) => type.endsWith(`.${id}`)))
      report('timer without owner', `${type.replace('xstate.after.', '')} runs, and its state has been left`);
  const state = stateOfEnd(end);
  const { tcb } = connection.context;
  if (state === 'TIME-WAIT' && eventOf(end, 'send') !== undefined)
    report('timer without owner', 'the send timer runs on in TIME-WAIT');
  if (state === 'TIME-WAIT' && eventOf(end, 'state') === undefined)
    report('owner without timer', 'in TIME-WAIT, without the 2-MSL timer');
  if (tcb.timers.send.kind !== 'idle' && eventOf(end, 'send') === undefined)
    report('owner without timer', `${tcb.timers.send.kind} is due, and the send timer is not under way`);
  if (tcb.snd.nxt !== tcb.snd.una && state !== 'TIME-WAIT' && tcb.timers.send.kind === 'idle')
    report(
      'owner without timer',
      `something is outstanding in ${state}, and no send timer is set (RFC 6298, 5.1)`,
    );
  if (tcb.timers.ackDueMs !== undefined && eventOf(end, 'ack') === undefined)
    report('owner without timer', 'a delayed ACK is due, and the ACK timer is not under way');
  if (tcb.rcv.ack === 'delayed' && tcb.timers.ackDueMs === undefined)
    report('owner without timer', 'an ACK is owed, and nothing says until when');
}

function checkTwoMsl(step: LocalStep, report: Report): void {
  const { before, after, segment, armed, sent } = step;
  if (stateOfEnd(after) !== 'TIME-WAIT') return;
  const type = eventOf(after, 'state');
  const started = type !== undefined && armed.includes(type);
  if (stateOfEnd(before) !== 'TIME-WAIT') {
    if (!started) report('2 MSL', 'TIME-WAIT was entered without a new 2-MSL timer');
    return;
  }
  if (!segment || (segment.flags & (FLAG.FIN | FLAG.RST | FLAG.SYN)) !== FLAG.FIN) return;
  const fin = add(segment.seq, segment.text.length);
  if (add(fin, 1) !== before.connection!.context.tcb.rcv.nxt) return;
  if (!started) report('2 MSL', 'their FIN has come again in TIME-WAIT, and 2 MSL did not start anew');
  if (sent.length === 0) report('2 MSL', 'their FIN has come again in TIME-WAIT, and was not acknowledged');
}

function checkLeftOver({ after, orphans }: LocalStep, report: Report): void {
  for (const type of orphans)
    report('left over', `${type.replace('xstate.after.', '')} runs on after the end`);
  if (after.connection || !after.listener) return;
  const { halfOpen, acceptQueue } = after.listener.context;
  if (halfOpen.size > 0 || acceptQueue.length > 0)
    report(
      'left over',
      `the listener still holds ${halfOpen.size} half-open and ${acceptQueue.length} waiting`,
    );
}

/** What a RECEIVE gave: the octets behind those that were delivered before. */
function checkDelivered({ before, after, received }: LocalStep, base: Seq, report: Report): void {
  const { connection } = after.connection ? after : before;
  if (received.length === 0 || !connection) return;
  checkOctets([received], before.user.delivered, lifeOf(base, connection.context.tcb.irs), report);
}

/** What was received, in order or not, is what the other end sends at that place. */
function checkText(end: End, base: Seq, report: Report): void {
  const { connection, user } = end;
  if (!connection || stateOfEnd(end) === 'SYN-SENT') return;
  const { rcv, irs } = connection.context.tcb;
  const life = lifeOf(base, irs);
  // A connection that came back to TIME-WAIT has no user any more who would know how much was delivered.
  if (user.holds) {
    const taken = rcv.fin !== undefined && distance(rcv.nxt, rcv.fin) > 0 ? 1 : 0;
    const inOrder = distance(rcv.nxt, irs) - 1 - taken;
    if (user.delivered + rcv.queue.length !== inOrder)
      report(
        'text in order',
        `${user.delivered} octets delivered and ${rcv.queue.length} queued are not ${inOrder}`,
      );
    checkOctets(rcv.queue.pieces(), user.delivered, life, report);
  }
  // What lies further on is of another connection, whose numbers happen to be in this one's window: it is never delivered.
  for (const { left, text } of rcv.blocks)
    if (distance(left, irs) <= OCTETS_OF_A_LIFE)
      checkOctets(text.pieces(), distance(left, irs) - 1, life, report);
}

function checkOctets(pieces: Iterable<Iterable<number>>, from: number, life: number, report: Report): void {
  let offset = from;
  for (const piece of pieces)
    for (const octet of piece) {
      if (octet !== octetOf(life, offset)) {
        report(
          'text in order',
          `at offset ${offset} stands octet ${octet}, and ${octetOf(life, offset)} was sent`,
        );
        return;
      }
      offset++;
    }
}

/** What counts as received afterwards was so before, or came with this segment. */
function checkReceived({ before, after, segment }: LocalStep, report: Report): void {
  const now = after.connection?.context.tcb;
  if (!now || stateOfEnd(after) === 'SYN-SENT') return;
  const was = before.connection?.context.tcb;
  const known = new Set<number>();
  if (was && was.irs === now.irs && stateOfEnd(before) !== 'SYN-SENT')
    for (const at of received(was)) known.add(at);
  else if (was?.timeWait) for (const at of received(was.timeWait)) known.add(at);
  if (segment) {
    const length = segment.text.length + flag(segment.flags, FLAG.SYN) + flag(segment.flags, FLAG.FIN);
    const first = distance(segment.seq, now.irs);
    for (let at = first; at < first + length; at++) known.add(at);
  }
  for (const at of received(now))
    if (!known.has(at)) {
      report('acknowledged unreceived', `number ${at} behind IRS counts as received, and has not arrived`);
      return;
    }
}

/** Sequence numbers from IRS on that count as received: in order, out of order, and the FIN. */
function* received({ rcv, irs }: Tcb): Generator<number> {
  for (let at = 0; at < distance(rcv.nxt, irs); at++) yield at;
  for (const { left, right } of rcv.blocks)
    for (let at = distance(left, irs); at < distance(right, irs); at++) yield at;
  if (rcv.fin !== undefined) yield distance(rcv.fin, irs);
}

function flag(flags: number, mask: number): number {
  return (flags & mask) === 0 ? 0 : 1;
}

function checkVariables({ before, after }: LocalStep, report: Report): void {
  const now = after.connection?.context.tcb;
  if (!now) return;
  const { snd } = now;
  const flight = distance(snd.nxt, snd.una);
  if (flight < 0) report('send variables', `SND.NXT lies ${-flight} before SND.UNA`);
  const was = before.connection?.context.tcb;
  // Before the SYN is acknowledged there is no window to speak of; a probe lies one beyond a closed one. What is out already
  // may come to lie beyond the edge, when the other end is heard to offer less (3.8.6, MUST-34).
  const isOpen = snd.una !== now.iss;
  const hasSent = was?.iss !== now.iss || snd.nxt !== was.snd.nxt;
  if (isOpen && hasSent && flight > Math.max(1, snd.wnd))
    report('send variables', `${flight} octets are out, and the window is ${snd.wnd}`);
  if (!was || was.irs !== now.irs || isWide(now.settings) || stateOfEnd(before) === 'SYN-SENT') return;
  const moved = distance(add(now.rcv.nxt, now.rcv.wnd), add(was.rcv.nxt, was.rcv.wnd));
  if (moved < 0) report('window shrinks', `the right edge of the receive window went back by ${-moved}`);
}
