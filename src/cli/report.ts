import type { TunStats } from '../node/tun.ts';
import type { Connection } from '../stack/api.ts';
import { humanBytes, type Output, positive } from './output.ts';
import type { Wire } from './wire.ts';

/** What `serve` says while it runs. */
export interface Reporter {
  /** A connection was accepted; its end is told as well. */
  opened(service: string, connection: Connection): void;
  /** Counters of a service's own, told with the others. */
  counted(service: string, counts: Readonly<Record<string, number>>): void;
  /** How things stand. */
  standing(): Standing;
}

/** How things stand in one stack, or in several together: plain data. */
export interface Standing {
  readonly connections: number;
  readonly states: Readonly<Record<string, number>>;
  readonly heapUsed: number;
  readonly figures: Figures;
}

/** Since the beginning. */
interface Figures {
  /** Of connections that have ended. */
  readonly totals: Readonly<Totals>;
  readonly services?: Readonly<Record<string, Readonly<Record<string, number>>>>;
  readonly counters: Readonly<Record<string, number>>;
  readonly device: TunStats;
  readonly impairments?: NonNullable<Wire['impaired']>['stats'];
}

/** What there is once it is ready. */
export interface Readiness {
  readonly device: string;
  readonly mtu: number;
  readonly offload: boolean;
  readonly addresses: readonly string[];
}

interface Totals {
  connections: number;
  bytesSent: number;
  bytesReceived: number;
  segmentsSent: number;
  segmentsReceived: number;
  retransmissions: number;
}

export function readinessOf({ tun, stack }: Wire): Readiness {
  const { addresses } = stack;
  return { device: tun.name, mtu: tun.mtu, offload: tun.kernelOffloads, addresses };
}

export function tellReady(
  output: Output,
  readiness: Readiness,
  kernel: readonly string[],
  services: Readonly<Record<string, number>>,
  workers = 1,
): void {
  const { device, mtu, offload, addresses } = readiness;
  output.event('ready', {
    ...{ device, mtu, offload, kernel, addresses, services, pid: process.pid },
    ...(workers === 1 ? {} : { workers }),
  });
  const lines = Object.entries(services).map(([name, port]) => {
    const places = addresses.map((address) => {
      const host = address.includes(':') ? `[${address}]` : address;
      return name === 'http' ? `http://${host}${port === 80 ? '' : `:${port}`}/` : `${host}:${port}`;
    });
    return `  ${name.padEnd(7)}  ${places.join('  ')}`;
  });
  const queues = workers === 1 ? '' : `, ${workers} workers`;
  const last = `  ${'device'.padEnd(7)}  ${device}, MTU ${mtu}, ${offload ? 'offload' : 'no offload'}${queues}`;
  output.text(['ready', ...lines, last].join('\n'));
}

/** @param each how many connections each worker has, where there are several */
export function tellStats(output: Output, standing: Standing, each?: readonly number[]): void {
  const { connections, states, heapUsed, figures } = standing;
  const { user, system } = process.cpuUsage();
  const cpuMs = (user + system) / 1_000;
  const workers = each?.map((count) => ({ connections: count }));
  if (output.isJson) {
    const shares = workers === undefined ? {} : { workers };
    output.event('stats', { connections, states, heapUsed, cpuMs, ...shares, ...figures });
    return;
  }
  const shares = Object.fromEntries((each ?? []).map((count, index) => [`worker ${index + 1}`, count]));
  output.table('stats', { connections, ...states, ...shares, heap: humanBytes(heapUsed) });
  tellCounters(output, standing);
}

export function tellCounters(output: Output, { figures }: Standing): void {
  output.event('counters', figures);
  if (output.isJson) return;
  const { totals, services = {}, counters, device, impairments } = figures;
  output.table('connections that ended', { ...totals });
  for (const [service, counts] of Object.entries(services)) output.table(service, counts);
  output.table('stack', sorted(counters));
  const { dropped, ...frames } = device;
  output.table('device', { ...frames, ...positive(dropped) });
  if (impairments === undefined) return;
  output.table('network, in', positive(impairments.in));
  output.table('network, out', positive(impairments.out));
}

/** All figures of all, added up. */
export function together(standings: readonly Standing[]): Standing {
  return standings.reduce((sum, standing) => added(sum, standing) as Standing);
}

function added(left: unknown, right: unknown): unknown {
  if (typeof left === 'number' && typeof right === 'number') return left + right;
  if (typeof left !== 'object' || typeof right !== 'object' || left === null || right === null)
    return left ?? right;
  const one = left as Record<string, unknown>;
  const other = right as Record<string, unknown>;
  const names = new Set([...Object.keys(one), ...Object.keys(other)]);
  return Object.fromEntries([...names].map((name) => [name, added(one[name], other[name])]));
}

export function reporterOf(wire: Wire, output: Output): Reporter {
  return new ServeReporter(wire, output);
}

class ServeReporter implements Reporter {
  readonly #wire: Wire;
  readonly #output: Output;
  readonly #totals: Totals = {
    connections: 0,
    bytesSent: 0,
    bytesReceived: 0,
    segmentsSent: 0,
    segmentsReceived: 0,
    retransmissions: 0,
  };

  readonly #services: Record<string, Readonly<Record<string, number>>> = {};

  constructor(wire: Wire, output: Output) {
    this.#wire = wire;
    this.#output = output;
  }

  opened(service: string, connection: Connection): void {
    const { id, localAddress, localPort, remoteAddress, remotePort } = connection;
    this.#output.event('opened', {
      service,
      connection: id,
      local: { address: localAddress, port: localPort },
      remote: { address: remoteAddress, port: remotePort },
    });
    void connection.closed.then(({ how, error }) => {
      const { bytesSent, bytesReceived, segmentsSent, segmentsReceived, retransmissions } = connection.info();
      const figures = { bytesSent, bytesReceived, segmentsSent, segmentsReceived, retransmissions };
      for (const [name, value] of Object.entries(figures)) this.#totals[name as keyof Totals] += value;
      this.#totals.connections++;
      this.#output.event('closed', {
        service,
        connection: id,
        how,
        ...(error === undefined ? {} : { code: error.code }),
        ...figures,
      });
    });
  }

  counted(service: string, counts: Readonly<Record<string, number>>): void {
    this.#services[service] = counts;
  }

  standing(): Standing {
    const { stack, tun, impaired } = this.#wire;
    const states: Record<string, number> = {};
    for (const { state } of stack.connections) states[state] = (states[state] ?? 0) + 1;
    // Only with --expose-gc, for whoever wants to know whether memory is really in use.
    (globalThis as { gc?: () => void }).gc?.();
    return {
      connections: stack.connections.size,
      states,
      heapUsed: process.memoryUsage().heapUsed,
      figures: {
        totals: this.#totals,
        ...(Object.keys(this.#services).length === 0 ? {} : { services: this.#services }),
        counters: stack.counters,
        device: tun.stats,
        ...(impaired === undefined ? {} : { impairments: impaired.stats }),
      },
    };
  }
}

function sorted(figures: Readonly<Record<string, number>>): Record<string, number> {
  return Object.fromEntries(Object.entries(figures).sort(([a], [b]) => (a < b ? -1 : 1)));
}
