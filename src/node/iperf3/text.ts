/** Intervals and sums in the shape in which iperf3 prints them, for people and as JSON. */

import type { StreamResult } from './protocol.ts';
import type { Interval, StreamInterval } from './traffic.ts';

export const RULE = '- - - - - - - - - - - - - - - - - - - - - - - - -';

export function header(isSender: boolean, isSummary = false): string {
  const line = '[ ID] Interval           Transfer     Bitrate';
  if (isSummary) return `${line}         Retr`;
  return isSender ? `${line}         Retr  Cwnd` : line;
}

/** The lines of one interval: a stream each, and their sum where there are several. */
export function intervalLines(interval: Interval, isSender: boolean): string[] {
  const omitted = interval[0]?.omitted === true ? '  (omitted)' : '';
  const lines = interval.map((stream) => {
    const more = isSender ? `  ${retr(stream.retransmits)}   ${scaled(stream.cwnd, 1_024)}Bytes` : '';
    return `${label(stream.socket)}${figures(stream)}${more}${omitted}`;
  });
  if (interval.length < 2) return lines;
  const sum = sumOf(interval);
  lines.push(`[SUM]${figures(sum)}${isSender ? `  ${retr(sum.retransmits)}` : ''}${omitted}`, RULE);
  return lines;
}

/** One line of the summary: what the sender or the receiver says of a stream, or of all (`[SUM]`). */
export function summaryLine(
  socket: number | undefined,
  result: StreamResult,
  role: 'sender' | 'receiver',
): string {
  const { bytes, seconds, retransmits } = result;
  const count = role === 'sender' && retransmits >= 0 ? `  ${retr(retransmits)}` : ' '.repeat(5);
  return `${socket === undefined ? '[SUM]' : label(socket)}${figures({ start: 0, end: seconds, bytes })}${count}             ${role}`;
}

export function sumOf(interval: Interval): StreamInterval {
  const first = interval[0]!;
  return {
    ...first,
    bytes: interval.reduce((sum, { bytes }) => sum + bytes, 0),
    retransmits: interval.reduce((sum, { retransmits }) => sum + retransmits, 0),
  };
}

export function sumOfResults(results: readonly StreamResult[]): StreamResult {
  return {
    id: 0,
    bytes: results.reduce((sum, { bytes }) => sum + bytes, 0),
    retransmits: results.reduce((sum, { retransmits }) => sum + Math.max(0, retransmits), 0),
    seconds: Math.max(0, ...results.map(({ seconds }) => seconds)),
  };
}

/** An interval as iperf3's JSON has it. */
export function intervalJson(interval: Interval, isSender: boolean): object {
  const span = (stream: StreamInterval): object => ({
    ...spanJson(stream.start, stream.end, stream.bytes),
    ...(isSender ? { retransmits: stream.retransmits } : {}),
  });
  return {
    streams: interval.map((stream) => ({
      socket: stream.socket,
      ...span(stream),
      ...(isSender
        ? {
            snd_cwnd: stream.cwnd,
            snd_wnd: stream.sndWnd,
            rtt: stream.rttUs,
            rttvar: stream.rttvarUs,
            pmtu: stream.pmtu,
          }
        : {}),
      omitted: stream.omitted,
      sender: isSender,
    })),
    sum: { ...span(sumOf(interval)), omitted: interval[0]?.omitted === true, sender: isSender },
  };
}

export function resultJson(result: StreamResult, isSender: boolean): object {
  return {
    ...spanJson(0, result.seconds, result.bytes),
    ...(result.retransmits >= 0 ? { retransmits: result.retransmits } : {}),
    sender: isSender,
  };
}

function spanJson(start: number, end: number, bytes: number): object {
  const seconds = end - start;
  return { start, end, seconds, bytes, bits_per_second: seconds > 0 ? (bytes * 8) / seconds : 0 };
}

function label(socket: number): string {
  return `[${String(socket).padStart(3)}]`;
}

function retr(count: number): string {
  return String(count).padStart(3);
}

function figures({ start, end, bytes }: { start: number; end: number; bytes: number }): string {
  const rate = end > start ? (bytes * 8) / (end - start) : 0;
  const from = start.toFixed(2).padStart(7);
  return `${from}-${end.toFixed(2).padEnd(5)}  sec  ${scaled(bytes, 1_024)}Bytes  ${scaled(rate, 1_000)}bits/sec`;
}

/** Three digits and a prefix: `1.05 M`. */
export function scaled(value: number, base: 1_000 | 1_024): string {
  const prefixes = ['', 'K', 'M', 'G', 'T'];
  let power = 0;
  let number = value;
  while (number >= base && power < prefixes.length - 1) {
    number /= base;
    power++;
  }
  const digits = number < 9.995 ? 2 : number < 99.95 ? 1 : 0;
  return `${number.toFixed(digits).padStart(4)} ${prefixes[power]}`;
}
