/**
 * From frames to routes: decodes what a device brings, and says whose it is.
 *
 *     frames$  --[a b]------[c]-->
 *     decode   --a-b--------c---->   a drop is counted by reason and goes no further; fragments wait until they are whole
 *     route    --connection, else listener, else RST or ICMP
 */

import type { Observable } from 'rxjs';
import { filter, map, mergeAll } from 'rxjs';
import type { Segment } from '../tcp/segment.ts';
import type { Fragment, IcmpMessage, IpPacket, Malformed } from '../wire/index.ts';
import { decodeFragment, decodeIcmp, decodeIp, decodeTcp, ECN, PROTOCOL } from '../wire/index.ts';
import type { Arriving, Frame, OffloadedFrame } from './device.ts';

/**
 * A frame that was decoded and is addressed to this stack. `frame` is what the device brought: of a datagram that came in
 * fragments the one that made it whole, so that `packet` is a view of other bytes.
 */
export type Arrived = { readonly frame: Arriving; readonly packet: IpPacket } & (
  | { readonly kind: 'tcp'; readonly segment: Segment }
  | { readonly kind: 'icmp'; readonly message: IcmpMessage }
  | { readonly kind: 'other' }
);

export interface Arrivals {
  /** Whether a packet's destination is one of the stack's addresses. */
  isLocal(packet: IpPacket): boolean;
  /** Called for each frame that goes no further; `datagram` is the packet in question, which may have come in fragments. */
  dropped(reason: string, frame: Arriving, datagram: Frame): void;
  /** Takes in a fragment that is addressed to this stack. Returns the datagram once it is whole. */
  reassemble(fragment: Fragment, frame: Arriving): Frame | undefined;
}

/** The decoding half of the pipeline. A decoder returns a reason instead of throwing: a throw would end the stream. */
export function decodeFrames(
  arrivals: Arrivals,
): (frames$: Observable<readonly Arriving[]>) => Observable<Arrived> {
  return (frames$) =>
    frames$.pipe(
      mergeAll(),
      map((frame) => {
        const arrived =
          frame instanceof Uint8Array ? decodeFrame(frame, arrivals) : decodeOffloaded(frame, arrivals);
        return typeof arrived === 'string' ? refused(arrived, frame, arrivals) : arrived;
      }),
      filter((arrived) => arrived !== undefined),
    );
}

/** A frame that is no packet: a fragment, which may make one with others, or a drop. */
function refused(reason: string, frame: Arriving, arrivals: Arrivals): Arrived | undefined {
  const bytes = frame instanceof Uint8Array ? frame : frame.frame;
  const fragment = FRAGMENTS.has(reason) ? decodeFragment(bytes) : undefined;
  const why = fragment ? misaddressed(fragment.packet, arrivals) : reason;
  if (!fragment || why !== undefined) {
    arrivals.dropped(why ?? reason, frame, bytes);
    return undefined;
  }
  const datagram = arrivals.reassemble(fragment, frame);
  if (!datagram) return undefined;
  const arrived = decodeFrame(datagram, arrivals, frame);
  if (typeof arrived !== 'string') return arrived;
  arrivals.dropped(arrived, frame, datagram);
  return undefined;
}

const FRAGMENTS: ReadonlySet<string> = new Set(['ipv4.fragment', 'ipv6.fragment']);

/** What a device with offload brings: nobody has touched the bytes whose checksum it left partial, or verified itself. */
function decodeOffloaded(offloaded: OffloadedFrame, arrivals: Pick<Arrivals, 'isLocal'>): Arrived | string {
  const arrived = decodeFrame(offloaded.frame, arrivals, offloaded, offloaded.checksum === 'complete');
  // Set only where there is something to say, since every other segment is spared the field.
  if (offloaded.segmentSize > 0 && typeof arrived !== 'string' && arrived.kind === 'tcp')
    (arrived.segment as { segmentSize?: number }).segmentSize = offloaded.segmentSize;
  return arrived;
}

/** One datagram, and the frame that brought it: what it is, or why it is dropped. */
export function decodeFrame(
  datagram: Frame,
  arrivals: Pick<Arrivals, 'isLocal'>,
  frame: Arriving = datagram,
  verify = true,
): Arrived | string {
  const packet = decodeIp(datagram);
  if (packet.kind === 'malformed') return packet.reason;
  const why = misaddressed(packet, arrivals);
  if (why !== undefined) return why;
  if (packet.protocol === PROTOCOL.tcp) {
    const segment = decodeTcp(packet, verify);
    if (segment.kind === 'malformed') return segment.reason;
    if ((packet.trafficClass & 3) === ECN.CE) (segment as { marked?: true }).marked = true;
    return { kind: 'tcp', frame, packet, segment: segment as Segment };
  }
  if (packet.protocol === (packet.version === 4 ? PROTOCOL.icmp : PROTOCOL.icmpv6)) {
    const message: IcmpMessage | Malformed = decodeIcmp(packet);
    return message.kind === 'malformed' ? message.reason : { kind: 'icmp', frame, packet, message };
  }
  return { kind: 'other', frame, packet };
}

function misaddressed(packet: IpPacket, arrivals: Pick<Arrivals, 'isLocal'>): string | undefined {
  // RFC 1122 section 3.2.1.3, RFC 8200: nobody can be answered at such an address (MUST-63).
  const { src } = packet;
  if (src.isMulticast || src.isBroadcast || src.isUnspecified) return 'ip.source';
  // MUST-57: what is for a broadcast or multicast address is for none of ours.
  return arrivals.isLocal(packet) ? undefined : 'ip.not-ours';
}
