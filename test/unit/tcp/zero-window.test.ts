import { describe, expect, it } from 'vitest';
import { Peer, pattern } from '../../support/peer.ts';
import { octets, twoStacks } from '../../support/workload.ts';

describe('a closed window at the other end', () => {
  async function closed(stack = {}): Promise<Peer> {
    const peer = new Peer({ stack: { rtoInitialMs: 1_000, rtoMinMs: 1_000, ...stack } }).establish();
    peer.wnd = 0;
    peer.say();
    await peer.connection.write(pattern(1, 3_000));
    peer.after(0);
    peer.expectSilence();
    return peer;
  }

  it('is probed with one octet, first after an RTO (SHLD-29) and then at doubled intervals (SHLD-30)', async () => {
    const peer = await closed();
    const times: number[] = [];
    for (const waitMs of [1_000, 2_000, 4_000, 8_000, 16_000, 32_000, 60_000, 60_000]) {
      peer.after(waitMs - 1);
      peer.expectSilence();
      peer.after(1);
      times.push(peer.expect({ flags: 'ACK', seq: 1, length: 1 }).timeMs);
      peer.say({ ack: 1 });
      peer.heard();
    }
    expect(times).toEqual([1_000, 3_000, 7_000, 15_000, 31_000, 63_000, 123_000, 183_000]);
  });

  it('does not end the connection as long as the probes are answered (MUST-37)', async () => {
    const peer = await closed({ userTimeoutMs: 100_000 });
    for (let minutes = 0; minutes < 60; minutes++) {
      peer.after(60_000);
      for (const _ of peer.heard()) peer.say({ ack: 1 });
    }
    expect(peer.state).toBe('ESTABLISHED');
  });

  it('ends it by the user timeout once nobody answers', async () => {
    const peer = await closed({ userTimeoutMs: 100_000 });
    // From the first probe on, at 1 s, which is the first thing that nobody answered.
    peer.after(100_999);
    expect(peer.state).toBe('ESTABLISHED');
    peer.after(1);
    expect(peer.state).toBe('CLOSED');
    expect(await peer.connection.closed).toMatchObject({ how: 'timeout', error: { code: 'ETIMEDOUT' } });
  });

  it('lets everything go once it opens', async () => {
    const peer = await closed({ noDelay: true });
    peer.after(1_000);
    peer.heard();
    peer.wnd = 65_535;
    peer.say({ ack: 1 });
    const heard = peer.heard();
    expect(heard[0]?.seq).toBe(1);
    expect(Math.max(...heard.map(({ seq, length }) => seq + length))).toBe(3_001);
  });

  it('is what whoever watches is told of when the probe goes out again, and no timer', async () => {
    const peer = await closed({ noDelay: true });
    peer.after(1_000);
    const told: string[] = [];
    peer.stack.tap(({ kind, reason }) => kind === 'sent' && told.push(reason));
    peer.wnd = 65_535;
    peer.say({ ack: 1 });
    expect(told[0]).toBe('retransmission: the window has opened again (3.8.6.1)');
    peer.after(1_000);
    expect(told.at(-1)).toBe('retransmission: the timer expired (3.10.8, RFC 6298)');
  });

  it('is not overstepped by the ACKs of text that comes from there', async () => {
    const peer = await closed();
    peer.after(1_000);
    peer.expect({ seq: 1, length: 1 });
    peer.say({ ack: 1, text: 'abc' });
    peer.after(40);
    // A sequence number beyond the window, with the probe counted, would make the ACK unacceptable there.
    peer.expect({ flags: 'ACK', seq: 1, ack: 4, length: 0 });
  });

  it('is no place for a RST that nobody would accept', async () => {
    const peer = await closed();
    peer.after(1_000);
    peer.expect({ seq: 1, length: 1 });
    peer.connection.abort();
    peer.after(0);
    peer.expect({ flags: 'RST,ACK', seq: 1 });
  });

  it('is probed with the FIN when there is nothing else', async () => {
    const peer = new Peer().establish();
    peer.wnd = 0;
    peer.say();
    void peer.connection.shutdown();
    await peer.settle();
    expect(peer.state).toBe('FIN-WAIT-1');
    peer.expectSilence();
    peer.after(1_000);
    peer.expect({ flags: 'FIN,ACK', seq: 1, length: 0 });
    peer.say({ ack: 2 });
    expect(peer.state).toBe('FIN-WAIT-2');
  });

  it('that both ends have closed makes no storm of ACKs', async () => {
    const { clock, a, b, addressOfB } = twoStacks({
      seed: 1,
      a: { receiveBuffer: 10_000 },
      b: { receiveBuffer: 10_000 },
    });
    const listener = b.listen({ port: 7 });
    const accepted = listener.accept();
    const client = a.open({ host: addressOfB, port: 7 });
    await clock.run({ untilMs: 100 });
    const server = (await accepted)!;
    for (const connection of [client, server]) connection.write(octets(1, 300_000)).catch(() => {});
    let frames = 0;
    a.tap(() => frames++);
    await clock.run({ untilMs: 600_000, maxSteps: 20_000 });
    expect(frames).toBeLessThan(200);
    expect([client.state, server.state]).toEqual(['ESTABLISHED', 'ESTABLISHED']);
    let got = 0;
    while (got < 300_000) {
      const read = client.read();
      await clock.run({ untilMs: clock.now() + 1_000, maxSteps: 20_000 });
      got += (await read)!.length;
    }
    expect(got).toBe(300_000);
  });
});

describe('a window that shrinks', () => {
  it('holds back new text, and does not make old text forgotten (MUST-34, SHLD-15, SHLD-16)', async () => {
    const peer = new Peer({ wnd: 10_000 }).establish();
    await peer.connection.write(pattern(1, 20_000));
    peer.after(0);
    expect(peer.heard().length).toBe(6);
    // Nothing came, it says, and only 2,000 would be taken now.
    peer.say({ ack: 1, wnd: 2_000 });
    peer.expectSilence();
    peer.after(1_000);
    for (const { seq, length } of peer.heard()) expect(seq + length).toBeLessThanOrEqual(2_001);
    peer.say({ ack: 2_001, wnd: 2_000 });
    peer.after(2_000);
    const heard = peer.heard();
    expect(heard.length).toBeGreaterThan(0);
    for (const { seq, length } of heard) expect(seq + length).toBeLessThanOrEqual(4_001);
    expect(peer.state).toBe('ESTABLISHED');
  });

  it('to nothing is probed in the standard way (MUST-35)', async () => {
    const peer = new Peer({ wnd: 10_000, stack: { rtoMinMs: 1_000 } }).establish();
    await peer.connection.write(pattern(1, 5_000));
    peer.after(0);
    peer.heard();
    peer.say({ ack: 1, wnd: 0 });
    peer.after(999);
    peer.expectSilence();
    peer.after(1);
    peer.expect({ seq: 1, length: 1 });
    peer.say({ ack: 1, wnd: 0 });
    peer.after(2_000);
    peer.expect({ seq: 1, length: 1 });
  });

  it('does not end the connection while the peer answers (SHLD-17)', async () => {
    const peer = new Peer({ wnd: 10_000, stack: { userTimeoutMs: 100_000 } }).establish();
    await peer.connection.write(pattern(1, 5_000));
    peer.after(0);
    peer.heard();
    peer.say({ ack: 1, wnd: 0 });
    for (let minutes = 0; minutes < 20; minutes++) {
      peer.after(60_000);
      if (peer.heard().length > 0) peer.say({ ack: 1, wnd: 0 });
    }
    expect(peer.state).toBe('ESTABLISHED');
  });
});

describe('our own closed window', () => {
  it('is told of with every ACK, and text beyond it is not taken (R9293-13)', async () => {
    const peer = new Peer({ stack: { receiveBuffer: 2_000 } }).establish();
    peer.say({ text: 1_460 });
    peer.say({ text: 540 });
    peer.after(500);
    peer.heard();
    peer.say({ text: 1, seq: 2_001 });
    peer.expect({ flags: 'ACK', ack: 2_001, wnd: 0, length: 0 });
    expect(peer.connection.info().rcv.queued).toBe(2_000);
  });

  it('still lets an ACK of our text through (MUST-66)', async () => {
    const peer = new Peer({ stack: { receiveBuffer: 100 } }).establish();
    await peer.connection.write(pattern(1, 100));
    peer.after(0);
    peer.say({ text: 100, ack: 1 });
    peer.heard();
    expect(peer.connection.info().rcv.wnd).toBe(0);
    peer.say({ text: 1, seq: 101, ack: 101 });
    expect(peer.connection.info().snd.una - peer.stackIss).toBe(101);
  });

  it('still lets a RST at RCV.NXT through, with text and without (MUST-66)', () => {
    for (const text of [0, 5]) {
      const peer = new Peer({ stack: { receiveBuffer: 100 } }).establish();
      peer.say({ text: 100 });
      peer.say({ flags: 'RST', seq: 101, text });
      expect(peer.state).toBe('CLOSED');
    }
  });

  it('is announced as open as soon as the reader has made room', async () => {
    const peer = new Peer({ stack: { receiveBuffer: 4_000 } }).establish();
    peer.say({ text: 1_460 });
    peer.say({ text: 1_460 });
    peer.say({ text: 1_080 });
    peer.after(500);
    peer.heard();
    expect((await peer.connection.read(2_920))?.length).toBe(2_920);
    peer.after(0);
    const updates = peer.heard();
    expect(updates.length).toBeGreaterThan(0);
    expect(updates.at(-1)).toMatchObject({ flags: 'ACK', length: 0 });
    expect(updates.at(-1)!.wnd).toBeGreaterThanOrEqual(2_000);
  });
});
