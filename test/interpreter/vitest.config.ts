/** The whole suite on XState's own interpreter: every promise that the compiled charts keep is kept by it, and the reverse. */

import { fileURLToPath } from 'node:url';
import { defineConfig, mergeConfig } from 'vitest/config';
import base from '../../vitest.config.ts';

export default mergeConfig(
  base,
  defineConfig({
    root: fileURLToPath(new URL('../..', import.meta.url)),
    test: {
      // Commands that tests start read it, too.
      env: { STATEWIRE_INTERPRETER: 'xstate' },
      setupFiles: ['test/interpreter/setup.ts'],
    },
  }),
);
