/**
 * One sentence a segment: why it was sent, from what the sender's stack gave as its reason, and which arrow it took at the
 * other end, with the paragraph that the chart has beside that arrow.
 */

import type { AnyStateNode } from 'xstate';
import { connectionMachine, listenerMachine } from '../../machines/index.ts';
import { WHY } from '../tcp/segment.ts';
import { type Label, STATES } from '../tcp/state.ts';
import { DROP_REASONS, FLAG } from '../wire/index.ts';
import type { End, Moment, Passage, SegmentRow } from './ladder.ts';
import { otherEnd } from './recorder.ts';

const SENT: Readonly<Record<keyof typeof WHY, string>> = {
  open: 'opens: its SYN says with which number its text will begin (3.10.1)',
  synAck: 'sends a SYN of its own and acknowledges the other one, both in one segment (3.10.7.2)',
  simultaneousOpen: 'met a SYN where it expected a SYN,ACK, and sends its own again with the ACK (3.10.7.3)',
  text: 'sends text (3.10.2)',
  lastText: 'sends text, and says with PSH that this is all for now (3.10.2)',
  fin: 'closes: its FIN stands behind the last octet that it sent (3.10.4)',
  textAndFin: 'sends its last text, and closes in the same segment (3.10.4)',
  ack: 'acknowledges what has arrived (3.10.7.4)',
  delayedAck: 'waited for text on which the ACK might ride; none came, so it goes alone (3.8.6.3)',
  duplicateAck: 'has a gap, and says again up to where it has everything (3.8.6.3, RFC 5681 section 4.2)',
  windowUpdate: 'has room again, since its user has read (3.8.6.2.2)',
  unacceptable: 'got what it could not take, and says what it expects (3.10.7.4, first)',
  challenge: 'doubts what it got, changes nothing, and says where it stands (RFC 5961)',
  retransmission: 'waited for an ACK until its timer expired, and sends again (3.10.8, RFC 6298)',
  windowOpened: 'sees the window open again, and sends what had met a closed one (3.8.6.1)',
  packetTooBig:
    'was told that the path takes nothing so long, and sends it again in smaller segments (RFC 1191)',
  blackHole:
    'hears nothing of what it sends in full segments, as if they fell into a hole, and makes them smaller (RFC 4821 section 7.7)',
  pathProbe: 'tries whether the path takes a segment as long as this (RFC 4821 section 7.5)',
  pathProbeLost:
    'sees that the probe of the path alone is lost, and sends its text again in smaller segments (RFC 4821 section 7.6.2)',
  fastRetransmission: 'takes the third duplicate ACK for a loss, and sends again (RFC 5681 section 3.2)',
  rack: 'sees that what it sent later has arrived, takes this for lost, and sends it again (RFC 8985 section 6.2)',
  reported:
    'was told of enough that arrived beyond it, takes it for lost, and sends it again (RFC 6675 section 4)',
  rescue: 'sends its last segment again, so that ACKs go on coming (RFC 6675 section 4)',
  newLossProbe:
    'heard nothing for two round trips, and asks with new text what has arrived (RFC 8985 section 7.3)',
  lossProbe:
    'heard nothing for two round trips, and asks with its last segment what has arrived (RFC 8985 section 7.3)',
  partialAck: 'sees by a partial ACK that another segment is missing (RFC 6582 section 3.2)',
  probe: 'asks with one octet whether the window is still closed (3.8.6.1)',
  override: 'waited long enough for a better moment to send a small segment (3.8.6.2.1)',
  keepAlive: 'asks whether the other end is still there (3.8.4)',
  abort: 'aborts (3.10.5)',
  textNobodyReads: 'got text after its user had closed: it is lost, and the RST says so (3.6.1)',
  notForUs: 'knows no such connection, and says so (3.10.7.1)',
  unacceptableAck: 'never sent what this ACK is for: a RST that the other end must believe (3.5.2)',
};

const sentByWords = new Map<string, string>(
  Object.entries(WHY).map(([key, words]) => [words, SENT[key as keyof typeof WHY]]),
);

const DROPPED: Readonly<Record<string, string>> = {
  'tcp.syn-again': 'has this SYN already, and sees that its answer was lost (3.10.7.4, first)',
  'tcp.paws':
    'drops it: its timestamp is older than one that it has seen, so it came late (RFC 7323 section 5)',
  'tcp.ack-out-of-range': 'finds an ACK of what it has not sent, or of long ago (RFC 5961 section 5)',
  'tcp.no-ack': 'drops it: every segment of a connection carries an ACK (3.10.7.4, fifth)',
  'tcp.unacceptable':
    'finds it outside of its window: it is dropped, and answered with an ACK (3.10.7.4, first)',
  'tcp.unacceptable-ack': 'never sent what it acknowledges (3.10.7.3, first)',
  'tcp.syn-in-connection': 'takes no SYN in the middle of a connection (RFC 5961 section 4)',
  'tcp.rst-in-listen': 'has nothing to reset in LISTEN (3.10.7.2, first)',
};

/** What a tap says of a segment that leaves the chart alone. */
const NO_ARROW = 'no arrow: the TCB alone';

const OTHERS: Readonly<Record<string, string>> = {
  'for nobody (3.10.7.1)': 'has no connection that it could belong to (3.10.7.1)',
  'an ACK in LISTEN (3.10.7.2)': 'has sent nothing in LISTEN that could be acknowledged (3.10.7.2, second)',
};

/** The sentence for a segment, or for the half of its way that the row shows. */
export function explain(row: SegmentRow): string {
  const { passage, part } = row;
  const sender = passage.src;
  const sentences: string[] = [];
  if (part !== 'arrives') sentences.push(`${sender} ${whySent(passage.departure)}`);
  else if (passage.origin === 'old duplicate') sentences.push('An old segment, which the network had kept');
  else if (passage.origin === 'copy') sentences.push('A copy that the network made');
  if (passage.lost !== undefined) sentences.push('it is lost on the way');
  else if (part === 'departs') sentences.push('it is still on its way');
  else if (passage.arrival)
    sentences.push(`${otherEnd(sender)} ${whatItDid(passage.arrival, passage.segment)}`);
  return `${sentences.join('; ')}.`;
}

/** What a capture's comment says: the states, and the reasons in the stack's own words. */
export function moments(row: SegmentRow['passage']): string {
  const said: string[] = [];
  const tell = (end: End, moment: Moment | undefined): void => {
    if (!moment) return;
    const states = moment.before === moment.after ? moment.after : `${moment.before} -> ${moment.after}`;
    said.push(`${end} ${states}: ${moment.reason}`);
  };
  tell(row.src, row.departure);
  if (row.origin !== 'sent') said.push(row.origin);
  for (const fate of row.fates) said.push(fate);
  if (row.lost !== undefined) said.push(`lost (${row.lost})`);
  tell(otherEnd(row.src), row.arrival);
  return said.join('; ');
}

function whySent(departure: Moment | undefined): string {
  if (!departure) return '';
  const { reason, before } = departure;
  if (reason === WHY.delayedAck && before === 'CLOSE-WAIT')
    return 'acknowledges the FIN; a user that closed at once would have sent its own along (3.10.7.4, eighth)';
  if (reason === WHY.unacceptable && before === 'TIME-WAIT')
    return 'acknowledges the FIN again, for that is what TIME-WAIT is there for (3.10.7.4, eighth)';
  return sentByWords.get(reason) ?? reason;
}

function whatItDid(arrival: Moment, { flags, text }: Passage['segment']): string {
  const { reason, before, after } = arrival;
  const other = OTHERS[reason];
  if (other) return other;
  if (before === 'TIME-WAIT' && after === 'TIME-WAIT' && (flags & FLAG.FIN) !== 0)
    return 'has had this FIN: its ACK was lost, and 2 MSL begin anew (3.10.7.4, eighth)';
  if (before === 'TIME-WAIT' && after === 'SYN-RECEIVED')
    return 'lets the old connection go, and its listener takes the new one (3.6.1, MAY-2)';
  const dropped = reason.replace(/^dropped: /, '');
  if (arrival.dropped || dropped !== reason) return DROPPED[dropped] ?? inOtherWords(dropped);
  if (reason === NO_ARROW) {
    if ((flags & FLAG.URG) !== 0)
      return 'tells its user of the urgent data, and takes the text in (3.10.7.4, sixth and seventh)';
    return text.length > 0
      ? `takes the text in, and stays in ${after} (3.10.7.4, seventh)`
      : `sees how far its text has come, and stays in ${after} (3.10.7.4, fifth)`;
  }
  const labels = reason.replace(' (3.10.7.2)', '').split(', ');
  const paragraph = paragraphOf(labels.length > 1 ? undefined : before, labels.at(-1) as Label, after);
  const arrows = labels.join(' and ');
  return `takes ${arrows} from ${before} to ${after}${paragraph ? ` (${paragraph})` : ''}`;
}

/** A frame that was damaged is told by its checksum, or makes no sense before one is looked at. */
function inOtherWords(reason: string): string {
  const isDamage = (DROP_REASONS as readonly string[]).includes(reason);
  return isDamage ? 'drops it: the checksum shows damage (3.1)' : `drops it (${reason})`;
}

/** The words beside an arrow in the chart, up to their first colon or semicolon: the paragraph of the RFC. */
function paragraphOf(from: string | undefined, label: Label, to: string): string | undefined {
  if (from === 'LISTEN') return firstWords(descriptionIn(listenerMachine.root, 'LISTEN', label, undefined));
  // "To LISTEN": the connection's own chart ends, the listener has never left.
  const target = to === 'LISTEN' ? 'CLOSED' : to;
  return firstWords(descriptionIn(connectionMachine.root, from, label, target));
}

function firstWords(description: string | undefined): string | undefined {
  return description?.split(/[:;]/)[0];
}

function descriptionIn(
  root: AnyStateNode,
  from: string | undefined,
  label: string,
  to: string | undefined,
): string | undefined {
  let found: string | undefined;
  const look = (node: AnyStateNode, inside: boolean): void => {
    const here = inside || node.key === from;
    const matches = node.transitions.get(label) ?? [];
    for (const { target, description } of matches) {
      const leads = to === undefined || target?.some((aim) => nameOf(aim) === to);
      // The arrow of the state itself before one of the states around it.
      if (description && leads && (here || from === undefined || found === undefined)) found = description;
    }
    for (const child of Object.values(node.states)) look(child, here);
  };
  look(root, false);
  return found;
}

const names: ReadonlySet<string> = new Set(STATES);

function nameOf(node: AnyStateNode): string | undefined {
  for (let at: AnyStateNode | undefined = node; at; at = at.parent) if (names.has(at.key)) return at.key;
  return undefined;
}
