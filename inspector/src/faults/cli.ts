/** What a command of the page is on the command line. The server tells so of what was done; this tells it beforehand. */

import { cliOf } from '../../../src/inspect/command-line.ts';
import type { Command } from '../../../src/inspect/protocol.ts';

export function cliWords(command: Command): string {
  return cliOf(command) ?? '';
}
