import { expect } from 'vitest';
import { decodeIp, type IpPacket, parseAddress, writeIpHeader } from '../../../src/wire/index.ts';

export const V4 = { src: ip('198.18.0.1'), dst: ip('198.18.0.2') };
export const V6 = { src: ip('fd00:18::1'), dst: ip('fd00:18::2') };

/** Frames that Linux 6 sent through a TUN device, byte for byte. */
export const CAPTURED = {
  synV4: hex(`4500003c 05c54000 4006a8cf c6120001 c6120002
    9e100050 312dde8f 00000000 a002faf0 967e0000 020405b4 0402080a 184d63fb 00000000 0103030a`),
  synV6: hex(`60091c9b 00280640 fd000018 00000000 00000000 00000001 fd000018 00000000 00000000 00000002
    83720050 29584b0d 00000000 a002fd20 be590000 020405a0 0402080a 83121728 00000000 0103030a`),
  echoV4: hex('45000021 fbce4000 4001b2e5 c6120001 c6120002 08009e9e 18600001 4100000000'),
  echoV6: hex(`6008497d 000d3a40 fd000018 00000000 00000000 00000001 fd000018 00000000 00000000 00000002
    80002c21 18610001 4100000000`),
  routerSolicitation:
    hex(`60000000 00083aff fe800000 00000000 346ff46f 05490eaf ff020000 00000000 00000000 00000002
    85004060 00000000`),
};

/** The bytes that a text of hexadecimal digits and blanks spells. */
export function hex(digits: string): Uint8Array {
  return Uint8Array.from(digits.replace(/\s/g, '').match(/../g) ?? [], (byte) => Number.parseInt(byte, 16));
}

export function ip(text: string) {
  const address = parseAddress(text);
  if (address === undefined) throw new Error(`'${text}' is not an address`);
  return address;
}

/** The packet in a frame, which must be a good one. */
export function packetOf(frame: Uint8Array): IpPacket {
  const packet = decodeIp(frame);
  if (packet.kind !== 'ip') expect.fail(`the frame is ${packet.reason}`);
  return packet;
}

/** A frame of any protocol with any payload. */
export function frameOf({ src, dst }: typeof V4, protocol: number, payload: Uint8Array): Uint8Array {
  const frame = new Uint8Array((src.version === 4 ? 20 : 40) + payload.length);
  frame.set(payload, writeIpHeader(frame, { src, dst, protocol }, payload.length));
  return frame;
}
