/**
 * The packets of a script: TCP segments and ICMP messages.
 */

import { FLAG } from '../wire/index.ts';
import type { Direction, IpInfo, ScriptIcmp, ScriptPacket, ScriptSegment } from './ast.ts';
import { parseTcpOptions } from './parser-options.ts';
import { MissingFeature } from './source.ts';
import type { Tokens } from './tokens.ts';

const ENCAPSULATIONS = ['ipv4', 'ipv6', 'gre', 'mpls', 'psp'];

/** From `<` or `>` on. */
export function parsePacket(tokens: Tokens): ScriptPacket {
  const direction: Direction = tokens.next().text === '<' ? 'inbound' : 'outbound';
  if (tokens.isWord(...ENCAPSULATIONS)) throw new MissingFeature(`packets in ${tokens.peek().text} headers`);
  const ip = parseIpInfo(tokens);
  if (tokens.isWord('udp')) throw new MissingFeature('UDP packets');
  if (tokens.takeWord('icmp')) return parseIcmp(tokens, direction, ip);
  return parseSegment(tokens, direction, ip);
}

/** `[ect0]`, `(ttl 5)`, `[tos 0x10]`, `(ect0, flowlabel 0x12345)`. */
function parseIpInfo(tokens: Tokens): IpInfo {
  const close = tokens.takeChar('[') ? ']' : tokens.takeChar('(') ? ')' : undefined;
  if (close === undefined) return {};
  let ip: IpInfo = {};
  do {
    const ecn = tokens.takeWord('noecn', 'ect0', 'ect1', 'ect01', 'ce');
    if (ecn) ip = { ...ip, ecn: ecn as NonNullable<IpInfo['ecn']> };
    else if (tokens.takeWord('tos')) ip = { ...ip, tos: tokens.number('a byte', 'behind tos', 8) };
    else if (tokens.takeWord('ttl')) ip = { ...ip, ttl: tokens.number('a byte', 'behind ttl', 8) };
    else if (tokens.takeWord('flowlabel')) {
      ip = { ...ip, flowLabel: tokens.number('20 bits', 'behind flowlabel', 20) };
    } else tokens.expected('noecn, ect0, ect1, ect01, ce, tos, ttl or flowlabel', `before "${close}"`);
  } while (tokens.takeChar(','));
  tokens.char(close, 'behind what is said of the IP header');
  return ip;
}

function parseSegment(tokens: Tokens, direction: Direction, ip: IpInfo): ScriptSegment {
  const ports = parsePorts(tokens);
  const { flags, ace } = parseFlags(tokens);
  const seq = tokens.number('a sequence number', 'behind the flags', 32);
  tokens.char(':', 'between the sequence numbers');
  const endToken = tokens.peek();
  const end = tokens.number('a sequence number', 'behind ":"', 32);
  tokens.char('(', 'before the length');
  const length = tokens.number('a length', 'in "(…)"', 16);
  tokens.char(')', 'behind the length');
  if (end !== (seq + length) % 2 ** 32) {
    tokens.fail(`${seq}:${end}(${length}) does not fit: ${seq} + ${length} is ${seq + length}`, endToken);
  }
  const ack = tokens.takeWord('ack') ? tokens.number('a number', 'behind ack', 32) : 0;
  const wnd = tokens.takeWord('win') ? tokens.number('a number', 'behind win', 16) : undefined;
  if (wnd === undefined && direction === 'inbound')
    tokens.expected('"win" and the window', 'in an inbound segment');
  const up = tokens.takeWord('urg') ? tokens.number('a number', 'behind urg', 16) : 0;
  const options = tokens.isChar('<') && isOptionList(tokens) ? parseTcpOptions(tokens, direction) : [];
  return { kind: 'tcp', direction, ip, ports, flags, ace, seq, length, ack, wnd, up, options };
}

/** A "<" that begins a list of options, and not the next event, which would have its time before it. */
function isOptionList(tokens: Tokens): boolean {
  const { kind } = tokens.peek(1);
  return kind === 'word' || kind === '...' || tokens.peek(1).text === '>';
}

function parsePorts(tokens: Tokens): ScriptSegment['ports'] {
  const [port, arrow] = [tokens.peek(), tokens.peek(1)];
  if (port.kind !== 'integer' || arrow.kind !== 'char' || arrow.text !== '>') return undefined;
  const source = tokens.number('a port', 'before ">"', 16);
  tokens.next();
  return { source, destination: tokens.number('a port', 'behind ">"', 16) };
}

const FLAG_LETTERS: Readonly<Record<string, number>> = {
  F: FLAG.FIN,
  S: FLAG.SYN,
  R: FLAG.RST,
  P: FLAG.PSH,
  '.': FLAG.ACK,
  U: FLAG.URG,
  E: FLAG.ECE,
  W: FLAG.CWR,
  A: FLAG.AE,
};

const ACE_FLAGS = FLAG.ECE | FLAG.CWR | FLAG.AE;

function parseFlags(tokens: Tokens): Pick<ScriptSegment, 'flags' | 'ace'> {
  const token = tokens.peek();
  if (tokens.takeChar('-')) return { flags: 0, ace: undefined };
  const text = tokens.raw(/[\w.]+/);
  if (text === undefined) tokens.expected('the flags of a segment, such as S. or P.', 'behind the direction');
  let flags = 0;
  let ace: number | undefined;
  for (const letter of text!) {
    const flag = FLAG_LETTERS[letter];
    if (flag !== undefined && (flags & flag) === 0) flags |= flag;
    else if (/[0-7]/.test(letter) && ace === undefined) ace = Number(letter);
    else {
      tokens.fail(
        `"${text}" is no set of flags; they are F S R P . (ACK) U E W A, each once, or a digit 0 to 7`,
        token,
      );
    }
  }
  if (ace !== undefined && (flags & ACE_FLAGS) !== 0) {
    tokens.fail('a digit stands for the three flags E, W and A: give the one or the others', token);
  }
  return { flags, ace: ace === 0 ? undefined : ace };
}

function parseIcmp(tokens: Tokens, direction: Direction, ip: IpInfo): ScriptIcmp {
  const type = tokens.is('integer') ? Number(tokens.next().text) : tokens.word('an ICMP type', 'behind icmp');
  const code = parseIcmpCode(tokens);
  const mtu = tokens.takeWord('mtu') ? tokens.number('a number', 'behind mtu', 32) : 0;
  const id = tokens.takeWord('id') ? tokens.number('a number', 'behind id', 16) : 0;
  return { kind: 'icmp', direction, ip, type, code, mtu, id, quoted: parseQuoted(tokens) };
}

function parseIcmpCode(tokens: Tokens): string | number | undefined {
  if (tokens.is('integer')) return Number(tokens.next().text);
  if (!tokens.is('word') || tokens.isWord('mtu', 'id')) return undefined;
  // The next event begins with its time, which is never a word.
  return tokens.next().text;
}

/** `[1:1001(1000)]`, `[udp(100)]`, `[raw(100)]`; by default the flow's first octet. */
function parseQuoted(tokens: Tokens): ScriptIcmp['quoted'] {
  if (!tokens.takeChar('[')) return { kind: 'tcp', seq: 0, length: 0 };
  const kind = tokens.takeWord('udp', 'raw') as 'udp' | 'raw' | undefined;
  const seq = kind ? 0 : tokens.number('a sequence number', 'in "[…]"', 32);
  if (!kind) {
    tokens.char(':', 'between the sequence numbers');
    tokens.number('a sequence number', 'behind ":"', 32);
  }
  tokens.char('(', 'before the length');
  const length = tokens.number('a length', 'in "(…)"', 16);
  tokens.char(')', 'behind the length');
  tokens.char(']', 'behind what is quoted');
  return kind ? { kind, length } : { kind: 'tcp', seq, length };
}
