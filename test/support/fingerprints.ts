/**
 * Hashes of some runs: of the bytes of their captures, and of all that their stacks did. They have to be the same wherever the
 * runs are played: in one process after the other, on each version of Node, in a browser.
 */

import { sha256 } from '@noble/hashes/sha2.js';
import { bytesToHex } from '@noble/hashes/utils.js';
import { hashingStage } from '../../src/inspect/index.ts';
import { caseOf } from '../../src/sim/campaign/index.ts';
import {
  dumbbell,
  type Experiment,
  experimentCapture,
  simulate,
  type WorkloadValue,
} from '../../src/sim/index.ts';

export interface Fingerprint {
  /** SHA-256 of the pcapng file. */
  readonly capture: string;
  /** Of the event log, by host. */
  readonly events: Readonly<Record<string, string>>;
  readonly digest: string;
  readonly timeMs: number;
}

const left = { from: 'left1', to: 'right1' } as const;
const right = { from: 'right2', to: 'left2' } as const;

const WORKLOADS: readonly WorkloadValue[] = [
  { ...left, kind: 'bulk', bytes: 60_000, direction: 'both' },
  { ...right, kind: 'request-response', requests: 5, requestBytes: 100, responseBytes: 3_000, thinkMs: 20 },
  { ...left, kind: 'many-short', connections: 6, bytes: 300, everyMs: 7, version: 6 },
  { ...right, kind: 'half-close', bytes: 20_000, replyBytes: 20_000, version: 6 },
  { ...left, kind: 'abort', bytes: 50_000, afterBytes: 10_000, by: 'server' },
  {
    ...right,
    kind: 'slow-reader',
    bytes: 30_000,
    readBytes: 1_000,
    everyMs: 20,
    server: { receiveBuffer: 6_000 },
  },
];

const BAD = {
  rate: 5e6,
  delayMs: 15,
  jitterMs: 5,
  loss: 1,
  burst: { p: 0.5, r: 30 },
  reorder: 2,
  duplicate: 1,
  corrupt: 1,
} as const;

/** Every impairment, every queue, every workload; and cases as campaigns draw them. */
function experiments(): Record<string, Experiment> {
  const queues = [
    { kind: 'drop-tail', limit: 20 },
    { kind: 'red', limit: 30, weight: 0.1 },
    { kind: 'codel' },
  ] as const;
  const all: Record<string, Experiment> = {};
  for (const queue of queues) {
    const topology = dumbbell({ bottleneck: { both: { ...BAD, queue } } });
    all[queue.kind] = { seed: 7, topology, workloads: WORKLOADS };
  }
  for (let run = 1; run <= 10; run++) all[`run ${run}`] = caseOf('fingerprints', run);
  return all;
}

export async function fingerprints(): Promise<Record<string, Fingerprint>> {
  const all: Record<string, Fingerprint> = {};
  for (const [name, experiment] of Object.entries(experiments())) {
    const hash = sha256.create();
    const { stage, hashes } = hashingStage();
    const onFrame = experimentCapture(experiment.topology, (bytes) => hash.update(bytes));
    const { digest, timeMs, violation } = await simulate(experiment, { onFrame, stage });
    if (violation) throw new Error(`${name}: ${violation.message}`);
    all[name] = { capture: bytesToHex(hash.digest()), events: hashes(), digest, timeMs };
  }
  return all;
}
