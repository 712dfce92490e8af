/**
 * What may kill a mutant of loss recovery or of a congestion controller: the tests of the wire, of timers and of windows that take
 * milliseconds. Simulations would kill more, and take a minute for each.
 */

import { fileURLToPath } from 'node:url';
import { defineConfig } from 'vitest/config';

export default defineConfig({
  root: fileURLToPath(new URL('../../..', import.meta.url)),
  test: {
    include: [
      'test/unit/tcp/recovery/*.test.ts',
      'test/unit/tcp/congestion/{controllers,cubic,hystart}.test.ts',
      'test/unit/tcp/congestion.test.ts',
      'test/conformance/requirements/{congestion,retransmission,sack}.test.ts',
      'test/chart/rack-timers.test.ts',
    ],
    // Each mutant loads the stack once instead of once for each file; no file here leaves anything behind.
    isolate: false,
    testTimeout: 30_000,
    reporters: [{}],
  },
});
