import { describe, expect, it } from 'vitest';
import type { ConnectionOptions } from '../../../src/stack/api.ts';
import { encodePacketTooBig, parseAddress } from '../../../src/wire/index.ts';
import { type Heard, Peer, type PeerOptions, pattern } from '../../support/peer.ts';
import { seen } from '../packets.ts';

const ROUTER = { 4: parseAddress('198.18.0.99')!, 6: parseAddress('fd00::99')! };
const TEN_MINUTES = 600_000;

/** A router on the way says that what it was given was too big. */
function tooBig(peer: Peer, about: Heard, mtu: number): void {
  const packet = seen(about.frame);
  peer.raw(encodePacketTooBig(packet, mtu, ROUTER[packet.version]));
}

/** Writes, and hears what is sent at once. */
async function write(peer: Peer, octets: number): Promise<Heard[]> {
  void peer.connection.write(pattern(0, octets)).catch(() => {});
  await peer.settle();
  return peer.heard().filter(({ length }) => length > 0);
}

/** All that the stack sends while everything is acknowledged. */
function drain(peer: Peer): Heard[] {
  const heard = peer.heard();
  while (peer.connection.info().snd.queued > 0) {
    peer.say();
    heard.push(...peer.heard());
  }
  return heard;
}

const mssOf = (peer: Peer): number => peer.connection.info().snd.mss;
const lengths = (heard: readonly Heard[]): number[] => heard.map(({ length }) => length);

describe('path MTU discovery', () => {
  it('R1191-1, R9293-12: forbids routers to cut packets up, begins with what the first hop takes, and goes by what they say', async () => {
    for (const version of [4, 6] as const) {
      const headers = version === 4 ? 40 : 60;
      const peer = new Peer({ version, syn: { mss: 9_000 } }).establish();
      const sent = await write(peer, 4_000);
      expect(Math.max(...lengths(sent))).toBe(1_500 - headers);
      for (const { frame } of sent) expect(seen(frame).dontFragment).toBe(true);
      tooBig(peer, sent[0]!, 1_400);
      expect(peer.connection.info()).toMatchObject({ snd: { mss: 1_400 - headers }, path: { mtu: 1_400 } });
      expect(Math.max(...lengths(peer.heard()))).toBe(1_400 - headers);
    }
  });

  it('R1191-2: never goes below 68 octets, and a Packet Too Big never raises it', async () => {
    for (const mtu of [1, 67]) {
      const peer = new Peer().establish();
      tooBig(peer, (await write(peer, 1_460))[0]!, mtu);
      expect(peer.counters['drop.icmp.packet-too-big']).toBe(1);
      expect(mssOf(peer)).toBe(1_460);
    }
    const peer = new Peer().establish();
    tooBig(peer, (await write(peer, 1_460))[0]!, 1_000);
    const [again] = peer.heard();
    for (const mtu of [1_001, 1_400, 1_500, 9_000, 65_535]) tooBig(peer, again!, mtu);
    expect(mssOf(peer)).toBe(960);
    peer.expectSilence();
  });

  it('R1191-3: a router that names no MTU has the next common size below tried, and the next below that', async () => {
    const peer = new Peer().establish();
    let [sent] = await write(peer, 1_460);
    for (const mtu of [1_492, 1_006, 552]) {
      tooBig(peer, sent!, 0);
      expect(peer.connection.info().path.mtu).toBe(mtu);
      [sent] = peer.heard();
      expect(seen(sent!.frame)).toMatchObject({ end: mtu, dontFragment: true });
    }
    // Below that segments don't get smaller: routers may cut them up.
    tooBig(peer, sent!, 0);
    expect(seen(peer.heard()[0]!.frame)).toMatchObject({ end: 552, dontFragment: false });
  });

  it('R1191-3: a burst of messages without an MTU is one: the next size is below that of the packet that was too big', async () => {
    const peer = new Peer().establish();
    const sent = await write(peer, 14_600);
    expect(sent.length).toBeGreaterThan(5);
    for (const each of sent) tooBig(peer, each, 0);
    expect(peer.connection.info().path.mtu).toBe(1_492);
  });

  it('R1191-4: larger segments are tried again ten minutes after the last Packet Too Big, and not before', async () => {
    for (const pathMtuAgeMs of [undefined, 300_000]) {
      const ageMs = pathMtuAgeMs ?? TEN_MINUTES;
      const stack = { mtuProbing: 'off', ...(pathMtuAgeMs === undefined ? {} : { pathMtuAgeMs }) } as const;
      const peer = new Peer({ stack }).establish();
      tooBig(peer, (await write(peer, 1_460))[0]!, 1_000);
      peer.heard();
      peer.say();
      await peer.wait(ageMs - 1);
      expect(lengths(await write(peer, 2_920))).toEqual([960, 960, 960]);
      peer.say();
      peer.heard();
      await peer.wait(2);
      const wide = await write(peer, 2_920);
      expect(lengths(wide)).toEqual([1_460, 1_460]);
      // As narrow as ever: as long again from now on.
      tooBig(peer, wide[0]!, 1_000);
      expect(mssOf(peer)).toBe(960);
      drain(peer);
      await peer.wait(ageMs - 1);
      expect(lengths(await write(peer, 2_920))).toEqual([960, 960, 960]);
    }
    expect(() => new Peer({ stack: { pathMtuAgeMs: 299_999 } })).toThrow('pathMtuAgeMs is 299999');
  });

  it('R1191-4: where there is probing, one larger segment is tried, and the others stay as they are', async () => {
    const peer = new Peer({ wnd: 65_535 }).establish();
    tooBig(peer, (await write(peer, 1_460))[0]!, 1_000);
    peer.heard();
    peer.say();
    await peer.wait(TEN_MINUTES - 1);
    expect(Math.max(...lengths(await write(peer, 9_600)))).toBe(960);
    peer.say();
    await peer.wait(2);
    peer.heard();
    const sent = lengths(await write(peer, 9_600));
    expect(sent.slice(0, 4)).toEqual([1_210, 960, 960, 960]);
    expect(sent.filter((length) => length > 960)).toHaveLength(1);
  });

  it('R1191-5: what was too big goes again at once, in smaller segments, and the congestion window stays as it is', async () => {
    for (const sack of [false, true]) {
      const peer = new Peer({ syn: { mss: 1_460, sackPermitted: sack } }).establish();
      const sent = await write(peer, 5_840);
      expect(lengths(sent)).toEqual([1_460, 1_460, 1_460, 1_460]);
      const { cwnd, ssthresh } = peer.connection.info();
      const timeMs = peer.clock.now();
      for (const each of sent) tooBig(peer, each, 1_000);
      const again = peer.heard();
      expect(again.map(({ seq }) => seq)).toEqual([1, 961, 1_921, 2_881, 3_841, 4_801, 5_761]);
      expect(Math.max(...lengths(again))).toBe(960);
      expect(again.at(-1)?.timeMs).toBe(timeMs);
      expect(peer.connection.info()).toMatchObject({ cwnd, ssthresh });
      peer.say();
      expect(peer.connection.info()).toMatchObject({ snd: { queued: 0 }, recovery: 'open' });
    }
  });

  it('R1191-6: no segment is ever larger than the peer’s MSS, whatever the path takes', async () => {
    for (const mtuProbing of ['off', 'blackhole', 'always'] as const) {
      const peer = new Peer({ syn: { mss: 1_200 }, stack: { mtuProbing } }).establish();
      tooBig(peer, (await write(peer, 1_200))[0]!, 700);
      peer.say();
      let largest = 0;
      for (let round = 0; round < 12; round++) {
        await peer.wait(TEN_MINUTES + 1);
        largest = Math.max(largest, ...lengths(await write(peer, 9_000)), ...lengths(drain(peer)));
      }
      expect(largest).toBe(1_200);
    }
  });

  it('R5927-5: a Packet Too Big about less than what has arrived before waits until the segment times out', async () => {
    const peer = new Peer().establish();
    await write(peer, 1_460);
    peer.say();
    const [sent] = await write(peer, 1_460);
    tooBig(peer, sent!, 1_000);
    expect(mssOf(peer)).toBe(1_460);
    peer.expectSilence();
    await peer.wait(1_500);
    expect(mssOf(peer)).toBe(960);
    expect(lengths(peer.heard())[0]).toBe(960);
  });

  it('R5927-5: it is forgotten once the segment that it quotes is acknowledged', async () => {
    const peer = new Peer().establish();
    await write(peer, 1_460);
    peer.say();
    tooBig(peer, (await write(peer, 1_460))[0]!, 1_000);
    peer.say();
    await write(peer, 1_460);
    await peer.wait(1_500);
    expect(mssOf(peer)).toBe(1_460);
    expect(lengths(peer.heard())[0]).toBe(1_460);
  });

  it('R5927-5: one that claims that less was too much than was ever sent is dropped', async () => {
    for (const [octets, mtu, taken] of [
      [600, 639, true],
      [600, 640, false],
      [600, 1_000, false],
    ] as const) {
      const peer = new Peer().establish();
      tooBig(peer, (await write(peer, octets))[0]!, mtu);
      expect(mssOf(peer)).toBe(taken ? mtu - 40 : 1_460);
    }
    const opening = new Peer();
    opening.stack.open({ host: '198.18.0.2', port: 80 });
    opening.after(0);
    tooBig(opening, opening.expect({ flags: 'SYN' }), 600);
    expect(opening.counters['drop.icmp.packet-too-big']).toBe(1);
  });
});

const BASE = 1_000;

/** ESTABLISHED after a round trip of 100 ms, with SACK unless told otherwise. */
function prober(stack: ConnectionOptions = {}, syn: PeerOptions['syn'] = {}, wnd = 60_000): Peer {
  const peer = new Peer({
    syn: { mss: 1_460, sackPermitted: true, ...syn },
    wnd,
    stack: {
      ...{ mtuProbing: 'always', baseMss: BASE, congestionControl: 'reno', timestamps: false },
      ...{ restartAfterIdle: false, ...stack },
    },
  });
  peer.synReceived();
  peer.after(100);
  peer.say();
  peer.heard();
  return peer;
}

/** ACKs of `ack`, each with one more of the segments behind it that have arrived. */
function report(peer: Peer, ack: number, arrived: readonly Heard[]): void {
  for (const { seq, length } of arrived) {
    const block = { left: peer.stackIss + arrived[0]!.seq, right: peer.stackIss + seq + length };
    peer.say({ ack, options: { sack: [block] } });
  }
}

describe('packetization-layer path MTU discovery', () => {
  it('R4821-1: the loss of a probe alone changes no congestion window: its text goes again in smaller segments', async () => {
    for (const lossRecovery of ['rack', 'sack', 'newreno'] as const) {
      const peer = prober({ lossRecovery });
      const sent = await write(peer, 12_000);
      expect(sent[0]).toMatchObject({ seq: 1, length: 1_230 });
      const { cwnd, ssthresh } = peer.connection.info();
      peer.after(100);
      report(peer, 1, sent.slice(1));
      const again = peer.heard().filter(({ seq }) => seq < 1_231);
      expect(again[0]).toMatchObject({ seq: 1, length: BASE });
      expect(peer.connection.info()).toMatchObject({ cwnd, ssthresh, snd: { mss: BASE } });
      expect(peer.connection.info().path).toMatchObject({
        mtu: BASE + 40,
        searchHigh: 1_269,
        probe: undefined,
      });
      if (lossRecovery === 'newreno') peer.say({ ack: 1_001 });
      peer.say();
      await peer.wait(50);
      expect(peer.connection.info()).toMatchObject({ ssthresh, recovery: 'open' });
      expect(peer.connection.info().cwnd).toBeGreaterThanOrEqual(cwnd);
    }
  });

  it('R4821-1: any other loss beside it reduces the window, and the probe has shown nothing', async () => {
    for (const lossRecovery of ['rack', 'sack', 'newreno'] as const) {
      const peer = prober({ lossRecovery });
      const sent = await write(peer, 12_000);
      const { cwnd } = peer.connection.info();
      peer.after(100);
      // The second one behind it is lost, too.
      report(peer, 1, [sent[1]!]);
      report(peer, 1, sent.slice(3));
      peer.after(100);
      peer.say({ ack: 1_231 + BASE });
      if (lossRecovery === 'newreno') expect(peer.connection.info().recovery).toBe('fast');
      expect(peer.connection.info().ssthresh).toBeLessThanOrEqual(cwnd / 2 + BASE);
      expect(peer.connection.info().path.searchHigh).toBe(1_500);
    }
  });

  it('R4821-1: a loss of something else than the probe is that of any segment', async () => {
    const peer = prober();
    const sent = await write(peer, 12_000);
    peer.after(100);
    peer.say({ ack: 1_231 });
    report(peer, 1_231, sent.slice(2));
    expect(peer.connection.info().ssthresh).toBeLessThan(10_000);
    expect(peer.connection.info().path.searchHigh).toBe(1_500);
  });

  it('R4821-2: a probe is larger than search_low and no larger than search_high, and nothing else exceeds eff_pmtu', async () => {
    // What the path takes, least to most: from what every probe is lost on to what none is.
    for (const limit of [1_000, 1_001, 1_229, 1_230, 1_300, 1_459, 1_460]) {
      const peer = prober({}, { windowScale: 4 }, 500);
      let [low, high, probes] = [BASE, 1_460, 0];
      void peer.connection.write(pattern(0, 2_000_000)).catch(() => {});
      for (let round = 0; round < 300 && peer.connection.info().path.searching; round++) {
        await peer.settle();
        peer.after(100);
        const sent = peer.heard().filter(({ length }) => length > 0);
        const { path } = peer.connection.info();
        const arrived = sent.filter(({ length }) => length <= limit);
        for (const { length } of sent) {
          if (length <= low) continue;
          probes++;
          expect(length).toBeGreaterThan(low);
          expect(length).toBeLessThanOrEqual(high);
          if (length <= limit) low = length;
          else high = length - 1;
        }
        expect(path.mtu).toBeLessThanOrEqual(low + 40);
        const probe = sent.find(({ length }) => length > limit);
        if (probe)
          report(
            peer,
            probe.seq,
            arrived.filter(({ seq }) => seq > probe.seq),
          );
        else peer.say();
      }
      expect(probes).toBeGreaterThan(0);
      expect(low).toBeLessThanOrEqual(limit);
      expect(limit - low).toBeLessThan(8);
      expect(mssOf(peer)).toBe(low);
    }
  });

  it('R4821-3: the search goes from 1,064 octets, or as one sets it, to what interface and peer take', () => {
    const path = (stack: ConnectionOptions, options: PeerOptions = {}): unknown => {
      const { searchLow, searchHigh } = new Peer({ ...options, stack }).establish().connection.info().path;
      return [searchLow, searchHigh];
    };
    expect(path({})).toEqual([1_064, 1_500]);
    expect(path({ baseMss: 984 })).toEqual([1_024, 1_500]);
    expect(path({}, { syn: { mss: 8_960 }, mtu: 9_000 })).toEqual([1_064, 9_000]);
    expect(path({}, { syn: { mss: 1_200 } })).toEqual([1_064, 1_240]);
    expect(path({}, { syn: { mss: 700 } })).toEqual([740, 740]);
    expect(path({}, { version: 6, syn: { mss: 1_440 } })).toEqual([1_280, 1_500]);
    expect(() => path({ baseMss: 47 })).toThrow('baseMss is 47');
  });

  it('R4821-4: a probe goes only with three full segments behind it', async () => {
    for (const [octets, goes] of [
      [1_230 + 3 * BASE, true],
      [1_230 + 3 * BASE - 1, false],
    ] as const) {
      const peer = prober();
      expect((await write(peer, octets))[0]?.length).toBe(goes ? 1_230 : BASE);
    }
  });

  it('R4821-4: a probe goes only with room for them in the peer’s window', async () => {
    for (const [wnd, goes] of [
      [1_230 + 3 * BASE, true],
      [1_230 + 3 * BASE - 1, false],
    ] as const) {
      const peer = prober({}, {}, wnd);
      expect((await write(peer, 20_000))[0]?.length).toBe(goes ? 1_230 : BASE);
    }
  });

  it('R4821-4: while one is out there is no second, nor while anything may be lost', async () => {
    const peer = prober();
    const sent = await write(peer, 40_000);
    expect(sent.filter(({ length }) => length > BASE)).toHaveLength(1);
    peer.after(100);
    // The probe has arrived, and what followed it has not, or not yet.
    peer.say({ ack: 1_231 });
    expect(lengths(peer.heard()).filter((length) => length > 1_230)).toHaveLength(1);
    const other = prober();
    const [, next, ...rest] = await write(other, 40_000);
    other.after(100);
    other.say({ ack: next!.seq, options: { sack: [blockOf(other, rest[0]!)] } });
    expect(Math.max(...lengths(other.heard()))).toBeLessThanOrEqual(1_230);
  });

  it('R4821-4: after a probe was lost the next one waits as many round trips as there are segments in the window', async () => {
    const peer = prober();
    const sent = await write(peer, 12_000);
    peer.after(100);
    report(peer, 1, sent.slice(1));
    peer.heard();
    await peer.wait(100);
    drain(peer);
    const { cwnd } = peer.connection.info();
    const waitMs = Math.floor(cwnd / BASE) * 100;
    await peer.wait(waitMs - 350);
    expect(Math.max(...lengths(await write(peer, 8_000)))).toBe(BASE);
    drain(peer);
    await peer.wait(400);
    expect(Math.max(...lengths(await write(peer, 8_000)))).toBe((BASE + 1_229) >> 1);
  });

  it('R4821-5: once the search is over the next one begins ten minutes later, and not before', async () => {
    const peer = prober({ baseMss: 1_452 }, { mss: 1_460 });
    const sent = await write(peer, 12_000);
    expect(sent[0]?.length).toBe(1_460);
    peer.after(100);
    report(peer, 1, sent.slice(1));
    drain(peer);
    for (let minute = 0; minute < 9; minute++) {
      await peer.wait(60_000);
      expect(Math.max(...lengths(await write(peer, 9_000)))).toBe(1_452);
      drain(peer);
    }
    expect(peer.connection.info().path).toMatchObject({ mtu: 1_492, searching: false });
    await peer.wait(60_000);
    expect((await write(peer, 9_000))[0]?.length).toBe(1_460);
    expect(() => prober({ pathMtuAgeMs: 299_999 })).toThrow('pathMtuAgeMs is 299999');
  });

  it('R4821-6, R9293-12: after a full stop segments fall back to search_low, and slow start begins', async () => {
    const peer = new Peer({ stack: { mtuProbing: 'blackhole', rtoMinMs: 1_000 } }).establish();
    await write(peer, 14_600);
    await peer.wait(7_500);
    // R1, three retransmissions, has gone by without an answer: at 1, 3 and 7 s.
    expect(Math.min(...lengths(peer.heard()))).toBe(1_460);
    expect(peer.connection.info().path.mtu).toBe(1_500);
    await peer.wait(8_000);
    expect(lengths(peer.heard())).toEqual([1_024]);
    expect(peer.connection.info()).toMatchObject({ path: { mtu: 1_064 }, cwnd: 1_024 });
    // It was that indeed: all goes through from now on, and the search begins.
    peer.say({ ack: 1_025 });
    expect(lengths(peer.heard())).toEqual([1_024, 1_024]);
    drain(peer);
    expect(peer.connection.info().path.searching).toBe(true);
    await write(peer, 14_600);
    expect(Math.max(...lengths(drain(peer)))).toBeGreaterThan(1_024);
  });

  it('R4821-6: on and on by halves, but no further than every path takes', async () => {
    for (const [version, sizes] of [
      [4, [1_460, 1_024, 512, 256, 128, 64, 48]],
      [6, [1_440, 1_220]],
    ] as const) {
      const stack = { rtoMinMs: 1_000, userTimeoutMs: Number.POSITIVE_INFINITY };
      const peer = new Peer({ version, stack }).establish();
      await write(peer, 14_600);
      await peer.wait(600_000);
      expect([...new Set(lengths(peer.heard()))]).toEqual(sizes);
      expect(mssOf(peer)).toBe(sizes.at(-1));
    }
  });

  it('R4821-6: what is short enough to get through anyway stops for another reason', async () => {
    const peer = new Peer().establish();
    await write(peer, 1_024);
    await peer.wait(60_000);
    expect(mssOf(peer)).toBe(1_460);
    const other = new Peer({ stack: { mtuProbing: 'off' } }).establish();
    await write(other, 14_600);
    await other.wait(60_000);
    expect(mssOf(other)).toBe(1_460);
  });
});

function blockOf(peer: Peer, { seq, length }: Heard): { left: number; right: number } {
  return { left: peer.stackIss + seq, right: peer.stackIss + seq + length };
}
