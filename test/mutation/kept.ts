/** What a run has found so far, kept on disk so that a run that was broken off goes on where it was. */

import { createHash } from 'node:crypto';
import {
  appendFileSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { RanTest } from './lane.ts';

export interface Verdict {
  readonly id: string;
  /** `hung`: no test answered in time; the mutant counts as killed. */
  readonly outcome: 'killed' | 'hung' | 'survived';
  /** The test that killed it, and what it said. */
  readonly by: string | undefined;
  readonly message: string | undefined;
  readonly tookMs: number;
}

const ROOT = fileURLToPath(new URL('../..', import.meta.url));
const FOLDER = join(ROOT, 'node_modules/.cache/statewire-mutation');
/** What a verdict depends on. */
const SOURCES = [
  'machines',
  'src',
  'test/chart',
  'test/conformance',
  'test/drill',
  'test/scenes',
  'test/support',
  'test/unit/inspect',
  'test/unit/stack',
  'test/unit/tcp',
  'test/mutation',
];
/** Reasons and words do not change what a run finds. */
const IGNORED = ['survivors.ts', 'report.ts', 'main.ts'];

export class Kept {
  readonly #base: string;

  constructor(variant: string) {
    this.#base = join(FOLDER, `${variant}-${fingerprint()}`);
    mkdirSync(FOLDER, { recursive: true });
  }

  forget(): void {
    for (const file of [this.#testsFile, this.#verdictsFile]) rmSync(file, { force: true });
  }

  get tests(): readonly RanTest[] | undefined {
    return existsSync(this.#testsFile) ? JSON.parse(readFileSync(this.#testsFile, 'utf8')) : undefined;
  }

  set tests(tests: readonly RanTest[]) {
    writeFileSync(this.#testsFile, JSON.stringify(tests));
  }

  get verdicts(): ReadonlyMap<string, Verdict> {
    if (!existsSync(this.#verdictsFile)) return new Map();
    const lines = readFileSync(this.#verdictsFile, 'utf8').trim().split('\n').filter(Boolean);
    return new Map(lines.map((line) => JSON.parse(line) as Verdict).map((verdict) => [verdict.id, verdict]));
  }

  add(verdict: Verdict): void {
    appendFileSync(this.#verdictsFile, `${JSON.stringify(verdict)}\n`);
  }

  get #testsFile(): string {
    return `${this.#base}.tests.json`;
  }

  get #verdictsFile(): string {
    return `${this.#base}.verdicts.jsonl`;
  }
}

function fingerprint(): string {
  const hash = createHash('sha256');
  for (const folder of SOURCES) {
    if (!existsSync(join(ROOT, folder))) continue;
    const files = readdirSync(join(ROOT, folder), { recursive: true, encoding: 'utf8' });
    for (const file of files.sort())
      if (/\.(?:ts|pkt|csv)$/.test(file) && !IGNORED.includes(file))
        hash.update(file).update(readFileSync(join(ROOT, folder, file)));
  }
  return hash.digest('hex').slice(0, 16);
}
