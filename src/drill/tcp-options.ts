/**
 * TCP options as scripts have them: every one of them, in their order, padding included.
 */

import type { ScriptTcpOption } from './ast.ts';

const KIND = { eol: 0, nop: 1, mss: 2, wscale: 3, sackOK: 4, sack: 5, TS: 8 } as const;

/** What an option says, whoever wrote it. */
export type WireTcpOption = ScriptTcpOption;

export function scriptOptionsLength(options: readonly ScriptTcpOption[]): number {
  return options.reduce((sum, option) => sum + lengthOf(option), 0);
}

function lengthOf(option: ScriptTcpOption): number {
  switch (option.kind) {
    case 'eol':
    case 'nop':
      return 1;
    case 'mss':
      return 4;
    case 'wscale':
      return 3;
    case 'sackOK':
      return 2;
    case 'sack':
      return 2 + 8 * option.blocks.length;
    case 'TS':
      return 10;
    case 'raw':
      return 2 + option.data.length;
  }
}

/** The bytes of the options, in the script's order. */
export function encodeOptions(options: readonly ScriptTcpOption[]): Uint8Array {
  const bytes = new Uint8Array(scriptOptionsLength(options));
  const view = new DataView(bytes.buffer);
  let at = 0;
  for (const option of options) {
    const length = lengthOf(option);
    bytes[at] = option.kind === 'raw' ? option.number : KIND[option.kind];
    if (length > 1) bytes[at + 1] = length;
    if (option.kind === 'mss') view.setUint16(at + 2, option.value);
    else if (option.kind === 'wscale') bytes[at + 2] = option.value;
    else if (option.kind === 'TS') {
      view.setUint32(at + 2, option.value);
      view.setUint32(at + 6, option.echo);
    } else if (option.kind === 'sack') {
      option.blocks.forEach(({ left, right }, index) => {
        view.setUint32(at + 2 + 8 * index, left);
        view.setUint32(at + 6 + 8 * index, right);
      });
    } else if (option.kind === 'raw') bytes.set(option.data, at + 2);
    at += length;
  }
  return bytes;
}

/** Reads all options; undefined if a length leads nowhere. */
export function decodeOptions(bytes: Uint8Array): WireTcpOption[] | undefined {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
  const options: WireTcpOption[] = [];
  for (let at = 0; at < bytes.length; ) {
    const number = bytes[at]!;
    if (number === KIND.eol || number === KIND.nop) {
      options.push({ kind: number === KIND.eol ? 'eol' : 'nop' });
      at += 1;
      continue;
    }
    const length = bytes[at + 1] ?? 0;
    if (length < 2 || at + length > bytes.length) return undefined;
    options.push(decodeOne(view, bytes.slice(at + 2, at + length), number, at, length));
    at += length;
  }
  return options;
}

function decodeOne(
  view: DataView,
  data: Uint8Array,
  number: number,
  at: number,
  length: number,
): WireTcpOption {
  if (number === KIND.mss && length === 4) return { kind: 'mss', value: view.getUint16(at + 2) };
  if (number === KIND.wscale && length === 3) return { kind: 'wscale', value: view.getUint8(at + 2) };
  if (number === KIND.sackOK && length === 2) return { kind: 'sackOK' };
  if (number === KIND.TS && length === 10) {
    return { kind: 'TS', value: view.getUint32(at + 2), echo: view.getUint32(at + 6) };
  }
  if (number === KIND.sack && length % 8 === 2) {
    const blocks: { left: number; right: number }[] = [];
    for (let block = at + 2; block < at + length; block += 8) {
      blocks.push({ left: view.getUint32(block), right: view.getUint32(block + 4) });
    }
    return { kind: 'sack', blocks };
  }
  return { kind: 'raw', number, name: RAW_NAMES[number] ?? `kind${number}`, data };
}

const RAW_NAMES: Readonly<Record<number, string>> = {
  19: 'md5',
  34: 'FO',
  172: 'ECN',
  174: 'ECN',
  254: 'FOEXP',
};

/** As a script writes it. */
export function describeOption(option: WireTcpOption): string {
  switch (option.kind) {
    case 'mss':
    case 'wscale':
      return `${option.kind} ${option.value}`;
    case 'TS':
      return `TS val ${option.value} ecr ${option.echo}`;
    case 'sack':
      return `sack ${option.blocks.map(({ left, right }) => `${left}:${right}`).join(' ')}`;
    case 'raw':
      return `${option.name} ${Array.from(option.data, (byte) => byte.toString(16).padStart(2, '0')).join('')}`.trim();
    default:
      return option.kind;
  }
}
