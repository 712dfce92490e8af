/**
 * Ladders in the form of `tcpdump -S`, a line a segment, as it was sent.
 *
 *     IP 192.168.1.116.3337 > 192.168.1.123.7788: Flags [S], seq 100, win 65535, options [mss 1460], length 0
 */

import { FLAG, ipHeaderLength, TCP_HEADER_LENGTH, type TcpOptions } from '../wire/index.ts';
import type { Ladder, Passage } from './ladder.ts';
import { type Numbered, type Numbers, numbering } from './ladder-numbers.ts';

const LETTERS = [
  [FLAG.FIN, 'F'],
  [FLAG.SYN, 'S'],
  [FLAG.RST, 'R'],
  [FLAG.PSH, 'P'],
  [FLAG.ACK, '.'],
  [FLAG.URG, 'U'],
  [FLAG.ECE, 'E'],
  [FLAG.CWR, 'W'],
  [FLAG.AE, 'e'],
] as const;

/** The ladder's segments, those lost and those that came twice included and marked as such. */
export function printTcpdump(ladder: Ladder, options: { readonly numbers?: Numbers } = {}): string[] {
  const lines: string[] = [];
  for (const part of ladder.parts) {
    const numbered = numbering(part, options.numbers ?? 'absolute');
    for (const row of part.rows) {
      if (row.kind !== 'segment') continue;
      if (row.part === 'arrives' && row.passage.departure) continue;
      lines.push(lineOf(row.passage, numbered(row.passage)));
    }
  }
  return lines;
}

function lineOf(passage: Passage, { seq, ack }: Numbered): string {
  const { segment, addresses } = passage;
  const { flags, text, wnd, up } = segment;
  const letters = LETTERS.map(([flag, letter]) => ((flags & flag) !== 0 ? letter : '')).join('');
  const fields = [`Flags [${letters === '' ? 'none' : letters}]`];
  if (text.length > 0) fields.push(`seq ${seq}:${endOf(seq, text.length)}`);
  else if ((flags & (FLAG.SYN | FLAG.FIN | FLAG.RST)) !== 0) fields.push(`seq ${seq}`);
  if (ack !== undefined) fields.push(`ack ${ack}`);
  fields.push(`win ${wnd}`);
  if ((flags & FLAG.URG) !== 0) fields.push(`urg ${up}`);
  const options = optionsInWords(passage);
  if (options !== '') fields.push(`options [${options}]`);
  fields.push(`length ${text.length}`);
  const ip = addresses.version === 4 ? 'IP' : 'IP6';
  const src = `${addresses.src}.${segment.srcPort}`;
  const dst = `${addresses.dst}.${segment.dstPort}`;
  return `${ip} ${src} > ${dst}: ${fields.join(', ')}${marks(passage)}`;
}

function endOf(seq: number | string, length: number): number | string {
  if (typeof seq === 'number') return seq < 0 ? seq + length : (seq + length) % 2 ** 32;
  const [letter, offset = '0'] = seq.split('+');
  return `${letter}+${Number(offset) + length}`;
}

function marks({ lost, fates, origin }: Passage): string {
  const said = [
    ...(origin === 'old duplicate' ? [origin] : []),
    ...fates,
    ...(lost === undefined ? [] : ['lost']),
  ];
  return said.length === 0 ? '' : ` (${said.join(', ')})`;
}

/** The options in the order in which they stand in the header, padding included. */
function optionsInWords({ frame, segment, addresses }: Passage): string {
  const start = ipHeaderLength(addresses.version) + TCP_HEADER_LENGTH;
  const end = frame.length - segment.text.length;
  const words: string[] = [];
  for (let at = start; at < end; ) {
    const kind = frame[at]!;
    if (kind === 0) break;
    words.push(optionInWords(kind, segment.options));
    at += kind === 1 ? 1 : frame[at + 1]!;
  }
  return words.join(',');
}

function optionInWords(
  kind: number,
  { mss, windowScale, sack, timestamps, userTimeout }: TcpOptions,
): string {
  switch (kind) {
    case 1:
      return 'nop';
    case 2:
      return `mss ${mss}`;
    case 3:
      return `wscale ${windowScale}`;
    case 4:
      return 'sackOK';
    case 5:
      return `sack ${sack.length} ${sack.map(({ left, right }) => `{${left}:${right}}`).join('')}`;
    case 8:
      return `TS val ${timestamps?.value} ecr ${timestamps?.echo}`;
    case 28:
      return `uto ${userTimeout?.value} ${userTimeout?.unit}`;
    default:
      return `unknown-${kind}`;
  }
}
