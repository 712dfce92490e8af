/** The invariants of a whole run: a monitor for each host, and which ends belong together. */

import type { Clock } from '../../clock.ts';
import type { FourTuple } from '../../tcp/four-tuple.ts';
import type { Seq } from '../../tcp/seq.ts';
import { HostMonitor, type MonitorHost } from './host-monitor.ts';
import type { Ledger } from './ledger.ts';
import type { Invariant, Violation } from './violation.ts';

export class Monitor implements MonitorHost {
  /** The first one: what comes after it may be its consequence. */
  violation: Violation | undefined;
  readonly #clock: Pick<Clock, 'now'>;
  readonly #hosts = new Map<string, HostMonitor>();
  readonly #ledgers = new Map<string, Ledger>();

  constructor(clock: Pick<Clock, 'now'>) {
    this.#clock = clock;
  }

  /** How many connection ends there have been. */
  get ends(): number {
    return this.#ledgers.size;
  }

  host(name: string): HostMonitor {
    const host = new HostMonitor(name, this);
    this.#hosts.set(name, host);
    return host;
  }

  violated(
    invariant: Invariant,
    host: string | undefined,
    connection: string | undefined,
    message: string,
  ): void {
    this.violation ??= { invariant, timeMs: this.#clock.now(), host, connection, message };
  }

  opened({ local, localPort, remote, remotePort }: FourTuple, ledger: Ledger): void {
    this.#ledgers.set(`${local} ${localPort} ${remote} ${remotePort} ${ledger.iss}`, ledger);
  }

  peerOf(
    { local, localPort, remote, remotePort }: FourTuple,
    { irs }: { readonly irs: Seq | undefined },
  ): Ledger | undefined {
    return this.#ledgers.get(`${remote} ${remotePort} ${local} ${localPort} ${irs}`);
  }

  checkEnds(): void {
    for (const host of this.#hosts.values()) host.checkEnds();
  }

  checkLeftovers(): void {
    for (const host of this.#hosts.values()) host.checkLeftovers();
  }
}
