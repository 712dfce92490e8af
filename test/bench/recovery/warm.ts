/** Makes a process know the way before it is measured: what a server has done for an hour, in memory and on virtual time. */

import { built } from '../built.ts';

const { simulate, twoHosts } = (await import(
  built('sim/index.js')
)) as typeof import('../../../src/sim/index.ts');

/** Windows that open wide, and recovery all the time. */
const LOSSES = [0.1, 3] as const;
const LARGE = { bytes: 4_000_000, times: 1 };
const SMALL = { bytes: 20_000, times: 100 };

/** Has a stack of this process, which paces as the measured one does, answer so often that all of it is compiled. */
export async function warm(): Promise<void> {
  for (const loss of LOSSES) for (const what of [LARGE, SMALL]) await answers(loss, what);
}

async function answers(loss: number, { bytes, times }: typeof LARGE): Promise<void> {
  await simulate({
    seed: 1,
    topology: twoHosts(
      { both: { rate: 20e6, delayMs: 10, loss, queue: { kind: 'drop-tail', limit: 50 } } },
      { server: { pacing: true } },
    ),
    workloads: Array.from({ length: times }, (_, index) => ({
      kind: 'request-response',
      from: 'client',
      to: 'server',
      requests: 1,
      requestBytes: 6,
      responseBytes: bytes,
      atMs: 200 * index,
    })),
  });
}
