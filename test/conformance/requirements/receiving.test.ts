import { describe, expect, it } from 'vitest';
import { Peer } from '../../support/peer.ts';

const textOf = (bytes: Uint8Array | null): string => new TextDecoder().decode(bytes ?? new Uint8Array(0));

describe('the receive window', () => {
  it('SHLD-14, R9293-25: never moves its right edge to the left, whatever arrives and however it is read', async () => {
    const peer = new Peer({ stack: { receiveBuffer: 20_000 } }).establish();
    let edge = 0;
    const look = (): void => {
      for (const { ack, wnd } of peer.heard()) {
        expect((ack ?? 0) + wnd).toBeGreaterThanOrEqual(edge);
        edge = (ack ?? 0) + wnd;
      }
    };
    for (let i = 0; i < 60; i++) {
      const room = peer.connection.info().rcv.wnd;
      if (room > 0) peer.say({ text: Math.min(room, 1 + ((i * 397) % 1_460)) });
      await peer.wait(100);
      look();
      if (i % 7 === 0 && peer.connection.info().rcv.queued > 0)
        await peer.connection.read(1 + ((i * 53) % 3_000));
      look();
    }
    expect(edge).toBeGreaterThan(20_000);
  });

  it('MAY-8: may stay closed for ever: every probe is answered', async () => {
    const peer = new Peer({ stack: { receiveBuffer: 10 } }).establish();
    peer.say({ text: '0123456789' });
    await peer.wait(500);
    expect(peer.heard().at(-1)).toMatchObject({ ack: 11, wnd: 0 });
    for (let hours = 0; hours < 24; hours++) {
      await peer.wait(3_600_000);
      peer.say({ seq: 11, text: '?' });
      peer.expect({ flags: 'ACK', ack: 11, wnd: 0, length: 0 });
    }
    expect(peer.state).toBe('ESTABLISHED');
  });

  it('MUST-39: opens by half of the buffer or a segment at least, or not at all', async () => {
    const peer = new Peer({ stack: { receiveBuffer: 1_000 } }).establish();
    peer.say({ text: 1_000 });
    await peer.wait(500);
    expect(peer.heard().at(-1)).toMatchObject({ wnd: 0 });
    await peer.connection.read(499);
    await peer.wait(500);
    peer.expectSilence();
    // Neither does it open in passing, with an ACK that goes for another reason.
    peer.say({ seq: 1_001, text: '?' });
    peer.expect({ wnd: 0 });
    await peer.connection.read(1);
    await peer.settle();
    peer.expect({ flags: 'ACK', ack: 1_001, wnd: 500 });

    const large = new Peer({ stack: { receiveBuffer: 60_000 } }).establish();
    for (let i = 0; i < 41; i++) large.say({ text: 1_460 });
    large.say({ text: 60_000 - 41 * 1_460 });
    await large.wait(500);
    expect(large.heard().at(-1)).toMatchObject({ wnd: 0 });
    await large.connection.read(1_459);
    large.say({ seq: 60_001, text: '?' });
    large.expect({ wnd: 0 });
    await large.connection.read(1);
    large.say({ seq: 60_001, text: '?' });
    expect(large.heard().at(-1)).toMatchObject({ wnd: 1_460 });
  });

  it('R9293-23: takes what lies in it, trimmed, and in the order of the numbers', async () => {
    const peer = new Peer({ stack: { receiveBuffer: 10 } }).establish();
    peer.say({ seq: 6, text: 'fghijKLM' });
    peer.say({ seq: -1, text: '--abc' });
    peer.say({ seq: 3, text: 'cde' });
    expect(textOf(await peer.connection.read())).toBe('abcdefghij');
    peer.heard();
    // Read, so that the window is open again: 11 to 20.
    for (const seq of [-5, 21]) {
      peer.say({ seq, text: 'xyz' });
      expect(peer.heard().at(-1)).toMatchObject({ flags: 'ACK', length: 0 });
    }
    expect(peer.connection.info().bytesReceived).toBe(10);
  });

  it('R9293-23: takes, when it is closed, nothing but empty segments at its edge', async () => {
    const peer = new Peer({ stack: { receiveBuffer: 10 } }).establish();
    peer.say({ text: 'abcdefghij' });
    await peer.wait(500);
    expect(peer.heard().at(-1)).toMatchObject({ ack: 11, wnd: 0 });
    // Table 6, row by row: acceptable, and thus not answered; the others are.
    peer.say({ seq: 11 });
    peer.expectSilence();
    for (const seq of [10, 12]) {
      peer.say({ seq });
      peer.expect({ flags: 'ACK', ack: 11, wnd: 0 });
    }
    for (const seq of [10, 11, 12]) {
      peer.say({ seq, text: 'x' });
      peer.expect({ flags: 'ACK', ack: 11, wnd: 0 });
    }
    expect(peer.counters['drop.tcp.unacceptable']).toBe(5);
    expect(textOf(await peer.connection.read())).toBe('abcdefghij');
  });

  it('R9293-24: of the peer is taken from segments that are newer than the last', () => {
    const peer = new Peer().establish();
    const wnd = (): number => peer.connection.info().snd.wnd;
    peer.say({ seq: 5, wnd: 10_000 });
    peer.say({ seq: 4, wnd: 20_000 });
    expect(wnd()).toBe(10_000);
    peer.say({ seq: 5, ack: 0, wnd: 20_000 });
    expect(wnd()).toBe(10_000);
    peer.say({ seq: 5, ack: 1, wnd: 30_000 });
    expect(wnd()).toBe(30_000);
    peer.say({ seq: 6, ack: 1, wnd: 5_000 });
    expect(wnd()).toBe(5_000);
  });
});

describe('a receive buffer that is made smaller', () => {
  it('SHLD-14: closes the window by what arrives, and takes nothing back that was offered', async () => {
    const peer = new Peer({ stack: { receiveBuffer: 20_000 } }).establish();
    peer.connection.set({ receiveBuffer: 5_000 });
    for (let at = 0; at < 20_000; at += 1_000) {
      peer.say({ text: 1_000 });
      await peer.wait(500);
      const { ack, wnd } = peer.heard().at(-1)!;
      expect([ack, (ack ?? 0) + wnd]).toEqual([at + 1_001, 20_001]);
    }
    expect(peer.connection.info().rcv.queued).toBe(20_000);
    // Read, it opens again to the smaller size.
    await peer.connection.read();
    peer.say({ seq: 20_000, text: 'x' });
    expect(peer.heard().at(-1)?.wnd).toBe(5_000);
  });
});

describe('an acknowledgment', () => {
  it('SHLD-18, MUST-40: of text waits for company, for less than half a second', async () => {
    const peer = new Peer().establish();
    peer.say({ text: 'one' });
    peer.expectSilence();
    await peer.wait(499);
    peer.expect({ flags: 'ACK', ack: 4, length: 0 });

    const answered = new Peer().establish();
    answered.say({ text: 'question' });
    void answered.connection.write(new TextEncoder().encode('answer'));
    await answered.settle();
    answered.expect({ flags: 'PSH,ACK', ack: 9, text: 'answer' });
    await answered.wait(150);
    answered.expectSilence();

    expect(() => new Peer({ stack: { delayedAckMs: 500 } })).toThrow(
      expect.objectContaining({ code: 'EINVAL' }),
    );
  });

  it('SHLD-19, R5681-10: goes with every second full-sized segment, and within half a second of the first', async () => {
    const peer = new Peer().establish();
    for (let i = 0; i < 10; i++) {
      peer.say({ text: 1_460 });
      if (i % 2 === 1) peer.expect({ flags: 'ACK', ack: 1 + (i + 1) * 1_460 });
      peer.expectSilence();
    }
    peer.say({ text: 1_460 });
    await peer.wait(499);
    peer.expect({ flags: 'ACK', ack: 1 + 11 * 1_460 });
  });

  it('MUST-58: stands for several segments where it can', async () => {
    const peer = new Peer().establish();
    for (let i = 0; i < 5; i++) peer.say({ text: 'small' });
    await peer.wait(499);
    expect(peer.heard().map(({ ack }) => ack)).toEqual([26]);
  });

  it('MUST-59: goes when all that was queued is processed', () => {
    const peer = new Peer().establish();
    for (const seq of [201, 401, 301, 101]) peer.say({ seq, text: 100 });
    peer.heard();
    peer.say({ seq: 1, text: 100 });
    expect(peer.heard().map(({ ack }) => ack)).toEqual([501]);
  });

  it('SHLD-31, MAY-13, R5681-7: goes at once for text out of order, which is kept, and when a hole is filled in part', async () => {
    const peer = new Peer().establish();
    for (const seq of [201, 401]) {
      peer.say({ seq, text: 100 });
      peer.expect({ flags: 'ACK', ack: 1, length: 0 });
    }
    peer.say({ seq: 1, text: 100 });
    peer.expect({ ack: 101 });
    peer.say({ seq: 101, text: 100 });
    peer.expect({ ack: 301 });
    peer.say({ seq: 301, text: 100 });
    peer.expect({ ack: 501 });
    expect((await peer.connection.read())?.length).toBe(500);
  });
});

describe('urgent data', () => {
  it('MUST-30: is sent and received', async () => {
    const peer = new Peer().establish();
    let told = 0;
    peer.connection.onUrgent = () => {
      told++;
    };
    peer.say({ flags: 'URG,ACK', text: 'now!', up: 4 });
    expect(told).toBe(1);
    expect(textOf(await peer.connection.read())).toBe('now');
    expect(peer.connection.readUrgent()).toBe('!'.charCodeAt(0));
    void peer.connection.writeUrgent(new TextEncoder().encode('yes'));
    await peer.settle();
    expect(peer.heard().at(-1)).toMatchObject({ flags: 'PSH,URG,ACK', up: 3 });
  });
});

describe('a closed window', () => {
  it('MUST-36: is probed with an octet that may be the first that it takes', async () => {
    const peer = new Peer({ stack: { rtoMinMs: 1_000 } }).establish();
    peer.say({ wnd: 0 });
    void peer.connection.write(new TextEncoder().encode('text'));
    await peer.settle();
    peer.expectSilence();
    await peer.wait(1_000);
    peer.expect({ flags: 'ACK', seq: 1, length: 1, text: 't' });
    peer.say({ ack: 2, wnd: 1_000 });
    peer.expect({ seq: 2, text: 'ext' });
  });
});
