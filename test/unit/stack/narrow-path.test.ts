import { expect, it } from 'vitest';
import { pair } from '../../../src/net/pair.ts';
import { seededRandom, virtualClock } from '../../../src/sim/index.ts';
import { createStack } from '../../../src/stack/stack.ts';
import { decodeIp, encodePacketTooBig, type IpPacket, parseAddress } from '../../../src/wire/index.ts';
import { cutAll } from '../../support/fragments.ts';
import { pattern } from '../../support/peer.ts';

const ROUTER = parseAddress('198.18.0.99')!;

/** Sends 20,000 octets over a path whose middle takes `mtu`, by way of a router that says so as `named`. */
async function transfer(mtu: number, named: number) {
  const clock = virtualClock();
  const [left, leftOfRouter] = pair(clock, { delayMs: 5 });
  const [rightOfRouter, right] = pair(clock, { delayMs: 5 });
  const [a, b] = [
    createStack({ device: left, addresses: ['198.18.0.1'], clock, random: seededRandom(1) }),
    createStack({ device: right, addresses: ['198.18.0.2'], clock, random: seededRandom(2) }),
  ];
  for (const [from, to] of [
    [leftOfRouter, rightOfRouter],
    [rightOfRouter, leftOfRouter],
  ] as const) {
    from.frames$.subscribe((frames) => {
      for (const frame of frames) {
        const packet = decodeIp(frame) as IpPacket;
        if (frame.length <= mtu) to.write(frame);
        else if (packet.dontFragment) from.write(encodePacketTooBig(packet, named, ROUTER));
        else for (const piece of cutAll(frame, Math.floor((mtu - 20) / 8) * 8)) to.write(piece);
      }
    });
  }
  const listener = b.listen({ port: 80 });
  const received: number[] = [];
  const serving = (async () => {
    const connection = await listener.accept();
    for (let text = await connection!.read(); text; text = await connection!.read()) received.push(...text);
    await connection!.close();
  })();
  const client = (async () => {
    const connection = await a.connect({ host: '198.18.0.2', port: 80 });
    await connection.write(pattern(0, 20_000));
    await connection.close();
  })();
  const over = Promise.all([serving, client]);
  await clock.run({ untilMs: 60_000 });
  await over;
  expect(Uint8Array.from(received)).toEqual(pattern(0, 20_000));
  return { a, b };
}

it.each([
  [1_000, 1_000],
  [552, 552],
  [551, 551],
  [296, 296],
  [68, 68],
  // A router from before RFC 1191, which names none.
  [1_000, 0],
  [296, 0],
])('text arrives whole over a path that takes %i octets, though the router says %i', async (mtu, named) => {
  const { b } = await transfer(mtu, named);
  expect((b.counters['ip.reassembled'] ?? 0) > 0).toBe(mtu < 552);
  expect(b.counters['drop.ip.fragment-overlap']).toBeUndefined();
  expect(b.counters['drop.tcp.checksum']).toBeUndefined();
});
