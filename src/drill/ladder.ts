/**
 * The last frames of a run as a ladder: the script on the left, its target on the right, with the states of a stack.
 */

import { describeEffect, describeSegment, seconds } from './describe.ts';
import type { Flow } from './flow.ts';
import { describeIcmp } from './icmp-types.ts';
import { decodeFrame, shown } from './packets.ts';
import type { PlayedFrame } from './target.ts';

const WIDTH = 66;
const DEFAULT_COUNT = 10;

/** In whose numbers segments are written; those of no flow are as they were on the wire. */
interface Numbering {
  readonly flows: readonly Flow[];
  /** What they were before, and until when. */
  readonly past: readonly { readonly flow: Flow; readonly untilMs: number }[];
}

/**
 * @param name of the target
 */
export function ladderOf(
  name: string,
  log: readonly PlayedFrame[],
  numbering: Numbering,
  count = DEFAULT_COUNT,
): string[] {
  const events = log.slice(-count);
  if (events.length === 0) return [];
  const lines = events.map((event) => {
    const text = frameText(event, numbering);
    const arrow = '─'.repeat(Math.max(1, WIDTH - text.length - 3));
    const way = event.kind === 'sent' ? `◀${arrow} ${text} ` : `${text} ${arrow}▶ `;
    return `${seconds(event.timeMs).padStart(12)}  ${way}${describeEffect(event)}`.trimEnd();
  });
  const left = log.length - events.length;
  if (left > 0) lines.unshift(`${''.padStart(12)}  (${left} more before)`);
  return [`${'seconds'.padStart(12)}  ${'script'.padEnd(WIDTH)}${name}`, ...lines];
}

function frameText({ frame, timeMs }: PlayedFrame, { flows, past }: Numbering): string {
  const packet = decodeFrame(frame, timeMs);
  if (packet.kind === 'tcp') {
    const { sourcePort, destinationPort } = packet;
    const belongs = ({ remotePort }: Flow): boolean =>
      remotePort === sourcePort || remotePort === destinationPort;
    const before = past.find(({ flow, untilMs }) => timeMs < untilMs && belongs(flow));
    const flow = before?.flow ?? flows.findLast(belongs);
    return describeSegment(flow ? shownEitherWay(packet, flow) : packet);
  }
  if (packet.kind === 'icmp' && packet.packet) {
    return `icmp ${describeIcmp(packet.packet.version, packet.type, packet.code)}`;
  }
  return packet.what;
}

/** A segment of the script's is translated with the two ends exchanged. */
function shownEitherWay(segment: Parameters<typeof shown>[0], flow: Flow): ReturnType<typeof shown> {
  return segment.packet.src.equals(flow.local)
    ? shown(segment, flow)
    : { ...segment, ...flow.inboundToScript(segment) };
}
