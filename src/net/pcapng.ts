/**
 * Captures in the pcapng format (draft-ietf-opsawg-pcapng) as plain bytes: a header, then one block a packet, all of them
 * simply one after the other. Link type RAW: each packet begins with its IP header. Times are nanoseconds.
 */

import type { Frame } from './device.ts';

export interface PcapngHeaderOptions {
  /** The most bytes kept of a packet, as given to {@link pcapngPacket}; 0, the default, for no limit. */
  readonly snapLength?: number;
  /** The program named in the file. Default `statewire`. */
  readonly application?: string;
  readonly interfaceName?: string;
  /** Names of several interfaces, in place of the one; a packet says by its number whose it is. */
  readonly interfaceNames?: readonly string[];
}

export interface PcapngPacketOptions {
  /** Shown by Wireshark beside the packet. At most 65,535 bytes of UTF-8; what is beyond is cut off. */
  readonly comment?: string;
  /** As seen from the stack. */
  readonly direction?: 'in' | 'out';
  /** Keep no more than so many bytes of the packet; its full length is noted all the same. 0, the default, keeps all. */
  readonly snapLength?: number;
  /** Which of the header's interfaces it belongs to, counted from 0. Default 0. */
  readonly interface?: number;
}

const SECTION_HEADER = 0x0a0d_0d0a;
const INTERFACE_DESCRIPTION = 1;
const ENHANCED_PACKET = 6;

const BYTE_ORDER_MAGIC = 0x1a2b_3c4d;
const LINKTYPE_RAW = 101;
const NANOSECONDS = 9;

const OPTION_COMMENT = 1;
const OPTION_SECTION_APPLICATION = 4;
const OPTION_INTERFACE_NAME = 2;
const OPTION_INTERFACE_TIME_RESOLUTION = 9;
const OPTION_PACKET_FLAGS = 2;
const LONGEST_OPTION = 0xffff;

const DIRECTION_FLAGS = { in: 1, out: 2 } as const;

/** The bytes that a capture begins with: a section header and the descriptions of its interfaces; one by default. */
export function pcapngHeader(options: PcapngHeaderOptions = {}): Uint8Array {
  const { snapLength = 0, application = 'statewire', interfaceName } = options;
  const names = options.interfaceNames ?? [interfaceName];
  const section = new Block(SECTION_HEADER, 16);
  section.uint32(BYTE_ORDER_MAGIC);
  section.uint16(1); // major version
  section.uint16(0); // minor version
  section.uint32(0xffff_ffff); // section length unknown, so that a reader follows a stream
  section.uint32(0xffff_ffff);
  const sectionBytes = section.finish([[OPTION_SECTION_APPLICATION, utf8(application)]]);

  return concat([sectionBytes, ...names.map((name) => describeInterface(name, snapLength))]);
}

function describeInterface(name: string | undefined, snapLength: number): Uint8Array {
  const description = new Block(INTERFACE_DESCRIPTION, 8);
  description.uint16(LINKTYPE_RAW);
  description.uint16(0);
  description.uint32(snapLength);
  const options: BlockOption[] = [[OPTION_INTERFACE_TIME_RESOLUTION, Uint8Array.of(NANOSECONDS)]];
  if (name !== undefined) options.unshift([OPTION_INTERFACE_NAME, utf8(name)]);
  return description.finish(options);
}

function concat(parts: readonly Uint8Array[]): Uint8Array {
  const whole = new Uint8Array(parts.reduce((sum, { length }) => sum + length, 0));
  let at = 0;
  for (const part of parts) {
    whole.set(part, at);
    at += part.length;
  }
  return whole;
}

/**
 * The bytes of one packet.
 *
 * @param timeNs Nanoseconds since 1970, or since any other origin: see {@link nanoseconds}.
 */
export function pcapngPacket(frame: Frame, timeNs: bigint, options: PcapngPacketOptions = {}): Uint8Array {
  const { comment, direction, snapLength = 0 } = options;
  const kept = snapLength > 0 && frame.length > snapLength ? frame.subarray(0, snapLength) : frame;
  const block = new Block(ENHANCED_PACKET, 20 + padded(kept.length));
  block.uint32(options.interface ?? 0);
  block.uint32(Number((timeNs >> 32n) & 0xffff_ffffn));
  block.uint32(Number(timeNs & 0xffff_ffffn));
  block.uint32(kept.length);
  block.uint32(frame.length);
  block.bytes(kept);
  const packetOptions: BlockOption[] = [];
  if (comment !== undefined) packetOptions.push([OPTION_COMMENT, utf8(comment)]);
  if (direction !== undefined) {
    packetOptions.push([OPTION_PACKET_FLAGS, Uint8Array.of(DIRECTION_FLAGS[direction], 0, 0, 0)]);
  }
  return block.finish(packetOptions);
}

/**
 * A clock's time as {@link pcapngPacket} wants it: `timeMs` after `originNs`. Keep the origin apart: in a number of
 * milliseconds since 1970 there is no room for nanoseconds.
 */
export function nanoseconds(timeMs: number, originNs = 0n): bigint {
  return originNs + BigInt(Math.round(timeMs * 1e6));
}

type BlockOption = readonly [code: number, value: Uint8Array];

/** A block under construction, little-endian: its type, its length, a body, options, and its length once more. */
class Block {
  readonly #type: number;
  #bytes: Uint8Array;
  #view: DataView;
  #end = 8;

  constructor(type: number, bodyLength: number) {
    this.#type = type;
    this.#bytes = new Uint8Array(8 + bodyLength);
    this.#view = new DataView(this.#bytes.buffer);
  }

  uint16(value: number): void {
    this.#view.setUint16(this.#end, value, true);
    this.#end += 2;
  }

  uint32(value: number): void {
    this.#view.setUint32(this.#end, value, true);
    this.#end += 4;
  }

  /** Appends the bytes and zeros up to the next multiple of four. */
  bytes(bytes: Uint8Array): void {
    this.#bytes.set(bytes, this.#end);
    this.#end += padded(bytes.length);
  }

  finish(options: readonly BlockOption[]): Uint8Array {
    const optionsLength = options.reduce((sum, [, value]) => sum + 4 + padded(value.length), 0);
    const endOfOptions = options.length > 0 ? 4 : 0;
    this.#grow(this.#end + optionsLength + endOfOptions + 4);
    for (const [code, value] of options) {
      this.uint16(code);
      this.uint16(value.length);
      this.bytes(value);
    }
    if (endOfOptions > 0) this.uint32(0);
    const length = this.#end + 4;
    this.uint32(length);
    this.#view.setUint32(0, this.#type, true);
    this.#view.setUint32(4, length, true);
    return this.#bytes;
  }

  #grow(length: number): void {
    const bytes = new Uint8Array(length);
    bytes.set(this.#bytes);
    this.#bytes = bytes;
    this.#view = new DataView(bytes.buffer);
  }
}

const encoder = new TextEncoder();

/** An option's text, cut between two characters where it would not fit the option's 16-bit length. */
function utf8(text: string): Uint8Array {
  const bytes = encoder.encode(text);
  if (bytes.length <= LONGEST_OPTION) return bytes;
  const cut = new Uint8Array(LONGEST_OPTION);
  return cut.subarray(0, encoder.encodeInto(text, cut).written);
}

function padded(length: number): number {
  return (length + 3) & ~3;
}
