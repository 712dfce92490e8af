/**
 * A frame taken apart field by field, with the octets that each field is made of. It takes frames as they are: cut off, masked
 * or broken ones, too, since those are just what one looks at.
 */

export interface Field {
  readonly layer: 'IPv4' | 'IPv6' | 'TCP' | 'TCP option' | 'Text' | 'ICMP' | 'Payload';
  readonly name: string;
  readonly value: string;
  /** [from, to) in octets of the frame. */
  readonly from: number;
  readonly to: number;
}

const FLAG_NAMES = ['FIN', 'SYN', 'RST', 'PSH', 'ACK', 'URG', 'ECE', 'CWR', 'AE'] as const;
const PROTOCOLS: Readonly<Record<number, string>> = { 1: 'ICMP', 6: 'TCP', 17: 'UDP', 58: 'ICMPv6' };

/** `wireLength` is how long the frame was: what is missing of `bytes` was left out of the stream. */
export function decode(bytes: Uint8Array, wireLength = bytes.length): readonly Field[] {
  const fields: Field[] = [];
  const version = (bytes[0] ?? 0) >> 4;
  const ip = version === 4 ? ipv4(bytes, fields) : version === 6 ? ipv6(bytes, fields) : undefined;
  if (!ip)
    return [{ layer: 'Payload', name: 'unknown', value: `IP version ${version}`, from: 0, to: bytes.length }];
  if (ip.protocol === 6) tcp(bytes, ip, wireLength, fields);
  else {
    const layer = ip.protocol === 1 || ip.protocol === 58 ? 'ICMP' : 'Payload';
    if (layer === 'ICMP' && bytes.length >= ip.header + 4) {
      fields.push({
        layer,
        name: 'Type',
        value: String(bytes[ip.header]),
        from: ip.header,
        to: ip.header + 1,
      });
      fields.push({
        layer,
        name: 'Code',
        value: String(bytes[ip.header + 1]),
        from: ip.header + 1,
        to: ip.header + 2,
      });
      fields.push({
        layer,
        name: 'Checksum',
        value: hex(u16(bytes, ip.header + 2), 4),
        from: ip.header + 2,
        to: ip.header + 4,
      });
    }
    const from = Math.min(bytes.length, ip.header + (layer === 'ICMP' ? 4 : 0));
    fields.push({ layer, name: 'Data', value: `${wireLength - from} octets`, from, to: bytes.length });
  }
  return fields;
}

/** The options of a segment in the words of ladders: `mss 1460`, `ws 4`, `TS 12 3`; SACK blocks relative to `base`. */
export function optionWords(bytes: Uint8Array, base = 0): readonly string[] {
  return decode(bytes)
    .filter(
      ({ layer, name }) => layer === 'TCP option' && name !== 'No operation' && name !== 'End of options',
    )
    .map(({ name, value }) => SHORT[name]?.(value, base) ?? name);
}

const SHORT: Readonly<Record<string, (value: string, base: number) => string>> = {
  'Maximum segment size': (value) => `mss ${value}`,
  'Window scale': (value) => `ws ${value.split(' ')[0]}`,
  'SACK permitted': () => 'sackOK',
  SACK: (value, base) => `sack ${value.replaceAll(/\d+/g, (edge) => String((Number(edge) - base) >>> 0))}`,
  'User timeout': (value) => `uto ${value.replace(/ (.).*/, '$1')}`,
  Timestamps: (value) =>
    `TS ${value
      .replaceAll(/[^\d ]/g, '')
      .trim()
      .replaceAll(/ +/g, ' ')}`,
};

interface Ip {
  readonly header: number;
  readonly protocol: number;
  readonly length: number;
  /** Sum of the pseudo-header without the length. */
  readonly addresses: readonly [number, number];
}

function ipv4(bytes: Uint8Array, fields: Field[]): Ip | undefined {
  if (bytes.length < 20) return undefined;
  const header = (bytes[0]! & 15) * 4;
  const add = (name: string, value: string, from: number, to: number): void => {
    fields.push({ layer: 'IPv4', name, value, from, to });
  };
  const fragment = u16(bytes, 6);
  add('Version, header length', `4, ${header} octets`, 0, 1);
  add('Traffic class', hex(bytes[1]!, 2), 1, 2);
  add('Total length', String(u16(bytes, 2)), 2, 4);
  add('Identification', String(u16(bytes, 4)), 4, 6);
  add(
    'Flags, fragment offset',
    `${fragment & 0x4000 ? "don't fragment" : fragment & 0x2000 ? 'more fragments' : 'none'}, ${(fragment & 0x1fff) * 8}`,
    6,
    8,
  );
  add('Time to live', String(bytes[8]), 8, 9);
  add('Protocol', `${bytes[9]} (${PROTOCOLS[bytes[9]!] ?? 'unknown'})`, 9, 10);
  add(
    'Header checksum',
    `${hex(u16(bytes, 10), 4)}, ${sum(bytes, 0, header) === 0xffff ? 'good' : 'bad'}`,
    10,
    12,
  );
  add('Source', dotted(bytes, 12), 12, 16);
  add('Destination', dotted(bytes, 16), 16, 20);
  if (header > 20) add('Options', `${header - 20} octets`, 20, header);
  return { header, protocol: bytes[9]!, length: u16(bytes, 2), addresses: [12, 20] };
}

function ipv6(bytes: Uint8Array, fields: Field[]): Ip | undefined {
  if (bytes.length < 40) return undefined;
  const add = (name: string, value: string, from: number, to: number): void => {
    fields.push({ layer: 'IPv6', name, value, from, to });
  };
  add('Version', '6', 0, 1);
  add(
    'Traffic class, flow label',
    `${hex(((bytes[0]! & 15) << 4) | (bytes[1]! >> 4), 2)}, ${hex(((bytes[1]! & 15) << 16) | u16(bytes, 2), 5)}`,
    0,
    4,
  );
  add('Payload length', String(u16(bytes, 4)), 4, 6);
  add('Next header', `${bytes[6]} (${PROTOCOLS[bytes[6]!] ?? 'unknown'})`, 6, 7);
  add('Hop limit', String(bytes[7]), 7, 8);
  add('Source', colons(bytes, 8), 8, 24);
  add('Destination', colons(bytes, 24), 24, 40);
  return { header: 40, protocol: bytes[6]!, length: 40 + u16(bytes, 4), addresses: [8, 40] };
}

function tcp(bytes: Uint8Array, ip: Ip, wireLength: number, fields: Field[]): void {
  const at = ip.header;
  if (bytes.length < at + 20) return;
  const add = (name: string, value: string, from: number, to: number): void => {
    fields.push({ layer: 'TCP', name, value, from: at + from, to: at + to });
  };
  const header = (bytes[at + 12]! >> 4) * 4;
  const flags = u16(bytes, at + 12) & 0x1ff;
  const names = FLAG_NAMES.filter((_, bit) => flags & (1 << bit));
  add('Source port', String(u16(bytes, at)), 0, 2);
  add('Destination port', String(u16(bytes, at + 2)), 2, 4);
  add('Sequence number', String(u32(bytes, at + 4)), 4, 8);
  add('Acknowledgment number', String(u32(bytes, at + 8)), 8, 12);
  add('Data offset', `${header} octets`, 12, 13);
  add('Flags', `${hex(flags, 2)} ${names.join(',')}`, 12, 14);
  add('Window', String(u16(bytes, at + 14)), 14, 16);
  add('Checksum', `${hex(u16(bytes, at + 16), 4)}, ${verdict(bytes, ip, wireLength)}`, 16, 18);
  add('Urgent pointer', String(u16(bytes, at + 18)), 18, 20);
  options(bytes, at + 20, Math.min(bytes.length, at + header), fields);
  const text = Math.max(0, Math.min(wireLength, ip.length) - at - header);
  const from = Math.min(bytes.length, at + header);
  if (text > 0) {
    const masked = text - (bytes.length - from);
    const value =
      masked > 0
        ? `${text} octets, ${masked} of them masked`
        : `${text} octets: ${printable(bytes.subarray(from))}`;
    fields.push({ layer: 'Text', name: 'Text', value, from, to: bytes.length });
  }
}

function options(bytes: Uint8Array, start: number, end: number, fields: Field[]): void {
  for (let at = start; at < end; ) {
    const kind = bytes[at]!;
    const length = kind < 2 ? 1 : (bytes[at + 1] ?? 0);
    if (length < 1 || (kind >= 2 && length < 2) || at + length > end) {
      fields.push({
        layer: 'TCP option',
        name: 'Malformed option',
        value: `kind ${kind}`,
        from: at,
        to: end,
      });
      return;
    }
    const [name, value] = option(bytes, at, kind, length);
    fields.push({ layer: 'TCP option', name, value, from: at, to: at + length });
    if (kind === 0) return;
    at += length;
  }
}

function option(bytes: Uint8Array, at: number, kind: number, length: number): readonly [string, string] {
  if (kind === 0) return ['End of options', ''];
  if (kind === 1) return ['No operation', ''];
  if (kind === 2 && length === 4) return ['Maximum segment size', String(u16(bytes, at + 2))];
  if (kind === 3 && length === 3) return ['Window scale', `${bytes[at + 2]} (times ${2 ** bytes[at + 2]!})`];
  if (kind === 4) return ['SACK permitted', ''];
  if (kind === 5) {
    const blocks: string[] = [];
    for (let from = at + 2; from + 8 <= at + length; from += 8)
      blocks.push(`${u32(bytes, from)}–${u32(bytes, from + 4)}`);
    return ['SACK', blocks.join(' ')];
  }
  if (kind === 8 && length === 10)
    return ['Timestamps', `value ${u32(bytes, at + 2)}, echo ${u32(bytes, at + 6)}`];
  if (kind === 28 && length === 4) {
    const field = u16(bytes, at + 2);
    return ['User timeout', `${field & 0x7fff} ${field & 0x8000 ? 'minutes' : 'seconds'}`];
  }
  return [`Option ${kind}`, `${length} octets`];
}

function verdict(bytes: Uint8Array, ip: Ip, wireLength: number): string {
  if (bytes.length < wireLength) return 'not checked: the text is masked';
  const [from, to] = ip.addresses;
  const length = Math.min(ip.length, bytes.length) - ip.header;
  const whole = sum(bytes, from, to) + 6 + length + sum(bytes, ip.header, ip.header + length);
  return fold(whole) === 0xffff ? 'good' : 'bad';
}

/** The ones' complement sum (RFC 1071) of [from, to). */
function sum(bytes: Uint8Array, from: number, to: number): number {
  let total = 0;
  for (let at = from; at < to; at += 2) total += (bytes[at]! << 8) | (at + 1 < to ? bytes[at + 1]! : 0);
  return fold(total);
}

function fold(total: number): number {
  let folded = total;
  while (folded > 0xffff) folded = (folded & 0xffff) + Math.floor(folded / 0x1_0000);
  return folded;
}

function u16(bytes: Uint8Array, at: number): number {
  return (bytes[at]! << 8) | bytes[at + 1]!;
}

function u32(bytes: Uint8Array, at: number): number {
  return u16(bytes, at) * 0x1_0000 + u16(bytes, at + 2);
}

function hex(value: number, digits: number): string {
  return `0x${value.toString(16).padStart(digits, '0')}`;
}

function dotted(bytes: Uint8Array, at: number): string {
  return bytes.subarray(at, at + 4).join('.');
}

function colons(bytes: Uint8Array, at: number): string {
  const groups = Array.from({ length: 8 }, (_, index) => u16(bytes, at + index * 2).toString(16));
  const text = groups.join(':');
  // The longest run of zeros is left out, as RFC 5952 has it.
  const runs = text.match(/(?:^|:)0(?::0)+(?::|$)/g) ?? [];
  const longest = runs.sort((a, b) => b.length - a.length)[0];
  return longest === undefined ? text : text.replace(longest, '::');
}

function printable(bytes: Uint8Array): string {
  const shown = bytes.subarray(0, 80);
  const text = Array.from(shown, (byte) => (byte >= 32 && byte < 127 ? String.fromCharCode(byte) : '·')).join(
    '',
  );
  return bytes.length > shown.length ? `${text}…` : text;
}

/** The blocks of a segment's SACK option, absolute. */
export function sackBlocks(bytes: Uint8Array): readonly { readonly left: number; readonly right: number }[] {
  const field = decode(bytes).find(({ layer, name }) => layer === 'TCP option' && name === 'SACK');
  if (!field) return [];
  return field.value.split(' ').map((text) => {
    const [left, right] = text.split('–');
    return { left: Number(left), right: Number(right) };
  });
}
