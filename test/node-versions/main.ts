/**
 * `npm run test:node`: the same seed gives the same bytes on each version of Node that is supported.
 *
 * Each version comes from the registry into a temporary folder, and its binary is called by its path. It must be no dependency:
 * it would put itself before the `node` of every npm script.
 */

import { type ExecFileOptions, execFile } from 'node:child_process';
import { createHash } from 'node:crypto';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';

const VERSIONS = ['20', '22', '24', '26'];
const PROJECT = fileURLToPath(new URL('../..', import.meta.url));
const MAIN = join(PROJECT, 'dist/src/cli/main.js');
const MIB = 1_048_576;

/** What is compared: everything that these print. */
const COMMANDS: Readonly<Record<string, readonly string[]>> = {
  'an experiment': ['sim', 'examples/bottleneck.mjs', '--json', '--hash'],
  'its capture': ['sim', 'examples/bottleneck.mjs', '--pcap', '-'],
  'its series': ['sim', 'examples/bottleneck.mjs', '--json', '--series', '-'],
  'a campaign': ['sim', '--runs', '40', '--seed', 'versions', '--json', '-j', '2'],
  'a scene': ['demo', 'loss', '--pcap', '-'],
};

const run = (file: string, args: readonly string[], options: ExecFileOptions = {}) =>
  promisify(execFile)(file, args, { cwd: PROJECT, maxBuffer: 256 * MIB, ...options, encoding: 'buffer' });

const folder = mkdtempSync(join(tmpdir(), 'statewire-node-'));
try {
  const expected = await outputsOf(process.execPath);
  console.log(`${process.version} (this one)`);
  for (const [name, hash] of Object.entries(expected)) console.log(`  ${hash.slice(0, 16)}  ${name}`);
  let differs = false;
  for (const version of VERSIONS) {
    const node = await install(version);
    const outputs = await outputsOf(node);
    const { stdout } = await run(node, ['--version']);
    const different = Object.keys(COMMANDS).filter((name) => outputs[name] !== expected[name]);
    console.log(
      `${String(stdout).trim()}: ${different.length === 0 ? 'the same' : `differs in ${different.join(', ')}`}`,
    );
    if (different.length > 0) differs = true;
  }
  if (differs) process.exitCode = 1;
} finally {
  rmSync(folder, { recursive: true, force: true });
}

/** The binary's path. */
async function install(version: string): Promise<string> {
  const name = `node-${process.platform}-${process.arch}`;
  const prefix = join(folder, version);
  await run(
    'npm',
    ['install', '--prefix', prefix, '--no-save', '--no-audit', '--no-fund', `${name}@${version}`],
    {
      cwd: folder,
    },
  );
  return join(prefix, 'node_modules', name, 'bin/node');
}

async function outputsOf(node: string): Promise<Record<string, string>> {
  const hashes: Record<string, string> = {};
  for (const [name, args] of Object.entries(COMMANDS)) {
    const { stdout } = await run(node, [MAIN, ...args]);
    if (stdout.length === 0) throw new Error(`${node} ${args.join(' ')} prints nothing`);
    hashes[name] = createHash('sha256').update(stdout).digest('hex');
  }
  return hashes;
}
