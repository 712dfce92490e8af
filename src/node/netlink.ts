import type { InterfaceAddress } from './cidr.ts';
import { AF_INET, AF_INET6, AF_NETLINK, errno, type Linux, SOCK_NONBLOCK, SOCK_RAW } from './linux.ts';

// <linux/netlink.h>
const NETLINK_ROUTE = 0;
const NLMSG_ERROR = 2;
const NLMSG_DONE = 3;
const NLM_F_REQUEST = 0x1;
const NLM_F_ACK = 0x4;
const NLM_F_EXCL = 0x200;
const NLM_F_CREATE = 0x400;
const NLM_F_DUMP = 0x300;
const HEADER = 16;

// <linux/rtnetlink.h>, <linux/if_addr.h>
const RTM_NEWADDR = 20;
const RTM_GETADDR = 22;
const IFADDRMSG = 8;
const IFA_ADDRESS = 1;
const IFA_LOCAL = 2;
const ATTRIBUTE = 4;
const RTM_NEWROUTE = 24;
const RTMSG = 12;
const RTA_OIF = 4;
const RT_TABLE_MAIN = 254;
const RTPROT_BOOT = 3;
const RT_SCOPE_UNIVERSE = 0;
const RT_SCOPE_LINK = 253;
const RTN_UNICAST = 1;
/** No duplicate address detection (RFC 4862 section 5.4): nobody else is on the link, and it would only cost time. */
const IFA_F_NODAD = 0x02;

/**
 * Adds an address to an interface, beside those that it has. (The ioctl SIOCSIFADDR would replace the IPv4 address that
 * is there.)
 *
 * @returns 0, or minus the errno; -EEXIST when the interface has it already.
 */
export function addAddress(linux: Linux, interfaceIndex: number, cidr: InterfaceAddress): number {
  const attribute = aligned(ATTRIBUTE + cidr.address.length);
  const { bytes, view } = request(IFADDRMSG + 2 * attribute, {
    type: RTM_NEWADDR,
    flags: NLM_F_ACK | NLM_F_CREATE | NLM_F_EXCL,
  });
  view.setUint8(HEADER, cidr.version === 4 ? AF_INET : AF_INET6);
  view.setUint8(HEADER + 1, cidr.prefixLength);
  view.setUint8(HEADER + 2, cidr.version === 6 ? IFA_F_NODAD : 0);
  view.setUint32(HEADER + 4, interfaceIndex, true);
  [IFA_LOCAL, IFA_ADDRESS].forEach((type, nth) => {
    const at = HEADER + IFADDRMSG + nth * attribute;
    view.setUint16(at, ATTRIBUTE + cidr.address.length, true);
    view.setUint16(at + 2, type, true);
    bytes.set(cidr.address, at + ATTRIBUTE);
  });
  return exchange(linux, bytes, () => undefined);
}

/**
 * Sends all that has no other way out through an interface, which needs no gateway.
 *
 * @returns 0, or minus the errno.
 */
export function addDefaultRoute(linux: Linux, interfaceIndex: number, version: 4 | 6): number {
  const { bytes, view } = request(RTMSG + ATTRIBUTE + 4, {
    type: RTM_NEWROUTE,
    flags: NLM_F_ACK | NLM_F_CREATE | NLM_F_EXCL,
  });
  view.setUint8(HEADER, version === 4 ? AF_INET : AF_INET6);
  view.setUint8(HEADER + 4, RT_TABLE_MAIN);
  view.setUint8(HEADER + 5, RTPROT_BOOT);
  view.setUint8(HEADER + 6, version === 4 ? RT_SCOPE_LINK : RT_SCOPE_UNIVERSE);
  view.setUint8(HEADER + 7, RTN_UNICAST);
  view.setUint16(HEADER + RTMSG, ATTRIBUTE + 4, true);
  view.setUint16(HEADER + RTMSG + 2, RTA_OIF, true);
  view.setUint32(HEADER + RTMSG + ATTRIBUTE, interfaceIndex, true);
  return exchange(linux, bytes, () => undefined);
}

/** The addresses of an interface, or minus the errno. */
export function interfaceAddresses(linux: Linux, interfaceIndex: number): InterfaceAddress[] | number {
  const { bytes } = request(IFADDRMSG, { type: RTM_GETADDR, flags: NLM_F_DUMP });
  const found: InterfaceAddress[] = [];
  const result = exchange(linux, bytes, (message) => {
    const cidr = readAddress(message, interfaceIndex);
    if (cidr !== undefined) found.push(cidr);
  });
  return result < 0 ? result : found;
}

function readAddress(message: DataView, interfaceIndex: number): InterfaceAddress | undefined {
  if (message.getUint32(HEADER + 4, true) !== interfaceIndex) return undefined;
  const version = message.getUint8(HEADER) === AF_INET ? 4 : 6;
  const prefixLength = message.getUint8(HEADER + 1);
  // On a point-to-point interface IFA_ADDRESS is the peer's where IFA_LOCAL is there as well.
  let address: Uint8Array | undefined;
  for (let at = HEADER + IFADDRMSG; at + ATTRIBUTE <= message.byteLength; ) {
    const length = message.getUint16(at, true);
    if (length < ATTRIBUTE || at + length > message.byteLength) break;
    const type = message.getUint16(at + 2, true);
    if (type === IFA_LOCAL || (type === IFA_ADDRESS && address === undefined)) {
      const start = message.byteOffset + at + ATTRIBUTE;
      address = new Uint8Array(message.buffer.slice(start, start + length - ATTRIBUTE) as ArrayBuffer);
    }
    at += aligned(length);
  }
  return address === undefined ? undefined : { version, address, prefixLength };
}

/** Sends one request and hands on what comes back, until the kernel has acknowledged it or said that it is done. */
function exchange(linux: Linux, bytes: Uint8Array, take: (message: DataView) => void): number {
  const socket = linux.socket(AF_NETLINK, SOCK_RAW | SOCK_NONBLOCK, NETLINK_ROUTE);
  if (socket < 0) return socket;
  try {
    const sent = linux.write(socket, bytes);
    if (sent < 0) return sent;
    // The kernel fills a dump in pieces of up to 32 KiB as it is read; it has answered by the time that write returns.
    const buffer = new Uint8Array(65_536);
    for (;;) {
      const count = linux.read(socket, buffer);
      if (count <= 0) return count === 0 ? -errno.EIO : count;
      const outcome = readMessages(new DataView(buffer.buffer, 0, count), take);
      if (outcome !== undefined) return outcome;
    }
  } finally {
    linux.close(socket);
  }
}

/** The exchange's outcome, or undefined when more is to come. */
function readMessages(view: DataView<ArrayBuffer>, take: (message: DataView) => void): number | undefined {
  for (let at = 0; at + HEADER <= view.byteLength; ) {
    const length = view.getUint32(at, true);
    if (length < HEADER || at + length > view.byteLength) return -errno.EIO;
    const type = view.getUint16(at + 4, true);
    if (type === NLMSG_ERROR) return view.getInt32(at + HEADER, true);
    if (type === NLMSG_DONE) return 0;
    if (type === RTM_NEWADDR) take(new DataView(view.buffer, view.byteOffset + at, length));
    at += aligned(length);
  }
  return undefined;
}

function request(
  payload: number,
  { type, flags }: { readonly type: number; readonly flags: number },
): { readonly bytes: Uint8Array; readonly view: DataView } {
  const bytes = new Uint8Array(HEADER + payload);
  const view = new DataView(bytes.buffer);
  view.setUint32(0, bytes.length, true);
  view.setUint16(4, type, true);
  view.setUint16(6, flags | NLM_F_REQUEST, true);
  return { bytes, view };
}

/** Netlink's messages and attributes begin at multiples of four bytes. */
function aligned(length: number): number {
  return (length + 3) & ~3;
}
