import { describe, expect, it } from 'vitest';
import { simulate } from '../../../../src/sim/experiment/experiment.ts';
import { buildNetwork } from '../../../../src/sim/network/network.ts';
import { chain, dumbbell, type Topology, twoHosts } from '../../../../src/sim/network/topology.ts';
import { seededRandom } from '../../../../src/sim/seeded-random.ts';
import { virtualClock } from '../../../../src/sim/virtual-clock.ts';
import {
  checksum,
  decodeIcmp,
  decodeIp,
  encodeTcp,
  FLAG,
  type IcmpMessage,
  type IpPacket,
  NO_OPTIONS,
  parseAddress,
} from '../../../../src/wire/index.ts';

interface Sent {
  readonly from?: string;
  readonly to?: string;
  readonly version?: 4 | 6;
  readonly hopLimit?: number;
  readonly octets?: number;
}

/** Sends a segment from one host to another; what arrives at each of them. */
function send(
  topology: Topology,
  { from = 'client', to = 'server', version = 4, hopLimit = 64, octets = 0 }: Sent,
) {
  const clock = virtualClock();
  const { hosts } = buildNetwork(topology, clock, seededRandom(1));
  const arrived: Record<string, { packet: IpPacket; timeMs: number }[]> = { [from]: [], [to]: [] };
  for (const name of [from, to]) {
    hosts.get(name)!.port.frames$.subscribe((frames) => {
      for (const frame of frames) {
        const packet = decodeIp(frame);
        if (packet.kind === 'malformed') throw new Error(packet.reason);
        arrived[name]!.push({ packet, timeMs: clock.now() });
      }
    });
  }
  const addressOf = (name: string) =>
    parseAddress(hosts.get(name)!.addresses.find((text) => text.includes(':') === (version === 6))!)!;
  const header = { src: addressOf(from), dst: addressOf(to), hopLimit };
  const segment = {
    srcPort: 1,
    dstPort: 2,
    seq: 1,
    ack: 2,
    flags: FLAG.ACK,
    wnd: 3,
    up: 0,
    options: NO_OPTIONS,
  };
  hosts.get(from)!.port.write(encodeTcp(header, { ...segment, text: new Uint8Array(octets) }));
  clock.advance(1_000);
  return { toSender: arrived[from]!, toReceiver: arrived[to]! };
}

const icmpOf = ({ packet }: { packet: IpPacket }): Extract<IcmpMessage, { quoted: Uint8Array }> => {
  const message = decodeIcmp(packet);
  if (message.kind === 'malformed' || !('quoted' in message)) throw new Error('no ICMP error');
  return message;
};

it('that are silent make a black hole, which a bulk transfer leaves', async () => {
  const narrow: Topology = {
    hosts: { client: {}, server: {} },
    routers: { near: { icmp: false }, far: {} },
    links: [
      { between: ['client', 'near'], both: { delayMs: 5 } },
      { between: ['near', 'far'], mtu: 1_400, both: { delayMs: 5 } },
      { between: ['far', 'server'], both: { delayMs: 5 } },
    ],
  };
  const transfer = (topology: Topology) =>
    simulate({ topology, workloads: [{ kind: 'bulk', from: 'client', to: 'server', bytes: 300_000 }] });
  const silent = await transfer(narrow);
  expect(silent.violation).toBeUndefined();
  expect(silent.workloads[0]).toMatchObject({ bytesDelivered: 300_000, error: undefined });
  expect(silent.faults['too-big']).toBeGreaterThan(5);
  const told = await transfer({ ...narrow, routers: { near: {}, far: {} } });
  expect(told.workloads[0]).toMatchObject({ bytesDelivered: 300_000, error: undefined });
  expect(told.timeMs).toBeLessThan(silent.timeMs);
});

describe.each([4, 6] as const)('routers, IPv%i', (version) => {
  it('forward with a hop limit less by one at each, and a right header', () => {
    const { toReceiver } = send(chain({ routers: 3 }), { version, hopLimit: 10, octets: 100 });
    expect(toReceiver.map(({ packet }) => packet.hopLimit)).toEqual([7]);
    if (version === 4) expect(checksum(toReceiver[0]!.packet.bytes, 0, 20)).toBe(0);
  });

  it('tell the sender when a hop limit is used up', () => {
    const { toReceiver, toSender } = send(chain({ routers: 3 }), { version, hopLimit: 3 });
    expect(toReceiver).toEqual([]);
    expect(icmpOf(toSender[0]!)).toMatchObject({ what: 'time-exceeded', code: 0 });
    expect(String(toSender[0]!.packet.src)).toBe(version === 4 ? '198.19.0.3' : 'fd00::1:3');
    expect(send(chain({ routers: 3 }), { version, hopLimit: 4 }).toReceiver).toHaveLength(1);
  });

  it('tell the sender of a link that is too narrow, and how wide it is', () => {
    const narrow = chain({ routers: 2, hops: [{}, { mtu: 1_300 }, {}] });
    const header = (version === 4 ? 20 : 40) + 20;
    expect(send(narrow, { version, octets: 1_300 - header }).toReceiver).toHaveLength(1);
    const { toReceiver, toSender } = send(narrow, { version, octets: 1_301 - header });
    expect(toReceiver).toEqual([]);
    expect(icmpOf(toSender[0]!)).toMatchObject({ what: 'packet-too-big', mtu: 1_300 });
  });

  it('say nothing when they are told not to', () => {
    const silent = chain({ routers: 2, hops: [{}, { mtu: 1_300 }, {}], router: { icmp: false } });
    expect(send(silent, { version, octets: 1_400 })).toEqual({ toReceiver: [], toSender: [] });
  });

  it('tell the sender when there is no way', () => {
    const islands: Topology = {
      hosts: { client: {}, server: {} },
      routers: { here: {}, there: {} },
      links: [{ between: ['client', 'here'] }, { between: ['server', 'there'] }],
    };
    const { toReceiver, toSender } = send(islands, { version });
    expect(toReceiver).toEqual([]);
    expect(icmpOf(toSender[0]!)).toMatchObject({ what: 'unreachable', code: 0 });
  });
});

describe('links', () => {
  it('take the time of their rate and delay, hop by hop', () => {
    const hop = { both: { rate: 1e6, delayMs: 10 } };
    const { toReceiver } = send(chain({ routers: 1, hops: [hop] }), { octets: 960 });
    // 1,000 bytes at 1 Mbit/s are 8 ms.
    expect(toReceiver.map(({ timeMs }) => timeMs)).toEqual([36]);
  });

  it('lose the frames that a script names, by number or by kind', async () => {
    const run = (drop: readonly (number | { nth: number; of: 'SYN' | 'text' | 'FIN' })[]) =>
      simulate({
        topology: {
          hosts: { client: {}, server: {} },
          links: [{ between: ['client', 'server'], forth: { drop } }],
        },
        workloads: [{ kind: 'bulk', from: 'client', to: 'server', bytes: 50_000 }],
      });
    for (const drop of [
      [1],
      [{ nth: 1, of: 'SYN' }],
      [{ nth: 3, of: 'text' }],
      [{ nth: 1, of: 'FIN' }],
    ] as const) {
      const { faults, retransmissions, violation } = await run(drop);
      expect({ scripted: faults.scripted, retransmissions, violation }).toEqual({
        scripted: 1,
        retransmissions: 1,
        violation: undefined,
      });
    }
  });

  it('hold a host back while its queue is full, so that none of its own frames is lost there', async () => {
    const { faults, retransmissions, violation } = await simulate({
      topology: twoHosts({ both: { rate: 1e6, queue: { kind: 'drop-tail', limit: 5 } } }),
      workloads: [{ kind: 'bulk', from: 'client', to: 'server', bytes: 300_000 }],
    });
    expect({ violation, retransmissions, lost: faults['queue-full'] }).toEqual({
      violation: undefined,
      retransmissions: 0,
      lost: 0,
    });
  });

  it('lose what a router has no room for', async () => {
    const bottleneck = { both: { rate: 1e6, queue: { kind: 'drop-tail', limit: 5 } } } as const;
    const { faults, violation } = await simulate({
      topology: dumbbell({ pairs: 1, bottleneck }),
      workloads: [{ kind: 'bulk', from: 'left1', to: 'right1', bytes: 300_000 }],
    });
    expect(violation).toBeUndefined();
    expect(faults['queue-full']).toBeGreaterThan(10);
  });
});
