/** Campaigns: run after run of cases drawn by chance, each from the campaign's seed and its own number. */

import * as fc from 'fast-check';
import { type MakeStack, type Simulation, simulate } from '../experiment/experiment.ts';
import type { Violation } from '../invariants/violation.ts';
import { seededRandom } from '../seeded-random.ts';
import { type Case, cases } from './arbitraries.ts';

export type { Case } from './arbitraries.ts';

/** One run of a campaign. */
export interface RunResult {
  /** Its number in the campaign, from 1. */
  readonly run: number;
  readonly result: Simulation;
}

/** A case that violates an invariant, made as small as it would go. */
export interface Shrunk {
  readonly run: number;
  readonly case: Case;
  readonly violation: Violation;
  /** Of the shrunk run. */
  readonly digest: string;
  /** How many smaller cases were tried, and how many of them failed the same way. */
  readonly tried: number;
  readonly taken: number;
}

export interface CampaignRunOptions {
  /** To run other stacks than this one. */
  readonly makeStack?: MakeStack | undefined;
}

const MOST_TRIED = 400;

/** Plays the run with this number. */
export async function playRun(
  seed: string,
  run: number,
  options: CampaignRunOptions = {},
): Promise<RunResult> {
  let result: Simulation | undefined;
  await fc.check(
    fc.asyncProperty(cases, async (drawn) => {
      result = await play(drawn, options);
    }),
    { seed: seedOf(seed, run), numRuns: 1 },
  );
  return { run, result: result! };
}

/**
 * Plays the run with this number again and again with smaller cases, as long as they violate the same invariant.
 *
 * @returns undefined if the run violates none
 */
export async function shrinkRun(
  seed: string,
  run: number,
  options: CampaignRunOptions & { readonly mostTried?: number | undefined } = {},
): Promise<Shrunk | undefined> {
  const { mostTried = MOST_TRIED } = options;
  let shrunk: Omit<Shrunk, 'run' | 'tried' | 'taken'> | undefined;
  let tried = -1;
  let taken = -1;
  await fc.check(
    fc.asyncProperty(cases, async (drawn) => {
      if (tried >= mostTried) return;
      tried++;
      const { violation, digest } = await play(drawn, options);
      if (!violation || (shrunk && violation.invariant !== shrunk.violation.invariant)) return;
      taken++;
      shrunk = { case: drawn, violation, digest };
      throw new Error(violation.message);
    }),
    { seed: seedOf(seed, run), numRuns: 1 },
  );
  return shrunk && { run, ...shrunk, tried: Math.max(0, tried), taken: Math.max(0, taken) };
}

/** The case of the run with this number. */
export function caseOf(seed: string, run: number): Case {
  return fc.sample(cases, { seed: seedOf(seed, run), numRuns: 1 })[0]!;
}

function play({ seed, topology, workloads }: Case, { makeStack }: CampaignRunOptions): Promise<Simulation> {
  return simulate({ seed, topology, workloads }, makeStack ? { makeStack } : {});
}

/** fast-check's seeds are 32 bits with a sign. */
function seedOf(seed: string, run: number): number {
  return seededRandom(seed).fork(`run ${run}`).uint32() | 0;
}
