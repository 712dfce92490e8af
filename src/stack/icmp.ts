/**
 * What is not TCP: echo requests are answered, errors go to the connection that they quote (RFC 9293 section 3.9.2.2,
 * MUST-54), and everything else that a host does not have is said to be unreachable.
 */

import type { Arrived } from '../net/pipeline.ts';
import { seq } from '../tcp/index.ts';
import {
  decodeQuoted,
  encodeEchoReply,
  encodeUnreachable,
  type IcmpMessage,
  type IpPacket,
  mayAnswerWithIcmpError,
  PROTOCOL,
  UNREACHABLE_CODE,
} from '../wire/index.ts';
import type { TcpStack } from './stack.ts';

export function answerIcmp(stack: TcpStack, arrived: Exclude<Arrived, { kind: 'tcp' }>): void {
  const { packet } = arrived;
  if (arrived.kind === 'other') return unreachable(stack, packet);
  const { message } = arrived;
  if (stack.taps.attached)
    stack.taps.received(packet.bytes, undefined, 'CLOSED', 'CLOSED', `ICMP ${message.what}`);
  if (message.what === 'echo-request') {
    const reply = encodeEchoReply(packet, message);
    stack.count('icmp.echo-replies');
    stack.write(reply);
    if (stack.taps.attached) stack.taps.sent(reply, undefined, 'CLOSED', 'CLOSED', 'ICMP echo reply');
    return;
  }
  if ('quoted' in message) errorArrives(stack, packet, message);
}

type IcmpErrorMessage = Extract<IcmpMessage, { readonly quoted: Uint8Array }>;

function errorArrives(stack: TcpStack, packet: IpPacket, message: IcmpErrorMessage): void {
  const quoted = decodeQuoted(message);
  if (quoted.kind === 'malformed') return stack.count(`drop.${quoted.reason}`);
  const { src, dst, protocol, srcPort, dstPort } = quoted;
  const connection = protocol === PROTOCOL.tcp ? stack.table.find(src, srcPort, dst, dstPort) : undefined;
  if (!connection) return stack.count('drop.icmp.for-nobody');
  const { what, code, mtu } = message;
  stack.send(connection, {
    type: 'icmp.arrives',
    error: { version: packet.version, what, code, mtu, seq: seq(quoted.seq) },
  });
}

/** ICMP errors that we send in a second at most (RFC 4443 section 2.4 (f) asks for a bound). */
const ERRORS_A_SECOND = 100;

/** RFC 1122 section 3.2.2.1: port unreachable for UDP, protocol unreachable for what we do not speak. */
function unreachable(stack: TcpStack, packet: IpPacket): void {
  const udp = packet.protocol === PROTOCOL.udp;
  const reason = udp ? 'udp' : 'ip.protocol';
  stack.droppedBy(undefined, packet.bytes, 'CLOSED', reason);
  // ICMPv6 has no such code: RFC 8200 section 4 asks for a parameter problem, which only a router's user could act on.
  const code = udp
    ? UNREACHABLE_CODE[packet.version].port
    : packet.version === 4
      ? UNREACHABLE_CODE[4].protocol
      : undefined;
  if (code === undefined || !mayAnswerWithIcmpError(packet) || !stack.icmpBudget.take(stack.clock.now()))
    return;
  const error = encodeUnreachable(packet, code);
  stack.write(error);
  if (stack.taps.attached)
    stack.taps.sent(error, undefined, 'CLOSED', 'CLOSED', 'ICMP destination unreachable');
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
