/**
 * Cases drawn by chance: topologies, networks that do everything wrong, and workloads. Smaller values come first in each
 * choice, since a case that fails is shrunk towards them.
 */

import * as fc from 'fast-check';
import type { ConnectionOptions } from '../../stack/api.ts';
import type { WorkloadValue } from '../experiment/workload.ts';
import {
  chain,
  dumbbell,
  type FrameKind,
  type HostOptions,
  type Link,
  mtuOf,
  type Queue,
  type ScriptedDrop,
  type Topology,
  twoHosts,
  type Way,
} from '../network/topology.ts';

/** One run of a campaign, as a value. */
export interface Case {
  readonly seed: number;
  readonly topology: Topology;
  readonly workloads: readonly WorkloadValue[];
}

/** RFC 8200 section 5: IPv6 needs links of this MTU at least. */
const IPV6_MTU = 1_280;

/** An object in which each of these may be missing. */
function some<T extends object>(
  model: { [K in keyof T]: fc.Arbitrary<NonNullable<T[K]>> },
): fc.Arbitrary<Partial<T>> {
  return fc.record(model, { requiredKeys: [] }) as fc.Arbitrary<Partial<T>>;
}

/** Mostly the first, sometimes one of the others. */
function mostly<T>(first: fc.Arbitrary<T>, ...others: readonly fc.Arbitrary<T>[]): fc.Arbitrary<T> {
  return fc.oneof(
    { withCrossShrink: true },
    { arbitrary: first, weight: 2 * others.length },
    ...others.map((arbitrary) => ({ arbitrary, weight: 1 })),
  );
}

const none = fc.constant<Way>({});

const queue: fc.Arbitrary<Queue> = fc.oneof(
  fc.record({ kind: fc.constant('drop-tail' as const), limit: fc.integer({ min: 2, max: 100 }) }),
  fc.record({ kind: fc.constant('codel' as const) }),
  fc.record({
    kind: fc.constant('red' as const),
    limit: fc.integer({ min: 10, max: 100 }),
    weight: fc.constantFrom(0.02, 0.2),
  }),
);

const drop: fc.Arbitrary<ScriptedDrop> = fc.oneof(
  fc.integer({ min: 1, max: 30 }),
  fc.record({
    nth: fc.integer({ min: 1, max: 8 }),
    of: fc.constantFrom<FrameKind>('text', 'ACK', 'SYN', 'FIN', 'RST'),
  }),
);

const carriage = some<Way>({
  delayMs: fc.nat(200),
  jitterMs: fc.nat(30),
  rate: fc.constantFrom(100e6, 10e6, 1e6, 128e3),
  queue,
});

const faults = some<Way>({
  loss: fc.integer({ min: 1, max: 20 }),
  burst: fc.record({ p: fc.integer({ min: 1, max: 5 }), r: fc.integer({ min: 10, max: 60 }) }),
  reorder: fc.integer({ min: 1, max: 20 }),
  duplicate: fc.integer({ min: 1, max: 20 }),
  corrupt: fc.integer({ min: 1, max: 10 }),
  drop: fc.uniqueArray(drop, { maxLength: 4, selector: (each) => JSON.stringify(each) }),
});

const clean = fc.record({ both: carriage });

const faulty = fc
  .record({ both: carriage, forth: mostly(faults, none), back: mostly(faults, none) })
  .map(({ both, forth, back }) => ({
    both,
    ...(isEmpty(forth) ? {} : { forth }),
    ...(isEmpty(back) ? {} : { back }),
  }));

const sized = (link: fc.Arbitrary<Omit<Link, 'between'>>): fc.Arbitrary<Omit<Link, 'between'>> =>
  fc
    .tuple(link, mostly(fc.constant(1_500), fc.constantFrom(IPV6_MTU, 576, 9_000, 1_400)))
    .map(([each, mtu]) => (mtu === 1_500 ? each : { ...each, mtu }));

/** What a host's stack may be told. Keep-alives find the peer that is gone: without them a connection may last for ever. */
const host: fc.Arbitrary<HostOptions> = some<ConnectionOptions>({
  noDelay: fc.boolean(),
  nagle: fc.constantFrom('any', 'small'),
  delayedAckMs: fc.constantFrom(40, 0, 200, 499),
  quickAcks: fc.constantFrom(0, 10),
  sendBuffer: fc.constantFrom(65_536, 4_096, 1_000),
  receiveBuffer: fc.constantFrom(1_048_576, 65_535, 8_192, 2_000),
  mss: fc.constantFrom(1_460, 536, 100),
  windowScaling: fc.boolean(),
  timestamps: fc.boolean(),
  sack: fc.boolean(),
  mslMs: fc.constantFrom(30_000, 1_000, 50),
  rtoMinMs: fc.constantFrom(200, 1_000, 20),
  rtoInitialMs: fc.constantFrom(1_000, 3_000),
  userTimeoutMs: fc.constantFrom(300_000, 60_000, 5_000),
  finWait2Ms: fc.constantFrom(60_000, 1_000),
  hopLimit: fc.constantFrom(64, 255, 3, 1),
  // The numbers come round while the connection lasts.
  iss: fc.constantFrom(2 ** 32 - 1, 2 ** 32 - 1_000, 2 ** 31 - 500, 0),
});

const topology: fc.Arbitrary<Topology> = fc.oneof(
  { withCrossShrink: true },
  {
    weight: 4,
    arbitrary: fc
      .record({ link: sized(faulty), client: host, server: host })
      .map(({ link, client, server }) => twoHosts(link, { client, server })),
  },
  {
    weight: 2,
    arbitrary: fc
      .record({
        hops: fc.array(sized(fc.oneof(faulty, clean)), { minLength: 2, maxLength: 5 }),
        router: some<{ icmp: boolean }>({ icmp: fc.boolean() }),
        client: host,
        server: host,
      })
      .map(({ hops, router, client, server }) =>
        chain({ routers: hops.length - 1, hops, router, client, server }),
      ),
  },
  {
    weight: 2,
    arbitrary: fc
      .record({
        pairs: fc.integer({ min: 1, max: 3 }),
        bottleneck: sized(faulty),
        access: sized(clean),
        host,
      })
      .map((options) => dumbbell(options)),
  },
);

const bytes = mostly(fc.nat(3_000), fc.nat(30_000), fc.nat(150_000));
const few = fc.integer({ min: 1, max: 3_000 });

const activity = fc.oneof(
  fc.record({
    kind: fc.constant('bulk' as const),
    bytes,
    direction: fc.constantFrom('up' as const, 'down' as const, 'both' as const),
  }),
  fc.record({
    kind: fc.constant('request-response' as const),
    requests: fc.integer({ min: 1, max: 10 }),
    requestBytes: few,
    responseBytes: few,
    thinkMs: fc.nat(2_000),
  }),
  fc.record({
    kind: fc.constant('many-short' as const),
    connections: fc.integer({ min: 1, max: 12 }),
    bytes: few,
    everyMs: fc.nat(500),
  }),
  fc.record({ kind: fc.constant('half-close' as const), bytes, replyBytes: bytes }),
  fc.record({
    kind: fc.constant('abort' as const),
    bytes,
    afterBytes: few,
    by: fc.constantFrom('client' as const, 'server' as const),
  }),
  fc.record({
    kind: fc.constant('slow-reader' as const),
    bytes: fc.nat(30_000),
    readBytes: fc.integer({ min: 50, max: 5_000 }),
    everyMs: fc.nat(1_000),
  }),
);

const workload = fc.record({
  activity,
  from: fc.nat(5),
  to: fc.nat(4),
  version: fc.constantFrom(4 as const, 6 as const),
  atMs: mostly(fc.constant(0), fc.nat(3_000)),
});

/** A case for a campaign. */
export const cases: fc.Arbitrary<Case> = fc
  .record({
    seed: fc.noShrink(fc.integer({ min: 0, max: 2 ** 31 - 1 })),
    topology,
    workloads: fc.array(workload, { minLength: 1, maxLength: 4 }),
  })
  .map(({ seed, topology: drawn, workloads }) => {
    const hosts = Object.keys(drawn.hosts);
    const narrow = drawn.links.some((link) => mtuOf(link) < IPV6_MTU);
    return {
      seed,
      topology: drawn,
      workloads: workloads.map(({ activity: what, from, to, version, atMs }): WorkloadValue => {
        const client = from % hosts.length;
        const server = (client + 1 + (to % (hosts.length - 1))) % hosts.length;
        return {
          ...what,
          from: hosts[client]!,
          to: hosts[server]!,
          ...(version === 6 && !narrow ? { version } : {}),
          ...(atMs > 0 ? { atMs } : {}),
        };
      }),
    };
  });

function isEmpty(value: object): boolean {
  return Object.keys(value).length === 0;
}
