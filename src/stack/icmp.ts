/**
 * What is not TCP: echo requests are answered, errors go to the connection that they quote (RFC 9293 section 3.9.2.2,
 * MUST-54), and everything else that a host does not have is said to be unreachable.
 */

import type { Arriving, Frame } from '../net/device.ts';
import type { Arrived } from '../net/pipeline.ts';
import { seq } from '../tcp/index.ts';
import {
  decodeQuoted,
  encodeEchoReply,
  encodeParameterProblem,
  encodeUnreachable,
  fragmentDatagram,
  type IcmpMessage,
  type IpPacket,
  ipv6Problem,
  mayAnswerWithIcmpError,
  PROTOCOL,
  UNREACHABLE_CODE,
} from '../wire/index.ts';
import type { TcpStack } from './stack.ts';

export function answerIcmp(stack: TcpStack, arrived: Exclude<Arrived, { kind: 'tcp' }>): void {
  const { frame, packet } = arrived;
  if (arrived.kind === 'other') return unreachable(stack, frame, packet);
  const { message } = arrived;
  if (stack.taps.attached) stack.taps.received(frame, undefined, 'CLOSED', 'CLOSED', `ICMP ${message.what}`);
  if (message.what === 'echo-request') {
    stack.count('icmp.echo-replies');
    return write(stack, encodeEchoReply(packet, message), 'ICMP echo reply');
  }
  if ('quoted' in message) errorArrives(stack, frame, packet, message);
}

type IcmpErrorMessage = Extract<IcmpMessage, { readonly quoted: Uint8Array }>;

function errorArrives(stack: TcpStack, frame: Arriving, packet: IpPacket, message: IcmpErrorMessage): void {
  const quoted = decodeQuoted(message);
  if (quoted.kind === 'malformed') return stack.count(`drop.${quoted.reason}`);
  const { src, dst, protocol, length, srcPort, dstPort } = quoted;
  const connection = protocol === PROTOCOL.tcp ? stack.table.find(src, srcPort, dst, dstPort) : undefined;
  if (!connection) {
    if (!stack.goesElsewhere(frame, packet)) stack.count('drop.icmp.for-nobody');
    return;
  }
  const { what, code, mtu } = message;
  stack.send(connection, {
    type: 'icmp.arrives',
    error: { version: packet.version, what, code, mtu, length, seq: seq(quoted.seq) },
  });
}

/** ICMP errors that we send in a second at most (RFC 4443 section 2.4 (f) asks for a bound). */
const ERRORS_A_SECOND = 100;

/** RFC 1122 section 3.2.2.1: port unreachable for UDP, protocol unreachable for what we do not speak. */
function unreachable(stack: TcpStack, frame: Arriving, packet: IpPacket): void {
  const udp = packet.protocol === PROTOCOL.udp;
  const reason = udp ? 'udp' : 'ip.protocol';
  stack.droppedBy(undefined, frame, 'CLOSED', reason);
  // ICMPv6 has no such code: an unknown protocol is a problem of the header that names it (RFC 8200 section 4).
  if (!udp && packet.version === 6) return headerProblem(stack, packet.bytes);
  const code = udp ? UNREACHABLE_CODE[packet.version].port : UNREACHABLE_CODE[4].protocol;
  answerWithError(stack, packet, () => encodeUnreachable(packet, code), 'ICMP destination unreachable');
}

const TOLD: ReadonlySet<string> = new Set(['ipv6.unknown-option', 'ipv6.routing', 'ipv6.extension-order']);

/** A frame was dropped before it was known whose it is: its sender may have to hear of it. */
export function tellDropped(stack: TcpStack, reason: string, frame: Frame): void {
  if (TOLD.has(reason)) headerProblem(stack, frame);
}

/** RFC 8200 sections 4 to 4.4: an IPv6 header that can't be processed is told to who sent it, as ICMPv6 parameter problem. */
function headerProblem(stack: TcpStack, frame: Frame): void {
  const problem = ipv6Problem(frame);
  if (!problem || !stack.isLocal(problem.packet)) return;
  const { packet, code, pointer } = problem;
  answerWithError(
    stack,
    packet,
    () => encodeParameterProblem(packet, code, pointer),
    'ICMP parameter problem (RFC 8200 section 4)',
  );
}

/** Tells a packet's sender of an error, if RFC 1122, RFC 4443 and the bound on errors allow that. */
export function answerWithError(
  stack: TcpStack,
  packet: IpPacket,
  encode: () => Uint8Array,
  reason: string,
): void {
  if (!mayAnswerWithIcmpError(packet) || !stack.icmpBudget.take(stack.clock.now())) return;
  stack.count('icmp.errors-sent');
  write(stack, encode(), reason);
}

/** RFC 8200 section 5: whoever does not discover a path's MTU sends nothing longer. For ICMP nobody does. */
const IPV6_MINIMUM_MTU = 1_280;

/** A message too long for one frame leaves in fragments: the reply to a large echo request. */
function write(stack: TcpStack, message: Frame, reason: string): void {
  const { mtu } = stack.device;
  const limit = message[0]! >>> 4 === 4 ? mtu : Math.min(mtu, IPV6_MINIMUM_MTU);
  const fits = message.length <= limit;
  const frames = fits ? [message] : fragmentDatagram(message, limit, stack.options.random.uint32());
  for (const frame of frames) {
    stack.write(frame);
    if (stack.taps.attached)
      stack.taps.sent(frame, undefined, 'CLOSED', 'CLOSED', fits ? reason : `${reason}, a fragment of it`);
  }
}

/** At most so many in a second, counted from the first one. */
export class IcmpBudget {
  #sinceMs = Number.NEGATIVE_INFINITY;
  #count = 0;

  take(nowMs: number): boolean {
    if (nowMs - this.#sinceMs >= 1_000) {
      this.#sinceMs = nowMs;
      this.#count = 0;
    }
    return ++this.#count <= ERRORS_A_SECOND;
  }
}
