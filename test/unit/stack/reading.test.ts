import { describe, expect, it } from 'vitest';
import { Peer } from '../../support/peer.ts';

const text = (bytes: Uint8Array | null) => (bytes === null ? null : new TextDecoder().decode(bytes));

describe('read', () => {
  it('gives what was queued before the FIN, then null for ever', async () => {
    const peer = new Peer().establish();
    peer.say({ flags: 'PSH,ACK', text: 'hello' });
    peer.say({ flags: 'FIN,ACK' });
    expect(text(await peer.connection.read())).toBe('hello');
    expect(await peer.connection.read()).toBeNull();
    expect(await peer.connection.read()).toBeNull();
  });

  it('gives unread text once, and then the end, when the connection is already CLOSED', async () => {
    const peer = await new Peer().establish();
    peer.say({ flags: 'PSH,ACK', text: 'hello' });
    peer.say({ flags: 'FIN,ACK' });
    void peer.connection.shutdown();
    await peer.settle();
    peer.say();
    expect(peer.state).toBe('CLOSED');
    expect(text(await peer.connection.read(2))).toBe('he');
    expect(text(await peer.connection.read())).toBe('llo');
    expect(await peer.connection.read()).toBeNull();
  });

  it('is never told of a reset as an end of file (MUST-12)', async () => {
    const peer = new Peer().establish();
    const pending = peer.connection.read();
    peer.say({ flags: 'RST' });
    await expect(pending).rejects.toMatchObject({ code: 'ECONNRESET' });
    await expect(peer.connection.read()).rejects.toMatchObject({ code: 'ECONNRESET' });
    expect((await peer.connection.closed).how).toBe('reset');
  });

  it('gives text that came before a reset, then the reset', async () => {
    const peer = new Peer().establish();
    peer.say({ flags: 'PSH,ACK', text: 'last words' });
    peer.say({ flags: 'RST' });
    expect(text(await peer.connection.read())).toBe('last words');
    await expect(peer.connection.read()).rejects.toMatchObject({ code: 'ECONNRESET' });
  });

  it('takes no more than asked for, and refuses to be asked for nothing', async () => {
    const peer = new Peer().establish();
    peer.say({ flags: 'PSH,ACK', text: 'abc' });
    await expect(peer.connection.read(0)).rejects.toMatchObject({ code: 'EINVAL' });
    expect(text(await peer.connection.read(1))).toBe('a');
    expect(text(await peer.connection.read(1))).toBe('b');
  });

  it('serves several waiting readers in their order', async () => {
    const peer = new Peer().establish();
    const reads = Promise.all([peer.connection.read(1), peer.connection.read(1), peer.connection.read(1)]);
    peer.say({ text: 'x' });
    peer.say({ text: 'yz' });
    expect((await reads).map(text)).toEqual(['x', 'y', 'z']);
  });

  it('does not see text that came with the SYN before ESTABLISHED (R9293-5)', async () => {
    const peer = new Peer().listen();
    peer.say({ flags: 'SYN', seq: 0, text: 'early' });
    peer.expect({ flags: 'SYN,ACK', ack: 1 });
    let got: string | null | undefined;
    void peer.connection.read().then((bytes) => {
      got = text(bytes);
    });
    await peer.settle();
    expect(got).toBeUndefined();
    peer.say();
    await peer.settle();
    expect(got).toBe('early');
  });
});
