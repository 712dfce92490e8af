/**
 * SEGMENT ARRIVES (RFC 9293 section 3.10.7), check by check, in every state.
 */

import { describe, expect, it } from 'vitest';
import type { State } from '../../../src/index.ts';
import { Peer } from '../../support/peer.ts';

type Connected = Exclude<State, 'CLOSED' | 'LISTEN'>;

const SYNCHRONIZED: readonly Connected[] = [
  'ESTABLISHED',
  'FIN-WAIT-1',
  'FIN-WAIT-2',
  'CLOSE-WAIT',
  'CLOSING',
  'LAST-ACK',
  'TIME-WAIT',
];
const FROM_SYN_RECEIVED: readonly Connected[] = ['SYN-RECEIVED', ...SYNCHRONIZED];

/** SND.NXT and RCV.NXT, relative, of a connection that `reach` has brought there. */
const SND_NXT: Record<Connected, number> = {
  'SYN-SENT': 1,
  'SYN-RECEIVED': 1,
  ESTABLISHED: 1,
  'FIN-WAIT-1': 2,
  'FIN-WAIT-2': 2,
  'CLOSE-WAIT': 1,
  CLOSING: 2,
  'LAST-ACK': 2,
  'TIME-WAIT': 2,
};
const RCV_NXT: Record<Connected, number> = {
  'SYN-SENT': 0,
  'SYN-RECEIVED': 1,
  ESTABLISHED: 1,
  'FIN-WAIT-1': 1,
  'FIN-WAIT-2': 1,
  'CLOSE-WAIT': 2,
  CLOSING: 2,
  'LAST-ACK': 2,
  'TIME-WAIT': 2,
};

const windowOf = (peer: Peer) => peer.connection.info().rcv.wnd;
const ackOf = (state: Connected) => ({
  flags: 'ACK',
  seq: SND_NXT[state],
  ack: RCV_NXT[state],
  length: 0,
});

describe('in CLOSED', () => {
  it('answers nothing to a RST (EP-106)', () => {
    const peer = new Peer();
    peer.say({ flags: 'RST', seq: 5 });
    peer.say({ flags: 'RST,ACK', seq: 5, ack: 7 });
    peer.expectSilence();
  });

  it('answers an ACK with <SEQ=SEG.ACK><CTL=RST> (EP-107)', () => {
    const peer = new Peer();
    peer.say({ flags: 'ACK', seq: 5, ack: 7, text: 'abc' });
    peer.expect({ flags: 'RST', seq: 7, wnd: 0, length: 0 });
    peer.expectSilence();
  });

  it('answers anything else with <SEQ=0><ACK=SEG.SEQ+SEG.LEN><CTL=RST,ACK>, SYN and FIN counted (EP-108)', () => {
    const peer = new Peer();
    peer.say({ flags: 'SYN', seq: 0 });
    expect(peer.expect({ flags: 'RST,ACK', ack: 1 }).seq + peer.stackIss).toBe(0);
    peer.say({ flags: 'SYN,FIN', seq: 10, text: 'abc' });
    peer.expect({ flags: 'RST,ACK', ack: 15 });
    peer.say({ flags: '', seq: 10, text: 'abc' });
    peer.expect({ flags: 'RST,ACK', ack: 13 });
    peer.expectSilence();
  });
});

describe('in LISTEN', () => {
  it('ignores a RST (EP-109)', () => {
    const peer = new Peer().listen();
    peer.say({ flags: 'RST', seq: 0 });
    peer.say({ flags: 'RST,ACK', seq: 0, ack: 9 });
    peer.say({ flags: 'SYN,RST', seq: 0 });
    peer.expectSilence();
    expect(peer.stack.connections.size).toBe(0);
  });

  it('answers any ACK with a RST (EP-110)', () => {
    for (const flags of ['ACK', 'SYN,ACK', 'FIN,ACK']) {
      const peer = new Peer().listen();
      peer.say({ flags, seq: 0, ack: 99 });
      peer.expect({ flags: 'RST', seq: 99 });
      expect(peer.stack.connections.size).toBe(0);
    }
  });

  it('answers a SYN with <SEQ=ISS><ACK=RCV.NXT><CTL=SYN,ACK> (EP-112)', () => {
    const peer = new Peer().listen();
    peer.say({ flags: 'SYN', seq: 0 });
    peer.expect({ flags: 'SYN,ACK', seq: 0, ack: 1 });
    expect(peer.state).toBe('SYN-RECEIVED');
    expect(peer.listener?.halfOpen).toBe(1);
  });

  it('drops what is neither RST, ACK nor SYN (EP-114)', () => {
    const peer = new Peer().listen();
    peer.say({ flags: 'FIN', seq: 0 });
    peer.say({ flags: 'PSH', seq: 0, text: 'x' });
    peer.expectSilence();
    expect(peer.counters['drop.tcp.no-syn-in-listen']).toBe(2);
  });
});

describe('in SYN-SENT', () => {
  it('answers an ACK outside of (ISS, SND.NXT] with a RST and stays (EP-115), both sides of it', () => {
    for (const ack of [-1, 0, 2, 1_000]) {
      const peer = new Peer().synSent();
      peer.say({ flags: 'SYN,ACK', seq: 0, ack });
      peer.expect({ flags: 'RST', seq: ack });
      peer.expectSilence();
      expect(peer.state).toBe('SYN-SENT');
    }
  });

  it('drops such an ACK in silence when it is a RST (EP-116)', () => {
    for (const ack of [0, 2]) {
      const peer = new Peer().synSent();
      peer.say({ flags: 'RST,ACK', seq: 0, ack });
      peer.expectSilence();
      expect(peer.state).toBe('SYN-SENT');
    }
  });

  it('is refused by a RST whose ACK is acceptable (EP-117)', async () => {
    const peer = new Peer().synSent();
    const opened = expect(peer.connection.opened).rejects.toMatchObject({ code: 'ECONNREFUSED' });
    peer.say({ flags: 'RST,ACK', seq: 0, ack: 1 });
    peer.expectSilence();
    expect(peer.state).toBe('CLOSED');
    await opened;
    expect((await peer.connection.closed).how).toBe('refused');
  });

  it('drops a RST without ACK (EP-118)', () => {
    const peer = new Peer().synSent();
    peer.say({ flags: 'RST', seq: 0 });
    peer.expectSilence();
    expect(peer.state).toBe('SYN-SENT');
  });

  it('is ESTABLISHED by a SYN with an acceptable ACK (EP-122)', async () => {
    const peer = new Peer().synSent();
    peer.say({ flags: 'SYN,ACK', seq: 0, ack: 1 });
    peer.expect({ flags: 'ACK', seq: 1, ack: 1, length: 0 });
    expect(peer.state).toBe('ESTABLISHED');
    await peer.connection.opened;
  });

  it('takes text and FIN that come with the SYN,ACK', async () => {
    const peer = new Peer().synSent();
    peer.say({ flags: 'SYN,FIN,ACK', seq: 0, ack: 1, text: 'bye' });
    peer.after(0);
    expect(peer.heard().at(-1)).toMatchObject({ flags: 'ACK', seq: 1, ack: 5 });
    expect(peer.state).toBe('CLOSE-WAIT');
    expect(new TextDecoder().decode((await peer.connection.read())!)).toBe('bye');
    expect(await peer.connection.read()).toBeNull();
  });

  it('goes to SYN-RECEIVED by a SYN without ACK (EP-123) and says SYN,ACK with the same ISS', () => {
    const peer = new Peer().synSent();
    peer.say({ flags: 'SYN', seq: 0 });
    peer.expect({ flags: 'SYN,ACK', seq: 0, ack: 1 });
    expect(peer.state).toBe('SYN-RECEIVED');
  });

  it('drops what is neither SYN nor RST (EP-124)', () => {
    const peer = new Peer().synSent();
    peer.say({ flags: 'ACK', seq: 0, ack: 1 });
    peer.say({ flags: 'FIN,ACK', seq: 0, ack: 1 });
    peer.expectSilence();
    expect(peer.state).toBe('SYN-SENT');
  });

  it('sends queued text with the ACK of the SYN, or right behind it', async () => {
    const peer = new Peer().synSent();
    await peer.connection.write(new TextEncoder().encode('hello'));
    peer.expectSilence();
    peer.say({ flags: 'SYN,ACK', seq: 0, ack: 1 });
    expect(peer.heard().find(({ length }) => length > 0)).toMatchObject({ seq: 1, ack: 1, length: 5 });
  });
});

describe('first, the sequence number', () => {
  for (const state of FROM_SYN_RECEIVED) {
    it(`in ${state}: outside of the window an ACK says where we stand (EP-157 to 164), both sides`, async () => {
      for (const side of ['below', 'behind'] as const) {
        const peer = await new Peer().reach(state);
        const seq = side === 'below' ? RCV_NXT[state] - 1 : RCV_NXT[state] + windowOf(peer);
        peer.say({ flags: 'ACK', seq, ack: SND_NXT[state] });
        peer.expect(ackOf(state));
        peer.expectSilence();
        expect(peer.state).toBe(state);
      }
    });

    it(`in ${state}: within it, at both ends, nothing is said of it`, async () => {
      for (const offset of [0, 1]) {
        const peer = await new Peer().reach(state);
        const seq = offset === 0 ? RCV_NXT[state] : RCV_NXT[state] + windowOf(peer) - 1;
        peer.say({ flags: 'ACK', seq, ack: SND_NXT[state] - (state === 'SYN-RECEIVED' ? 0 : 1) });
        // Behind the peer's FIN nothing can stand: in TIME-WAIT it hears so.
        if (state === 'TIME-WAIT' && offset === 1) peer.expect(ackOf(state));
        peer.expectSilence();
      }
    });

    it(`in ${state}: a RST outside of it is dropped in silence (EP-165 to 172, R9293-17)`, async () => {
      for (const side of ['below', 'behind'] as const) {
        const peer = await new Peer().reach(state);
        const seq = side === 'below' ? RCV_NXT[state] - 1 : RCV_NXT[state] + windowOf(peer);
        peer.say({ flags: 'RST', seq });
        peer.expectSilence();
        expect(peer.state).toBe(state);
      }
    });
  }
});

describe('second, RST', () => {
  for (const state of FROM_SYN_RECEIVED.filter((name) => name !== 'TIME-WAIT')) {
    it(`in ${state}: in the window, but not at RCV.NXT, gets a challenge ACK (EP-195 to 202)`, async () => {
      for (const where of ['next', 'last'] as const) {
        const peer = await new Peer().reach(state);
        const seq = RCV_NXT[state] + (where === 'next' ? 1 : windowOf(peer) - 1);
        peer.say({ flags: 'RST', seq });
        peer.expect(ackOf(state));
        expect(peer.state).toBe(state);
      }
    });

    it(`in ${state}: at RCV.NXT ends the connection without a word (EP-203 to 210)`, async () => {
      for (const flags of ['RST', 'RST,ACK']) {
        const peer = await new Peer().reach(state);
        peer.say({ flags, seq: RCV_NXT[state] });
        peer.expectSilence();
        expect(peer.state).toBe('CLOSED');
        expect(peer.stack.connections.size).toBe(0);
        const { how } = await peer.connection.closed;
        expect(how).toBe(state === 'CLOSING' || state === 'LAST-ACK' ? 'closed' : 'reset');
        expect(peer.clock.pending).toBe(0);
      }
    });
  }

  it('takes a RST that carries text (SHLD-2)', () => {
    const peer = new Peer().establish();
    peer.say({ flags: 'RST', text: 'go away' });
    expect(peer.state).toBe('CLOSED');
  });

  it('in SYN-RECEIVED after a passive OPEN leads back to LISTEN: the listener takes the next SYN (EP-203)', () => {
    const peer = new Peer().synReceived();
    peer.say({ flags: 'RST', seq: 1 });
    expect(peer.listener?.halfOpen).toBe(0);
    peer.say({ flags: 'SYN', seq: 0 });
    peer.expect({ flags: 'SYN,ACK', seq: 0, ack: 1 });
    expect(peer.listener?.halfOpen).toBe(1);
  });

  it('in SYN-RECEIVED after an active OPEN says that the connection is refused (EP-204)', async () => {
    const peer = new Peer().synReceivedActively();
    const opened = expect(peer.connection.opened).rejects.toMatchObject({ code: 'ECONNREFUSED' });
    peer.say({ flags: 'RST', seq: 1 });
    expect(peer.state).toBe('CLOSED');
    await opened;
  });

  it('in TIME-WAIT is ignored, wherever it stands (EP-212, RFC 1337)', async () => {
    const peer = await new Peer().timeWait();
    for (const seq of [2, 3, 1_000]) peer.say({ flags: 'RST', seq });
    peer.expectSilence();
    expect(peer.state).toBe('TIME-WAIT');
  });

  it('in TIME-WAIT ends it without the protection of RFC 1337 (EP-211), if it stands exactly at RCV.NXT', async () => {
    const peer = await new Peer({ stack: { timeWaitProtection: false } }).timeWait();
    peer.say({ flags: 'RST', seq: 3 });
    peer.expect(ackOf('TIME-WAIT'));
    expect(peer.state).toBe('TIME-WAIT');
    peer.say({ flags: 'RST', seq: 2 });
    expect(peer.state).toBe('CLOSED');
    expect((await peer.connection.closed).how).toBe('closed');
  });
});

describe('fourth, SYN', () => {
  for (const state of SYNCHRONIZED) {
    it(`in ${state}: gets a challenge ACK whatever its number (EP-223 to 229), and never a RST`, async () => {
      for (const seq of [-70_000, 0, RCV_NXT[state], RCV_NXT[state] + 5, 2_000_000]) {
        for (const flags of ['SYN', 'SYN,ACK']) {
          const peer = await new Peer().reach(state);
          peer.say({ flags, seq, ack: SND_NXT[state] });
          peer.expect(ackOf(state));
          peer.expectSilence();
          expect(peer.state).toBe(state);
        }
      }
    });
  }

  it('in SYN-RECEIVED, the same again: our side is said again, and the connection lives', () => {
    const peer = new Peer().synReceived();
    peer.say({ flags: 'SYN', seq: 0 });
    expect(peer.heard().length).toBe(1);
    expect(peer.state).toBe('SYN-RECEIVED');
    peer.say();
    expect(peer.state).toBe('ESTABLISHED');
  });

  it('in SYN-RECEIVED after a passive OPEN, in the window: back to LISTEN (EP-221)', () => {
    const peer = new Peer().synReceived();
    peer.say({ flags: 'SYN', seq: 5 });
    expect(peer.stack.connections.size).toBe(0);
    expect(peer.listener?.halfOpen).toBe(0);
  });

  it('in SYN-RECEIVED after an active OPEN, in the window: a challenge ACK (EP-222)', () => {
    const peer = new Peer().synReceivedActively();
    peer.say({ flags: 'SYN', seq: 5 });
    peer.expect(ackOf('SYN-RECEIVED'));
    expect(peer.state).toBe('SYN-RECEIVED');
  });

  it('in SYN-RECEIVED, the crossing SYN,ACK of a simultaneous open: its ACK counts (appendix A.2)', async () => {
    const peer = new Peer().synReceivedActively();
    peer.say({ flags: 'SYN,ACK', seq: 0, ack: 1 });
    expect(peer.state).toBe('ESTABLISHED');
    await peer.connection.opened;
  });
});

describe('fifth, ACK', () => {
  for (const state of FROM_SYN_RECEIVED) {
    it(`in ${state}: a segment without ACK is dropped in silence (EP-239 to 246)`, async () => {
      const peer = await new Peer().reach(state);
      peer.say({ flags: 'PSH', seq: RCV_NXT[state] });
      peer.expectSilence();
      expect(peer.state).toBe(state);
      expect(peer.counters['drop.tcp.no-ack']).toBe(1);
    });
  }

  for (const state of SYNCHRONIZED) {
    it(`in ${state}: an ACK of what was never sent is answered, and not believed (EP-248 to 254, 272 to 277)`, async () => {
      const peer = await new Peer().reach(state);
      const { snd } = peer.connection.info();
      peer.say({ flags: 'ACK', seq: RCV_NXT[state], ack: SND_NXT[state] + 1 });
      peer.expect(ackOf(state));
      expect(peer.state).toBe(state);
      expect(peer.connection.info().snd.una).toBe(snd.una);
    });

    it(`in ${state}: an ACK older than MAX.SND.WND is answered and dropped, one as old as that is not (R9293-21)`, async () => {
      const peer = await new Peer({ wnd: 1_000 }).reach(state);
      const una = peer.connection.info().snd.una - peer.stackIss;
      peer.say({ flags: 'ACK', seq: RCV_NXT[state], ack: una - 1_000 });
      peer.expectSilence();
      peer.say({ flags: 'ACK', seq: RCV_NXT[state], ack: una - 1_001 });
      peer.expect(ackOf(state));
      expect(peer.state).toBe(state);
    });
  }

  it('in SYN-RECEIVED: ESTABLISHED by the ACK of our SYN (EP-255), with the window that it brings', () => {
    const peer = new Peer().synReceived();
    peer.say({ flags: 'ACK', ack: 1, wnd: 1_234 });
    peer.expectSilence();
    expect(peer.state).toBe('ESTABLISHED');
    expect(peer.connection.info().snd.wnd).toBe(1_234);
  });

  it('in SYN-RECEIVED: an unacceptable ACK gets <SEQ=SEG.ACK><CTL=RST> and the state is kept (EP-256)', () => {
    for (const ack of [0, 2, 77]) {
      const peer = new Peer().synReceived();
      peer.say({ flags: 'ACK', ack });
      peer.expect({ flags: 'RST', seq: ack });
      expect(peer.state).toBe('SYN-RECEIVED');
    }
  });

  it('in FIN-WAIT-1: the ACK of our FIN leads to FIN-WAIT-2 (EP-278)', async () => {
    const peer = await new Peer().finWait1();
    peer.say({ ack: 1 });
    expect(peer.state).toBe('FIN-WAIT-1');
    peer.say({ ack: 2 });
    expect(peer.state).toBe('FIN-WAIT-2');
  });

  it('in FIN-WAIT-1: an ACK of the text before it does not', async () => {
    const peer = new Peer().establish();
    await peer.connection.write(new Uint8Array(10));
    void peer.connection.shutdown();
    await peer.settle();
    peer.say({ ack: 11 });
    expect(peer.state).toBe('FIN-WAIT-1');
    peer.say({ ack: 12 });
    expect(peer.state).toBe('FIN-WAIT-2');
  });

  it('in CLOSING: the ACK of our FIN leads to TIME-WAIT (EP-280), another one nowhere (EP-281)', async () => {
    const peer = await new Peer().closing();
    peer.say({ ack: 1 });
    expect(peer.state).toBe('CLOSING');
    peer.say({ ack: 2 });
    expect(peer.state).toBe('TIME-WAIT');
    peer.expectSilence();
  });

  it('in LAST-ACK: the ACK of our FIN ends the connection (EP-282), another one does not (EP-283)', async () => {
    const peer = await new Peer().lastAck();
    peer.say({ ack: 1 });
    expect(peer.state).toBe('LAST-ACK');
    peer.say({ ack: 2 });
    expect(peer.state).toBe('CLOSED');
    expect(await peer.connection.closed).toEqual({ how: 'closed' });
  });

  it('in TIME-WAIT: answers no ACK that is in order: two such ends would never stop', async () => {
    const peer = await new Peer().timeWait();
    peer.say({ ack: 2 });
    peer.say({ ack: 2, text: 'x' });
    peer.expectSilence();
  });

  it('takes the window only from newer segments (R9293-24)', () => {
    const peer = new Peer().establish();
    peer.say({ text: 'abcd', wnd: 2_000 });
    expect(peer.connection.info().snd.wnd).toBe(2_000);
    // WL1 is 1 now. Newer by its sequence number; the same and as good an ACK; older.
    peer.say({ seq: 5, wnd: 3_000 });
    expect(peer.connection.info().snd.wnd).toBe(3_000);
    peer.say({ seq: 5, wnd: 4_000 });
    expect(peer.connection.info().snd.wnd).toBe(4_000);
    peer.put({ seq: 6, text: 'f', wnd: 5_000 });
    peer.after(0);
    expect(peer.connection.info().snd.wnd).toBe(5_000);
    peer.say({ seq: 5, wnd: 6_000 });
    expect(peer.connection.info().snd.wnd).toBe(5_000);
  });
});

describe('seventh, text', () => {
  it('takes text in ESTABLISHED, FIN-WAIT-1 and FIN-WAIT-2 (EP-295 to 297)', async () => {
    for (const state of ['ESTABLISHED', 'FIN-WAIT-1', 'FIN-WAIT-2'] as const) {
      const peer = await new Peer().reach(state);
      peer.say({ text: 'abc', ack: SND_NXT[state] });
      expect(new TextDecoder().decode((await peer.connection.read())!)).toBe('abc');
      await peer.wait(500);
      expect(peer.heard().at(-1)).toMatchObject({ flags: 'ACK', ack: 4 });
    }
  });

  it('takes none in CLOSE-WAIT, CLOSING, LAST-ACK and TIME-WAIT (EP-303 to 306)', async () => {
    for (const state of ['CLOSE-WAIT', 'CLOSING', 'LAST-ACK', 'TIME-WAIT'] as const) {
      const peer = await new Peer().reach(state);
      peer.say({ text: 'abc', seq: RCV_NXT[state], ack: SND_NXT[state] - 1 });
      expect(peer.connection.info().bytesReceived).toBe(0);
      expect(peer.connection.info().rcv.nxt - peer.iss).toBe(RCV_NXT[state]);
    }
  });

  it('cuts text to the window at both ends', async () => {
    const peer = new Peer({ stack: { receiveBuffer: 10 } }).establish();
    peer.say({ text: '-+abcd', seq: -1 });
    peer.say({ text: 'efghijKLM', seq: 5 });
    expect(new TextDecoder().decode((await peer.connection.read())!)).toBe('abcdefghij');
  });
});

describe('eighth, FIN', () => {
  it('leads ESTABLISHED to CLOSE-WAIT (EP-311), FIN-WAIT-1 to CLOSING (EP-313), FIN-WAIT-2 to TIME-WAIT (EP-314)', async () => {
    const next = { ESTABLISHED: 'CLOSE-WAIT', 'FIN-WAIT-1': 'CLOSING', 'FIN-WAIT-2': 'TIME-WAIT' } as const;
    for (const state of ['ESTABLISHED', 'FIN-WAIT-1', 'FIN-WAIT-2'] as const) {
      const peer = await new Peer().reach(state);
      peer.say({ flags: 'FIN,ACK', ack: state === 'FIN-WAIT-2' ? 2 : 1 });
      peer.expect({ flags: 'ACK', seq: SND_NXT[state], ack: 2 });
      expect(peer.state).toBe(next[state]);
    }
  });

  it('with the ACK of our FIN leads FIN-WAIT-1 to TIME-WAIT in one segment (EP-312)', async () => {
    const peer = await new Peer().finWait1();
    peer.say({ flags: 'FIN,ACK', ack: 2 });
    peer.expect({ flags: 'ACK', seq: 2, ack: 2 });
    expect(peer.state).toBe('TIME-WAIT');
  });

  it('with the ACK of our SYN leads SYN-RECEIVED to CLOSE-WAIT in one segment (EP-310)', () => {
    const peer = new Peer().synReceived();
    peer.say({ flags: 'FIN,ACK', ack: 1 });
    peer.after(0);
    peer.expect({ flags: 'ACK', seq: 1, ack: 2 });
    expect(peer.state).toBe('CLOSE-WAIT');
  });

  it('again, in CLOSE-WAIT, CLOSING and LAST-ACK, is acknowledged and changes nothing (EP-315 to 317)', async () => {
    for (const state of ['CLOSE-WAIT', 'CLOSING', 'LAST-ACK'] as const) {
      const peer = await new Peer().reach(state);
      peer.say({ flags: 'FIN,ACK', seq: 1, ack: 1 });
      peer.expect(ackOf(state));
      expect(peer.state).toBe(state);
    }
  });

  it('waits for the text before it', async () => {
    const peer = new Peer().establish();
    peer.say({ flags: 'FIN,ACK', seq: 4 });
    peer.expect({ flags: 'ACK', ack: 1 });
    expect(peer.state).toBe('ESTABLISHED');
    peer.say({ text: 'abc', seq: 1 });
    peer.after(0);
    peer.expect({ flags: 'ACK', ack: 5 });
    expect(peer.state).toBe('CLOSE-WAIT');
    expect(new TextDecoder().decode((await peer.connection.read())!)).toBe('abc');
    expect(await peer.connection.read()).toBeNull();
  });
});
