/**
 * From frames to routes: decodes what a device brings, and says whose it is.
 *
 *     frames$  --[a b]------[c]-->
 *     decode   --a-b--------c---->   a drop is counted by reason and goes no further
 *     route    --connection, else listener, else RST or ICMP
 */

import type { Observable } from 'rxjs';
import { filter, map, mergeAll } from 'rxjs';
import type { Segment } from '../tcp/segment.ts';
import type { IcmpMessage, IpPacket, Malformed } from '../wire/index.ts';
import { decodeIcmp, decodeIp, decodeTcp, PROTOCOL } from '../wire/index.ts';
import type { Frame } from './device.ts';

/** A frame that was decoded and is addressed to this stack. */
export type Arrived =
  | { readonly kind: 'tcp'; readonly packet: IpPacket; readonly segment: Segment }
  | { readonly kind: 'icmp'; readonly packet: IpPacket; readonly message: IcmpMessage }
  | { readonly kind: 'other'; readonly packet: IpPacket };

export interface Arrivals {
  /** Whether a packet's destination is one of the stack's addresses. */
  isLocal(packet: IpPacket): boolean;
  /** Called for each frame that goes no further. */
  dropped(reason: string, frame: Frame): void;
}

/** The decoding half of the pipeline. A decoder returns a reason instead of throwing: a throw would end the stream. */
export function decodeFrames(
  arrivals: Arrivals,
): (frames$: Observable<readonly Frame[]>) => Observable<Arrived> {
  return (frames$) =>
    frames$.pipe(
      mergeAll(),
      map((frame) => {
        const arrived = decodeFrame(frame, arrivals);
        if (typeof arrived !== 'string') return arrived;
        arrivals.dropped(arrived, frame);
        return undefined;
      }),
      filter((arrived) => arrived !== undefined),
    );
}

/** One frame: what it is, or why it is dropped. */
export function decodeFrame(frame: Frame, arrivals: Pick<Arrivals, 'isLocal'>): Arrived | string {
  const packet = decodeIp(frame);
  if (packet.kind === 'malformed') return packet.reason;
  // RFC 1122 section 3.2.1.3, RFC 8200: nobody can be answered at such an address (MUST-63).
  const { src } = packet;
  if (src.isMulticast || src.isBroadcast || src.isUnspecified) return 'ip.source';
  // MUST-57: what is for a broadcast or multicast address is for none of ours.
  if (!arrivals.isLocal(packet)) return 'ip.not-ours';
  if (packet.protocol === PROTOCOL.tcp) {
    const segment = decodeTcp(packet);
    return segment.kind === 'malformed'
      ? segment.reason
      : { kind: 'tcp', packet, segment: segment as Segment };
  }
  if (packet.protocol === (packet.version === 4 ? PROTOCOL.icmp : PROTOCOL.icmpv6)) {
    const message: IcmpMessage | Malformed = decodeIcmp(packet);
    return message.kind === 'malformed' ? message.reason : { kind: 'icmp', packet, message };
  }
  return { kind: 'other', packet };
}
