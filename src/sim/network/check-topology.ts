/** Topologies are written by hand, too: each mistake is told with the name of the node or link that it is in. */

import { StackError } from '../../errors.ts';
import { checkImpairments } from '../../net/impairment-values.ts';
import { parseAddress } from '../../wire/index.ts';
import { checkFields } from '../known-fields.ts';
import {
  type CoDel,
  type DropTail,
  type Link,
  mtuOf,
  type Queue,
  type Red,
  type RouterOptions,
  type ScriptedDrop,
  type Topology,
  type Way,
  wayOf,
} from './topology.ts';

/** RFC 791 section 3.2: every link takes as much. */
const SMALLEST_MTU = 68;
const LARGEST_MTU = 65_535;
const TOPOLOGY = { hosts: true, routers: true, links: true } satisfies Record<keyof Topology, true>;
const LINK = { between: true, mtu: true, both: true, forth: true, back: true } satisfies Record<
  keyof Link,
  true
>;
const ROUTER = { icmp: true } satisfies Record<keyof RouterOptions, true>;
const WAY = {
  rate: true,
  queue: true,
  delayMs: true,
  jitterMs: true,
  loss: true,
  burst: true,
  drop: true,
  reorder: true,
  duplicate: true,
  corrupt: true,
} satisfies Record<keyof Way, true>;
const QUEUES = {
  'drop-tail': { kind: true, limit: true } satisfies Record<keyof DropTail, true>,
  red: {
    kind: true,
    limit: true,
    minimum: true,
    maximum: true,
    probability: true,
    weight: true,
  } satisfies Record<keyof Red, true>,
  codel: { kind: true, limit: true, targetMs: true, intervalMs: true } satisfies Record<keyof CoDel, true>,
} as const;
const KINDS = ['SYN', 'text', 'ACK', 'FIN', 'RST'];

/** @throws StackError EINVAL with the node's or link's name, for the first thing that is wrong */
export function checkTopology(topology: Topology): void {
  if (typeof topology !== 'object' || topology === null || typeof topology.hosts !== 'object') {
    refuse('a topology is an object with `hosts` and `links`; twoHosts(), dumbbell() and chain() make some');
  }
  const { hosts, routers = {}, links } = topology;
  if (!Array.isArray(links)) refuse('`links` is missing; give an array of { between: [node, node] }');
  checkFields('topology', topology, TOPOLOGY);
  if (Object.keys(hosts).length < 2) refuse('there are fewer than two hosts');
  for (const name of Object.keys(hosts)) {
    if (name in routers) refuse(`"${name}" is both a host and a router`);
    for (const text of hosts[name]!.addresses ?? []) {
      if (!parseAddress(text)) refuse(`host ${name}: "${text}" is no IP address`);
    }
  }
  for (const [name, router] of Object.entries(routers))
    checkFields(`topology: router ${name}`, router, ROUTER);
  const ends = new Map<string, number>();
  for (const link of links as readonly Link[]) {
    checkLink(topology, link);
    for (const end of link.between) ends.set(end, (ends.get(end) ?? 0) + 1);
  }
  for (const name of Object.keys(hosts)) {
    const count = ends.get(name) ?? 0;
    if (count !== 1) refuse(`host ${name} has ${count} links; give it one, and a router for more`);
  }
}

function checkLink({ hosts, routers = {} }: Topology, link: Link): void {
  const { between } = link;
  if (!Array.isArray(between) || between.length !== 2) refuse('a link has no `between: [node, node]`');
  const name = `the link ${between.join(' – ')}`;
  for (const end of between) {
    if (!(end in hosts) && !(end in routers)) refuse(`${name}: there is no host or router "${end}"`);
  }
  checkFields(`topology: ${name}`, link, LINK);
  for (const way of ['both', 'forth', 'back'] as const) {
    if (link[way] !== undefined) checkFields(`topology: ${name}, ${way},`, link[way], WAY);
  }
  if (between[0] === between[1]) refuse(`${name} joins a node to itself`);
  const mtu = mtuOf(link);
  if (!(Number.isInteger(mtu) && mtu >= SMALLEST_MTU && mtu <= LARGEST_MTU)) {
    refuse(`${name}: mtu is ${mtu}; give a whole number of ${SMALLEST_MTU} to ${LARGEST_MTU}`);
  }
  for (const direction of ['forth', 'back'] as const) {
    try {
      checkWay(wayOf(link, direction));
    } catch (error) {
      if (!(error instanceof StackError)) throw error;
      refuse(`${name}, ${direction}: ${error.message}`);
    }
  }
}

function checkWay(way: Way): void {
  const { queue, drop = [], ...impairments } = way;
  checkImpairments(impairments);
  if (queue !== undefined) checkQueue(queue);
  if (!Array.isArray(drop)) throw new StackError('EINVAL', '`drop` is no array');
  for (const each of drop as readonly ScriptedDrop[]) {
    const nth = typeof each === 'number' ? each : each?.nth;
    if (!(Number.isInteger(nth) && nth >= 1))
      throw new StackError('EINVAL', `drop: ${JSON.stringify(each)}; frames are counted from 1`);
    if (typeof each === 'object' && !KINDS.includes(each.of))
      throw new StackError('EINVAL', `drop: there is no kind "${each.of}"; there are ${KINDS.join(', ')}`);
  }
}

function checkQueue(queue: Queue): void {
  const positive: Record<string, number | undefined> = { limit: queue.limit };
  switch (queue.kind) {
    case 'drop-tail':
      break;
    case 'red': {
      const { minimum, maximum, probability, weight } = queue;
      Object.assign(positive, { minimum, maximum });
      for (const [name, value] of Object.entries({ probability, weight })) {
        if (value !== undefined && !(value > 0 && value <= 1))
          throw new StackError('EINVAL', `queue: ${name} is ${value}; give more than 0 and at most 1`);
      }
      if (minimum !== undefined && maximum !== undefined && minimum >= maximum)
        throw new StackError(
          'EINVAL',
          `queue: minimum is ${minimum}, which is not below maximum, ${maximum}`,
        );
      break;
    }
    case 'codel':
      Object.assign(positive, { targetMs: queue.targetMs, intervalMs: queue.intervalMs });
      break;
    default:
      throw new StackError(
        'EINVAL',
        `queue: there is no kind "${(queue as { kind: unknown }).kind}"; there are drop-tail, red and codel`,
      );
  }
  checkFields(`queue: ${queue.kind}`, queue, QUEUES[queue.kind]);
  for (const [name, value] of Object.entries(positive)) {
    if (value !== undefined && !(value > 0 && value < Number.POSITIVE_INFINITY))
      throw new StackError('EINVAL', `queue: ${name} is ${value}; give a number above 0`);
  }
}

function refuse(what: string): never {
  throw new StackError('EINVAL', `topology: ${what}`);
}
