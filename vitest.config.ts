import { defineConfig } from 'vitest/config';

export default defineConfig({
  test: {
    include: ['test/**/*.test.ts'],
    pool: 'forks',
    maxWorkers: 2,
    testTimeout: 30_000,
    // What a browser shows is waited for as long as a busy machine may take: its own default is a second.
    expect: { poll: { timeout: 15_000 } },
    reporters: ['default', './test/conformance/reporter.ts'],
  },
});
