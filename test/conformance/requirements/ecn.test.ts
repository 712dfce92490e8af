import { describe, expect, it } from 'vitest';
import { ECN, ecnOf } from '../../../src/wire/index.ts';
import { type Heard, Peer, type PeerOptions, type Say } from '../../support/peer.ts';

const MSS = 1_000;

/** A connection that the stack has opened with an ECN-setup SYN, unless told otherwise. */
function opened(answer: Say = { flags: 'SYN,ECE,ACK' }, options: PeerOptions = {}): Peer {
  const stack: PeerOptions['stack'] = {
    ecn: 'request',
    noDelay: true,
    congestionControl: 'reno',
    ...options.stack,
  };
  const peer = new Peer({ syn: { mss: MSS }, ...options, stack });
  peer.synSent(stack.ecn === 'request' ? 'SYN,ECE,CWR' : 'SYN');
  peer.say(answer);
  return peer;
}

async function sending(segments: number, peer = opened()): Promise<Peer> {
  peer.heard();
  await peer.connection.write(new Uint8Array(segments * MSS));
  peer.after(0);
  return peer;
}

const ecn = (heard: readonly Heard[]) => heard.map(({ frame }) => ecnOf(frame));
const isCapable = (peer: Peer) => peer.connection.info().options.ecn;

describe('explicit congestion notification', () => {
  it('R3168-1: is asked for with ECE and CWR, and agreed to with ECE alone, if it was asked for', () => {
    for (const [flags, agreed] of [
      ['SYN,ECE,ACK', true],
      ['SYN,ACK', false],
      // Some hosts send back what they don't know.
      ['SYN,ECE,CWR,ACK', false],
    ] as const)
      expect(isCapable(opened({ flags }))).toBe(agreed);

    for (const [mode, flags, answer] of [
      ['accept', 'SYN,ECE,CWR', 'SYN,ECE,ACK'],
      ['request', 'SYN,ECE,CWR', 'SYN,ECE,ACK'],
      ['off', 'SYN,ECE,CWR', 'SYN,ACK'],
      ['accept', 'SYN', 'SYN,ACK'],
      ['request', 'SYN,ECE', 'SYN,ACK'],
      // Accurate ECN (RFC 9768), which a peer without it answers as if AE was not there.
      ['accept', 'SYN,ECE,CWR,AE', 'SYN,ECE,ACK'],
    ] as const) {
      const peer = new Peer({ stack: { ecn: mode } });
      peer.stack.listen({ port: peer.stackPort });
      peer.say({ flags, seq: 0 });
      peer.expect({ flags: answer });
    }
  });

  it('R3168-1: is not asked for a second time, by a SYN that is sent again', () => {
    const peer = new Peer({ stack: { ecn: 'request' } }).synSent('SYN,ECE,CWR');
    peer.after(1_000);
    peer.expect({ flags: 'SYN' });
    peer.say({ flags: 'SYN,ECE,ACK' });
    expect(isCapable(peer)).toBe(false);
  });

  it('R3168-2: marks no SYN, pure ACK, retransmission or probe as capable of it', async () => {
    const syn = new Peer({ stack: { ecn: 'request' } });
    syn.stack.open({ host: syn.peerAddress.toString(), port: 7 });
    syn.after(0);
    expect(ecn(syn.heard())).toEqual([ECN.NOT_ECT]);
    const peer = await sending(5);
    expect(ecn(peer.heard())).toEqual(Array(5).fill(ECN.ECT_0));
    peer.after(2_000);
    const again = peer.heard();
    expect(again.length).toBeGreaterThan(0);
    expect(ecn(again)).toEqual(again.map(() => ECN.NOT_ECT));
    peer.say({ text: 'x', ack: 1 + 5 * MSS, wnd: 0 });
    peer.after(100);
    expect(ecn(peer.heard())).toEqual([ECN.NOT_ECT]);
    await peer.connection.write(new Uint8Array(10));
    peer.after(5_000);
    const probes = peer.heard();
    expect(probes[0]).toMatchObject({ length: 1 });
    expect(ecn(probes)).toEqual(probes.map(() => ECN.NOT_ECT));
  });

  it('R3168-3: marks nothing as capable unless both have said so', async () => {
    for (const peer of [
      opened({ flags: 'SYN,ACK' }),
      opened({ flags: 'SYN,ACK' }, { stack: { ecn: 'off' } }),
    ]) {
      await sending(3, peer);
      expect(ecn(peer.heard())).toEqual(Array(3).fill(ECN.NOT_ECT));
    }
  });

  it('R3168-4: echoes a mark with every ACK until CWR comes, and anew if that came with a mark', () => {
    const peer = opened(undefined, { stack: { delayedAckMs: 0 } });
    peer.heard();
    const answered = (segment: Say) => {
      peer.say(segment);
      return peer.heard().at(-1)!.flags;
    };
    expect(answered({ text: 100, ecn: ECN.ECT_0 })).toBe('ACK');
    expect(answered({ text: 100, ecn: ECN.CE })).toBe('ECE,ACK');
    expect(answered({ text: 100, ecn: ECN.ECT_0 })).toBe('ECE,ACK');
    expect(answered({ text: 100, ecn: ECN.ECT_0, flags: 'CWR,ACK' })).toBe('ACK');
    expect(answered({ text: 100, ecn: ECN.CE })).toBe('ECE,ACK');
    expect(answered({ text: 100, ecn: ECN.CE, flags: 'CWR,ACK' })).toBe('ECE,ACK');
    expect(answered({ text: 100, ecn: ECN.ECT_0, flags: 'CWR,ACK' })).toBe('ACK');
  });

  it('R3168-4: echoes no mark where it was not agreed on', () => {
    const peer = opened({ flags: 'SYN,ACK' }, { stack: { delayedAckMs: 0 } });
    peer.heard();
    peer.say({ text: 100, ecn: ECN.CE });
    peer.expect({ flags: 'ACK' });
  });

  it('R3168-5, SHLD-8: halves the window once for each window, and says so with CWR on the next new text', async () => {
    const peer = await sending(10);
    peer.heard();
    expect(peer.connection.info().cwnd).toBe(10 * MSS);
    peer.say({ flags: 'ECE,ACK', ack: 1 + 2 * MSS });
    const { cwnd, ssthresh } = peer.connection.info();
    expect([cwnd, ssthresh]).toEqual([5 * MSS, 5 * MSS]);
    peer.say({ flags: 'ECE,ACK', ack: 1 + 4 * MSS });
    expect(peer.connection.info().cwnd).toBe(5 * MSS);
    await peer.connection.write(new Uint8Array(20 * MSS));
    peer.after(0);
    peer.say({ flags: 'ECE,ACK', ack: 1 + 8 * MSS });
    const [first, ...others] = peer.heard();
    expect(first!.flags).toContain('CWR');
    for (const { flags } of others) expect(flags).not.toContain('CWR');
    // Beyond what was out when the window was halved, it is about another congestion.
    peer.say({ ack: 1 + 10 * MSS });
    const before = peer.connection.info().cwnd;
    peer.say({ flags: 'ECE,ACK', ack: 1 + 11 * MSS });
    expect(peer.connection.info().cwnd).toBeLessThan(before);
  });

  it('R3168-6: does not open the window by an ACK with ECE', async () => {
    const peer = await sending(40);
    peer.heard();
    peer.say({ flags: 'ECE,ACK', ack: 1 + 2 * MSS });
    const { cwnd } = peer.connection.info();
    for (let acked = 3; acked <= 10; acked++) peer.say({ flags: 'ECE,ACK', ack: 1 + acked * MSS });
    expect(peer.connection.info().cwnd).toBe(cwnd);
  });

  it('R3168-6, R9438-10: sends by its timer alone, and slower each time, where marks meet a window of one segment', async () => {
    for (const congestionControl of ['reno', 'cubic']) {
      const peer = await sending(60, opened(undefined, { stack: { congestionControl } }));
      peer.heard();
      /** The next window is acknowledged, with ECE or without. */
      const acknowledge = (flags: string): void => peer.say({ flags, ack: peer.expected });
      for (let round = 0; peer.connection.info().cwnd > MSS; round++) {
        if (round > 20) throw new Error('the window stays open');
        acknowledge('ECE,ACK');
        peer.after(1);
        acknowledge('ECE,ACK');
      }
      peer.heard();
      acknowledge('ECE,ACK');
      const { rtoMs } = peer.tcb.rtt;
      for (const times of [1, 2, 4]) {
        expect(peer.tcb.ecn.isHeld, congestionControl).toBe(true);
        peer.heard();
        peer.after(times * rtoMs - 1);
        peer.expectSilence();
        peer.after(1);
        expect(peer.heard().map(({ length }) => length)).toEqual([MSS]);
        acknowledge('ECE,ACK');
      }
      peer.after(8 * rtoMs);
      peer.heard();
      acknowledge('ACK');
      expect(peer.heard()).toHaveLength(congestionControl === 'reno' ? 2 : 2);
      expect(peer.tcb.ecn).toMatchObject({ isHeld: false, heldTimes: 0 });
    }
  });

  it('R3168-7: says ECT(0), beside the traffic class of the user', async () => {
    const peer = await sending(2, opened(undefined, { stack: { trafficClass: 0xb8 } }));
    for (const { frame } of peer.heard()) expect(frame[1]).toBe(0xb8 | ECN.ECT_0);
    const six = await sending(2, opened(undefined, { version: 6, stack: { trafficClass: 0xb8 } }));
    for (const { frame } of six.heard()) expect(ecnOf(frame)).toBe(ECN.ECT_0);
  });
});
