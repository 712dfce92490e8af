/**
 * A reporter for vitest that holds a whole run against the tables and docs/CONFORMANCE.md, and fails it when they differ.
 * A run of some files, or of some tests by name, is left alone.
 */

import { existsSync, readFileSync } from 'node:fs';
import { relative } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { Reporter, TestModule, Vitest } from 'vitest/node';
import { page } from './page.ts';
import { type RanTest, verify } from './verify.ts';

const ROOT = fileURLToPath(new URL('../..', import.meta.url));
export const PAGE = fileURLToPath(new URL('../../docs/CONFORMANCE.md', import.meta.url));

export default class ConformanceReporter implements Reporter {
  #vitest: Vitest | undefined;

  onInit(vitest: Vitest): void {
    this.#vitest = vitest;
  }

  async onTestRunEnd(modules: readonly TestModule[]): Promise<void> {
    if (!(await this.#isWhole(modules))) return;
    const tests = modules.flatMap(testsOf);
    const problems = [...verify(tests, hasSource), ...this.checkPage(page(tests))];
    if (problems.length === 0) return;
    console.error(
      `\nConformance: ${problems.length} problems\n${problems.map((text) => `  ${text}`).join('\n')}`,
    );
    process.exitCode = 1;
  }

  /** What is wrong with the page on disk. */
  protected checkPage(made: string): readonly string[] {
    if (existsSync(PAGE) && readFileSync(PAGE, 'utf8') === made) return [];
    return ['docs/CONFORMANCE.md is stale; run `npm run conformance` and look at what has changed'];
  }

  async #isWhole(modules: readonly TestModule[]): Promise<boolean> {
    const vitest = this.#vitest;
    if (!vitest || vitest.config.testNamePattern || vitest.config.shard) return false;
    const ran = new Set(modules.map(({ moduleId }) => moduleId));
    const all = await vitest.globTestSpecifications();
    return all.every(({ moduleId }) => ran.has(moduleId));
  }
}

function testsOf(module: TestModule): RanTest[] {
  const file = relative(ROOT, module.moduleId).replaceAll('\\', '/');
  return [...module.children.allTests()].map((test) => ({
    file,
    title: test.name,
    passed: test.result().state === 'passed',
  }));
}

function hasSource(source: string): boolean {
  const [file = '', name = ''] = source.split(' ');
  const path = `${ROOT}${file}`;
  return existsSync(path) && readFileSync(path, 'utf8').includes(name);
}
