import type { Topology } from './topology.ts';

/**
 * For each host, the neighbour of `from` that is next on a shortest path to it. Hosts forward nothing. Of several shortest
 * paths the one over the link that is listed first is taken.
 */
export function firstHops({ hosts, links }: Topology, from: string): ReadonlyMap<string, string> {
  const first = new Map<string, string>();
  const seen = new Set([from]);
  let edge: readonly { readonly node: string; readonly via: string | undefined }[] = [
    { node: from, via: undefined },
  ];
  while (edge.length > 0) {
    const next: { node: string; via: string | undefined }[] = [];
    for (const { node, via } of edge) {
      if (node in hosts) continue;
      for (const neighbour of neighboursOf(node, links)) {
        if (seen.has(neighbour)) continue;
        seen.add(neighbour);
        const hop = via ?? neighbour;
        if (neighbour in hosts) first.set(neighbour, hop);
        next.push({ node: neighbour, via: hop });
      }
    }
    edge = next;
  }
  return first;
}

function neighboursOf(node: string, links: Topology['links']): string[] {
  return links
    .filter(({ between }) => between.includes(node))
    .map(({ between: [a, b] }) => (a === node ? b : a));
}
