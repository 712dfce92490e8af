/**
 * Topologies as values: hosts, routers and the links between them, as plain data that can be written down, drawn by chance
 * and shrunk. Nothing here runs; `buildNetwork` makes it move.
 */

import type { Impairments } from '../../net/index.ts';
import type { ConnectionOptions } from '../../stack/api.ts';

/** One way over a link, seen from the end that sends. What is not given does not happen; percentages are 0 to 100. */
export interface Way
  extends Pick<
    Impairments,
    'loss' | 'burst' | 'delayMs' | 'jitterMs' | 'reorder' | 'duplicate' | 'corrupt' | 'rate'
  > {
  /** Where frames wait while the way is busy with those before. Only a way with a `rate` has one; default: drop-tail of 100 frames. */
  readonly queue?: Queue;
  /** Frames that are lost by script, in the order of their leaving the queue. */
  readonly drop?: readonly ScriptedDrop[];
}

/** The nth frame, counted from 1; or the nth of a kind. */
export type ScriptedDrop = number | { readonly nth: number; readonly of: FrameKind };

/** `ACK` is a segment with nothing but the ACK; `text` one with text, retransmissions counted. */
export type FrameKind = 'SYN' | 'text' | 'ACK' | 'FIN' | 'RST';

export type Queue = DropTail | Red | CoDel;

/** First in, first out; what finds it full is lost. */
export interface DropTail {
  readonly kind: 'drop-tail';
  /** Frames. Default 100. */
  readonly limit?: number;
}

/** Random early detection (Floyd and Jacobson 1993), the gentle variant: frames are lost by chance as the average length grows. */
export interface Red {
  readonly kind: 'red';
  /** Frames, above which all are lost. Default 100. */
  readonly limit?: number;
  /** The average length below which none is lost, and the one at which `probability` is reached. Defaults: a sixth and half of the limit. */
  readonly minimum?: number;
  readonly maximum?: number;
  /** From 0 to 1. Default 0.1. */
  readonly probability?: number;
  /** How much of the average each frame's sight of the queue is: 0 to 1. Default 0.002. */
  readonly weight?: number;
}

/** Controlled delay (RFC 8289): frames are lost at the head once all have waited longer than the target for an interval. */
export interface CoDel {
  readonly kind: 'codel';
  /** Frames. Default 1,000. */
  readonly limit?: number;
  /** Default 5. */
  readonly targetMs?: number;
  /** Default 100. */
  readonly intervalMs?: number;
}

/** A link between two nodes. `both` is for both ways; what `forth` (from the first) or `back` say wins over it. */
export interface Link {
  readonly between: readonly [string, string];
  /** The largest frame, in bytes. Default 1,500. */
  readonly mtu?: number;
  readonly both?: Way;
  readonly forth?: Way;
  readonly back?: Way;
}

/** A host has one link, one stack, and an address of each IP version. Its options are the stack's. */
export interface HostOptions extends ConnectionOptions {
  /** Default: 198.18.0.n and fd00::n, n counting the hosts from 1. */
  readonly addresses?: readonly string[];
}

export interface RouterOptions {
  /** Whether it says why it can't forward a frame. Without it narrow links are black holes. Default true. */
  readonly icmp?: boolean;
}

export interface Topology {
  readonly hosts: Readonly<Record<string, HostOptions>>;
  readonly routers?: Readonly<Record<string, RouterOptions>>;
  readonly links: readonly Link[];
}

/**
 * A client and a server with nothing but a link between them.
 *
 * @example
 * ```ts
 * const topology = twoHosts({ both: { rate: 10e6, delayMs: 20, loss: 1 } });
 * ```
 */
export function twoHosts(
  link: Omit<Link, 'between'> = {},
  options: { readonly client?: HostOptions; readonly server?: HostOptions } = {},
): Topology {
  return {
    hosts: { client: options.client ?? {}, server: options.server ?? {} },
    links: [{ ...link, between: ['client', 'server'] }],
  };
}

export interface DumbbellOptions {
  /** How many hosts are on each side. Default 2. */
  readonly pairs?: number;
  /** Between the two routers. */
  readonly bottleneck?: Omit<Link, 'between'>;
  /** From each host to its router. */
  readonly access?: Omit<Link, 'between'>;
  /** Of every host. */
  readonly host?: HostOptions;
}

/** `left1`, `left2` … behind the router `west`, `right1` … behind `east`, and one link between the routers that all share. */
export function dumbbell(options: DumbbellOptions = {}): Topology {
  const { pairs = 2, bottleneck = {}, access = {}, host = {} } = options;
  const hosts: Record<string, HostOptions> = {};
  const links: Link[] = [];
  for (let n = 1; n <= pairs; n++) {
    for (const [side, router] of [
      ['left', 'west'],
      ['right', 'east'],
    ] as const) {
      hosts[`${side}${n}`] = host;
      links.push({ ...access, between: [`${side}${n}`, router] });
    }
  }
  links.push({ ...bottleneck, between: ['west', 'east'] });
  return { hosts, routers: { west: {}, east: {} }, links };
}

export interface ChainOptions {
  /** Default 2. */
  readonly routers?: number;
  /** Each link, from the client's on: as many as there are routers, and one more. The last one given is for the rest, too. */
  readonly hops?: readonly Omit<Link, 'between'>[];
  readonly router?: RouterOptions;
  readonly client?: HostOptions;
  readonly server?: HostOptions;
}

/** A client and a server with routers in a row between them: `client`, `router1`, `router2` …, `server`. */
export function chain(options: ChainOptions = {}): Topology {
  const { routers: count = 2, hops = [], router = {}, client = {}, server = {} } = options;
  const routers: Record<string, RouterOptions> = {};
  for (let n = 1; n <= count; n++) routers[`router${n}`] = router;
  const nodes = ['client', ...Object.keys(routers), 'server'];
  const links = nodes.slice(1).map((node, index): Link => {
    const hop = hops[Math.min(index, hops.length - 1)] ?? {};
    return { ...hop, between: [nodes[index]!, node] };
  });
  return { hosts: { client, server }, routers, links };
}

/** What a way is made of once the link's own options and those of both ways are put together. */
export function wayOf(link: Link, direction: 'forth' | 'back'): Way {
  return { ...link.both, ...link[direction] };
}

/** The largest frame on a link. */
export function mtuOf(link: Link): number {
  return link.mtu ?? 1_500;
}
