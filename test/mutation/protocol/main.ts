/**
 * `npm run mutation:protocol`: what the tests notice when loss recovery or a congestion controller is wrong. Stryker makes the
 * mutants and runs the tests; what it found, now and before, goes to docs/MUTATION.md.
 */

import { execFileSync } from 'node:child_process';
import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { type Report, section, unargued, withSection } from './section.ts';

const ROOT = fileURLToPath(new URL('../../..', import.meta.url));
const CONFIG = 'test/mutation/protocol/stryker.config.json';
/** What Stryker knows of this run and of those before, as long as neither code nor tests have changed. */
const KNOWN = `${ROOT}node_modules/.cache/statewire-mutation/protocol.json`;
const PAGE = `${ROOT}docs/MUTATION.md`;

const args = process.argv.slice(2);
// Only what was found is to be told again.
if (!args.includes('--told'))
  execFileSync('npx', ['stryker', 'run', CONFIG, ...args], { cwd: ROOT, stdio: 'inherit' });

const report = JSON.parse(readFileSync(KNOWN, 'utf8')) as Report;
const files = ['src/tcp/recovery', 'src/tcp/congestion'].flatMap((folder) =>
  readdirSync(`${ROOT}${folder}`).map((file) => `${folder}/${file}`),
);
writeFileSync(PAGE, withSection(readFileSync(PAGE, 'utf8'), section(report, files)));
process.stderr.write('docs/MUTATION.md is written\n');
const left = unargued(report);
for (const key of left) process.stderr.write(`survived, and is not argued: ${key}\n`);
process.exitCode = left.length === 0 ? 0 : 1;
