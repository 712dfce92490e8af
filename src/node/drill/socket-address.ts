/** `struct sockaddr_in` and `struct sockaddr_in6`. */

import { type IpAddress, parseAddress } from '../../wire/index.ts';
import { AF_INET, type AF_INET6 } from '../linux.ts';

/** Room for an address of any family. */
export const ADDRESS_LENGTH = 28;

export interface SocketAddress {
  readonly family: typeof AF_INET | typeof AF_INET6;
  readonly address: string;
  readonly port: number;
}

/** Writes an address, and gives its length. A socket of IPv6 has IPv4 addresses as `::ffff:a.b.c.d`. */
export function writeSocketAddress(view: DataView, { family, address, port }: SocketAddress): number {
  const ip = parseAddress(address)!;
  view.setUint16(0, family, true);
  view.setUint16(2, port);
  if (family === AF_INET) {
    view.setInt32(4, ip.w3);
    return 16;
  }
  wordsOf(ip).forEach((word, index) => {
    view.setInt32(8 + 4 * index, word);
  });
  return ADDRESS_LENGTH;
}

function wordsOf({ w0, w1, w2, w3 }: IpAddress): readonly number[] {
  return [w0, w1, w2, w3];
}

/** The port of an address that the kernel has written. */
export function portIn(view: DataView): number {
  return view.getUint16(2);
}
