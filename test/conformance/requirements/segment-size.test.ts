import { describe, expect, it } from 'vitest';
import { Peer } from '../../support/peer.ts';
import { seen } from '../packets.ts';

/** The MSS option of the stack's SYN, and of its SYN,ACK. */
function announced(options: ConstructorParameters<typeof Peer>[0]): (number | undefined)[] {
  const active = new Peer(options);
  active.stack.open({ host: active.peerAddress.toString(), port: 1, localPort: 2 });
  active.after(0);
  const passive = new Peer(options).listen();
  passive.say({ flags: 'SYN', seq: 0 });
  return [active.expect({ flags: 'SYN' }).options.mss, passive.expect({ flags: 'SYN,ACK' }).options.mss];
}

async function largestSent(options: ConstructorParameters<typeof Peer>[0]): Promise<number> {
  const peer = new Peer(options).establish();
  void peer.connection.write(new Uint8Array(60_000));
  await peer.settle();
  return Math.max(...peer.heard().map(({ length }) => length));
}

describe('the maximum segment size', () => {
  it('MUST-14, SHLD-5, MAY-3: is told in every SYN and SYN,ACK, and taken from the peer’s', async () => {
    expect(announced({})).toEqual([1_460, 1_460]);
    expect(announced({ version: 6 })).toEqual([1_440, 1_440]);
    // Although it is the default.
    expect(announced({ mtu: 576 })).toEqual([536, 536]);
    expect(await largestSent({ syn: { mss: 700 } })).toBe(700);
  });

  it('MUST-15: is 536 (IPv4) or 1,220 (IPv6) for a peer that tells none', async () => {
    expect(await largestSent({ syn: {} })).toBe(536);
    expect(await largestSent({ syn: {}, version: 6 })).toBe(1_220);
  });

  it('MUST-16, R1191-6: that is sent is bounded by the peer’s, and by what the device takes', async () => {
    expect(await largestSent({ syn: { mss: 9_000 } })).toBe(1_460);
    expect(await largestSent({ syn: { mss: 9_000 }, version: 6 })).toBe(1_440);
    expect(await largestSent({ syn: { mss: 9_000 }, mtu: 9_000 })).toBe(8_960);
    expect(await largestSent({ syn: { mss: 1_459 } })).toBe(1_459);
  });

  it('MUST-67: that is told is no more than the device takes, whatever the user asks for', () => {
    expect(announced({ stack: { mss: 9_000 } })).toEqual([1_460, 1_460]);
    expect(announced({ stack: { mss: 900 } })).toEqual([900, 900]);
    expect(announced({ mtu: 1_280, version: 6 })).toEqual([1_220, 1_220]);
  });

  it('R9293-11: counts no options: they take from the text, so that the packet never grows', async () => {
    const options = {
      syn: { mss: 1_460, timestamps: { value: 1_000, echo: 0 }, sackPermitted: true },
    };
    expect(await largestSent(options)).toBe(1_460 - 12);
    const peer = new Peer(options).establish();
    peer.say({ seq: 100, text: 'out of order' });
    peer.heard();
    peer.say({ seq: 300, text: 'again' });
    void peer.connection.write(new Uint8Array(3_000));
    await peer.settle();
    for (const { frame } of peer.heard()) expect(seen(frame).end).toBeLessThanOrEqual(1_500);
  });
});
