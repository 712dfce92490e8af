import { spawnSync } from 'node:child_process';
import { readdirSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { CLI, PROJECT } from '../../support/serve.ts';

/** Builds the command line where its sources are newer than it. */
export function buildServe(): void {
  const built = statSync(CLI, { throwIfNoEntry: false })?.mtimeMs ?? 0;
  if (['src', 'machines'].every((folder) => newest(join(PROJECT, folder)) < built)) return;
  const compiler = join(PROJECT, 'node_modules', '.bin', 'tsc');
  const { status, stdout, stderr } = spawnSync(compiler, ['-p', join(PROJECT, 'tsconfig.build.json')], {
    cwd: PROJECT,
    encoding: 'utf8',
  });
  if (status !== 0) throw new Error(`the build failed:\n${stdout ?? ''}${stderr ?? ''}`);
}

function newest(folder: string): number {
  let latest = 0;
  for (const file of readdirSync(folder, { recursive: true, withFileTypes: true })) {
    if (file.isFile()) latest = Math.max(latest, statSync(join(file.parentPath, file.name)).mtimeMs);
  }
  return latest;
}
