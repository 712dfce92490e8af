import { describe, expect, it } from 'vitest';
import { Peer } from '../../support/peer.ts';

const text = (bytes: Uint8Array | null) => (bytes === null ? null : new TextDecoder().decode(bytes));
const bytes = (words: string) => new TextEncoder().encode(words);

describe('urgent data that is sent', () => {
  it('has a pointer to the octet behind it (MUST-62)', async () => {
    const peer = new Peer().establish();
    await peer.connection.writeUrgent(bytes('abc!'));
    peer.after(0);
    peer.expect({ flags: 'PSH,URG,ACK', seq: 1, up: 4, text: 'abc!' });
  });

  it('is marked on every segment from the call on until it is acknowledged (MUST-31)', async () => {
    const peer = new Peer().establish();
    await peer.connection.write(new Uint8Array(1_460));
    await peer.connection.writeUrgent(new Uint8Array(3_000));
    await peer.connection.write(new Uint8Array(1_460));
    peer.after(0);
    const heard = peer.heard();
    for (const { flags, seq, up } of heard.slice(1)) {
      if (seq >= 1 + 1_460 + 3_000) expect(flags).not.toContain('URG');
      else {
        expect(flags).toContain('URG');
        expect(seq + up).toBe(1 + 1_460 + 3_000);
      }
    }
    expect(heard.filter((segment) => segment.flags.includes('URG')).length).toBeGreaterThanOrEqual(3);
  });

  it('has a pointer of 65,535 at most when it lies further ahead', async () => {
    const peer = new Peer({ syn: { mss: 1_460, windowScale: 7 } }).establish();
    await peer.connection.writeUrgent(new Uint8Array(65_536));
    peer.after(0);
    expect(peer.expect({ seq: 1 }).up).toBe(65_535);
  });
});

describe('urgent data that arrives', () => {
  it('is told of at once, even before its text, and can be measured (MUST-32, MUST-33)', () => {
    const peer = new Peer().establish();
    let told = 0;
    peer.connection.onUrgent = () => told++;
    peer.say({ flags: 'URG,ACK', up: 10, text: 'abc' });
    expect(told).toBe(1);
    expect(peer.connection.info().urgentBytes).toBe(10);
  });

  it('is told of again when the pointer moves on, and not when it stays', () => {
    const peer = new Peer().establish();
    let told = 0;
    peer.connection.onUrgent = () => told++;
    peer.say({ flags: 'URG,ACK', up: 10, text: 'abc' });
    peer.say({ flags: 'URG,ACK', up: 7, text: 'def' });
    expect(told).toBe(1);
    peer.say({ flags: 'URG,ACK', up: 5, text: 'g' });
    expect(told).toBe(2);
  });

  it('is taken out of the stream: a read stops before it and goes on behind it', async () => {
    const peer = new Peer().establish();
    peer.say({ flags: 'URG,ACK', up: 4, text: 'abc!def' });
    expect(text(await peer.connection.read())).toBe('abc');
    expect(peer.connection.readUrgent()).toBe('!'.charCodeAt(0));
    expect(text(await peer.connection.read())).toBe('def');
    expect(peer.connection.readUrgent()).toBeUndefined();
  });

  it('is the last octet before the FIN, too', async () => {
    const peer = new Peer().establish();
    peer.say({ flags: 'URG,ACK', up: 4, text: 'abc!' });
    peer.say({ flags: 'FIN,ACK' });
    expect(peer.connection.info().urgentBytes).toBe(4);
    expect(text(await peer.connection.read())).toBe('abc');
    expect(peer.connection.readUrgent()).toBe('!'.charCodeAt(0));
    expect(await peer.connection.read()).toBeNull();
  });

  it('is the same octet when it is read after the connection has ended', async () => {
    const peer = new Peer().establish();
    peer.say({ flags: 'URG,ACK', up: 2, text: 'a!b' });
    peer.say({ flags: 'FIN,ACK' });
    void peer.connection.shutdown();
    await peer.settle();
    peer.say();
    expect(peer.state).toBe('CLOSED');
    expect(text(await peer.connection.read())).toBe('a');
    expect(text(await peer.connection.read())).toBe('b');
    expect(peer.connection.readUrgent()).toBe('!'.charCodeAt(0));
    expect(await peer.connection.read()).toBeNull();
  });

  it('stays in the stream with oobInline', async () => {
    const peer = new Peer({ stack: { oobInline: true } }).establish();
    peer.say({ flags: 'URG,ACK', up: 4, text: 'abc!def' });
    expect(peer.connection.info().urgentBytes).toBe(4);
    expect(text(await peer.connection.read())).toBe('abc!def');
    expect(peer.connection.readUrgent()).toBeUndefined();
    expect(peer.connection.info().urgentBytes).toBe(0);
  });

  it('is told of although the receive window is closed (MUST-66)', () => {
    const peer = new Peer({ stack: { receiveBuffer: 100 } }).establish();
    let told = 0;
    peer.connection.onUrgent = () => told++;
    peer.say({ text: 100 });
    expect(peer.connection.info().rcv.wnd).toBe(0);
    peer.heard();
    peer.say({ flags: 'URG,ACK', up: 1, text: '!', seq: 101 });
    expect(told).toBe(1);
    peer.expect({ flags: 'ACK', ack: 101, wnd: 0, length: 0 });
  });

  it('is ignored in CLOSE-WAIT: it cannot follow a FIN', async () => {
    const peer = await new Peer().closeWait();
    let told = 0;
    peer.connection.onUrgent = () => told++;
    peer.say({ flags: 'URG,ACK', up: 4 });
    expect(told).toBe(0);
  });
});
