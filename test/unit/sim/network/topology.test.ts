import { describe, expect, it } from 'vitest';
import { checkTopology } from '../../../../src/sim/network/check-topology.ts';
import { firstHops } from '../../../../src/sim/network/routes.ts';
import { chain, dumbbell, type Topology, twoHosts } from '../../../../src/sim/network/topology.ts';

describe('a topology', () => {
  it('is a value: it can be written down and read again', () => {
    const topology = dumbbell({ bottleneck: { both: { rate: 1e6, queue: { kind: 'codel' } } } });
    expect(JSON.parse(JSON.stringify(topology))).toEqual(topology);
    expect(Object.keys(topology.hosts)).toEqual(['left1', 'right1', 'left2', 'right2']);
  });

  it.each([
    ['two hosts', twoHosts()],
    ['a dumb-bell', dumbbell({ pairs: 3 })],
    ['a chain', chain({ routers: 4 })],
    ['a chain without routers', chain({ routers: 0 })],
  ])('makes sense as %s', (_, topology) => {
    expect(() => checkTopology(topology)).not.toThrow();
  });

  const wrong: readonly (readonly [string, unknown, RegExp])[] = [
    ['nothing', undefined, /an object with `hosts` and `links`/],
    ['one host', { hosts: { a: {} }, links: [] }, /fewer than two hosts/],
    ['no links', { hosts: { a: {}, b: {} } }, /`links` is missing/],
    ['a host without a link', { hosts: { a: {}, b: {} }, links: [] }, /host a has 0 links/],
    [
      'a host with two links',
      { hosts: { a: {}, b: {}, c: {} }, links: [{ between: ['a', 'b'] }, { between: ['a', 'c'] }] },
      /host a has 2 links/,
    ],
    [
      'a link to nowhere',
      { hosts: { a: {}, b: {} }, links: [{ between: ['a', 'x'] }] },
      /no host or router "x"/,
    ],
    ['a name twice', { ...twoHosts(), routers: { client: {} } }, /both a host and a router/],
    [
      'a loss beyond all',
      twoHosts({ both: { loss: 101 } }),
      /client – server, forth: impairment loss is 101/,
    ],
    ['an MTU of 67', twoHosts({ mtu: 67 }), /mtu is 67/],
    [
      'a strange queue',
      twoHosts({ back: { queue: { kind: 'sfq' } as never } }),
      /back: queue: there is no kind "sfq"/,
    ],
    ['no address', twoHosts({}, { client: { addresses: ['here'] } }), /host client: "here" is no IP address/],
    [
      'a word for a fault that there is not',
      twoHosts({ back: { delay: 3 } as never }),
      /client – server, back, has no field "delay"; there are rate, queue, delayMs/,
    ],
    [
      'a word of another queue',
      twoHosts({ both: { queue: { kind: 'red', targetMs: 5 } as never } }),
      /"targetMs"/,
    ],
    ['a link with too much', twoHosts({ delayMs: 3 } as never), /client – server has no field "delayMs"/],
    [
      'a router with too much',
      { ...chain({ routers: 1 }), routers: { router1: { mtu: 1 } } },
      /no field "mtu"/,
    ],
    ['a zeroth frame', twoHosts({ forth: { drop: [0] } }), /frames are counted from 1/],
  ];

  it.each(wrong)('is refused with %s', (_, topology, message) => {
    expect(() => checkTopology(topology as Topology)).toThrow(message);
  });
});

describe('routes', () => {
  it('go over the fewest links, and not through hosts', () => {
    const topology: Topology = {
      hosts: { a: {}, b: {}, c: {} },
      routers: { r1: {}, r2: {}, r3: {} },
      links: [
        { between: ['a', 'r1'] },
        { between: ['r1', 'r2'] },
        { between: ['r2', 'r3'] },
        { between: ['r1', 'r3'] },
        { between: ['r3', 'b'] },
        { between: ['r2', 'c'] },
      ],
    };
    expect(Object.fromEntries(firstHops(topology, 'r1'))).toEqual({ a: 'a', b: 'r3', c: 'r2' });
  });
});
