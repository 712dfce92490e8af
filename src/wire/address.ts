import { int32, setUint32 } from './bytes.ts';

export type IpVersion = 4 | 6;

/**
 * An IPv4 or IPv6 address, as four signed 32-bit words. IPv4 `a.b.c.d` has the words of `::ffff:a.b.c.d`; that IPv6 address is not
 * equal to it all the same.
 *
 * @example
 * ```ts
 * parseAddress('2001:DB8:0:0:0:0:0:1')?.toString(); // '2001:db8::1'
 * ```
 */
export class IpAddress {
  readonly version: IpVersion;
  readonly w0: number;
  readonly w1: number;
  readonly w2: number;
  readonly w3: number;

  private constructor(version: IpVersion, w0: number, w1: number, w2: number, w3: number) {
    this.version = version;
    this.w0 = w0 | 0;
    this.w1 = w1 | 0;
    this.w2 = w2 | 0;
    this.w3 = w3 | 0;
  }

  /** The IPv4 address whose 32 bits are `word`, signed or unsigned. */
  static v4(word: number): IpAddress {
    return new IpAddress(4, 0, 0, 0xffff, word);
  }

  /** The IPv6 address whose 128 bits are the four words, signed or unsigned. */
  static v6(w0: number, w1: number, w2: number, w3: number): IpAddress {
    return new IpAddress(6, w0, w1, w2, w3);
  }

  /** Reads 4 or 16 bytes in network order. They must be there. */
  static fromBytes(bytes: Uint8Array, offset: number, version: IpVersion): IpAddress {
    if (version === 4) return IpAddress.v4(int32(bytes, offset));
    return new IpAddress(
      6,
      int32(bytes, offset),
      int32(bytes, offset + 4),
      int32(bytes, offset + 8),
      int32(bytes, offset + 12),
    );
  }

  /** Writes 4 or 16 bytes in network order. */
  writeTo(bytes: Uint8Array, offset: number): void {
    if (this.version === 4) {
      setUint32(bytes, offset, this.w3);
      return;
    }
    setUint32(bytes, offset, this.w0);
    setUint32(bytes, offset + 4, this.w1);
    setUint32(bytes, offset + 8, this.w2);
    setUint32(bytes, offset + 12, this.w3);
  }

  equals(other: IpAddress): boolean {
    return (
      this.w3 === other.w3 &&
      this.w2 === other.w2 &&
      this.w1 === other.w1 &&
      this.w0 === other.w0 &&
      this.version === other.version
    );
  }

  /** 224.0.0.0/4 or ff00::/8. */
  get isMulticast(): boolean {
    return this.version === 4 ? this.w3 >>> 28 === 0xe : this.w0 >>> 24 === 0xff;
  }

  /** 255.255.255.255; a subnet's own broadcast address can't be told without its prefix. */
  get isBroadcast(): boolean {
    return this.version === 4 && this.w3 === -1;
  }

  /** 0.0.0.0 or `::`. */
  get isUnspecified(): boolean {
    return this.w3 === 0 && (this.version === 4 || (this.w0 === 0 && this.w1 === 0 && this.w2 === 0));
  }

  /** 127.0.0.0/8 or `::1`. */
  get isLoopback(): boolean {
    if (this.version === 4) return this.w3 >>> 24 === 127;
    return this.w0 === 0 && this.w1 === 0 && this.w2 === 0 && this.w3 === 1;
  }

  /** Dotted decimal, or the one text form of RFC 5952. */
  toString(): string {
    return this.version === 4 ? dotted(this.w3) : colons(this);
  }
}

/**
 * Reads an address literal: dotted decimal of four numbers without leading zeros, or any text form of RFC 4291 section 2.2.
 *
 * @returns undefined for anything else: names, zones (`%eth0`), ports, prefixes, blanks.
 */
export function parseAddress(text: string): IpAddress | undefined {
  if (!text.includes(':')) {
    const word = parseDotted(text);
    return word === undefined ? undefined : IpAddress.v4(word);
  }
  const groups = parseGroups(text);
  if (groups === undefined) return undefined;
  const word = (i: number) => (groups[i]! << 16) | groups[i + 1]!;
  return IpAddress.v6(word(0), word(2), word(4), word(6));
}

/**
 * Reads `address/prefix`, as `198.18.0.1/24`; the bits behind the prefix are kept.
 *
 * @returns undefined for anything else, a missing or too long prefix too.
 */
export function parseCidr(text: string): { address: IpAddress; prefix: number } | undefined {
  const slash = text.indexOf('/');
  if (slash < 0) return undefined;
  const address = parseAddress(text.slice(0, slash));
  const digits = text.slice(slash + 1);
  if (address === undefined || !/^(0|[1-9]\d{0,2})$/.test(digits)) return undefined;
  const prefix = Number(digits);
  return prefix <= addressBits(address.version) ? { address, prefix } : undefined;
}

/**
 * Whether the first `prefix` bits of both are the same. Never across versions.
 *
 * @throws RangeError if `prefix` is not an integer from 0 to 32 or 128.
 */
export function inPrefix(address: IpAddress, network: IpAddress, prefix: number): boolean {
  if (!Number.isInteger(prefix) || prefix < 0 || prefix > addressBits(network.version)) {
    throw new RangeError(
      `prefix ${prefix} of ${network}: give an integer from 0 to ${addressBits(network.version)}`,
    );
  }
  if (address.version !== network.version) return false;
  if (network.version === 4) return sameBits(address.w3, network.w3, prefix);
  return (
    sameBits(address.w0, network.w0, prefix) &&
    sameBits(address.w1, network.w1, prefix - 32) &&
    sameBits(address.w2, network.w2, prefix - 64) &&
    sameBits(address.w3, network.w3, prefix - 96)
  );
}

function addressBits(version: IpVersion): number {
  return version === 4 ? 32 : 128;
}

/** Compares the first `count` bits of two words: none if it is 0 or less, all if it is 32 or more. */
function sameBits(a: number, b: number, count: number): boolean {
  if (count <= 0) return true;
  return count >= 32 ? a === b : (a ^ b) >>> (32 - count) === 0;
}

function dotted(word: number): string {
  return `${word >>> 24}.${(word >>> 16) & 0xff}.${(word >>> 8) & 0xff}.${word & 0xff}`;
}

function colons({ w0, w1, w2, w3 }: IpAddress): string {
  // RFC 5952 section 5: addresses known to embed an IPv4 address show it.
  if (w0 === 0 && w1 === 0 && w2 === 0xffff) return `::ffff:${dotted(w3)}`;
  const groups = [w0, w1, w2, w3].flatMap((word) => [word >>> 16, word & 0xffff]);
  const { start, length } = longestZeroRun(groups);
  const hex = groups.map((group) => group.toString(16));
  // RFC 5952 section 4.2.2: a single zero group is never shortened.
  if (length < 2) return hex.join(':');
  return `${hex.slice(0, start).join(':')}::${hex.slice(start + length).join(':')}`;
}

/** The first of the longest runs of zero groups (RFC 5952 section 4.2.3). */
function longestZeroRun(groups: readonly number[]): { start: number; length: number } {
  let best = { start: 0, length: 0 };
  let start = 0;
  groups.forEach((group, i) => {
    if (group !== 0) start = i + 1;
    else if (i + 1 - start > best.length) best = { start, length: i + 1 - start };
  });
  return best;
}

function parseDotted(text: string): number | undefined {
  const parts = text.split('.');
  if (parts.length !== 4) return undefined;
  let word = 0;
  for (const part of parts) {
    if (!/^(0|[1-9]\d{0,2})$/.test(part) || Number(part) > 255) return undefined;
    word = (word << 8) | Number(part);
  }
  return word;
}

/** The eight groups of an IPv6 literal. */
function parseGroups(text: string): readonly number[] | undefined {
  const halves = text.split('::');
  if (halves.length > 2) return undefined;
  const embedsAtEnd = halves.length - 1;
  const parsed = halves.map((half, i) => parseGroupList(half, i === embedsAtEnd));
  const [head, tail] = parsed;
  if (head === undefined) return undefined;
  if (halves.length === 1) return head.length === 8 ? head : undefined;
  // `::` stands for one group of zeros at least (RFC 4291 section 2.2).
  if (tail === undefined || head.length + tail.length > 7) return undefined;
  return [...head, ...new Array<number>(8 - head.length - tail.length).fill(0), ...tail];
}

/** Groups with `:` between them, the last of which may be an IPv4 address in dotted decimal; none in an empty text. */
function parseGroupList(text: string, mayEmbed: boolean): readonly number[] | undefined {
  if (text === '') return [];
  const groups: number[] = [];
  const parts = text.split(':');
  for (const [i, part] of parts.entries()) {
    if (/^[0-9a-f]{1,4}$/i.test(part)) {
      groups.push(Number.parseInt(part, 16));
      continue;
    }
    const word = mayEmbed && i === parts.length - 1 ? parseDotted(part) : undefined;
    if (word === undefined) return undefined;
    groups.push(word >>> 16, word & 0xffff);
  }
  return groups;
}
