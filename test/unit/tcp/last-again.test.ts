import { describe, expect, it } from 'vitest';
import { Peer, pattern } from '../../support/peer.ts';

/** 100 octets of ours are on their way, and the peer's first three have arrived. */
async function exchanged(): Promise<Peer> {
  const peer = new Peer().establish();
  await peer.connection.write(pattern(1, 100));
  peer.after(0);
  peer.say({ text: 'abc', ack: 1 });
  peer.heard();
  return peer;
}

const acknowledged = (peer: Peer) => peer.connection.info().snd.una - peer.stackIss;

describe('what the peer sends once more', () => {
  it('is not taken again, and its ACK counts', async () => {
    const peer = await exchanged();
    peer.say({ seq: 1, text: 'abc', ack: 101 });
    expect(acknowledged(peer)).toBe(101);
    peer.expect({ flags: 'ACK', seq: 101, ack: 4, length: 0 });
    expect(peer.connection.info().rcv.queued).toBe(3);
  });

  it('says nothing by its ACK if it is not the last that has come', async () => {
    const peer = await exchanged();
    peer.say({ seq: 1, text: 'ab', ack: 101 });
    expect(acknowledged(peer)).toBe(1);
    peer.expect({ flags: 'ACK', ack: 4, length: 0 });
  });

  it('opens a window that was taken for closed', async () => {
    const peer = await exchanged();
    peer.say({ ack: 101, wnd: 0 });
    await peer.connection.write(pattern(101, 10));
    peer.after(1_000);
    expect(peer.heard().at(-1)).toMatchObject({ seq: 101, length: 1 });
    // It came with the window closed, and now comes with the window open: it is newer (WL1, WL2).
    peer.say({ text: 'd', ack: 101, wnd: 0 });
    peer.heard();
    peer.say({ seq: 4, text: 'd', ack: 102, wnd: 5_000 });
    expect(peer.connection.info().snd.wnd).toBe(5_000);
    expect(acknowledged(peer)).toBe(102);
  });

  it('ends a simultaneous close of which both ACKs were lost', async () => {
    const peer = new Peer().establish();
    void peer.connection.shutdown();
    await peer.settle();
    peer.expect({ flags: 'FIN,ACK', seq: 1 });
    peer.say({ flags: 'FIN,ACK', ack: 1 });
    expect(peer.state).toBe('CLOSING');
    peer.say({ flags: 'FIN,ACK', seq: 1, ack: 2 });
    expect(peer.state).toBe('TIME-WAIT');
  });
});
