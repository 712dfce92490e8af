/** Packets, times and events in the words of scripts: for failures and ladders. */

import { FLAG } from '../wire/index.ts';
import type { ScriptEvent, ScriptPacket, Time } from './ast.ts';
import type { ShownSegment } from './packets.ts';
import type { Source } from './source.ts';
import type { PlayedFrame } from './target.ts';
import { describeOption } from './tcp-options.ts';

const LETTERS = [
  ['S', FLAG.SYN],
  ['F', FLAG.FIN],
  ['R', FLAG.RST],
  ['P', FLAG.PSH],
  ['U', FLAG.URG],
  ['E', FLAG.ECE],
  ['W', FLAG.CWR],
  ['A', FLAG.AE],
  ['.', FLAG.ACK],
] as const;

/** `S.`, `FP.`, or `-` for none. */
export function flagsText(flags: number): string {
  return LETTERS.map(([letter, flag]) => ((flags & flag) !== 0 ? letter : '')).join('') || '-';
}

/** `P. 1:1001(1000) ack 1 win 65535 <nop,nop,TS val 1 ecr 2>`. */
export function describeSegment(segment: ShownSegment): string {
  const { flags, seq, length, ack, wnd, up, options } = segment;
  const parts = [`${flagsText(flags)} ${seq}:${(seq + length) >>> 0}(${length})`];
  if ((flags & FLAG.ACK) !== 0 || ack !== 0) parts.push(`ack ${ack}`);
  parts.push(`win ${wnd}`);
  if (up !== 0) parts.push(`urg ${up}`);
  if (options.length > 0) parts.push(`<${options.map(describeOption).join(',')}>`);
  return parts.join(' ');
}

/** A packet that a script injects. */
export function describeScriptPacket(packet: ScriptPacket): string {
  if (packet.kind === 'icmp') return ['icmp', packet.type, packet.code ?? ''].join(' ').trim();
  const { flags, ace, options } = packet;
  const text = describeSegment({
    ...packet,
    wnd: packet.wnd ?? 0,
    options: options === 'any' ? [] : options,
  });
  return ace === undefined ? text : text.replace(flagsText(flags), `${flagsText(flags)}${ace}`);
}

/** What a frame did to the target's state, or why it was sent; empty for a target that does not let one see. */
export function describeEffect({ before, after, reason, kind }: PlayedFrame): string {
  if (after === undefined) return '';
  const change = before === after ? after : `${before} → ${after}`;
  return kind === 'dropped' ? `${change}: dropped: ${reason}` : `${change}: ${reason}`;
}

/** Seconds with microseconds. */
export function seconds(ms: number): string {
  return (ms / 1_000).toFixed(6);
}

/** When an event was to happen, in words. */
export function describeTime(time: Time, dueMs: number, endMs: number): string {
  if (time.kind === 'any') return 'any time';
  return time.kind.endsWith('-range') ? `${seconds(dueMs)} to ${seconds(endMs)}` : seconds(dueMs);
}

/** What the script says at an event, behind its time, on one line. */
export function eventText(source: Source, event: ScriptEvent): string {
  return source.text
    .slice(event.position.offset, event.end)
    .replace(/\s+/g, ' ')
    .replace(/^[+\d.~*]+\s*/, '')
    .trim();
}
