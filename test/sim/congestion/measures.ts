/**
 * What congestion control does on virtual time, beside what papers and RFCs say that it does: the figures of the tests here and
 * of the pictures in docs/recovery. The same on every machine.
 */

import { type Link, type SeriesRow, type Topology, twoHosts } from '../../../src/sim/index.ts';
import { jain } from '../../bench/statistics.ts';
import { bottleneck, throughput } from './flows.ts';

/** What is left of 1,500 octets behind the headers and the timestamps. */
export const MSS = 1_448;
/** Of the links that flows share, in bits a second. */
export const SHARED_RATE = 10e6;
/** Three runs in one where chance has its say. */
const SEEDS = [1, 2, 3];

/** One flow over a fast link that loses so much, in percent: bits a second. */
export async function alone(
  congestionControl: string,
  loss: number,
  rttMs: number,
  seeds = SEEDS,
): Promise<number> {
  let sum = 0;
  for (const seed of seeds) {
    const [rate] = await throughput({
      seed,
      topology: twoHosts({ both: { rate: 1e9, delayMs: rttMs / 2 }, forth: { loss } }),
      flows: [{ from: 'client', to: 'server', options: { congestionControl } }],
      warmUpMs: 2_000,
      untilMs: 40_000,
    });
    sum += rate!;
  }
  return sum / seeds.length;
}

/** M. Mathis and others (1997), in bits a second. */
export function mathis(p: number, rttMs: number): number {
  return (MSS * 8_000 * Math.sqrt(3 / 2)) / (rttMs * Math.sqrt(p));
}

/** J. Padhye and others (1998), of a sender whose ACKs are counted in bytes; that of Mathis where nothing times out. */
export function padhye(p: number, rttMs: number): number {
  const timeoutMs = rttMs + 200;
  const timeouts = timeoutMs * Math.min(1, 3 * Math.sqrt((3 * p) / 8)) * p * (1 + 32 * p * p);
  return (MSS * 8_000) / (rttMs * Math.sqrt((2 * p) / 3) + timeouts);
}

/** RFC 9438 section 5.1, equation 6, or Reno's where that gives more. */
export function cubicResponse(p: number, rttMs: number): number {
  const rtt = rttMs / 1_000;
  const segments = ((0.4 * 3.7) / (4 * 0.3)) ** 0.25 * (rtt / p) ** 0.75;
  return Math.max((segments * MSS * 8) / rtt, padhye(p, rttMs));
}

/** A window after a single loss. */
export interface AfterLoss {
  /** W_max, and cwnd_epoch, in segments. */
  readonly wMax: number;
  readonly start: number;
  /** Seconds since the epoch began, and the window in segments. */
  readonly points: readonly (readonly [seconds: number, segments: number])[];
  /** RFC 9438 section 4.2, equation 1. */
  readonly curve: (seconds: number) => number;
}

/** CUBIC's window after the 600th segment with text was lost, on a path of so many milliseconds. */
export async function cubicAfterLoss(rttMs: number): Promise<AfterLoss> {
  const rows: SeriesRow[] = [];
  await throughput({
    topology: twoHosts({
      both: { rate: 1e9, delayMs: rttMs / 2 },
      forth: { drop: [{ nth: 600, of: 'text' }] },
    }),
    flows: [{ from: 'client', to: 'server', options: { congestionControl: 'cubic' } }],
    warmUpMs: 1_000,
    untilMs: 12_000,
    onSeries: (row) => row.host === 'client' && rows.push(row),
  });
  const lossAt = rows.findIndex(({ ssthresh }) => ssthresh !== Number.POSITIVE_INFINITY);
  const wMax = rows[lossAt - 1]!.cwnd / MSS;
  const after = rows.slice(lossAt);
  const epoch = after.find(({ cwnd, ssthresh }) => cwnd > ssthresh)!;
  const start = epoch.ssthresh / MSS;
  const k = Math.cbrt((wMax - start) / 0.4);
  return {
    wMax,
    start,
    points: after.map(({ timeMs, cwnd }) => [(timeMs - epoch.timeMs) / 1_000, cwnd / MSS]),
    curve: (seconds) => 0.4 * (seconds - k) ** 3 + wMax,
  };
}

export interface Shared {
  /** Jain's index. */
  readonly index: number;
  /** Of all together, in bits a second. */
  readonly sum: number;
  readonly rates: readonly number[];
}

/** So many flows of one kind on a dumb-bell. */
export async function shared(congestionControl: string, count: number): Promise<Shared> {
  const rates = await throughput({
    topology: bottleneck(count, SHARED_RATE, 20),
    flows: Array.from({ length: count }, (_, index) => ({
      from: `left${index + 1}`,
      to: `right${index + 1}`,
      options: { congestionControl },
    })),
    warmUpMs: 5_000,
    untilMs: 20_000,
  });
  return { index: jain(rates), sum: rates.reduce((sum, rate) => sum + rate, 0), rates };
}

/** Of two flows on one link, the first with round trips of 24 ms: by how much it gets more through than one with 24 + 2 · `moreMs`. */
export async function advantage(congestionControl: string, moreMs: number): Promise<number> {
  const [near, far] = await throughput({
    topology: farther(bottleneck(2, SHARED_RATE, 10), 'left2', moreMs),
    flows: [1, 2].map((n) => ({ from: `left${n}`, to: `right${n}`, options: { congestionControl } })),
    warmUpMs: 10_000,
    untilMs: 30_000,
  });
  return near! / far!;
}

function farther(topology: Topology, host: string, delayMs: number): Topology {
  const links = topology.links.map(
    (link): Link => (link.between[0] === host ? { ...link, both: { ...link.both, delayMs } } : link),
  );
  return { ...topology, links };
}
