/** Viewers and captures of stacks that hand over segments of many KiB: what they show is what a link carries. */

import { PassThrough } from 'node:stream';
import { describe, expect, it } from 'vitest';
import { Timeline } from '../../../inspector/src/store/timeline.ts';
import { createStack, pair } from '../../../src/index.ts';
import { createInspector, type Envelope } from '../../../src/inspect/index.ts';
import type { LinkOptions } from '../../../src/net/index.ts';
import { startCapture } from '../../../src/node/index.ts';
import { seededRandom, virtualClock } from '../../../src/sim/index.ts';
import { decodeIp, decodeTcp } from '../../../src/wire/index.ts';
import { CLIENT, echo, exchange, SERVER } from '../../support/inspected.ts';

const LINKS: readonly (readonly [name: string, link: LinkOptions])[] = [
  ['no offload', {}],
  ['super-segments across', { offload: { largest: 65_535 } }],
  ['checksums left out', { offload: {} }],
  ['ends that cut and join', { joins: true }],
  ['ends that cut and join, checksums left out', { joins: true, offload: {} }],
];
const OCTETS = 200_000;

function stacksOn(link: LinkOptions) {
  const clock = virtualClock();
  const [left, right] = pair(clock, { delayMs: 5, ...link });
  const own = { clock, mslMs: 100, sendBuffer: 2 ** 20 };
  const client = createStack({ ...own, device: left, addresses: [CLIENT], random: seededRandom(1) });
  const server = createStack({ ...own, device: right, addresses: [SERVER], random: seededRandom(2) });
  echo(server);
  return { clock, client, server };
}

describe.each(LINKS)('on a link with %s', (_, link) => {
  it('a ladder has each segment once, within the MTU, from its sender to its receiver', async () => {
    const { clock, client, server } = stacksOn(link);
    const inspector = createInspector({ client, server });
    const viewer = inspector.attach();
    const envelopes: Envelope[] = [...viewer.read()];
    inspector.listen((entry) => envelopes.push(entry.envelope('masked')));
    const received = exchange(client, OCTETS);
    await clock.run();
    expect(await received).toBe(OCTETS);

    const frames = envelopes.filter((envelope) => envelope.kind === 'frame');
    expect(Math.max(...frames.map(({ length }) => length))).toBe(1_500);
    const sent = frames.filter(({ what }) => what === 'sent');
    const timeline = new Timeline();
    timeline.append(envelopes);
    const { frames: rows } = timeline.wire;
    expect(rows.end - rows.start).toBe(sent.length);
    for (let row = rows.start; row < rows.end; row++) expect(rows.hasArrived(row)).toBe(true);
    // One after the other: what was cut from one segment begins where the piece before it ends.
    const text = sent.flatMap(({ host, summary }) =>
      host === 'client' && summary.protocol === 'tcp' && summary.text > 0 ? [summary] : [],
    );
    expect(text.reduce((sum, { text: octets }) => sum + octets, 0)).toBe(OCTETS);
    for (const [index, { seq }] of text.entries())
      if (index > 0) expect(seq).toBe((text[index - 1]!.seq + text[index - 1]!.text) >>> 0);
  });

  it('nothing is otherwise for being looked at', async () => {
    const runs = [];
    for (const isWatched of [false, true]) {
      const { clock, client, server } = stacksOn(link);
      if (isWatched) createInspector({ client, server }).attach();
      const received = exchange(client, OCTETS);
      await clock.run();
      await received;
      runs.push({ nowMs: clock.now(), ...client.counters });
    }
    expect(runs[1]).toEqual(runs[0]);
  });

  it('a capture has frames within the MTU, whose checksums are right', async () => {
    const { clock, client } = stacksOn(link);
    const sink = new PassThrough();
    const chunks: Buffer[] = [];
    sink.on('data', (chunk: Buffer) => chunks.push(chunk));
    const capture = startCapture(client, sink);
    const received = exchange(client, OCTETS);
    await clock.run();
    await received;
    await capture.close();
    const frames = [...packetsOf(Buffer.concat(chunks))];
    expect(frames.length).toBeGreaterThan((2 * OCTETS) / 1_460);
    for (const frame of frames) {
      expect(frame.length).toBeLessThanOrEqual(1_500);
      const packet = decodeIp(frame);
      // Both verify: what is wrong is malformed.
      expect(packet.kind).toBe('ip');
      expect(packet.kind === 'ip' && decodeTcp(packet).kind).toBe('tcp');
    }
  });
});

/** The frames in a pcapng file of little-endian blocks: type 6 holds one, its length 20 octets behind the block's beginning. */
function* packetsOf(file: Buffer): Generator<Uint8Array> {
  for (let at = 0; at < file.length; at += file.readUInt32LE(at + 4)) {
    if (file.readUInt32LE(at) !== 6) continue;
    yield file.subarray(at + 28, at + 28 + file.readUInt32LE(at + 20));
  }
}
