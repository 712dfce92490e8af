import { setUint16, setUint32, uint16, uint32 } from './bytes.ts';
import { MALFORMED, type Malformed } from './malformed.ts';

/** A range of sequence numbers received: `left` is its first, `right` the one behind its last (RFC 2018 section 3). */
export interface SackBlock {
  readonly left: number;
  readonly right: number;
}

/** TSval and TSecr of RFC 7323 section 3.2. */
export interface Timestamps {
  readonly value: number;
  readonly echo: number;
}

/** RFC 5482 section 3.3: a value of 1 to 32,767, and the unit that the granularity bit gives it. */
export interface UserTimeout {
  readonly unit: 'seconds' | 'minutes';
  readonly value: number;
}

/** The options of one segment. Every field is always there, so that hot code meets few hidden classes. */
export interface TcpOptions {
  readonly mss: number | undefined;
  /** A shift count from 0 to 14. */
  readonly windowScale: number | undefined;
  readonly sackPermitted: boolean;
  readonly sack: readonly SackBlock[];
  readonly timestamps: Timestamps | undefined;
  readonly userTimeout: UserTimeout | undefined;
}

const NO_SACK: readonly SackBlock[] = Object.freeze([]);

export const NO_OPTIONS: TcpOptions = Object.freeze({
  mss: undefined,
  windowScale: undefined,
  sackPermitted: false,
  sack: NO_SACK,
  timestamps: undefined,
  userTimeout: undefined,
});

/** What a data offset of 15 leaves behind the fixed header. */
export const MAX_OPTIONS_LENGTH = 40;

/** RFC 7323 section 2.3: a larger shift count is used as this one. */
const MAX_WINDOW_SCALE = 14;

const KIND = {
  end: 0,
  nop: 1,
  mss: 2,
  windowScale: 3,
  sackPermitted: 4,
  sack: 5,
  timestamps: 8,
  userTimeout: 28,
} as const;

/** Lengths with kind and length byte; SACK has this and 8 for each block. */
const LENGTH = {
  mss: 4,
  windowScale: 3,
  sackPermitted: 2,
  sack: 2,
  sackBlock: 8,
  timestamps: 10,
  userTimeout: 4,
} as const;

/** RFC 5482 section 3.3: the granularity bit. */
const MINUTES = 0x8000;

/** NOP, NOP, then kind and length of timestamps: how nearly every segment of an established connection begins its options. */
const ALIGNED_TIMESTAMPS = 0x0101_080a;

/**
 * Reads the options in `bytes[start, end)`. Of an option that is there twice the first one counts; unknown ones, and known ones
 * with a length that is not theirs, are skipped by their length (RFC 9293 MUST-6); nothing behind an end-of-list is looked at.
 *
 * @returns `tcp.option-length` for a length that leads nowhere: below 2, or beyond the header (RFC 9293 MUST-7).
 */
export function decodeTcpOptions(bytes: Uint8Array, start: number, end: number): TcpOptions | Malformed {
  if (start === end) return NO_OPTIONS;
  if (end - start === 12 && uint32(bytes, start) === ALIGNED_TIMESTAMPS) {
    return {
      mss: undefined,
      windowScale: undefined,
      sackPermitted: false,
      sack: NO_SACK,
      timestamps: timestampsAt(bytes, start + 4),
      userTimeout: undefined,
    };
  }
  let mss: number | undefined;
  let windowScale: number | undefined;
  let sackPermitted = false;
  let sack = NO_SACK;
  let timestamps: Timestamps | undefined;
  let userTimeout: UserTimeout | undefined;
  for (let at = start; at < end; ) {
    const kind = bytes[at]!;
    if (kind === KIND.end) break;
    if (kind === KIND.nop) {
      at += 1;
      continue;
    }
    const length = at + 1 < end ? bytes[at + 1]! : 0;
    if (length < 2 || at + length > end) return MALFORMED['tcp.option-length'];
    if (kind === KIND.timestamps && length === LENGTH.timestamps) timestamps ??= timestampsAt(bytes, at + 2);
    else if (kind === KIND.sack && sack === NO_SACK) sack = sackBlocksAt(bytes, at + 2, length - LENGTH.sack);
    else if (kind === KIND.mss && length === LENGTH.mss) mss ??= uint16(bytes, at + 2);
    else if (kind === KIND.windowScale && length === LENGTH.windowScale) {
      windowScale ??= Math.min(bytes[at + 2]!, MAX_WINDOW_SCALE);
    } else if (kind === KIND.sackPermitted && length === LENGTH.sackPermitted) sackPermitted = true;
    else if (kind === KIND.userTimeout && length === LENGTH.userTimeout)
      userTimeout ??= userTimeoutAt(bytes, at + 2);
    at += length;
  }
  return { mss, windowScale, sackPermitted, sack, timestamps, userTimeout };
}

/** The bytes that `writeTcpOptions` writes: a multiple of 4, at most 40. */
export function encodedTcpOptionsLength(options: TcpOptions): number {
  const length = lengthBeforeSack(options);
  const blocks = fittingSackBlocks(options, length);
  return blocks === 0 ? length : length + 2 + LENGTH.sack + blocks * LENGTH.sackBlock;
}

/**
 * Writes the options at `offset`: MSS, SACK permitted, timestamps, window scale, user timeout, SACK, each group brought to a multiple of 4 by
 * NOPs in front of it. On a SYN that is the order that Linux uses. Of the SACK blocks, as many as the 40 bytes have room for.
 *
 * @returns the offset behind the last option.
 */
export function writeTcpOptions(bytes: Uint8Array, offset: number, options: TcpOptions): number {
  const { mss, windowScale, sackPermitted, sack, timestamps, userTimeout } = options;
  let at = offset;
  if (mss !== undefined) {
    at = writeKind(bytes, at, KIND.mss, LENGTH.mss);
    setUint16(bytes, at, mss);
    at += 2;
  }
  // SACK permitted is as long as the two NOPs that timestamps need, and takes their place.
  if (sackPermitted) {
    if (timestamps === undefined) at = writeNops(bytes, at);
    at = writeKind(bytes, at, KIND.sackPermitted, LENGTH.sackPermitted);
  }
  if (timestamps !== undefined) {
    if (!sackPermitted) at = writeNops(bytes, at);
    at = writeKind(bytes, at, KIND.timestamps, LENGTH.timestamps);
    setUint32(bytes, at, timestamps.value);
    setUint32(bytes, at + 4, timestamps.echo);
    at += 8;
  }
  if (windowScale !== undefined) {
    bytes[at] = KIND.nop;
    at = writeKind(bytes, at + 1, KIND.windowScale, LENGTH.windowScale);
    bytes[at] = windowScale;
    at += 1;
  }
  if (userTimeout !== undefined) {
    at = writeKind(bytes, at, KIND.userTimeout, LENGTH.userTimeout);
    setUint16(bytes, at, (userTimeout.unit === 'minutes' ? MINUTES : 0) | (userTimeout.value & ~MINUTES));
    at += 2;
  }
  const blocks = fittingSackBlocks(options, at - offset);
  if (blocks === 0) return at;
  at = writeNops(bytes, at);
  at = writeKind(bytes, at, KIND.sack, LENGTH.sack + blocks * LENGTH.sackBlock);
  for (let i = 0; i < blocks; i++, at += LENGTH.sackBlock) {
    setUint32(bytes, at, sack[i]!.left);
    setUint32(bytes, at + 4, sack[i]!.right);
  }
  return at;
}

function timestampsAt(bytes: Uint8Array, at: number): Timestamps {
  return { value: uint32(bytes, at), echo: uint32(bytes, at + 4) };
}

/** RFC 5482 section 3.4: a value of 0 is reserved, and ignored. */
function userTimeoutAt(bytes: Uint8Array, at: number): UserTimeout | undefined {
  const field = uint16(bytes, at);
  const value = field & ~MINUTES;
  if (value === 0) return undefined;
  return { unit: (field & MINUTES) !== 0 ? 'minutes' : 'seconds', value };
}

function sackBlocksAt(bytes: Uint8Array, at: number, length: number): readonly SackBlock[] {
  if (length === 0 || length % LENGTH.sackBlock !== 0) return NO_SACK;
  const blocks: SackBlock[] = [];
  for (let i = at; i < at + length; i += LENGTH.sackBlock) {
    blocks.push({ left: uint32(bytes, i), right: uint32(bytes, i + 4) });
  }
  return blocks;
}

function lengthBeforeSack(options: TcpOptions): number {
  const { mss, windowScale, sackPermitted, timestamps, userTimeout } = options;
  const pairLength = timestamps !== undefined ? 12 : sackPermitted ? 4 : 0;
  return (
    (mss !== undefined ? 4 : 0) +
    pairLength +
    (windowScale !== undefined ? 4 : 0) +
    (userTimeout !== undefined ? LENGTH.userTimeout : 0)
  );
}

function fittingSackBlocks(options: TcpOptions, lengthBefore: number): number {
  const room = MAX_OPTIONS_LENGTH - lengthBefore - 2 - LENGTH.sack;
  return Math.min(options.sack.length, Math.floor(room / LENGTH.sackBlock));
}

function writeKind(bytes: Uint8Array, at: number, kind: number, length: number): number {
  bytes[at] = kind;
  bytes[at + 1] = length;
  return at + 2;
}

function writeNops(bytes: Uint8Array, at: number): number {
  bytes[at] = KIND.nop;
  bytes[at + 1] = KIND.nop;
  return at + 2;
}
