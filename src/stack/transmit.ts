/**
 * Segments on their way out: ports, addresses and checksums are put to them, and whoever watches is told.
 */

import type { StepReport } from '../../machines/index.ts';
import { type Arriving, type Frame, type Offload, type OffloadedFrame, plainFrames } from '../net/device.ts';
import type { FourTuple } from '../tcp/four-tuple.ts';
import type { Outgoing, State } from '../tcp/index.ts';
import { ECN, encodeTcp, tcpFrameLength, writeTcp } from '../wire/index.ts';
import type { StackConnection } from './connection.ts';
import type { PacketIds } from './packet-ids.ts';
import type { Taps } from './taps.ts';

/** What sending asks of a stack. */
export interface Sender {
  readonly taps: Taps;
  readonly packetIds: PacketIds;
  readonly offload: Offload | undefined;
  write(frame: Frame): void;
  writeOffloaded(offloaded: OffloadedFrame): void;
  count(name: string): void;
}

/** Sends what a connection's step has left to be sent. */
export function transmit(sender: Sender, connection: StackConnection, report: StepReport): void {
  const { tuple, trafficClass, hopLimit } = connection;
  const { features } = report.tcb;
  const { dontFragment } = report.tcb.snd;
  const { offload } = sender;
  const header = { src: tuple.local, dst: tuple.remote, trafficClass, hopLimit, dontFragment, id: 0 };
  for (const segment of report.segments) {
    // RFC 3168: the two low bits are TCP's once ECN is agreed on.
    if (features.ecn)
      header.trafficClass = (trafficClass & 0xfc) | (segment.ecnCapable ? ECN.ECT_0 : ECN.NOT_ECT);
    // RFC 6864: a packet that nobody may cut up needs no number.
    if (!dontFragment) header.id = sender.packetIds.next(tuple);
    // Named one by one rather than spread, since this is done for every segment.
    const { seq, ack, flags, wnd, up, options, text } = segment;
    const fields = {
      srcPort: tuple.localPort,
      dstPort: tuple.remotePort,
      seq,
      ack,
      flags,
      wnd,
      up,
      options,
      text,
    };
    let sent: Arriving;
    if (offload === undefined) {
      sent = encodeTcp(header, fields);
      sender.write(sent);
    } else {
      const frame = offload.room(tcpFrameLength(header, fields));
      const checksum = offload.checksums ? 'partial' : 'complete';
      writeTcp(frame, header, fields, checksum);
      sent = { frame, segmentSize: segment.segmentSize ?? 0, checksum };
      if (sender.taps.attached) sent = { ...sent, parts: plainFrames(sent) };
      sender.writeOffloaded(sent);
    }
    if (sender.taps.attached) sender.taps.sent(sent, connection, report.before, report.after, segment.why);
  }
}

/** Sends a segment that belongs to no connection, or to none any more: a RST. */
export function transmitStray(sender: Sender, tuple: FourTuple, segment: Outgoing, state: State): void {
  const frame = encodeTcp(
    { src: tuple.local, dst: tuple.remote, hopLimit: 64, dontFragment: true },
    { ...segment, srcPort: tuple.localPort, dstPort: tuple.remotePort },
  );
  sender.count('tcp.resets-sent');
  sender.write(frame);
  if (sender.taps.attached) sender.taps.sent(frame, undefined, state, state, segment.why);
}
