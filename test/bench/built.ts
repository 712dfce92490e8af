import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { PROJECT } from '../support/serve.ts';

/** Where a module is as it is built: what runs sources while they are compiled gives each function a name of its own. */
export function built(module: string): string {
  return pathToFileURL(join(PROJECT, 'dist', 'src', module)).href;
}
