/** The small C programs of a benchmark, compiled for this machine into a directory that goes away with the process. */

import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

const SOURCES = fileURLToPath(new URL('../c', import.meta.url));
const COMPILE_MS = 60_000;
const NAMES = ['load', 'relay', 'transfer'] as const;

export interface Programs {
  /** Loads a server, or is one: see `c/load.c`. */
  readonly load: string;
  /** Carries packets between two devices: see `c/relay.c`. */
  readonly relay: string;
  /** Transfers of a given length: see `c/transfer.c`. */
  readonly transfer: string;
}

/** The programs, or why there are none. */
export function compilePrograms(): Programs | { readonly reason: string } {
  const compiler = [process.env.CC, 'cc', 'gcc', 'clang'].find(
    (name) => name !== undefined && spawnSync(name, ['--version']).status === 0,
  );
  if (compiler === undefined) return { reason: 'needs a C compiler: install gcc, or name one in CC' };
  const directory = mkdtempSync(join(tmpdir(), 'statewire-bench-'));
  process.once('exit', () => rmSync(directory, { recursive: true, force: true }));
  for (const name of NAMES) {
    const args = ['-O2', '-o', join(directory, name), join(SOURCES, `${name}.c`)];
    const { status, stderr } = spawnSync(compiler, args, { encoding: 'utf8', timeout: COMPILE_MS });
    if (status !== 0) return { reason: `${compiler} does not compile ${name}.c: ${firstLine(stderr)}` };
  }
  return {
    load: join(directory, 'load'),
    relay: join(directory, 'relay'),
    transfer: join(directory, 'transfer'),
  };
}

function firstLine(text: string | null): string {
  return text?.trim().split('\n')[0] ?? 'it took too long';
}
