/**
 * Where a segment goes: to its connection, else to a listener, else it is answered as RFC 9293 section 3.10.7.1 says.
 */

import type { Arriving } from '../net/device.ts';
import type { FourTuple } from '../tcp/four-tuple.ts';
import { idOf } from '../tcp/four-tuple.ts';
import type { Segment, Tcb } from '../tcp/index.ts';
import { segmentArrivesInClosed, segmentArrivesInListen } from '../tcp/index.ts';
import { FLAG, type IpPacket } from '../wire/index.ts';
import type { StackConnection } from './connection.ts';
import type { StackListener } from './listener.ts';
import type { TcpStack } from './stack.ts';
import { transmitStray } from './transmit.ts';

/** @param frame what the device brought: the packet itself, or the last of its fragments */
export function routeSegment(stack: TcpStack, frame: Arriving, packet: IpPacket, segment: Segment): void {
  const connection = stack.table.find(packet.dst, segment.dstPort, packet.src, segment.srcPort);
  if (connection) return toConnection(stack, connection, frame, packet, segment);
  // A SYN begins something here, and all else is about something that has begun.
  if ((segment.flags & (FLAG.SYN | FLAG.ACK | FLAG.RST)) !== FLAG.SYN && stack.goesElsewhere(frame, packet))
    return;
  const listener = stack.listenerFor(packet.dst, segment.dstPort);
  if (listener) return toListener(stack, listener, frame, packet, segment);

  const reset = segmentArrivesInClosed(segment);
  if (stack.taps.attached) stack.taps.received(frame, undefined, 'CLOSED', 'CLOSED', 'for nobody (3.10.7.1)');
  stack.count('drop.tcp.for-nobody');
  if (reset) transmitStray(stack, tupleOf(packet, segment), reset, 'CLOSED');
}

function toConnection(
  stack: TcpStack,
  connection: StackConnection,
  frame: Arriving,
  packet: IpPacket,
  segment: Segment,
): void {
  const before = stack.taps.attached ? connection.state : undefined;
  const mayReopen = (segment.flags & FLAG.SYN) !== 0;
  const listener = mayReopen ? stack.listenerFor(packet.dst, segment.dstPort) : undefined;
  if (before !== undefined) stack.taps.arrives();
  connection.actor.send({ type: 'segment.arrives', segment, listening: listener?.listening ?? 'none' });
  if (before !== undefined) {
    const report = stack.lastReport;
    stack.taps.received(
      frame,
      connection,
      before,
      connection.state,
      report ? inWords(report) : 'not processed',
    );
  }
  stack.flush();
  // TIME-WAIT → SYN-RECEIVED (MAY-2): the old connection has ended in this very step, and its listener takes the SYN.
  if (!listener || connection.actor.getSnapshot().output?.ending !== 'reopened') return;
  toListener(stack, listener, frame, packet, segment, connection.tcb);
}

function toListener(
  stack: TcpStack,
  listener: StackListener,
  frame: Arriving,
  packet: IpPacket,
  segment: Segment,
  timeWait?: Tcb,
): void {
  const verdict = segmentArrivesInListen(segment);
  const tuple = tupleOf(packet, segment);
  if (verdict.kind === 'drop') {
    stack.droppedBy(undefined, frame, 'LISTEN', verdict.reason);
    return;
  }
  if (verdict.kind === 'reset') {
    if (stack.taps.attached)
      stack.taps.received(frame, undefined, 'LISTEN', 'LISTEN', 'an ACK in LISTEN (3.10.7.2)');
    transmitStray(stack, tuple, verdict.segment, 'LISTEN');
    return;
  }
  // The SYN is told before what it brings about, though it is known only afterwards whether the listener took it.
  const id = idOf(tuple);
  const arrival = { id, tuple, segment, timeWait };
  const told = stack.taps.attached;
  if (told) stack.taps.received(frame, undefined, 'LISTEN', 'SYN-RECEIVED', 'rcv.SYN (3.10.7.2)');
  listener.actor.send({ type: 'rcv.SYN', arrival });
  stack.flush();
}

function tupleOf(packet: IpPacket, segment: Segment): FourTuple {
  return { local: packet.dst, localPort: segment.dstPort, remote: packet.src, remotePort: segment.srcPort };
}

function inWords(report: {
  readonly labels: readonly string[];
  readonly dropped: string | undefined;
}): string {
  if (report.dropped !== undefined) return `dropped: ${report.dropped}`;
  return report.labels.length > 0 ? report.labels.join(', ') : 'no arrow: the TCB alone';
}
