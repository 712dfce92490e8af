/**
 * Reassembly of datagrams that came in fragments (RFC 791 section 3.2, RFC 1122 section 3.3.2, RFC 8200 section 4.5), within
 * bounds that no peer can exceed. It keeps no time: whoever calls says what time it is, and calls `expire` when it is due.
 */

import { type Fragment, fragmentLength, joinFragments, lacksHeaders } from '../wire/index.ts';
import type { Frame } from './device.ts';

export interface ReassemblyLimits {
  /** How long fragments wait for the others, counted from the first that came. RFC 8200: 60 s; RFC 1122: 60 to 120 s, whatever their TTL. */
  readonly lifetimeMs: number;
  /** How many datagrams may wait. */
  readonly datagrams: number;
  /** How many bytes they may hold all together, `OVERHEAD` for each fragment counted in. */
  readonly bytes: number;
  /** How many fragments one datagram may come in. */
  readonly fragments: number;
}

/**
 * 256 fragments make 64 KiB in pieces of 256 octets, and 1,500 bytes in the smallest pieces that there are. What an attacker
 * can hold is a megabyte; and since the oldest make room for the newest, nobody else's datagram waits for his to expire.
 */
export const REASSEMBLY_LIMITS: ReassemblyLimits = {
  lifetimeMs: 60_000,
  datagrams: 256,
  bytes: 1_048_576,
  fragments: 256,
};

/** About what a fragment costs beside its bytes. */
const OVERHEAD = 256;
/** The most that either IP header's length field can say. */
const LONGEST = 65_535;

export type FragmentDrop =
  /** All but the last bring a multiple of eight octets, and all bring some. */
  | 'ip.fragment-length'
  /** The datagram would be longer than 65,535. */
  | 'ip.fragment-too-long'
  /** IPv6: the first fragment does not have all of the headers. */
  | 'ip.fragment-headers'
  /** It is here already, octet for octet. */
  | 'ip.fragment-duplicate'
  /** It contradicts those that are here: overlaps them, or ends the datagram elsewhere. The datagram is given up. */
  | 'ip.fragment-overlap'
  | 'ip.fragment-too-many';

export type Reassembled =
  | { readonly kind: 'whole'; readonly datagram: Frame }
  /** It waits; `evicted` older datagrams had to make room. */
  | { readonly kind: 'held'; readonly octets: number; readonly evicted: number }
  | {
      readonly kind: 'dropped';
      readonly reason: FragmentDrop;
      /** For IPv6: the parameter problem that its sender is told of. */
      readonly problem?: { readonly code: 0 | 3; readonly pointer: number };
    };

interface Waiting {
  readonly dueMs: number;
  /** By offset, without overlaps. Empty once the datagram was given up: then what comes of it is dropped until it expires. */
  parts: Fragment[];
  /** Octets that are here, and how many there are to be, once the last fragment has come. */
  octets: number;
  total: number | undefined;
  bytes: number;
  refused: 'ip.fragment-overlap' | 'ip.fragment-too-many' | undefined;
}

export class Reassembly {
  readonly #limits: ReassemblyLimits;
  /** Oldest first, so that those due first are first as well. */
  readonly #waiting = new Map<string, Waiting>();
  #bytes = 0;

  constructor(limits: Partial<ReassemblyLimits> = {}) {
    this.#limits = { ...REASSEMBLY_LIMITS, ...limits };
  }

  /** How many datagrams wait, and what they cost. */
  get size(): number {
    return this.#waiting.size;
  }

  get bytes(): number {
    return this.#bytes;
  }

  /** When `expire` has to be called next; undefined when nothing waits. */
  get dueMs(): number | undefined {
    const { value } = this.#waiting.values().next();
    return value?.dueMs;
  }

  /** A fragment arrives. Its bytes are kept as they are: nobody may write to them afterwards. */
  arrive(fragment: Fragment, nowMs: number): Reassembled {
    const wrong = refusal(fragment);
    if (wrong) return wrong;
    const key = keyOf(fragment);
    let waiting = this.#waiting.get(key);
    if (!waiting) {
      const dueMs = nowMs + this.#limits.lifetimeMs;
      waiting = { dueMs, parts: [], octets: 0, total: undefined, bytes: OVERHEAD, refused: undefined };
      this.#bytes += OVERHEAD;
      this.#waiting.set(key, waiting);
    }
    if (waiting.refused) return { kind: 'dropped', reason: waiting.refused };
    const place = placeOf(waiting, fragment);
    if (place === 'duplicate') return { kind: 'dropped', reason: 'ip.fragment-duplicate' };
    if (place === 'overlap') return this.#giveUp(waiting, 'ip.fragment-overlap');
    if (waiting.parts.length >= this.#limits.fragments) return this.#giveUp(waiting, 'ip.fragment-too-many');

    const length = fragmentLength(fragment);
    waiting.parts.splice(place, 0, fragment);
    waiting.octets += length;
    if (!fragment.more) waiting.total = fragment.offset + length;
    if (waiting.octets === waiting.total) return this.#complete(key, waiting);
    this.#charge(waiting, fragment.packet.bytes.length + OVERHEAD);
    return { kind: 'held', octets: waiting.octets, evicted: this.#makeRoom() };
  }

  /**
   * Gives up what has waited long enough. Returns the first fragment of each such datagram, the one with its headers, or
   * undefined where that has not come: then nobody is told (RFC 1122 section 3.3.2, RFC 8200 section 4.5).
   */
  expire(nowMs: number): readonly (Fragment | undefined)[] {
    const expired: (Fragment | undefined)[] = [];
    for (const [key, waiting] of this.#waiting) {
      if (waiting.dueMs > nowMs) break;
      this.#remove(key, waiting);
      // What was given up before is gone in silence.
      if (waiting.refused) continue;
      const first = waiting.parts[0];
      expired.push(first?.offset === 0 ? first : undefined);
    }
    return expired;
  }

  #complete(key: string, waiting: Waiting): Reassembled {
    this.#remove(key, waiting);
    const { parts } = waiting;
    // Longer headers on the first fragment than on the others: only now it is known how long the whole is.
    if (isTooLong(parts[0]!, waiting.octets)) return { kind: 'dropped', reason: 'ip.fragment-too-long' };
    return { kind: 'whole', datagram: joinFragments(parts) };
  }

  /**
   * RFC 8200 section 4.5 (and RFC 5722): a datagram with an overlap goes without a word, the fragments too that have not come
   * yet. So its name is kept until its time is over: those would begin it anew otherwise.
   */
  #giveUp(waiting: Waiting, reason: NonNullable<Waiting['refused']>): Reassembled {
    this.#charge(waiting, OVERHEAD - waiting.bytes);
    waiting.parts = [];
    waiting.refused = reason;
    return { kind: 'dropped', reason };
  }

  #makeRoom(): number {
    let evicted = 0;
    for (const [key, waiting] of this.#waiting) {
      if (this.#waiting.size <= this.#limits.datagrams && this.#bytes <= this.#limits.bytes) break;
      this.#remove(key, waiting);
      evicted++;
    }
    return evicted;
  }

  #charge(waiting: Waiting, bytes: number): void {
    waiting.bytes += bytes;
    this.#bytes += bytes;
  }

  #remove(key: string, waiting: Waiting): void {
    this.#waiting.delete(key);
    this.#bytes -= waiting.bytes;
  }
}

/** RFC 791: source, destination, protocol and number. RFC 8200: the protocol is none of it, since only the first fragment's counts. */
function keyOf({ packet, id }: Fragment): string {
  const { src, dst, protocol, version } = packet;
  return `${src} ${dst} ${id} ${version === 4 ? protocol : ''}`;
}

/** What is wrong with a fragment by itself. */
function refusal(fragment: Fragment): Reassembled | undefined {
  const { packet, more, headerEnd, offset } = fragment;
  const length = fragmentLength(fragment);
  const version6 = packet.version === 6;
  if (length === 0 || (more && length % 8 !== 0)) {
    // RFC 8200 section 4.5: the payload length is what is wrong with it.
    const problem = version6 && length > 0 ? { problem: { code: 0, pointer: 4 } as const } : {};
    return { kind: 'dropped', reason: 'ip.fragment-length', ...problem };
  }
  if (isTooLong(fragment, offset + length)) {
    // Its offset is, two bytes behind the beginning of the fragment header.
    const problem = version6 ? { problem: { code: 0, pointer: headerEnd + 2 } as const } : {};
    return { kind: 'dropped', reason: 'ip.fragment-too-long', ...problem };
  }
  if (lacksHeaders(fragment))
    return { kind: 'dropped', reason: 'ip.fragment-headers', problem: { code: 3, pointer: 0 } };
  return undefined;
}

function isTooLong({ packet, headerEnd }: Fragment, octets: number): boolean {
  return (packet.version === 4 ? headerEnd : headerEnd - 40) + octets > LONGEST;
}

/** Where the fragment belongs among those that are here. */
function placeOf({ parts, total }: Waiting, fragment: Fragment): number | 'duplicate' | 'overlap' {
  const { offset, more } = fragment;
  const end = offset + fragmentLength(fragment);
  let low = 0;
  let high = parts.length;
  while (low < high) {
    const middle = (low + high) >>> 1;
    if (parts[middle]!.offset < offset) low = middle + 1;
    else high = middle;
  }
  const next = parts[low];
  if (next && isSame(next, fragment)) return 'duplicate';
  const before = parts[low - 1];
  if (before && before.offset + fragmentLength(before) > offset) return 'overlap';
  if (next && next.offset < end) return 'overlap';
  // The last fragment says where the datagram ends: nothing lies behind, and there is no other one.
  const isLast = low === parts.length;
  if (total !== undefined && (!more || isLast)) return 'overlap';
  return more || isLast ? low : 'overlap';
}

function isSame(one: Fragment, other: Fragment): boolean {
  const length = fragmentLength(one);
  if (one.offset !== other.offset || one.more !== other.more || length !== fragmentLength(other))
    return false;
  const { bytes: a, start: startA } = one.packet;
  const { bytes: b, start: startB } = other.packet;
  for (let i = 0; i < length; i++) if (a[startA + i] !== b[startB + i]) return false;
  return true;
}
