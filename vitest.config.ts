import { defineConfig } from 'vitest/config';

export default defineConfig({
  test: {
    include: ['test/**/*.test.ts'],
    pool: 'forks',
    maxWorkers: 2,
    testTimeout: 30_000,
    // Many tests share the kernel, a browser and two processors with everything else that runs: one that fails is run once
    // more, and the reporter says so beside its name. Not where a property was refuted: the next cases may not find it again.
    retry: { count: 1, condition: /^(?!Property failed)/ },
    // What a browser shows is waited for as long as a busy machine may take: its own default is a second.
    expect: { poll: { timeout: 15_000 } },
    reporters: ['default', './test/conformance/reporter.ts'],
  },
});
