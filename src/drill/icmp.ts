/**
 * ICMP messages that a script injects: errors that quote a datagram of the flow's own, and echo messages.
 */

import { checksum, ipHeaderLength, PROTOCOL, pseudoHeaderSum, writeIpHeader } from '../wire/index.ts';
import type { ScriptIcmp } from './ast.ts';
import type { Flow } from './flow.ts';
import { icmpCodeOf, icmpTypeOf } from './icmp-types.ts';
import { headerOf } from './packets.ts';

const HEADER_LENGTH = 8;
/** What an error quotes behind the IP header at least (RFC 792). */
const QUOTED_LENGTH = 8;

/** Type and code as numbers; a text says which of them there is not. */
export function icmpNumbers(
  { type, code }: Pick<ScriptIcmp, 'type' | 'code'>,
  version: 4 | 6,
): { readonly type: number; readonly code: number } | string {
  const typeNumber = typeof type === 'number' ? type : icmpTypeOf(version, type);
  if (typeNumber === undefined) return `there is no ICMP type "${type}" in IPv${version}`;
  const codeNumber = typeof code === 'string' ? icmpCodeOf(version, String(type), code) : (code ?? 0);
  if (codeNumber === undefined) return `there is no code "${code}" of ICMP type "${type}" in IPv${version}`;
  return { type: typeNumber, code: codeNumber };
}

/** The frame of an inbound message. */
export function encodeIcmp(
  icmp: ScriptIcmp,
  { type, code }: { readonly type: number; readonly code: number },
  flow: Flow,
): Uint8Array {
  const version = flow.local.version;
  const isEcho = version === 4 ? type === 8 || type === 0 : type === 128 || type === 129;
  const body = isEcho
    ? new Uint8Array(icmp.quoted.kind === 'tcp' ? 0 : icmp.quoted.length)
    : quote(icmp, flow);
  const protocol = version === 4 ? PROTOCOL.icmp : PROTOCOL.icmpv6;
  const length = HEADER_LENGTH + body.length;
  const frame = new Uint8Array(ipHeaderLength(version) + length);
  const start = writeIpHeader(frame, { ...headerOf(icmp.ip, flow), protocol }, length);
  const view = new DataView(frame.buffer, start);
  view.setUint8(0, type);
  view.setUint8(1, code);
  // IPv4 has 16 bits for the MTU, in the low half of the word (RFC 1191).
  view.setUint32(4, isEcho ? icmp.id << 16 : icmp.mtu);
  frame.set(body, start + HEADER_LENGTH);
  const pseudo = version === 4 ? 0 : pseudoHeaderSum(flow.remote, flow.local, protocol, length);
  view.setUint16(2, checksum(frame, start, frame.length, pseudo));
  return frame;
}

/** The beginning of a datagram that the stack could have sent on this flow. */
function quote({ quoted }: ScriptIcmp, flow: Flow): Uint8Array {
  const version = flow.local.version;
  const protocol = quoted.kind === 'tcp' ? PROTOCOL.tcp : quoted.kind === 'udp' ? PROTOCOL.udp : 255;
  const bytes = new Uint8Array(ipHeaderLength(version) + QUOTED_LENGTH);
  const header = { src: flow.local, dst: flow.remote, protocol };
  const start = writeIpHeader(bytes, header, QUOTED_LENGTH);
  const view = new DataView(bytes.buffer, start);
  view.setUint16(0, flow.localPort ?? 0);
  view.setUint16(2, flow.remotePort);
  if (quoted.kind === 'tcp') view.setUint32(4, flow.localToWire(quoted.seq));
  else view.setUint16(4, QUOTED_LENGTH + quoted.length);
  return bytes;
}
