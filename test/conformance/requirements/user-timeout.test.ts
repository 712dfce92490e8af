/** The user timeout option (RFC 5482), as a peer sees it. */

import { describe, expect, it } from 'vitest';
import type { ConnectionOptions } from '../../../src/stack/api.ts';
import type { UserTimeout } from '../../../src/wire/index.ts';
import { Peer, type PeerOptions } from '../../support/peer.ts';
import { segment, withOptions } from '../packets.ts';

const seconds = (value: number): UserTimeout => ({ unit: 'seconds', value });
const minutes = (value: number): UserTimeout => ({ unit: 'minutes', value });

/** An established connection that has the option on, and whose first segments are looked at. */
function enabled(stack: ConnectionOptions = {}, options: PeerOptions = {}): Peer {
  return new Peer({ ...options, stack: { userTimeoutEnabled: true, ...stack } }).establish();
}

const inForce = (peer: Peer): number => peer.connection.info().userTimeoutMs;

async function write(peer: Peer, text: Uint8Array | string = 'x'): Promise<void> {
  const bytes = typeof text === 'string' ? new TextEncoder().encode(text) : text;
  void peer.connection.write(bytes).catch(() => {});
  await peer.settle();
}

describe('the user timeout option', () => {
  it('R5482-1: is kind 28 and length 4, a bit for minutes and 15 bits of value', () => {
    for (const [ms, bytes, option] of [
      [1_000, [0x00, 0x01], seconds(1)],
      [300_000, [0x01, 0x2c], seconds(300)],
      [32_767_000, [0x7f, 0xff], seconds(32_767)],
      [32_767_001, [0x82, 0x23], minutes(547)],
      [32_768 * 60_000, [0xff, 0xff], minutes(32_767)],
      [Number.POSITIVE_INFINITY, [0xff, 0xff], minutes(32_767)],
    ] as const) {
      const peer = new Peer({ stack: { userTimeoutEnabled: true, userTimeoutAdvertisedMs: ms } }).listen();
      peer.say({ flags: 'SYN', seq: 0 });
      const { options, frame } = peer.expect({ flags: 'SYN,ACK' });
      expect(options.userTimeout).toEqual(option);
      const at = frame.findIndex((byte, i) => i >= 40 && byte === 28 && frame[i + 1] === 4);
      expect([...frame.subarray(at, at + 4)]).toEqual([28, 4, ...bytes]);
      // And is read so: the same bytes from the peer.
      const other = new Peer({
        stack: { userTimeoutEnabled: true, userTimeoutUpperLimitMs: 2 ** 31 },
      }).listen();
      other.raw(withOptions(segment(other), [28, 4, ...bytes]));
      const readMs = option.value * (option.unit === 'minutes' ? 60_000 : 1_000);
      expect(inForce(other)).toBe(Math.max(readMs, 300_000));
    }
  });

  it('R5482-2: of 0 is never sent, and means nothing when it comes', () => {
    const sends = new Peer({ stack: { userTimeoutEnabled: true, userTimeoutMs: 1 } }).listen();
    sends.say({ flags: 'SYN', seq: 0 });
    sends.expect({ flags: 'SYN,ACK', options: { userTimeout: seconds(1) } });
    for (const granularity of [0x00, 0x80]) {
      const peer = new Peer({ stack: { userTimeoutEnabled: true, userTimeoutAdvertisedMs: 1_000 } }).listen();
      peer.raw(withOptions(segment(peer), [28, 4, granularity, 0]));
      peer.expect({ flags: 'SYN,ACK' });
      // Not even the lower limit is taken: nothing was advertised.
      expect(inForce(peer)).toBe(300_000);
    }
  });

  it('R5482-3: means nothing while it is not enabled, and is not sent', () => {
    const peer = new Peer({ syn: { mss: 1_460, userTimeout: minutes(10) } }).establish();
    peer.say({ text: 'x', options: { userTimeout: minutes(20) } });
    expect(inForce(peer)).toBe(300_000);
    peer.after(100);
    for (const { options } of peer.heard()) expect(options.userTimeout).toBeUndefined();
  });

  it('is on every SYN and on the first segment after it, and then no more', async () => {
    const peer = new Peer({ stack: { userTimeoutEnabled: true, userTimeoutMs: 200_000 } });
    peer.stack.open({ host: '198.18.0.2', port: 54_321, localPort: 7_788 });
    peer.after(0);
    const option = { userTimeout: seconds(200) };
    peer.expect({ flags: 'SYN', options: option });
    peer.after(1_000);
    peer.expect({ flags: 'SYN', options: option });
    peer.say({ flags: 'SYN,ACK' });
    peer.expect({ flags: 'ACK', options: option });
    await write(peer);
    peer.expect({ text: 'x', options: { userTimeout: undefined } });
  });

  it('is told again when its value is new, and with what is sent again', async () => {
    const peer = enabled();
    peer.connection.set({ userTimeoutAdvertisedMs: 120_000 });
    peer.expectSilence();
    await write(peer, 'a');
    peer.expect({ text: 'a', options: { userTimeout: seconds(120) } });
    peer.say();
    await write(peer, 'b');
    peer.expect({ text: 'b', options: { userTimeout: undefined } });
    await peer.wait(200);
    peer.expect({ text: 'b', options: { userTimeout: seconds(120) } });
    peer.say();
    // No news: the same value once more.
    peer.connection.set({ userTimeoutAdvertisedMs: 120_000 });
    await write(peer, 'c');
    peer.expect({ text: 'c', options: { userTimeout: undefined } });
  });

  it('leaves the room that it needs in a full segment, and gives way to SACK blocks', async () => {
    const peer = enabled(
      { noDelay: true },
      {
        syn: { mss: 1_000, sackPermitted: true, timestamps: { value: 1_000, echo: 0 } },
      },
    );
    peer.connection.set({ userTimeoutAdvertisedMs: 120_000 });
    // Text with a hole before it: SACK has the segment.
    peer.say({ seq: 11, text: 'later' });
    expect(peer.expect({ ack: 1 }).options).toMatchObject({ sack: [{}], userTimeout: undefined });
    peer.say({ seq: 1, text: 10 });
    const first = peer.heard();
    expect(first.map(({ options }) => options.userTimeout)).toEqual([seconds(120)]);
    peer.connection.set({ userTimeoutAdvertisedMs: 130_000 });
    await write(peer, new Uint8Array(3_000));
    const sent = peer.heard();
    expect(sent.map(({ length }) => length)).toEqual([984, 988, 988, 40]);
    expect(sent.map(({ options }) => options.userTimeout)).toEqual([
      seconds(130),
      undefined,
      undefined,
      undefined,
    ]);
  });
});

describe('the user timeout', () => {
  it('R5482-4: that was set for the connection or its listener is not changed by the peer’s option', () => {
    const advice = { syn: { mss: 1_460, userTimeout: minutes(10) } };
    const cases: [Peer, number][] = [];
    const opened = new Peer({ ...advice, stack: { userTimeoutEnabled: true } });
    opened.stack.open({ host: '198.18.0.2', port: 54_321, localPort: 7_788, userTimeoutMs: 250_000 });
    opened.after(0);
    opened.expect({ flags: 'SYN' });
    opened.say({ flags: 'SYN,ACK' });
    cases.push([opened, 250_000]);
    const listened = new Peer({ ...advice, stack: { userTimeoutEnabled: true } });
    listened.listen({ userTimeoutMs: 260_000 });
    listened.say({ flags: 'SYN', seq: 0 });
    cases.push([listened, 260_000]);
    const later = enabled({}, advice);
    later.connection.set({ userTimeoutMs: 270_000 });
    cases.push([later, 270_000]);
    const fixed = enabled({ userTimeoutChangeable: false }, advice);
    cases.push([fixed, 300_000]);
    // The stack's own is what the advice is there to change; and who says so may have it changed all the same.
    cases.push([enabled({ userTimeoutMs: 250_000 }, advice), 600_000]);
    const again = enabled({}, advice);
    again.connection.set({ userTimeoutMs: 200_000, userTimeoutChangeable: true });
    cases.push([again, 600_000]);
    expect(cases.map(([peer]) => inForce(peer))).toEqual(cases.map(([, ms]) => ms));
  });

  it('R5482-5: is min(U_LIMIT, max(ADV_UTO, REMOTE_UTO, L_LIMIT))', () => {
    const limits = {
      userTimeoutMs: 50_000,
      userTimeoutAdvertisedMs: 150_000,
      userTimeoutLowerLimitMs: 120_000,
      userTimeoutUpperLimitMs: 400_000,
    };
    for (const [changed, remote, ms] of [
      [{}, 60, 150_000],
      [{}, 200, 200_000],
      [{}, 400, 400_000],
      [{}, 401, 400_000],
      [{ userTimeoutAdvertisedMs: 10_000 }, 20, 120_000],
      [{ userTimeoutAdvertisedMs: 500_000 }, 20, 400_000],
      // The limits by default: 100 s, and an hour.
      [{ userTimeoutAdvertisedMs: 1_000, userTimeoutLowerLimitMs: undefined }, 20, 100_000],
      [{ userTimeoutUpperLimitMs: undefined }, 7_200, 3_600_000],
    ] as const) {
      const options = Object.fromEntries(
        Object.entries({ ...limits, ...changed }).filter(([, value]) => value !== undefined),
      );
      const peer = enabled(options, { syn: { mss: 1_460, userTimeout: seconds(remote) } });
      expect(inForce(peer)).toBe(ms);
    }
  });

  it('R5482-5: is longer than the RTO, whatever the limits', async () => {
    const peer = enabled(
      { userTimeoutLowerLimitMs: 1, userTimeoutAdvertisedMs: 1_000, rtoMinMs: 5_000 },
      { syn: { mss: 1_460, userTimeout: seconds(1) } },
    );
    expect(inForce(peer)).toBeGreaterThan(peer.connection.info().rtoMs);
    await write(peer);
    await peer.wait(5_000);
    expect(peer.state).toBe('ESTABLISHED');
    expect(peer.heard()).toHaveLength(2);
  });

  it('R5482-5: of a connection lasts as long as the peer has advised, by its last word', async () => {
    const peer = enabled({}, { syn: { mss: 1_460, userTimeout: minutes(10) } });
    peer.say({ text: 'x', options: { userTimeout: minutes(20) } });
    await write(peer);
    await peer.wait(20 * 60_000 - 1);
    expect(peer.state).toBe('ESTABLISHED');
    await peer.wait(1);
    expect((await peer.connection.closed).how).toBe('timeout');

    // A shorter one is kept to the millisecond too, though the timer was set for a longer one.
    const hasty = enabled(
      { userTimeoutAdvertisedMs: 1_000 },
      { syn: { mss: 1_460, userTimeout: minutes(30) } },
    );
    await write(hasty);
    await hasty.wait(150_000);
    hasty.say({ ack: 1, options: { userTimeout: seconds(170) } });
    await hasty.wait(19_999);
    expect(hasty.state).toBe('ESTABLISHED');
    await hasty.wait(1);
    expect((await hasty.connection.closed).how).toBe('timeout');
  });

  it('is not taken from a segment that is not acceptable, or acknowledges what was never sent', () => {
    const peer = enabled();
    peer.say({ seq: 2_000_000, text: 'x', options: { userTimeout: minutes(20) } });
    peer.say({ ack: 500_000, options: { userTimeout: minutes(20) } });
    peer.say({ flags: 'RST', seq: 5, options: { userTimeout: minutes(20) } });
    expect(inForce(peer)).toBe(300_000);
  });

  it('R5482-6: that was adopted is outlasted by keep-alive: no probe comes before it is over', async () => {
    for (const [advice, firstMs] of [
      [undefined, 60_000],
      [minutes(10), 600_001],
    ] as const) {
      const peer = enabled(
        { keepAliveMs: 60_000 },
        { syn: { mss: 1_460, ...(advice ? { userTimeout: advice } : {}) } },
      );
      await peer.wait(firstMs - 1);
      peer.expectSilence();
      await peer.wait(1);
      peer.expect({ flags: 'ACK', seq: 0 });
    }
    const patient = enabled({ keepAliveMs: 3_000_000 }, { syn: { mss: 1_460, userTimeout: minutes(10) } });
    await patient.wait(2_999_999);
    patient.expectSilence();
    await patient.wait(1);
    patient.expect({ flags: 'ACK', seq: 0 });
  });
});
