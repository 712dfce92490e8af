/** A mutation run: the tests that speak to a stack, over charts whose config is changed on its way to XState. */

import { fileURLToPath } from 'node:url';
import { defineConfig } from 'vitest/config';
import { BaseSequencer, type TestSpecification, type Vite } from 'vitest/node';

const ROOT = fileURLToPath(new URL('../..', import.meta.url));

const changedCharts: Vite.Plugin = {
  name: 'statewire:changed-charts',
  enforce: 'pre',
  resolveId(source, importer) {
    const ofCharts = source === 'xstate' && importer?.startsWith(`${ROOT}machines/`);
    return ofCharts ? `${ROOT}test/mutation/xstate.ts` : undefined;
  },
};

/** The files in the order in which they were asked for: the likeliest killer first. */
class AsAsked extends BaseSequencer {
  override async sort(files: TestSpecification[]): Promise<TestSpecification[]> {
    return files;
  }
}

export default defineConfig({
  root: ROOT,
  plugins: [changedCharts],
  test: {
    include: [
      'test/unit/tcp/**/*.test.ts',
      'test/unit/stack/**/*.test.ts',
      'test/unit/inspect/timers.test.ts',
      'test/chart/{short-cut,timers}.test.ts',
      'test/conformance/event-processing.test.ts',
      'test/conformance/requirements/*.test.ts',
      'test/drill/**/*.test.ts',
      'test/scenes/**/*.test.ts',
    ],
    setupFiles: ['test/mutation/setup.ts'],
    pool: 'forks',
    maxWorkers: 1,
    // A mutant that makes the stack loop must not take the machine's memory with it.
    execArgv: ['--max-old-space-size=512'],
    sequence: { sequencer: AsAsked },
    bail: 1,
    silent: true,
    reporters: [{}],
  },
});
