import { resolve } from 'node:path';
import { pathToFileURL } from 'node:url';
import { loadMakeStack } from '../node/campaign/make-stack.ts';
import type { Expected } from '../sim/campaign/index.ts';
import type { Experiment, MakeStack } from '../sim/index.ts';
import { Failure, UsageError } from './exit.ts';

export interface LoadedExperiment {
  readonly experiment: Experiment;
  /** What a saved case says that it does. */
  readonly expected: Expected | undefined;
}

/** What importing a file of another kind says; for JSON it depends on the version of Node. */
const NO_MODULE = new Set([
  'ERR_UNKNOWN_FILE_EXTENSION',
  'ERR_IMPORT_ASSERTION_TYPE_MISSING',
  'ERR_IMPORT_ATTRIBUTE_MISSING',
  'ERR_UNSUPPORTED_DIR_IMPORT',
]);

/** @throws UsageError for a file that is not there, or is no such module */
export async function loadExperiment(file: string): Promise<LoadedExperiment> {
  const loaded = await importFile(file);
  const { default: experiment, expected } = loaded as { default?: unknown; expected?: Expected };
  if (typeof experiment !== 'object' || experiment === null)
    throw new UsageError(`${file}: its default export is no experiment: { topology, workloads, seed }.`);
  return { experiment: experiment as Experiment, expected };
}

/** The module that makes stacks, if one was named: what is wrong with it is told before anything runs. */
export async function loadStackFile(
  file: string,
): Promise<{ readonly url: string; readonly makeStack: MakeStack }> {
  await importFile(file);
  const url = urlOf(file);
  try {
    return { url, makeStack: await loadMakeStack(url) };
  } catch (error) {
    throw new UsageError(`--stack: ${(error as Error).message}`);
  }
}

/** A module's address, for whoever imports it in another thread. */
function urlOf(file: string): string {
  return pathToFileURL(resolve(file)).href;
}

/**
 * What a file of somebody's own exports.
 *
 * @throws UsageError for one that is not there, or is no module; Failure for one that throws
 */
export async function importFile(file: string): Promise<unknown> {
  try {
    return await import(urlOf(file));
  } catch (error) {
    const { code, message } = error as NodeJS.ErrnoException;
    if (code === 'ERR_MODULE_NOT_FOUND' && message.includes(resolve(file)))
      throw new UsageError(`${file}: there is no such file.`);
    if (code !== undefined && NO_MODULE.has(code))
      throw new UsageError(`${file}: can't be imported; give a module of JavaScript, as name.mjs.`);
    throw new Failure(`${file}: ${error instanceof Error ? (error.stack ?? message) : String(error)}`);
  }
}
