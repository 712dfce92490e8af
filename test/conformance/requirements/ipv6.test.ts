import { describe, expect, it } from 'vitest';
import {
  encodeEchoRequest,
  encodePacketTooBig,
  encodeTimeExceeded,
  encodeUnreachable,
  parseAddress,
  pseudoHeaderSum,
} from '../../../src/wire/index.ts';
import { Peer } from '../../support/peer.ts';
import { icmpOf, ipPacket, seen, segment } from '../packets.ts';

function host(): { readonly peer: Peer; readonly sent: ReturnType<typeof icmpOf> } {
  const peer = new Peer({ version: 6 }).listen();
  return { peer, sent: icmpOf(peer) };
}

/** An IPv6 packet with the given extension headers, the first of which is `first`, and a SYN behind them. */
function extended(peer: Peer, first: number, headers: readonly number[]): Uint8Array {
  const syn = segment(peer).subarray(40);
  return ipPacket(peer.peerAddress, peer.stackAddress, first, Uint8Array.from([...headers, ...syn]));
}

describe('an IPv6 option that is not known', () => {
  const options = (type: number): number[] => [6, 0, type, 4, 0, 0, 0, 0];

  it('R8200-1: 00 is skipped, 01 dropped, 10 and 11 dropped and told to the sender', () => {
    for (const header of [0, 60]) {
      for (const [type, taken, told] of [
        [0x1e, true, false],
        [0x5e, false, false],
        [0x9e, false, true],
        [0xde, false, true],
      ] as const) {
        const { peer, sent } = host();
        const frame = extended(peer, header, options(type));
        peer.raw(frame);
        if (taken) peer.expect({ flags: 'SYN,ACK' });
        else peer.expectSilence();
        expect(sent.map(({ message }) => [message.type, message.code])).toEqual(told ? [[4, 2]] : []);
        if (told) {
          const { packet } = sent[0]!;
          // The pointer, 32 bits, names the option’s type: behind 40 bytes of header and two of the extension’s own.
          expect([...packet.bytes.subarray(packet.start + 4, packet.start + 8)]).toEqual([0, 0, 0, 42]);
        }
      }
    }
  });
});

describe('an IPv6 header that can’t be processed', () => {
  it('R8200-2: a next header that is not known is told, with the place that names it', () => {
    const { peer, sent } = host();
    peer.raw(ipPacket(peer.peerAddress, peer.stackAddress, 143, new Uint8Array(8)));
    // Behind destination options it is their first byte that names it.
    peer.raw(extended(peer, 60, [143, 0, 1, 4, 0, 0, 0, 0]));
    expect(sent.map(({ message }) => [message.type, message.code])).toEqual([
      [4, 1],
      [4, 1],
    ]);
    const pointers = sent.map(({ packet }) => packet.bytes[packet.start + 7]);
    expect(pointers).toEqual([6, 40]);
    expect(peer.counters['drop.ip.protocol']).toBe(2);
  });

  it('R8200-7: a routing header with segments left is told, one without is skipped', () => {
    const { peer, sent } = host();
    peer.raw(extended(peer, 43, [6, 0, 0, 1, 0, 0, 0, 0]));
    peer.expectSilence();
    expect(
      sent.map(({ message, packet }) => [message.type, message.code, packet.bytes[packet.start + 7]]),
    ).toEqual([[4, 0, 42]]);
    peer.raw(extended(peer, 43, [6, 0, 0, 0, 0, 0, 0, 0]));
    peer.expect({ flags: 'SYN,ACK' });
  });

  it('is told to nobody who is no single host, and not for another host’s packet', () => {
    const { peer, sent } = host();
    const stranger = parseAddress('fd00::9')!;
    peer.raw(ipPacket(peer.peerAddress, stranger, 143, new Uint8Array(8)));
    peer.raw(ipPacket(parseAddress('ff02::1')!, peer.stackAddress, 143, new Uint8Array(8)));
    peer.raw(ipPacket(parseAddress('::')!, peer.stackAddress, 143, new Uint8Array(8)));
    expect(sent).toEqual([]);
  });
});

describe('IPv6', () => {
  it('R8200-6: the checksum covers both addresses, the length in 32 bits and next header 6', () => {
    const src = parseAddress('fd00::1')!;
    const dst = parseAddress('fd00::2')!;
    // By hand: fd00 + 1 + fd00 + 2 + length 0001 0004 + 6.
    const sum = pseudoHeaderSum(src, dst, 6, 0x1_0004);
    let folded = sum;
    while (folded > 0xffff) folded = (folded & 0xffff) + (folded >>> 16);
    let byHand = 0xfd00 + 1 + 0xfd00 + 2 + 1 + 4 + 6;
    while (byHand > 0xffff) byHand = (byHand & 0xffff) + (byHand >>> 16);
    expect(folded).toBe(byHand);
    const { peer } = host();
    peer.raw(segment(peer));
    peer.expect({ flags: 'SYN,ACK' });
  });

  it('R8200-8: a packet that arrives with a hop limit of 0 is taken', () => {
    const { peer } = host();
    const frame = segment(peer);
    frame[7] = 0;
    peer.raw(frame);
    peer.expect({ flags: 'SYN,ACK' });
  });
});

describe('ICMPv6', () => {
  it('R4443-1: an echo request is answered with its data, from the address that it was sent to', () => {
    const { peer, sent } = host();
    const data = Uint8Array.from({ length: 1_000 }, (_, i) => i & 0xff);
    peer.raw(encodeEchoRequest(peer.peerAddress, peer.stackAddress, 7, 9, data));
    expect(sent).toHaveLength(1);
    expect(sent[0]?.message).toMatchObject({ what: 'echo-reply', id: 7, sequence: 9, data });
    expect(String(sent[0]?.packet.src)).toBe(String(peer.stackAddress));
    expect(String(sent[0]?.packet.dst)).toBe(String(peer.peerAddress));
  });

  it('R4443-2: no error is sent about an error, a redirect, a multicast packet or to nobody in particular', () => {
    const { peer, sent } = host();
    const { peerAddress: from, stackAddress: to } = peer;
    // Errors and redirects behind a header that can’t be processed; then packets that are nobody’s.
    for (const type of [1, 2, 3, 4, 100, 127, 137]) {
      peer.raw(
        ipPacket(from, to, 60, Uint8Array.from([58, 0, 0x9e, 4, 0, 0, 0, 0, type, 0, 0, 0, 0, 0, 0, 0])),
      );
    }
    peer.raw(ipPacket(from, parseAddress('ff02::1')!, 17, new Uint8Array(8)));
    peer.raw(ipPacket(parseAddress('ff02::2')!, to, 17, new Uint8Array(8)));
    peer.raw(ipPacket(parseAddress('::')!, to, 17, new Uint8Array(8)));
    expect(sent).toEqual([]);
    // While the same header in front of anything else is told.
    peer.raw(ipPacket(from, to, 60, Uint8Array.from([58, 0, 0x9e, 4, 0, 0, 0, 0, 128, 0, 0, 0, 0, 0, 0, 0])));
    expect(sent).toHaveLength(1);
  });

  it('R4443-3: errors are limited to so many a second', () => {
    const { peer, sent } = host();
    for (let i = 0; i < 1_000; i++)
      peer.raw(ipPacket(peer.peerAddress, peer.stackAddress, 17, new Uint8Array(8)));
    expect(sent).toHaveLength(100);
    peer.after(1_000);
    peer.raw(ipPacket(peer.peerAddress, peer.stackAddress, 17, new Uint8Array(8)));
    expect(sent).toHaveLength(101);
  });

  it('R4443-4: an error quotes as much as fits in 1,280 octets', () => {
    const { peer, sent } = host();
    const long = ipPacket(peer.peerAddress, peer.stackAddress, 17, new Uint8Array(1_400).fill(7));
    peer.raw(long);
    expect(sent[0]?.packet.bytes).toHaveLength(1_280);
    expect(sent[0]?.body).toEqual(long.subarray(0, 1_280 - 48));
    const short = ipPacket(peer.peerAddress, peer.stackAddress, 17, new Uint8Array(20).fill(7));
    peer.raw(short);
    expect(sent[1]?.body).toEqual(short);
  });

  it('R4443-5: the checksum with the pseudo-header is computed and verified', () => {
    const { peer, sent } = host();
    const request = encodeEchoRequest(peer.peerAddress, peer.stackAddress, 1, 1, new Uint8Array(4));
    const damaged = request.slice();
    damaged[damaged.length - 1]! ^= 1;
    peer.raw(damaged);
    // The same message between other addresses: only the pseudo-header tells.
    const misdelivered = request.slice();
    misdelivered[23]! ^= 1;
    peer.raw(misdelivered);
    expect(sent).toEqual([]);
    expect(peer.counters['drop.icmp.checksum']).toBe(2);
    peer.raw(request);
    expect(sent).toHaveLength(1);
  });

  it('R4443-6: unreachable, packet too big and time exceeded reach the connection', async () => {
    const peer = new Peer({ version: 6 }).establish();
    const errors: string[] = [];
    peer.connection.onSoftError = ({ code }) => errors.push(code);
    void peer.connection.write(new Uint8Array(1_440));
    await peer.settle();
    const { frame } = peer.expect({ length: 1_440 });
    const router = parseAddress('fd00::99')!;
    peer.raw(encodeUnreachable(seen(frame), 0, router));
    peer.raw(encodeTimeExceeded(seen(frame), 0, router));
    expect(errors).toEqual(['ENETUNREACH', 'EHOSTUNREACH']);
    peer.raw(encodePacketTooBig(seen(frame), 1_400, router));
    expect(peer.connection.info().snd.mss).toBe(1_400 - 60);
    peer.expect({ seq: 1, length: 1_400 - 60 });
  });

  it('R4443-7: a message of an unknown type is dropped in silence', () => {
    const { peer, sent } = host();
    for (const type of [5, 99, 127, 150, 254]) {
      const message = Uint8Array.from([type, 0, 0, 0, 0, 0, 0, 0]);
      let sum = pseudoHeaderSum(peer.peerAddress, peer.stackAddress, 58, message.length) + type * 256;
      while (sum > 0xffff) sum = (sum & 0xffff) + (sum >>> 16);
      message[2] = (~sum >>> 8) & 0xff;
      message[3] = ~sum & 0xff;
      peer.raw(ipPacket(peer.peerAddress, peer.stackAddress, 58, message));
    }
    expect(sent).toEqual([]);
    expect(peer.counters['drop.icmp.checksum']).toBeUndefined();
    peer.expectSilence();
  });
});
