/** What a segment that an end sends is held to: it says what its user has sent, and what has arrived. */

import type { Outgoing, Seq, Tcb } from '../../tcp/index.ts';
import { distance } from '../../tcp/index.ts';
import { FLAG } from '../../wire/index.ts';
import { stateOfEnd, type User } from './end.ts';
import { type LocalStep, octetOf } from './host.ts';
import type { Report } from './violation.ts';

export function checkSegments(step: LocalStep, report: Report): void {
  for (const segment of step.sent) {
    const isAnswer = (segment.flags & FLAG.RST) !== 0 && !isOfConnection(segment, step);
    if (isAnswer) checkAnswer(segment, step, report);
    else checkOwn(segment, step, report);
  }
}

/** A RST for nobody's segment, or for an ACK of what was never sent: made from that segment alone (3.5.2, 3.10.7.1). */
function isOfConnection({ flags }: Outgoing, { input, reports }: LocalStep): boolean {
  return (flags & FLAG.ACK) !== 0 && (input.kind !== 'segment' || reports.length > 0);
}

function checkAnswer({ seq, flags, ack }: Outgoing, { segment }: LocalStep, report: Report): void {
  if (!segment) return report('false segment', 'a RST was sent, and nothing had arrived');
  const hadAck = (segment.flags & FLAG.ACK) !== 0;
  if (hadAck && seq !== segment.ack) report('false segment', 'a RST does not stand where the ACK said');
  const length =
    segment.text.length +
    ((segment.flags & FLAG.SYN) !== 0 ? 1 : 0) +
    ((segment.flags & FLAG.FIN) !== 0 ? 1 : 0);
  const right = !hadAck && (flags & FLAG.ACK) !== 0 && seq === 0 && distance(ack, segment.seq) === length;
  if (!hadAck && !right) report('false segment', 'a RST for a segment without ACK does not acknowledge it');
}

function checkOwn(segment: Outgoing, step: LocalStep, report: Report): void {
  const { before, after } = step;
  const isGone = after.connection === undefined;
  const connection = after.connection ?? before.connection;
  if (!connection) return report('false segment', 'a segment was sent, and there is no connection');
  const { tcb } = connection.context;
  const user = isGone ? before.user : after.user;
  const offset = distance(segment.seq, tcb.iss);
  const { text, flags } = segment;
  if ((flags & FLAG.SYN) !== 0) {
    if (offset !== 0 || text.length > 0 || (flags & FLAG.FIN) !== 0)
      report('false segment', 'a SYN stands elsewhere than at ISS, or carries text or FIN');
  } else {
    checkText(segment, offset, user, report);
  }
  if ((flags & FLAG.ACK) !== 0)
    checkAck(segment, tcb, isGone ? stateOfEnd(before) : stateOfEnd(after), report);
}

function checkText({ text, flags }: Outgoing, offset: number, user: User, report: Report): void {
  const life = user.lives - 1;
  for (const [index, octet] of text.entries()) {
    const at = offset - 1 + index;
    if (at < 0 || at >= user.sent || octet !== octetOf(life, at)) {
      report(
        'false segment',
        `octet ${octet} was sent at offset ${at}, of ${user.sent} that the user has sent`,
      );
      return;
    }
  }
  if ((flags & FLAG.FIN) === 0) return;
  if (user.closed === 'no') report('false segment', 'a FIN was sent, and the user has not closed');
  const before = offset - 1 + text.length;
  if (before !== user.sent)
    report('false segment', `a FIN was sent behind ${before} octets, of ${user.sent} that the user has sent`);
}

function checkAck({ ack, options }: Outgoing, { rcv, irs }: Tcb, state: string, report: Report): void {
  if (state === 'SYN-SENT') return;
  if (distance(ack, rcv.nxt) > 0)
    report(
      'acknowledged unreceived',
      `ACK stands ${distance(ack, irs)} behind IRS, RCV.NXT ${distance(rcv.nxt, irs)}`,
    );
  for (const { left, right } of options.sack) {
    const isHeld = rcv.blocks.some(
      (block) => distance(block.left, left as Seq) <= 0 && distance(right as Seq, block.right) <= 0,
    );
    const isInOrder = distance(right as Seq, rcv.nxt) <= 0;
    if (!isHeld && !isInOrder) report('acknowledged unreceived', 'a SACK block reports what has not arrived');
  }
}
