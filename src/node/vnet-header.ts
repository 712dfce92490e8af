/**
 * The header that IFF_VNET_HDR puts before each packet of a TUN device: `struct virtio_net_hdr` of <linux/virtio_net.h>. It
 * says what is still to be done to the packet, so that segments of up to 64 KiB and packets without a checksum can cross.
 */

import type { OffloadedFrame } from '../net/device.ts';
import { checksum, TCP_HEADER_LENGTH } from '../wire/index.ts';

export const VNET_HEADER_LENGTH = 10;

/** Offsets; the numbers are in the host's byte order, which is little-endian wherever a TUN device is opened. */
const AT = {
  flags: 0,
  gsoType: 1,
  headerLength: 2,
  gsoSize: 4,
  checksumStart: 6,
  checksumOffset: 8,
} as const;
const NEEDS_CHECKSUM = 1;
const DATA_VALID = 2;
const GSO = { none: 0, tcp4: 1, tcp6: 4 } as const;
/** Beside a type: the packet carries CWR, which only its first segment shall. */
const GSO_ECN = 0x80;

/** Where TCP's checksum is in its header: only TCP's has it there. */
const TCP_CHECKSUM = 16;
const DATA_OFFSET = 12;

/** What the header says of the frame behind it. Both are parts of `bytes`, which is changed where only the header knows how. */
export function readVnetHeader(bytes: Uint8Array): Omit<OffloadedFrame, 'frame'> {
  const flags = bytes[AT.flags]!;
  const gsoType = bytes[AT.gsoType]! & ~GSO_ECN;
  const segmentSize = gsoType === GSO.tcp4 || gsoType === GSO.tcp6 ? get(bytes, AT.gsoSize) : 0;
  if ((flags & NEEDS_CHECKSUM) === 0) {
    return { segmentSize, checksum: (flags & DATA_VALID) !== 0 ? 'verified' : 'complete' };
  }
  const offset = get(bytes, AT.checksumOffset);
  if (offset === TCP_CHECKSUM) return { segmentSize, checksum: 'partial' };
  // Another protocol's: what is in the field already counts, and the field is not read again.
  const start = VNET_HEADER_LENGTH + get(bytes, AT.checksumStart);
  const at = start + offset;
  if (at + 2 <= bytes.length) {
    const sum = checksum(bytes, start, bytes.length);
    bytes[at] = sum >>> 8;
    bytes[at + 1] = sum;
  }
  return { segmentSize, checksum: 'verified' };
}

/** Writes the header of a frame that stands behind it: of one as it is, or of TCP's whose checksum is partial. */
export function writeVnetHeader(
  bytes: Uint8Array,
  { segmentSize, checksum }: Omit<OffloadedFrame, 'frame'>,
): void {
  bytes.fill(0, 0, VNET_HEADER_LENGTH);
  if (checksum !== 'partial') return;
  const isIpv4 = bytes[VNET_HEADER_LENGTH]! >>> 4 === 4;
  // Those that a stack makes: no IPv6 extension headers.
  const start = isIpv4 ? (bytes[VNET_HEADER_LENGTH]! & 0x0f) << 2 : 40;
  bytes[AT.flags] = NEEDS_CHECKSUM;
  set(bytes, AT.checksumStart, start);
  set(bytes, AT.checksumOffset, TCP_CHECKSUM);
  if (segmentSize === 0) return;
  bytes[AT.gsoType] = isIpv4 ? GSO.tcp4 : GSO.tcp6;
  const tcpLength = (bytes[VNET_HEADER_LENGTH + start + DATA_OFFSET]! >>> 4) << 2;
  set(bytes, AT.headerLength, start + Math.max(TCP_HEADER_LENGTH, tcpLength));
  set(bytes, AT.gsoSize, segmentSize);
}

/** Whether the frame behind the header is to be cut into segments. */
export function isSuperSegment(bytes: Uint8Array): boolean {
  return bytes[AT.gsoType] !== GSO.none;
}

function get(bytes: Uint8Array, at: number): number {
  return bytes[at]! | (bytes[at + 1]! << 8);
}

function set(bytes: Uint8Array, at: number, value: number): void {
  bytes[at] = value;
  bytes[at + 1] = value >>> 8;
}
