import { describe, expect, it } from 'vitest';
import { impair, pair } from '../../../src/net/index.ts';
import { seededRandom, virtualClock } from '../../../src/sim/index.ts';
import type { ConnectionInfo, ConnectionOptions } from '../../../src/stack/api.ts';
import { createStack } from '../../../src/stack/stack.ts';
import { WHY } from '../../../src/tcp/index.ts';
import { pattern } from '../../support/peer.ts';

interface Path extends ConnectionOptions {
  readonly version?: 4 | 6;
  /** Of the link that the sender sees, and of the path behind it. */
  readonly first?: number;
  readonly mtu: number;
  readonly octets?: number;
  /** Percent, of what is short enough. */
  readonly loss?: number;
  /** What the receiver offers: it bounds the sender's window, and so how long a probe waits after one that was lost. */
  readonly offers?: number;
  /** By ICMP, what the path takes. */
  readonly told?: boolean;
}

/** Sends octets over a path that loses what is longer than `mtu`, and tells nobody. */
async function transfer({
  version = 4,
  first = 1_500,
  mtu,
  octets = 150_000,
  loss = 0,
  offers = 1_048_576,
  told = false,
  ...options
}: Path) {
  const clock = virtualClock();
  const [near, far] = version === 4 ? ['198.18.0.1', '198.18.0.2'] : ['fd00::1', 'fd00::2'];
  const [left, right] = pair(clock, { mtu: first, delayMs: 10 });
  const hole = impair(left, { clock, random: seededRandom(3), out: { mtu, mtuTold: told, loss } });
  const a = createStack({ device: hole, addresses: [near], clock, random: seededRandom(1), ...options });
  const b = createStack({
    device: right,
    addresses: [far],
    clock,
    random: seededRandom(2),
    receiveBuffer: offers,
  });
  const sent: { readonly length: number; readonly reason: string }[] = [];
  a.tap(({ kind, frame, reason }) => {
    if (kind === 'sent') sent.push({ length: frame.length, reason });
  });
  const listener = b.listen({ port: 80 });
  const received: Uint8Array[] = [];
  let doneMs = Number.POSITIVE_INFINITY;
  let info: ConnectionInfo | undefined;
  void (async () => {
    const connection = await listener.accept();
    for (let text = await connection!.read(); text; text = await connection!.read()) received.push(text);
    doneMs = clock.now();
    await connection!.close();
  })();
  void (async () => {
    const connection = await a.connect({ host: far, port: 80 });
    void connection.closed.then(() => {});
    await connection.write(pattern(0, octets));
    await connection.shutdown();
    info = connection.info();
    connection.abort();
  })().catch(() => {});
  await clock.run({ untilMs: 250_000 });
  const whole = Buffer.compare(Buffer.concat(received), pattern(0, octets)) === 0;
  return { whole, doneMs, info: info!, sent, lost: hole.stats.out['too-big'] };
}

const VERSIONS = [
  [4, 1_500],
  [4, 1_400],
  [4, 1_064],
  [4, 900],
  [4, 500],
  [6, 1_280],
  [6, 1_399],
] as const;

describe('a path that loses long packets without a word', () => {
  it.each(VERSIONS)('R4821-6: of IPv%i and %i octets is found out, and left', async (version, mtu) => {
    for (const options of [
      {},
      { lossRecovery: 'sack' },
      { sack: false },
      { pacing: true },
      { congestionControl: 'reno' },
    ] as const) {
      const { whole, info, doneMs, sent } = await transfer({ version, mtu, ...options });
      expect(whole).toBe(true);
      expect(info.path.mtu).toBeLessThanOrEqual(mtu);
      // A full stop costs R1, some six timeouts of 200 ms doubled, and as long again for each further half.
      expect(doneMs).toBeLessThan(mtu === 1_500 ? 1_000 : mtu < 1_000 ? 40_000 : 8_000);
      expect(sent.some(({ reason }) => reason === WHY.blackHole)).toBe(mtu !== 1_500);
    }
  });

  it.each(VERSIONS)('R4821-2: of IPv%i and %i octets is searched for what it takes', async (version, mtu) => {
    const { whole, info } = await transfer({
      version,
      mtu,
      mtuProbing: 'always',
      octets: 5_000_000,
      offers: 20_000,
    });
    expect(whole).toBe(true);
    expect(mtu - info.path.mtu).toBeLessThan(8);
    expect(mtu - info.path.mtu).toBeGreaterThanOrEqual(0);
    expect(info.path.searching).toBe(false);
  });

  it('is no black hole if its end is told by ICMP', async () => {
    for (const version of [4, 6] as const) {
      const { whole, info, doneMs, sent } = await transfer({ version, mtu: 1_400, told: true });
      expect(whole).toBe(true);
      expect(doneMs).toBeLessThan(500);
      expect(info.path.mtu).toBe(1_400);
      expect(sent.some(({ reason }) => reason === WHY.packetTooBig)).toBe(true);
      expect(sent.some(({ reason }) => reason === WHY.blackHole)).toBe(false);
    }
  });

  it('R4821-2: what a router says of a probe ends the search there', async () => {
    const { whole, info, lost } = await transfer({
      mtu: 1_200,
      told: true,
      mtuProbing: 'always',
      offers: 20_000,
    });
    expect(whole).toBe(true);
    expect(lost).toBe(1);
    expect(info.path).toMatchObject({ searchHigh: 1_200, searching: false });
    expect(info.path.mtu).toBeGreaterThan(1_192);
  });

  it('is never left with probing off', async () => {
    const { whole, doneMs } = await transfer({ mtu: 1_400, mtuProbing: 'off' });
    expect(whole).toBe(false);
    expect(doneMs).toBe(Number.POSITIVE_INFINITY);
  });

  it('costs nothing where probing is on from the start, but for the segments that were too long', async () => {
    const { whole, doneMs, lost, sent } = await transfer({ mtu: 1_400, mtuProbing: 'always' });
    expect(whole).toBe(true);
    expect(doneMs).toBeLessThan(500);
    expect(sent.filter(({ reason }) => reason === WHY.pathProbe && lost > 0).length).toBeGreaterThanOrEqual(
      lost,
    );
  });

  it('is found with losses besides', async () => {
    for (const seedless of [1, 3]) {
      const { whole, info } = await transfer({ mtu: 1_400, loss: seedless, octets: 600_000 });
      expect(whole).toBe(true);
      expect(info.path.mtu).toBeLessThanOrEqual(1_400);
    }
  });

  it('R4821-3: is searched up to a first hop of 9,000 octets', async () => {
    const { whole, info } = await transfer({
      first: 9_000,
      mtu: 9_000,
      mtuProbing: 'always',
      octets: 5_000_000,
    });
    expect(whole).toBe(true);
    expect(info.path.mtu).toBeGreaterThan(8_990);
  });
});
