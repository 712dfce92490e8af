import type { Connection } from '../stack/api.ts';
import { humanBytes, type Output } from './output.ts';
import type { Wire } from './wire.ts';

/** What `serve` says while it runs. */
export interface Reporter {
  ready(kernel: readonly string[], services: Readonly<Record<string, number>>): void;
  /** A connection was accepted; its end is told as well. */
  opened(service: string, connection: Connection): void;
  /** Counters of a service's own, told with the others. */
  counted(service: string, counts: Readonly<Record<string, number>>): void;
  /** How things stand. */
  stats(): void;
  /** The counters at the end. */
  counters(): void;
}

interface Totals {
  connections: number;
  bytesSent: number;
  bytesReceived: number;
  segmentsSent: number;
  segmentsReceived: number;
  retransmissions: number;
}

export function reporterOf(wire: Wire, output: Output): Reporter {
  return new ServeReporter(wire, output);
}

class ServeReporter implements Reporter {
  readonly #wire: Wire;
  readonly #output: Output;
  /** Of connections that have ended. */
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

  ready(kernel: readonly string[], services: Readonly<Record<string, number>>): void {
    const { tun, stack } = this.#wire;
    const { addresses } = stack;
    this.#output.event('ready', {
      device: tun.name,
      mtu: tun.mtu,
      offload: tun.offload !== undefined,
      kernel,
      addresses,
      services,
      pid: process.pid,
    });
    const lines = Object.entries(services).map(([name, port]) => {
      const places = addresses.map((address) => {
        const host = address.includes(':') ? `[${address}]` : address;
        return name === 'http' ? `http://${host}${port === 80 ? '' : `:${port}`}/` : `${host}:${port}`;
      });
      return `  ${name.padEnd(7)}  ${places.join('  ')}`;
    });
    const offload = tun.offload === undefined ? 'no offload' : 'offload';
    const device = `  ${'device'.padEnd(7)}  ${tun.name}, MTU ${tun.mtu}, ${offload}`;
    this.#output.text(['ready', ...lines, device].join('\n'));
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

  stats(): void {
    const { stack } = this.#wire;
    const states: Record<string, number> = {};
    for (const { state } of stack.connections) states[state] = (states[state] ?? 0) + 1;
    // Only with --expose-gc, for whoever wants to know whether memory is really in use.
    (globalThis as { gc?: () => void }).gc?.();
    const { heapUsed } = process.memoryUsage();
    const { user, system } = process.cpuUsage();
    const cpuMs = (user + system) / 1_000;
    const open = stack.connections.size;
    if (this.#output.isJson) {
      this.#output.event('stats', { connections: open, states, heapUsed, cpuMs, ...this.#figures() });
      return;
    }
    this.#output.table('stats', { connections: open, ...states, heap: humanBytes(heapUsed) });
    this.counters();
  }

  counters(): void {
    const figures = this.#figures();
    this.#output.event('counters', figures);
    if (this.#output.isJson) return;
    const { totals, counters, device, impairments } = figures;
    this.#output.table('connections that ended', { ...totals });
    for (const [service, counts] of Object.entries(this.#services)) this.#output.table(service, counts);
    this.#output.table('stack', sorted(counters));
    const { dropped, ...frames } = device;
    this.#output.table('device', { ...frames, ...positive(dropped) });
    if (impairments === undefined) return;
    this.#output.table('network, in', positive(impairments.in));
    this.#output.table('network, out', positive(impairments.out));
  }

  #figures() {
    const { stack, tun, impaired } = this.#wire;
    return {
      totals: this.#totals,
      ...(Object.keys(this.#services).length === 0 ? {} : { services: this.#services }),
      counters: stack.counters,
      device: tun.stats,
      ...(impaired === undefined ? {} : { impairments: impaired.stats }),
    };
  }
}

function positive(figures: Readonly<Record<string, number>>): Record<string, number> {
  return Object.fromEntries(Object.entries(figures).filter(([, value]) => value > 0));
}

function sorted(figures: Readonly<Record<string, number>>): Record<string, number> {
  return Object.fromEntries(Object.entries(figures).sort(([a], [b]) => (a < b ? -1 : 1)));
}
