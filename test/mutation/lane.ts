/**
 * A process that runs tests over one mutant after another, without starting vitest each time. Speaks with the process that
 * forked it.
 */

import { relative } from 'node:path';
import { fileURLToPath } from 'node:url';
import { createVitest, type TestCase, type TestModule } from 'vitest/node';
import type { Mutant } from './mutants.ts';

/** What a lane is asked to run. Without a mutant the charts are as they are, and tell which places each test comes upon. */
export interface LaneRequest {
  readonly mutant: Mutant | undefined;
  /** Without, every test that may kill. The order is kept. */
  readonly files:
    | readonly { readonly file: string; readonly testIds: readonly string[] | undefined }[]
    | undefined;
  /** For each test. */
  readonly timeLimitMs: number;
}

export interface RanTest {
  readonly id: string;
  /** Relative to the project's root. */
  readonly file: string;
  readonly name: string;
  readonly passed: boolean;
  readonly durationMs: number;
  readonly message: string | undefined;
  /** Names of places. */
  readonly reached: readonly string[];
}

export interface LaneAnswer {
  readonly tests: readonly RanTest[];
  /** Of files that could not be loaded, and what no test caught. */
  readonly errors: readonly string[];
}

const ROOT = fileURLToPath(new URL('../..', import.meta.url));

const vitest = await createVitest(
  'test',
  { config: fileURLToPath(new URL('vitest.config.ts', import.meta.url)), watch: false },
  { server: { watch: null } },
);
await vitest.standalone();

process.on('message', async (request: LaneRequest) => process.send!(await run(request)));
process.on('disconnect', () => process.exit());
process.send!('ready');

async function run({ mutant, files, timeLimitMs }: LaneRequest): Promise<LaneAnswer> {
  if (mutant) process.env.STATEWIRE_MUTANT = JSON.stringify(mutant);
  else delete process.env.STATEWIRE_MUTANT;
  vitest.config.bail = mutant ? 1 : 0;
  vitest.config.testTimeout = timeLimitMs;
  vitest.state.filesMap.clear();
  const project = vitest.getRootProject();
  const specifications = files
    ? files.map(({ file, testIds }) =>
        project.createSpecification(`${ROOT}${file}`, testIds ? { testIds: [...testIds] } : {}),
      )
    : await vitest.globTestSpecifications();
  const { testModules, unhandledErrors } = await vitest.runTestSpecifications(specifications);
  return {
    tests: testModules.flatMap((module) => [...module.children.allTests()].flatMap(ran)),
    errors: [
      ...testModules.flatMap(loadErrors),
      ...unhandledErrors.map((error) => String((error as Error).message ?? error)),
    ],
  };
}

function ran(test: TestCase): RanTest[] {
  const { state, errors } = test.result();
  if (state !== 'passed' && state !== 'failed') return [];
  return [
    {
      id: test.id,
      file: relative(ROOT, test.module.moduleId),
      name: test.fullName,
      passed: state === 'passed',
      durationMs: test.diagnostic()?.duration ?? 0,
      message: errors?.[0]?.message,
      reached: test.meta().reached ?? [],
    },
  ];
}

function loadErrors(module: TestModule): string[] {
  return module.errors().map(({ message }) => `${relative(ROOT, module.moduleId)}: ${message}`);
}
