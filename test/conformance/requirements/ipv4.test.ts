import { describe, expect, it } from 'vitest';
import type { StackError } from '../../../src/index.ts';
import {
  encodeEchoRequest,
  encodePacketTooBig,
  encodeTimeExceeded,
  encodeUnreachable,
  parseAddress,
} from '../../../src/wire/index.ts';
import { type Heard, Peer } from '../../support/peer.ts';
import { icmpOf, ipPacket, seen, segment } from '../packets.ts';

const ROUTER = parseAddress('198.18.0.99')!;

/** A connection with a full segment on its way, and what the user is told of it. */
async function underWay(): Promise<{ peer: Peer; sent: Heard; told: string[] }> {
  const peer = new Peer().establish();
  const told: string[] = [];
  peer.connection.onSoftError = ({ code }) => told.push(code);
  void peer.connection.write(new Uint8Array(1_460)).catch(() => {});
  await peer.settle();
  return { peer, sent: peer.expect({ length: 1_460 }), told };
}

/** Any ICMP message about a frame of the stack's. */
function icmp(type: number, code: number, about: Uint8Array, peer: Peer): Uint8Array {
  const message = new Uint8Array(8 + Math.min(about.length, 500));
  message[0] = type;
  message[1] = code;
  message.set(about.subarray(0, 500), 8);
  let sum = 0;
  for (let i = 0; i < message.length; i += 2) sum += (message[i]! << 8) | (message[i + 1] ?? 0);
  while (sum > 0xffff) sum = (sum & 0xffff) + (sum >>> 16);
  message[2] = (~sum >>> 8) & 0xff;
  message[3] = ~sum & 0xff;
  return ipPacket(ROUTER, peer.stackAddress, 1, message);
}

describe('an ICMP error', () => {
  it('MUST-54: goes to the connection whose segment it quotes, and to no other', async () => {
    const { peer, sent, told } = await underWay();
    const other = peer.stack.open({ host: '198.18.0.2', port: 9_999 });
    const wrong: string[] = [];
    other.onSoftError = ({ code }) => wrong.push(code);
    peer.raw(encodeUnreachable(seen(sent.frame), 1, ROUTER));
    expect([told, wrong]).toEqual([['EHOSTUNREACH'], []]);
  });

  it('MUST-55, R5927-4: of source quench is dropped in silence', async () => {
    const { peer, sent, told } = await underWay();
    const before = peer.connection.info();
    peer.raw(icmp(4, 0, sent.frame, peer));
    peer.expectSilence();
    expect(told).toEqual([]);
    expect(peer.connection.info()).toEqual(before);
  });

  it('MUST-56, SHLD-25: that is soft ends nothing and is told to the user', async () => {
    for (const [type, code] of [
      [3, 0],
      [3, 1],
      [3, 5],
      [11, 0],
      [11, 1],
      [12, 0],
    ] as const) {
      const { peer, sent, told } = await underWay();
      peer.raw(icmp(type, code, sent.frame, peer));
      expect(told).toHaveLength(1);
      peer.say();
      expect(peer.connection.info()).toMatchObject({ state: 'ESTABLISHED', snd: { queued: 0 } });

      const opening = new Peer();
      opening.stack.open({ host: '198.18.0.2', port: 54_321, localPort: 7_788 });
      opening.after(0);
      opening.raw(icmp(type, code, opening.expect({ flags: 'SYN' }).frame, opening));
      expect(opening.state).toBe('SYN-SENT');
    }
  });

  it('R5927-1: that quotes what is not on its way is dropped', async () => {
    for (const seq of [5_000, 5_001 + 1_460, 5_001 + 2 ** 31]) {
      const { peer, told } = await underWay();
      const forged = segment(peer, {
        src: '198.18.0.1',
        dst: '198.18.0.2',
        srcPort: 7_788,
        dstPort: 54_321,
        seq,
      });
      peer.raw(encodeUnreachable(seen(forged), 1, ROUTER));
      peer.raw(encodePacketTooBig(seen(forged), 600, ROUTER));
      expect(told).toEqual([]);
      expect(peer.connection.info().snd.mss).toBe(1_460);
      expect(peer.counters['drop.icmp.sequence']).toBe(2);
    }
  });

  it('R5927-2: that is hard is soft once the connection is synchronized', async () => {
    for (const code of [2, 3]) {
      const { peer, sent, told } = await underWay();
      peer.raw(encodeUnreachable(seen(sent.frame), code, ROUTER));
      expect(peer.state).toBe('ESTABLISHED');
      expect(told).toHaveLength(1);
    }
  });

  it('R5927-3: that is hard ends an attempt to open', async () => {
    for (const code of [2, 3]) {
      const peer = new Peer();
      const connection = peer.stack.open({ host: '198.18.0.2', port: 54_321 });
      const opened = connection.opened.catch((error: StackError) => error.code);
      peer.after(0);
      peer.raw(encodeUnreachable(seen(peer.expect({ flags: 'SYN' }).frame), code, ROUTER));
      expect(await opened).toBe('ECONNREFUSED');
      expect((await connection.closed).how).toBe('unreachable');
    }
  });

  it('R5927-3: that is hard ends an attempt in SYN-RECEIVED, too', async () => {
    for (const reach of ['synReceived', 'synReceivedActively'] as const) {
      for (const code of [2, 3]) {
        const peer = new Peer();
        let synAck: Uint8Array | undefined;
        peer.stack.tap(({ kind, frame }) => {
          if (kind === 'sent') synAck = frame;
        });
        peer[reach]();
        const { connection } = peer;
        peer.raw(encodeUnreachable(seen(synAck!), code, ROUTER));
        expect((await connection.closed).how).toBe('unreachable');
        expect(peer.stack.connections.size).toBe(0);
        if (reach === 'synReceived') expect(peer.listener?.halfOpen).toBe(0);
      }
    }
  });

  it('R5927-6: of an MTU that no link has is dropped', async () => {
    const { peer, sent } = await underWay();
    for (const mtu of [1, 67]) peer.raw(encodePacketTooBig(seen(sent.frame), mtu, ROUTER));
    expect(peer.connection.info().snd.mss).toBe(1_460);
    peer.raw(encodePacketTooBig(seen(sent.frame), 1_000, ROUTER));
    expect(peer.connection.info().snd.mss).toBe(960);

    const six = new Peer({ version: 6 }).establish();
    void six.connection.write(new Uint8Array(1_440));
    await six.settle();
    const { frame } = six.expect({ length: 1_440 });
    six.raw(encodePacketTooBig(seen(frame), 1_279, parseAddress('fd00::99')!));
    expect(six.connection.info().snd.mss).toBe(1_440);
    six.raw(encodePacketTooBig(seen(frame), 1_280, parseAddress('fd00::99')!));
    expect(six.connection.info().snd.mss).toBe(1_220);
  });

  it('of a path narrower than the smallest segments lets routers cut them up, or nothing would arrive', async () => {
    for (const mtu of [68, 296, 551]) {
      const { peer, sent } = await underWay();
      expect(seen(sent.frame)).toMatchObject({ dontFragment: true, id: 0 });
      peer.raw(encodePacketTooBig(seen(sent.frame), mtu, ROUTER));
      const again = peer.heard();
      expect(again.map(({ length, seq }) => [seq, length])).toEqual([
        [1, 512],
        [513, 512],
        [1_025, 436],
      ]);
      // RFC 6864: each with a number of its own.
      const packets = again.map(({ frame }) => seen(frame));
      expect(packets.map(({ dontFragment }) => dontFragment)).toEqual([false, false, false]);
      expect(new Set(packets.map(({ id }) => id)).size).toBe(3);
      // The same once more changes nothing.
      peer.raw(encodePacketTooBig(seen(again[0]!.frame), mtu, ROUTER));
      peer.expectSilence();
      expect(peer.counters['drop.icmp.packet-too-big']).toBe(1);
      peer.say();
      expect(peer.connection.info().snd).toMatchObject({ queued: 0, mss: 512 });
    }
  });

  it('of a path of 552 octets makes segments of that length', async () => {
    const { peer, sent } = await underWay();
    peer.raw(encodePacketTooBig(seen(sent.frame), 552, ROUTER));
    const [first] = peer.heard();
    expect(seen(first!.frame)).toMatchObject({ dontFragment: true });
    expect(first?.length).toBe(512);
    // Too long again, and no number to go by: then they may be cut.
    peer.raw(encodePacketTooBig(seen(first!.frame), 0, ROUTER));
    expect(seen(peer.heard()[0]!.frame).dontFragment).toBe(false);
  });

  it('MUST-54: is believed of a segment that was sent again, too', async () => {
    const { peer, told } = await underWay();
    await peer.wait(300);
    const again = peer.heard().at(-1)!;
    peer.raw(encodeTimeExceeded(seen(again.frame), 0, ROUTER));
    expect(told).toEqual(['EHOSTUNREACH']);
  });
});

describe('an IPv4 packet', () => {
  it('R1122-1: of another version, or with a wrong checksum, is dropped in silence', () => {
    const peer = new Peer().listen();
    const sent = icmpOf(peer);
    const version = segment(peer);
    version[0] = 0x55;
    const damaged = segment(peer);
    damaged[8]! ^= 1;
    for (const frame of [version, damaged]) peer.raw(frame);
    peer.expectSilence();
    expect(sent).toEqual([]);
    expect(peer.counters).toMatchObject({ 'drop.ip.version': 1, 'drop.ipv4.checksum': 1 });
  });

  it('R1122-2: for another host, or from where no host is, is dropped in silence', () => {
    const peer = new Peer().listen();
    const sent = icmpOf(peer);
    for (const dst of ['198.18.0.9', '198.18.255.255', '255.255.255.255']) peer.raw(segment(peer, { dst }));
    for (const src of ['255.255.255.255', '224.0.0.1', '0.0.0.0']) peer.raw(segment(peer, { src }));
    peer.expectSilence();
    expect(sent).toEqual([]);
    expect(peer.counters).toMatchObject({ 'drop.ip.not-ours': 3, 'drop.ip.source': 3 });
  });

  it('R1122-3: whose time to live is 1 or 0 is taken: it has arrived', () => {
    for (const ttl of [0, 1]) {
      const peer = new Peer().listen();
      const frame = segment(peer);
      const before = frame[8]!;
      frame[8] = ttl;
      // The header's checksum makes up for it: what one octet loses the other gains.
      const sum = ((frame[10]! << 8) | frame[11]!) + ((before - ttl) << 8);
      const folded = (sum & 0xffff) + (sum >>> 16);
      frame[10] = folded >>> 8;
      frame[11] = folded & 0xff;
      peer.raw(frame);
      peer.expect({ flags: 'SYN,ACK' });
    }
  });
});

describe('ICMP', () => {
  it('R1122-6: answers an echo request with all of its data, from the address that it was sent to', () => {
    const peer = new Peer();
    const sent = icmpOf(peer);
    for (const size of [0, 1, 1_472]) {
      const data = Uint8Array.from({ length: size }, (_, i) => i & 0xff);
      peer.raw(encodeEchoRequest(peer.peerAddress, peer.stackAddress, 7, size, data));
      const answer = sent.at(-1);
      expect(answer?.message).toMatchObject({ what: 'echo-reply', id: 7, sequence: size, data });
      expect(String(answer?.packet.src)).toBe(String(peer.stackAddress));
    }
  });

  it('R1122-7: answers no echo request to everybody', () => {
    const peer = new Peer();
    const sent = icmpOf(peer);
    for (const dst of ['255.255.255.255', '224.0.0.1'])
      peer.raw(encodeEchoRequest(peer.peerAddress, parseAddress(dst)!, 1, 1, new Uint8Array(4)));
    expect(sent).toEqual([]);
  });

  it('R1122-8: sends no error about an error, a fragment, or what was sent to or by more than one', () => {
    const peer = new Peer();
    const sent = icmpOf(peer);
    const { peerAddress: from, stackAddress: to } = peer;
    const udp = (src = from, dst = to): Uint8Array => ipPacket(src, dst, 17, new Uint8Array(8));
    const quoted = seen(segment(peer, { src: '198.18.0.1', dst: '198.18.0.2' }));
    peer.raw(encodeUnreachable(quoted, 3, ROUTER));
    peer.raw(icmp(5, 0, quoted.bytes, peer));
    peer.raw(udp(from, parseAddress('255.255.255.255')!));
    peer.raw(udp(from, parseAddress('224.0.0.1')!));
    for (const src of ['0.0.0.0', '255.255.255.255', '224.0.0.1']) peer.raw(udp(parseAddress(src)!));
    const fragment = udp();
    fragment[7] = 5;
    fragment[6] = 0;
    const sum = ((fragment[10]! << 8) | fragment[11]!) + 0x4000 - 5;
    fragment[10] = ((sum & 0xffff) + (sum >>> 16)) >>> 8;
    fragment[11] = ((sum & 0xffff) + (sum >>> 16)) & 0xff;
    peer.raw(fragment);
    expect(sent).toEqual([]);
    peer.after(60_000);
    expect(peer.counters['drop.ip.reassembly-timeout']).toBe(1);
    expect(sent).toEqual([]);
    peer.raw(udp());
    expect(sent).toHaveLength(1);
  });

  it('R1122-9: quotes the header and eight octets at least, as they came; unknown types are dropped in silence', () => {
    const peer = new Peer();
    const sent = icmpOf(peer);
    for (const size of [8, 9, 1_000]) {
      const frame = ipPacket(peer.peerAddress, peer.stackAddress, 17, new Uint8Array(size).fill(9));
      peer.raw(frame);
      const { body } = sent.at(-1)!;
      expect(body.length).toBeGreaterThanOrEqual(28);
      expect(body).toEqual(frame.subarray(0, body.length));
    }
    sent.length = 0;
    for (const type of [1, 7, 40, 200]) peer.raw(icmp(type, 0, new Uint8Array(28), peer));
    expect(sent).toEqual([]);
  });

  it('R1122-11: says that a protocol is not spoken here, and of TCP nothing: that has its RST', () => {
    const peer = new Peer();
    const sent = icmpOf(peer);
    peer.raw(ipPacket(peer.peerAddress, peer.stackAddress, 132, new Uint8Array(20)));
    peer.raw(ipPacket(peer.peerAddress, peer.stackAddress, 17, new Uint8Array(8)));
    expect(sent.map(({ message }) => [message.type, message.code])).toEqual([
      [3, 2],
      [3, 3],
    ]);
    peer.raw(segment(peer));
    peer.expect({ flags: 'RST,ACK' });
    expect(sent).toHaveLength(2);
  });
});
