/**
 * The TCP options of a script's segment: `<mss 1460,nop,wscale 7>`, or `<...>` for "not compared".
 */

import type { Direction, ScriptTcpOption } from './ast.ts';
import { MissingFeature } from './source.ts';
import { scriptOptionsLength } from './tcp-options.ts';
import type { Tokens } from './tokens.ts';

const FAST_OPEN = 34;
const FAST_OPEN_EXPERIMENTAL = 254;
/** The magic number that RFC 7413 appendix A puts before the cookie. */
const FAST_OPEN_MAGIC = [0xf9, 0x89];
const MD5 = 19;
/** AccECN order 0 and 1 (RFC 9768 section 3.2.3). */
const ACCECN = [172, 174] as const;

const MULTIPATH = [
  'mp_capable',
  'mp_join',
  'mp_join_syn',
  'mp_join_syn_ack',
  'mp_join_ack',
  'dss',
  'dss4',
  'dss8',
];
const MULTIPATH_MORE = [
  'add_address',
  'add_addr_ipv4',
  'add_addr_ipv6',
  'remove_address',
  'mp_prio',
  'mp_fail',
];

/** From "<" on. */
export function parseTcpOptions(tokens: Tokens, direction: Direction): readonly ScriptTcpOption[] | 'any' {
  const start = tokens.next();
  if (tokens.is('...')) {
    if (direction === 'inbound') tokens.fail('the options of an inbound segment must be given');
    tokens.next();
    tokens.char('>', 'behind "..."');
    return 'any';
  }
  const options: ScriptTcpOption[] = [];
  while (!tokens.isChar('>')) {
    options.push(parseOption(tokens));
    if (!tokens.takeChar(',') && !tokens.isChar('>')) tokens.expected('"," or ">"', 'behind an option');
  }
  tokens.next();
  const length = scriptOptionsLength(options);
  if (length % 4 !== 0) {
    tokens.fail(
      `these options take ${length} bytes; a header has a multiple of 4: put nop or eol to them`,
      start,
    );
  }
  if (length > 40) tokens.fail(`these options take ${length} bytes; a header has room for 40`, start);
  return options;
}

function parseOption(tokens: Tokens): ScriptTcpOption {
  const token = tokens.peek();
  const name = tokens.word('an option', 'in "<…>"');
  switch (name) {
    case 'nop':
    case 'eol':
    case 'sackOK':
      return { kind: name };
    case 'mss':
      return { kind: name, value: tokens.number('a number', 'behind mss', 16) };
    case 'wscale':
      return { kind: name, value: tokens.number('a number', 'behind wscale', 8) };
    case 'sack':
      return { kind: 'sack', blocks: parseSackBlocks(tokens) };
    case 'TS':
      return parseTimestamps(tokens);
    case 'FO':
      return { kind: 'raw', number: FAST_OPEN, name, data: parseHex(tokens) };
    case 'FOEXP':
      return {
        kind: 'raw',
        number: FAST_OPEN_EXPERIMENTAL,
        name,
        data: Uint8Array.of(...FAST_OPEN_MAGIC, ...parseHex(tokens)),
      };
    case 'md5':
      return { kind: 'raw', number: MD5, name, data: parseHex(tokens) };
    case 'ECN':
      return parseAccEcn(tokens);
  }
  if (MULTIPATH.includes(name) || MULTIPATH_MORE.includes(name)) throw new MissingFeature('multipath TCP');
  return tokens.fail(`there is no TCP option "${name}"`, token);
}

function parseTimestamps(tokens: Tokens): ScriptTcpOption {
  if (!tokens.takeWord('val')) tokens.expected('"val"', 'behind TS');
  const value = tokens.number('a timestamp', 'behind val', 32);
  if (!tokens.takeWord('ecr')) tokens.expected('"ecr"', 'behind the timestamp');
  return { kind: 'TS', value, echo: tokens.number('a timestamp', 'behind ecr', 32) };
}

function parseSackBlocks(tokens: Tokens): { left: number; right: number }[] {
  const blocks: { left: number; right: number }[] = [];
  while (tokens.is('integer')) {
    const left = tokens.number('a sequence number', 'in a SACK block', 32);
    tokens.char(':', 'in a SACK block');
    blocks.push({ left, right: tokens.number('a sequence number', 'in a SACK block', 32) });
  }
  return blocks;
}

/** Bytes as digits, which tokens would cut into words and numbers. */
function parseHex(tokens: Tokens): Uint8Array {
  const token = tokens.peek();
  // A word that stands for something else is whole; digits may have been cut into numbers and words.
  const replaced = tokens.source.text.slice(token.offset, token.end) !== token.text;
  const written = /[0-9a-fA-F]/.test(token.text[0] ?? '') ? (tokens.raw(/\w+/) ?? '') : '';
  const text = replaced ? token.text : written;
  const digits = text.replace(/^0x/i, '');
  if (!/^([0-9a-fA-F]{2})*$/.test(digits))
    tokens.fail(`"${text}" is not a row of bytes in hexadecimal digits`, token);
  return Uint8Array.from(digits.match(/../g) ?? [], (pair) => Number.parseInt(pair, 16));
}

/** `e0b 1 ceb 0 e1b 1`: three counters of 24 bits each, the first of which says the order; the last ones may be missing. */
function parseAccEcn(tokens: Tokens): ScriptTcpOption {
  const token = tokens.peek();
  const names: string[] = [];
  const data: number[] = [];
  for (let name = tokens.takeWord('e0b', 'e1b', 'ceb'); name; name = tokens.takeWord('e0b', 'e1b', 'ceb')) {
    names.push(name);
    const value = tokens.number('a counter', `behind ${name}`, 24);
    data.push(value >>> 16, (value >>> 8) & 0xff, value & 0xff);
  }
  const orders = [
    ['e0b', 'ceb', 'e1b'],
    ['e1b', 'ceb', 'e0b'],
  ];
  const order = orders.findIndex((order) => names.every((name, index) => order[index] === name));
  if (order < 0) tokens.fail('the counters stand in the order e0b ceb e1b, or e1b ceb e0b', token);
  return { kind: 'raw', number: ACCECN[order]!, name: 'ECN', data: Uint8Array.from(data) };
}
