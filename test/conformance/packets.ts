/** Packets that are not TCP segments of a well-behaved peer: what tests of IP and ICMP hand to a stack, and what comes back. */

import {
  decodeIcmp,
  decodeIp,
  encodeTcp,
  FLAG,
  type IcmpMessage,
  type IpAddress,
  type IpPacket,
  NO_OPTIONS,
  parseAddress,
  writeIpHeader,
} from '../../src/wire/index.ts';
import { PEER_PORT, type Peer, STACK_PORT } from '../support/peer.ts';

export interface SentIcmp {
  readonly packet: IpPacket;
  readonly message: IcmpMessage;
  readonly body: Uint8Array;
}

/** Every ICMP message that the peer's stack sends from now on. */
export function icmpOf(peer: Peer): SentIcmp[] {
  const sent: SentIcmp[] = [];
  peer.stack.tap(({ kind, frame }) => {
    if (kind !== 'sent') return;
    const packet = decodeIp(frame);
    if (packet.kind !== 'ip' || packet.protocol === 6) return;
    const message = decodeIcmp(packet);
    if (message.kind === 'icmp')
      sent.push({ packet, message, body: frame.subarray(packet.start + 8, packet.end) });
  });
  return sent;
}

/** An IP packet of any protocol. */
export function ipPacket(src: IpAddress, dst: IpAddress, protocol: number, payload: Uint8Array): Uint8Array {
  const headerLength = src.version === 4 ? 20 : 40;
  const frame = new Uint8Array(headerLength + payload.length);
  writeIpHeader(frame, { src, dst, protocol }, payload.length);
  frame.set(payload, headerLength);
  return frame;
}

/** The frame of a segment of the peer's: a SYN unless it says otherwise. */
export function segment(
  peer: Pick<Peer, 'peerAddress' | 'stackAddress'>,
  fields: Partial<Parameters<typeof encodeTcp>[1]> & { readonly src?: string; readonly dst?: string } = {},
): Uint8Array {
  const { src, dst, ...rest } = fields;
  return encodeTcp(
    {
      src: src === undefined ? peer.peerAddress : parseAddress(src)!,
      dst: dst === undefined ? peer.stackAddress : parseAddress(dst)!,
    },
    {
      srcPort: PEER_PORT,
      dstPort: STACK_PORT,
      seq: 100_000,
      ack: 0,
      flags: FLAG.SYN,
      wnd: 65_535,
      up: 0,
      options: NO_OPTIONS,
      text: new Uint8Array(0),
      ...rest,
    },
  );
}

/** The segment's frame with other options bytes, whatever they are: a multiple of four. */
export function withOptions(frame: Uint8Array, options: readonly number[]): Uint8Array {
  const packet = decodeIp(frame) as IpPacket;
  const start = packet.start;
  const header = (frame[start + 12]! >>> 4) * 4;
  const text = frame.subarray(start + header, packet.end);
  const length = 20 + options.length + text.length;
  const made = new Uint8Array(start + length);
  writeIpHeader(made, { src: packet.src, dst: packet.dst, protocol: 6 }, length);
  made.set(frame.subarray(start, start + 20), start);
  made[start + 12] = ((20 + options.length) / 4) << 4;
  made.set(options, start + 20);
  made.set(text, start + 20 + options.length);
  return withChecksum(made);
}

/** The frame with a right TCP checksum. */
export function withChecksum(frame: Uint8Array): Uint8Array {
  const { src, dst, start, end } = decodeIp(frame) as IpPacket;
  frame.fill(0, start + 16, start + 18);
  let sum = 6 + (end - start);
  for (const address of [src, dst]) {
    const bytes = new Uint8Array(16);
    address.writeTo(bytes, 0);
    for (let i = 0; i < (address.version === 4 ? 4 : 16); i += 2) sum += (bytes[i]! << 8) | bytes[i + 1]!;
  }
  for (let i = start; i < end; i += 2) sum += (frame[i]! << 8) | (i + 1 < end ? frame[i + 1]! : 0);
  while (sum > 0xffff) sum = (sum & 0xffff) + (sum >>> 16);
  frame[start + 16] = (~sum >>> 8) & 0xff;
  frame[start + 17] = ~sum & 0xff;
  return frame;
}

/** A packet as a router would see it, for the encoders of ICMP errors. */
export function seen(frame: Uint8Array): IpPacket {
  return decodeIp(frame) as IpPacket;
}
