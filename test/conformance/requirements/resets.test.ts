import { describe, expect, it } from 'vitest';
import type { StackError } from '../../../src/index.ts';
import { Peer } from '../../support/peer.ts';
import type { ConnectedState } from '../scene.ts';

const SYNCHRONIZED = [
  'ESTABLISHED',
  'FIN-WAIT-1',
  'FIN-WAIT-2',
  'CLOSE-WAIT',
  'CLOSING',
  'LAST-ACK',
  'TIME-WAIT',
] as const satisfies readonly ConnectedState[];

/** A connection in `state`, and SND.NXT and RCV.NXT there. */
async function at(state: ConnectedState, stack = {}) {
  const peer = await new Peer({ stack: { rtoMinMs: 10_000, ...stack } }).reach(state);
  return { peer, snd: peer.expected, rcv: peer.nxt, wnd: peer.connection.info().rcv.wnd };
}

describe('what belongs to no connection', () => {
  it('R9293-6: is answered with a RST made of its own numbers, and a RST never', () => {
    const peer = new Peer();
    peer.say({ flags: 'ACK', seq: 1, ack: 77, text: 'x' });
    peer.expect({ flags: 'RST', seq: 77, ack: undefined });
    peer.say({ flags: 'SYN', seq: 1, text: 'xyz' });
    peer.expect({ flags: 'RST,ACK', seq: -5_000, ack: 5 });
    peer.say({ flags: 'RST', seq: 1 });
    peer.say({ flags: 'RST,ACK', seq: 1, ack: 77 });
    peer.expectSilence();
  });
});

describe('a connection', () => {
  it('R9293-7: never answers with a RST what might be meant for it', async () => {
    for (const state of SYNCHRONIZED) {
      const { peer, rcv, wnd } = await at(state);
      for (const seq of [rcv - 1, rcv, rcv + 1, rcv + wnd])
        for (const flags of ['ACK', 'SYN', 'SYN,ACK', 'FIN,ACK', 'URG,ACK', ''])
          peer.say({ flags, seq, ack: 1 });
      expect(peer.heard().filter(({ flags }) => flags.includes('RST'))).toEqual([]);
    }
  });

  it('R9293-8: before it is synchronized answers an unacceptable ACK with a RST, and keeps its state', () => {
    for (const peer of [new Peer().listen(), new Peer().synSent(), new Peer().synReceived()]) {
      const before = peer.stack.connections.size;
      peer.say({ flags: 'ACK', ack: 900 });
      peer.expect({ flags: 'RST', seq: 900, ack: undefined });
      expect(peer.stack.connections.size).toBe(before);
    }
  });

  it('R9293-9: once synchronized answers what is unacceptable with <SEQ=SND.NXT><ACK=RCV.NXT><CTL=ACK>', async () => {
    for (const state of SYNCHRONIZED) {
      const { peer, snd, rcv, wnd } = await at(state);
      for (const seq of [rcv - 2, rcv + wnd]) {
        peer.say({ seq, text: 'x' });
        peer.expect({ flags: 'ACK', seq: snd, ack: rcv, length: 0 });
      }
      expect(peer.state).toBe(state);
    }
  });

  it('R9293-10, R5961-4: believes a RST by its sequence number, and in SYN-SENT by its ACK alone', async () => {
    const opening = new Peer().synSent();
    for (const segment of [{ flags: 'RST' }, { flags: 'RST,ACK', ack: 0 }, { flags: 'RST,ACK', ack: 2 }])
      opening.say(segment);
    opening.expectSilence();
    expect(opening.state).toBe('SYN-SENT');
    const refused = opening.connection.opened.catch((error: StackError) => error.code);
    opening.say({ flags: 'RST,ACK', seq: 999, ack: 1 });
    expect(await refused).toBe('ECONNREFUSED');

    const { peer, rcv } = await at('ESTABLISHED');
    peer.say({ flags: 'RST,ACK', seq: rcv - 1, ack: 1 });
    expect(peer.state).toBe('ESTABLISHED');
    peer.say({ flags: 'RST', seq: rcv });
    expect(peer.connection.state).toBe('CLOSED');
  });

  it('R9293-17, R5961-1: drops a RST outside of the window in silence', async () => {
    for (const state of SYNCHRONIZED) {
      const { peer, rcv, wnd } = await at(state, { timeWaitProtection: false });
      for (const seq of [rcv - 1, rcv + wnd, rcv + 2 ** 31]) peer.say({ flags: 'RST', seq });
      peer.expectSilence();
      expect(peer.state).toBe(state);
    }
  });

  it('R9293-18, R5961-2: is reset by a RST at RCV.NXT', async () => {
    for (const state of SYNCHRONIZED) {
      const { peer, rcv } = await at(state, { timeWaitProtection: false });
      peer.say({ flags: 'RST', seq: rcv });
      peer.expectSilence();
      expect(peer.connection.state).toBe('CLOSED');
    }
  });

  it('SHLD-2: takes a RST that carries text', async () => {
    const { peer, rcv } = await at('ESTABLISHED');
    peer.say({ flags: 'RST,ACK', seq: rcv, text: 'because' });
    peer.expectSilence();
    expect(peer.connection.state).toBe('CLOSED');
    expect(peer.connection.info().bytesReceived).toBe(0);
  });

  it('R9293-19, R5961-3: answers a RST elsewhere in the window with a challenge ACK', async () => {
    for (const state of SYNCHRONIZED) {
      const { peer, snd, rcv, wnd } = await at(state, { timeWaitProtection: false });
      for (const seq of [rcv + 1, rcv + wnd - 1]) {
        peer.say({ flags: 'RST', seq });
        peer.expect({ flags: 'ACK', seq: snd, ack: rcv, length: 0 });
      }
      expect(peer.state).toBe(state);
    }
  });

  it('R9293-20, R5961-5: answers a SYN with a challenge ACK, whatever its sequence number', async () => {
    for (const state of SYNCHRONIZED) {
      const { peer, snd, rcv, wnd } = await at(state);
      for (const seq of [0, rcv - 1, rcv, rcv + 1, rcv + wnd, rcv + 2 ** 31]) {
        peer.say({ flags: 'SYN', seq });
        peer.expect({ flags: 'ACK', seq: snd, ack: rcv, length: 0 });
      }
      expect(peer.state).toBe(state);
    }
  });

  it('R9293-21, R5961-6, MAY-12: takes nothing from a segment whose ACK is too old or too new', async () => {
    for (const state of SYNCHRONIZED) {
      const { peer, snd, rcv } = await at(state);
      const una = peer.connection.info().snd.una - 5_000;
      for (const ack of [una - 65_536, snd + 1]) {
        peer.say({ seq: rcv, ack, text: 'injected' });
        peer.expect({ flags: 'ACK', seq: snd, ack: rcv, length: 0 });
      }
      expect(peer.connection.info().bytesReceived).toBe(0);
    }
  });

  it('R5961-7: sends ten challenge ACKs a second at most, and what one attacker uses up is no other’s', async () => {
    const peer = new Peer().establish('passive');
    peer.say({ flags: 'SYN', seq: 0, srcPort: 2_000 });
    peer.say({ flags: 'ACK', seq: 1, ack: 1, srcPort: 2_000 });
    peer.heard();
    for (let i = 0; i < 50; i++) peer.say({ flags: 'RST', seq: 5, srcPort: 2_000 });
    expect(peer.heard()).toHaveLength(10);
    for (let i = 0; i < 50; i++) peer.say({ flags: 'RST', seq: 5, srcPort: 54_321 });
    expect(peer.heard()).toHaveLength(10);
    peer.after(1_000);
    peer.say({ flags: 'RST', seq: 5, srcPort: 2_000 });
    expect(peer.heard()).toHaveLength(1);
  });

  it('R5961-7: answers ten empty unacceptable segments a second, and a hundred with text, whatever else is doubted', () => {
    for (const [segment, most] of [
      [{ seq: 5_000_000 }, 10],
      [{ seq: 5_000_000, text: 'x' }, 100],
      [{ seq: 0, flags: 'FIN,ACK' }, 100],
    ] as const) {
      const peer = new Peer().establish();
      for (let i = 0; i < 200; i++) peer.say(segment);
      expect(peer.heard()).toHaveLength(most);
      expect(peer.counters['drop.tcp.unacceptable']).toBe(200);
      // Each kind has a count of its own.
      peer.say({ flags: 'SYN', seq: 5 });
      peer.expect({ flags: 'ACK' });
      expect(peer.connection.info().state).toBe('ESTABLISHED');
      peer.after(1_000);
      peer.say(segment);
      expect(peer.heard()).toHaveLength(1);
    }
  });

  it('R5961-7: answers ten segments of old timestamps a second, and ten repeated SYNs', () => {
    const stamped = new Peer({ syn: { mss: 1_460, timestamps: { value: 1_000, echo: 0 } } }).establish();
    stamped.after(1_000);
    for (let i = 0; i < 50; i++) stamped.say({ options: { timestamps: { value: 5, echo: 0 } } });
    expect(stamped.heard()).toHaveLength(10);

    const opening = new Peer().synReceived();
    opening.nxt = 0;
    for (let i = 0; i < 200; i++) opening.say({ flags: 'SYN', seq: 0 });
    expect(opening.heard().every(({ flags }) => flags === 'SYN,ACK')).toBe(true);
    expect(opening.counters['drop.tcp.syn-again']).toBe(200);
    expect(opening.connection.info().segmentsSent).toBeLessThanOrEqual(101);
  });

  it('finds an end to the answers of two ends that find each other’s unacceptable', async () => {
    // The peer answers each ACK with one that is unacceptable here as well.
    const peer = new Peer().establish();
    peer.say({ seq: 5_000_000 });
    let answers = 0;
    for (let heard = peer.heard(); heard.length > 0; heard = peer.heard()) {
      answers += heard.length;
      peer.say({ seq: 5_000_000 });
    }
    expect(answers).toBe(10);
  });
});

describe('TIME-WAIT', () => {
  it('R1337-1: is not ended by a RST, wherever it stands', async () => {
    const { peer, rcv } = await at('TIME-WAIT');
    for (const seq of [rcv - 1, rcv, rcv + 1]) peer.say({ flags: 'RST', seq });
    peer.expectSilence();
    expect(peer.state).toBe('TIME-WAIT');
  });

  it('R1337-2: answers an old duplicate with an ACK, and outlives the RST that this provokes', async () => {
    const { peer, snd, rcv } = await at('TIME-WAIT');
    peer.say({ seq: rcv - 100, text: 'an old duplicate' });
    peer.expect({ flags: 'ACK', seq: snd, ack: rcv, length: 0 });
    peer.say({ flags: 'RST', seq: rcv });
    peer.expectSilence();
    expect(peer.state).toBe('TIME-WAIT');
  });
});
