/** What a campaign reports of its runs: figures that add up, a hash of all of them, and the runs that violated something. */

import { sha256 } from '@noble/hashes/sha2.js';
import { bytesToHex, utf8ToBytes } from '@noble/hashes/utils.js';
import type { Violation } from '../invariants/violation.ts';
import type { NetworkFault } from '../network/network.ts';
import type { RunResult } from './campaign.ts';

/** One run, as it is sent from whoever played it. */
export interface RunSummary {
  readonly run: number;
  readonly digest: string;
  readonly timeMs: number;
  readonly framesSent: number;
  readonly retransmissions: number;
  readonly bytesDelivered: number;
  readonly connectionEnds: number;
  /** Connections that the network or a workload broke. */
  readonly broken: number;
  readonly undetectable: number;
  /** Faults that happened at least once. */
  readonly faults: Readonly<Partial<Record<NetworkFault, number>>>;
  readonly violation: Violation | undefined;
}

export interface CampaignTotals {
  readonly runs: number;
  readonly virtualHours: number;
  readonly segments: number;
  readonly retransmissions: number;
  readonly bytesDelivered: number;
  readonly connectionEnds: number;
  readonly broken: number;
  readonly undetectable: number;
  readonly faults: Readonly<Partial<Record<NetworkFault, number>>>;
  /** How many runs violated an invariant. */
  readonly violations: number;
  /** Of the digests of all runs, in their order: two campaigns that have it in common have played the same. */
  readonly digest: string;
}

export function summaryOf({ run, result }: RunResult): RunSummary {
  const { workloads, faults, digest, timeMs, framesSent, retransmissions } = result;
  return {
    run,
    digest,
    timeMs,
    framesSent,
    retransmissions,
    bytesDelivered: result.bytesDelivered,
    connectionEnds: result.connectionEnds,
    broken: workloads.reduce((sum, { outcome }) => sum + (outcome?.broken ?? 0), 0),
    undetectable: result.undetectable,
    faults: Object.fromEntries(Object.entries(faults).filter(([, count]) => count > 0)),
    violation: result.violation,
  };
}

/** Adds runs up, which have to be given in their order. */
export class Totals {
  readonly violating: RunSummary[] = [];
  readonly #hash = sha256.create();
  readonly #faults = new Map<NetworkFault, number>();
  readonly #sums = {
    runs: 0,
    timeMs: 0,
    segments: 0,
    retransmissions: 0,
    bytesDelivered: 0,
    connectionEnds: 0,
    broken: 0,
    undetectable: 0,
  };

  add(summary: RunSummary): void {
    const sums = this.#sums;
    sums.runs++;
    sums.timeMs += summary.timeMs;
    sums.segments += summary.framesSent;
    sums.retransmissions += summary.retransmissions;
    sums.bytesDelivered += summary.bytesDelivered;
    sums.connectionEnds += summary.connectionEnds;
    sums.broken += summary.broken;
    sums.undetectable += summary.undetectable;
    for (const [fault, count] of Object.entries(summary.faults))
      this.#faults.set(fault as NetworkFault, (this.#faults.get(fault as NetworkFault) ?? 0) + count);
    this.#hash.update(utf8ToBytes(`${summary.run} ${summary.digest}\n`));
    if (summary.violation) this.violating.push(summary);
  }

  get runs(): number {
    return this.#sums.runs;
  }

  get virtualHours(): number {
    return this.#sums.timeMs / 3_600_000;
  }

  get segments(): number {
    return this.#sums.segments;
  }

  result(): CampaignTotals {
    const { timeMs: _, ...sums } = this.#sums;
    const faults = [...this.#faults].sort(([a], [b]) => (a < b ? -1 : 1));
    return {
      ...sums,
      virtualHours: this.virtualHours,
      faults: Object.fromEntries(faults),
      violations: this.violating.length,
      digest: bytesToHex(this.#hash.clone().digest()),
    };
  }
}
