/** A topology that runs: ports of hosts, routers and links on one virtual clock. */

import type { Clock } from '../../clock.ts';
import { StackError } from '../../errors.ts';
import { type IpAddress, parseAddress } from '../../wire/index.ts';
import type { SeededRandom } from '../seeded-random.ts';
import { checkTopology } from './check-topology.ts';
import { HostPort } from './host-port.ts';
import { type Hop, type RouterFault, SimulatedRouter } from './router.ts';
import { firstHops } from './routes.ts';
import { type Link, mtuOf, type Topology, wayOf } from './topology.ts';
import { LinkWay, type WayFault } from './way.ts';

export type NetworkFault = WayFault | Exclude<RouterFault, 'malformed'>;

export interface SimulatedHost {
  readonly name: string;
  readonly addresses: readonly string[];
  readonly port: HostPort;
}

export interface Network {
  readonly hosts: ReadonlyMap<string, SimulatedHost>;
  /** What went wrong with frames so far, over all links and routers. */
  readonly faults: Record<NetworkFault, number>;
  /** Frames that no stack was shown, since no checksum could have told that they were damaged. */
  readonly undetectable: number;
}

/**
 * Builds a network. Each way of each link draws its chances from a stream of its own, named after its ends: to change or to
 * take away one link leaves the choices on the others as they were.
 *
 * @throws StackError EINVAL for a topology that makes no sense
 */
export function buildNetwork(topology: Topology, clock: Clock, random: SeededRandom): Network {
  checkTopology(topology);
  return new RunningNetwork(topology, clock, random);
}

class RunningNetwork implements Network {
  readonly hosts = new Map<string, SimulatedHost>();
  readonly #routers = new Map<string, SimulatedRouter>();
  readonly #ways: LinkWay[] = [];
  /** By sender and receiver. Of two links between the same nodes the first one is used. */
  readonly #hops = new Map<string, Map<string, Hop>>();
  /** Which host has an address. */
  readonly #owners = new Map<string, string>();
  readonly #clock: Clock;

  constructor(topology: Topology, clock: Clock, random: SeededRandom) {
    this.#clock = clock;
    this.#addHosts(topology);
    this.#addRouters(topology);
    topology.links.forEach((link, index) => {
      this.#addLink(
        link,
        random.fork(`link ${link.between.join(' ')} ${countBefore(topology.links, index)}`),
      );
    });
  }

  get faults(): Record<NetworkFault, number> {
    const faults: Record<NetworkFault, number> = {
      lost: 0,
      'burst-lost': 0,
      scripted: 0,
      'queue-full': 0,
      red: 0,
      codel: 0,
      corrupted: 0,
      duplicated: 0,
      reordered: 0,
      'hop-limit': 0,
      'too-big': 0,
      'no-route': 0,
    };
    const names = Object.keys(faults) as NetworkFault[];
    for (const { counts } of [...this.#ways, ...this.#routers.values()]) {
      for (const name of names) faults[name] += (counts as Partial<Record<NetworkFault, number>>)[name] ?? 0;
    }
    return faults;
  }

  get undetectable(): number {
    return [...this.hosts.values()].reduce((sum, { port }) => sum + port.undetectable, 0);
  }

  #addHosts({ hosts, links }: Topology): void {
    let number = 0;
    for (const [name, { addresses }] of Object.entries(hosts)) {
      number++;
      const link = links.find(({ between }) => between.includes(name))!;
      const all = addresses ?? own(number, 0);
      for (const text of all) {
        const key = keyOf(parseAddress(text)!);
        const other = this.#owners.get(key);
        if (other !== undefined)
          throw new StackError('EINVAL', `topology: the hosts ${other} and ${name} both have ${text}`);
        this.#owners.set(key, name);
      }
      this.hosts.set(name, { name, addresses: all, port: new HostPort(name, mtuOf(link)) });
    }
  }

  #addRouters(topology: Topology): void {
    let number = 0;
    for (const [name, router] of Object.entries(topology.routers ?? {})) {
      number++;
      const [v4, v6] = own(number, 1).map((text) => parseAddress(text)!);
      const towards = firstHops(topology, name);
      const next = (destination: IpAddress): Hop | undefined => {
        const host = this.#owners.get(keyOf(destination));
        const node = host === undefined ? undefined : towards.get(host);
        return node === undefined ? undefined : this.#hops.get(name)?.get(node);
      };
      const host = { clock: this.#clock, addresses: { 4: v4!, 6: v6! }, next };
      this.#routers.set(name, new SimulatedRouter(router, host));
    }
  }

  #addLink(link: Link, random: SeededRandom): void {
    const [first, second] = link.between;
    this.#addWay(link, 'forth', first, second, random.fork('forth'));
    this.#addWay(link, 'back', second, first, random.fork('back'));
  }

  #addWay(link: Link, direction: 'forth' | 'back', from: string, to: string, random: SeededRandom): void {
    const router = this.#routers.get(to);
    const port = this.hosts.get(to)?.port;
    const sender = this.hosts.get(from)?.port;
    const way = new LinkWay(wayOf(link, direction), {
      clock: this.#clock,
      random,
      deliver: (frames) => {
        if (port) port.arrive(frames);
        else for (const frame of frames) router?.arrive(frame);
      },
      ...(sender && { drained: () => sender.drained() }),
    });
    this.#ways.push(way);
    sender?.attach(way);
    const hops = this.#hops.get(from) ?? new Map<string, Hop>();
    this.#hops.set(from, hops);
    if (!hops.has(to)) hops.set(to, { mtu: mtuOf(link), offer: (frame) => void way.offer(frame) });
  }
}

/** The nth host's addresses (net 0), or the nth router's (net 1): from what is set aside for tests (RFC 2544, RFC 4193). */
function own(number: number, net: 0 | 1): readonly [string, string] {
  return [
    `198.${18 + net}.${number >> 8}.${number & 0xff}`,
    `fd00::${net === 0 ? '' : '1:'}${number.toString(16)}`,
  ];
}

/** How many links before this one join the same two nodes. */
function countBefore(links: readonly Link[], index: number): number {
  const name = links[index]!.between.join(' ');
  return links.slice(0, index).filter(({ between }) => between.join(' ') === name).length;
}

function keyOf({ version, w0, w1, w2, w3 }: IpAddress): string {
  return version === 4 ? `${w3}` : `${w0} ${w1} ${w2} ${w3}`;
}
