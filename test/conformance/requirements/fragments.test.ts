/** Fragments as a peer sends them and a stack answers them. */

import { describe, expect, it } from 'vitest';
import {
  encodeEchoRequest,
  encodeParameterProblem,
  encodeUnreachable,
  fragmentDatagram,
  parseAddress,
} from '../../../src/wire/index.ts';
import { cut, cutAll } from '../../support/fragments.ts';
import { Peer } from '../../support/peer.ts';
import { icmpOf, ipPacket, seen, segment } from '../packets.ts';

const VERSIONS = [4, 6] as const;

interface Host {
  readonly peer: Peer;
  readonly sent: ReturnType<typeof icmpOf>;
  /** An echo request with so much data. */
  request(size: number): Uint8Array;
}

function host(version: 4 | 6, mtu = 1_500): Host {
  const peer = new Peer({ version, mtu }).listen();
  const data = (size: number): Uint8Array => Uint8Array.from({ length: size }, (_, i) => (i * 7) & 0xff);
  const request = (size: number): Uint8Array => {
    const frame = encodeEchoRequest(peer.peerAddress, peer.stackAddress, 5, 6, data(size));
    // As a host has it that fragments: a number, and no "don’t fragment".
    if (version === 4) frame.set([0x12, 0x34, 0], 4);
    return frame;
  };
  return { peer, sent: icmpOf(peer), request };
}

const typesOf = (sent: Host['sent']): number[][] => sent.map(({ message }) => [message.type, message.code]);
const TIME_EXCEEDED = { 4: [11, 1], 6: [3, 1] } as const;

describe('a datagram in fragments', () => {
  it('R1122-4, R8200-5: is taken whole, of 1,500 octets and of 65,535', () => {
    for (const version of VERSIONS) {
      for (const length of [576, 1_500, 65_535]) {
        const { peer, sent, request } = host(version, 65_575);
        const headers = (version === 4 ? 20 : 40) + 8;
        const datagram = request(length - headers);
        const frames = cutAll(datagram, 488);
        for (const frame of frames.slice(0, -1)) peer.raw(frame);
        expect(sent).toEqual([]);
        peer.raw(frames.at(-1)!);
        expect(peer.counters).toMatchObject({ 'ip.reassembled': 1, 'icmp.echo-replies': 1 });
        expect(Object.keys(peer.counters).filter((name) => name.startsWith('drop.'))).toEqual([]);
      }
    }
  });

  it('R1122-4, R8200-5: is taken if it is a segment, whatever the order, and opens a connection', () => {
    for (const version of VERSIONS) {
      const { peer } = host(version);
      const syn = segment(peer, { text: new Uint8Array(1_000) });
      if (version === 4) syn.set([0, 7, 0], 4);
      const [first, ...rest] = cutAll(syn, 24);
      for (const frame of rest.reverse()) peer.raw(frame);
      peer.expectSilence();
      peer.raw(first!);
      peer.expect({ flags: 'SYN,ACK', ack: 1 });
      expect(peer.state).toBe('SYN-RECEIVED');
    }
  });

  it('R8200-5: is answered in fragments where the reply is longer than the path may take', () => {
    for (const [version, longest] of [
      [4, 1_500],
      [6, 1_280],
    ] as const) {
      const { peer, request } = host(version);
      const sent: Uint8Array[] = [];
      peer.stack.tap(({ kind, frame }) => kind === 'sent' && sent.push(frame));
      for (const frame of cutAll(request(4_000), 1_400)) peer.raw(frame);
      expect(sent.length).toBeGreaterThan(2);
      expect(Math.max(...sent.map((frame) => frame.length))).toBeLessThanOrEqual(longest);

      // Another stack puts it together again: the octets are those that were sent.
      const { peer: other } = host(version);
      const heard: string[] = [];
      other.stack.tap(({ reason }) => heard.push(reason));
      for (const frame of sent) {
        const swapped = frame.slice();
        const [from, length] = version === 4 ? [12, 4] : [8, 16];
        swapped.set(frame.subarray(from + length, from + 2 * length), from);
        swapped.set(frame.subarray(from, from + length), from + length);
        other.raw(swapped);
      }
      expect(heard.at(-1)).toBe('ICMP echo-reply');
    }
  });

  it('is one frame for whoever watches: each fragment by itself, and the last as what it made whole', () => {
    const { peer, request } = host(4);
    const told: [string, number, string][] = [];
    peer.stack.tap(({ kind, frame, reason }) => told.push([kind, frame.length, reason]));
    const frames = cutAll(request(2_000), 1_000);
    for (const frame of frames) peer.raw(frame);
    expect(told).toEqual([
      ['received', 1_020, 'a fragment: 1000 octets of its datagram are here (RFC 1122 section 3.3.2)'],
      ['received', 1_020, 'a fragment: 2000 octets of its datagram are here (RFC 1122 section 3.3.2)'],
      ['received', 28, 'ICMP echo-request'],
      ['sent', 1_500, 'ICMP echo reply, a fragment of it'],
      ['sent', 548, 'ICMP echo reply, a fragment of it'],
    ]);
  });

  it('is refused for what is wrong with the whole of it, and its sender told', () => {
    const { peer, sent } = host(6);
    // Behind the fragment header: destination options of which one may not be skipped.
    const options = [17, 0, 0x9e, 4, 0, 0, 0, 0];
    const whole = ipPacket(
      peer.peerAddress,
      peer.stackAddress,
      60,
      Uint8Array.from([...options, ...new Array(24)]),
    );
    for (const frame of cutAll(whole, 16)) peer.raw(frame);
    expect(typesOf(sent)).toEqual([[4, 2]]);
    expect(sent[0]!.packet.bytes[sent[0]!.packet.start + 7]).toBe(42);
    expect(sent[0]!.body).toEqual(whole);
    expect(peer.counters['drop.ipv6.unknown-option']).toBe(1);
  });
});

describe('a datagram that is never whole', () => {
  it('R1122-5, R8200-3: is given up after 60 s, and its sender told if the first fragment is here', () => {
    for (const version of VERSIONS) {
      const { peer, sent, request } = host(version);
      const [first, second] = cutAll(request(3_000), 1_232);
      peer.raw(second!);
      peer.after(30_000);
      // What comes later puts nothing off.
      peer.raw(first!);
      peer.after(29_999);
      expect(sent).toEqual([]);
      peer.after(1);
      expect(typesOf(sent)).toEqual([[...TIME_EXCEEDED[version]]]);
      expect(String(sent[0]!.packet.src)).toBe(String(peer.stackAddress));
      const { body } = sent[0]!;
      expect(body.length).toBeGreaterThan(500);
      expect(body).toEqual(first!.subarray(0, body.length));
      expect(peer.counters['drop.ip.reassembly-timeout']).toBe(1);
      // The rest of it comes too late, and begins it anew.
      peer.raw(cut(request(3_000), { from: 2_464, to: 3_008 }));
      expect(peer.counters['icmp.echo-replies']).toBeUndefined();
      peer.after(60_000);
      expect(sent).toHaveLength(1);
    }
  });

  it('R1122-5, R8200-3: is given up in silence without its first fragment', () => {
    for (const version of VERSIONS) {
      const { peer, sent, request } = host(version);
      for (const frame of cutAll(request(3_000), 1_232).slice(1)) peer.raw(frame);
      peer.after(60_000);
      expect(sent).toEqual([]);
      expect(peer.counters['drop.ip.reassembly-timeout']).toBe(1);
    }
  });

  it('R1122-5, R1122-8: is no reason for an error about an error', () => {
    for (const version of VERSIONS) {
      const { peer, sent } = host(version);
      const about = seen(segment(peer));
      const error =
        version === 4
          ? encodeUnreachable({ ...about, src: peer.stackAddress, dst: peer.peerAddress }, 3)
          : encodeParameterProblem({ ...about, src: peer.stackAddress, dst: peer.peerAddress }, 0, 0);
      peer.raw(cut(error, { from: 0, to: 16 }));
      peer.after(60_000);
      expect(peer.counters['drop.ip.reassembly-timeout']).toBe(1);
      expect(sent).toEqual([]);
    }
  });

  it('keeps no timer once all others are whole, and none when the stack is closed', async () => {
    const { peer, request } = host(4);
    for (const frame of cutAll(request(2_000), 1_000)) peer.raw(frame);
    expect(peer.clock.pending).toBe(0);
    peer.raw(cutAll(request(2_000), 1_000)[0]!);
    expect(peer.clock.pending).toBe(1);
    await peer.stack.close();
    expect(peer.clock.pending).toBe(0);
  });
});

describe('hostile fragments', () => {
  it('R8200-4: that overlap end their datagram without a word, for IPv4 as well', () => {
    for (const version of VERSIONS) {
      const { peer, sent, request } = host(version);
      const datagram = request(3_000);
      peer.raw(cut(datagram, { from: 0, to: 1_232 }));
      peer.raw(cut(datagram, { from: 1_224, to: 2_000 }));
      // What completes it otherwise.
      peer.raw(cut(datagram, { from: 1_232, to: 2_464 }));
      peer.raw(cut(datagram, { from: 2_464, to: 3_008 }));
      peer.after(120_000);
      expect(sent).toEqual([]);
      expect(peer.counters).toMatchObject({ 'drop.ip.fragment-overlap': 3 });
      expect(peer.counters['ip.reassembled']).toBeUndefined();
    }
  });

  it('R8200-4: that came twice are dropped alone', () => {
    for (const version of VERSIONS) {
      const { peer, request } = host(version);
      const frames = cutAll(request(3_000), 1_232);
      for (const frame of [frames[0]!, frames[0]!, frames[1]!, frames[1]!, frames[2]!]) peer.raw(frame);
      expect(peer.counters).toMatchObject({ 'ip.reassembled': 1, 'drop.ip.fragment-duplicate': 2 });
    }
  });

  it('R8200-4: of a length that is no multiple of eight are told to their sender, over IPv6', () => {
    for (const [version, told] of [
      [4, []],
      [6, [[4, 0]]],
    ] as const) {
      const { peer, sent, request } = host(version);
      peer.raw(cut(request(3_000), { from: 0, to: 1_231 }));
      expect(typesOf(sent)).toEqual(told);
      // The payload length is what is wrong.
      for (const { packet } of sent) expect(packet.bytes[packet.start + 7]).toBe(4);
      expect(peer.counters['drop.ip.fragment-length']).toBe(1);
    }
  });

  it('R8200-4: that reach beyond 65,535 octets are told with the place of their offset', () => {
    for (const [version, told] of [
      [4, []],
      [6, [[4, 0]]],
    ] as const) {
      const { peer, sent } = host(version);
      const datagram = ipPacket(peer.peerAddress, peer.stackAddress, 17, new Uint8Array(64));
      peer.raw(cut(datagram, { from: 0, to: 64, offset: 65_528, more: false }));
      expect(typesOf(sent)).toEqual(told);
      for (const { packet } of sent) expect(packet.bytes[packet.start + 7]).toBe(42);
      expect(peer.counters['drop.ip.fragment-too-long']).toBe(1);
    }
  });

  it('that hide the header of what they bring are told: problem 3 of RFC 8200 section 4.5', () => {
    const { peer, sent } = host(6);
    peer.raw(cut(segment(peer), { from: 0, to: 16 }));
    expect(typesOf(sent)).toEqual([[4, 3]]);
    expect(peer.counters['drop.ip.fragment-headers']).toBe(1);
    peer.raw(cut(segment(peer), { from: 16, to: 20 }));
    peer.expectSilence();
  });

  it('that may be a part of an error get no error', () => {
    const { peer, sent } = host(6);
    const datagram = ipPacket(peer.peerAddress, peer.stackAddress, 58, new Uint8Array(64).fill(1));
    peer.raw(cut(datagram, { from: 8, to: 15, more: true }));
    peer.raw(cut(datagram, { from: 0, to: 15, more: true }));
    expect(peer.counters['drop.ip.fragment-length']).toBe(2);
    expect(sent).toEqual([]);
  });

  it('R1122-2: for another host, or from no host, are not kept', () => {
    for (const version of VERSIONS) {
      const { peer } = host(version);
      const [stranger, nobody] = version === 4 ? ['198.18.0.9', '224.0.0.1'] : ['fd00::9', 'ff02::1'];
      const udp = (src: string, dst: string): Uint8Array =>
        ipPacket(parseAddress(src)!, parseAddress(dst)!, 17, new Uint8Array(64));
      const [from, to] = [String(peer.peerAddress), String(peer.stackAddress)];
      peer.raw(cut(udp(from, stranger), { from: 0, to: 32 }));
      peer.raw(cut(udp(nobody, to), { from: 0, to: 32 }));
      expect(peer.counters).toMatchObject({ 'drop.ip.not-ours': 1, 'drop.ip.source': 1 });
      expect(peer.clock.pending).toBe(0);
    }
  });

  it('in a flood are bounded, told of sparingly, and keep no honest datagram and no connection from passing', async () => {
    for (const version of VERSIONS) {
      const { peer, sent, request } = host(version);
      peer.establish('passive');
      for (let id = 1; id <= 1_000; id++) {
        const datagram = request(1_400);
        if (version === 4) datagram.set([id >> 8, id & 0xff], 4);
        peer.raw(cut(datagram, { from: 0, to: 1_232 }, id));
      }
      expect(peer.counters['drop.ip.reassembly-full']).toBeGreaterThan(500);
      for (const frame of fragmentDatagram(request(2_000), 1_280, 70_000)) peer.raw(frame);
      expect(peer.counters['icmp.echo-replies']).toBe(1);
      peer.say({ text: 'as ever' });
      expect(new TextDecoder().decode((await peer.connection.read()) ?? undefined)).toBe('as ever');
      sent.length = 0;
      await peer.wait(120_000);
      expect(sent.length).toBeGreaterThan(0);
      expect(sent.length).toBeLessThanOrEqual(100);
      expect(peer.clock.pending).toBe(0);
    }
  });
});
