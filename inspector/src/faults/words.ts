/** What a viewer's command did, in words. */

import type { Command } from '../../../src/inspect/protocol.ts';

export function commandWords(command: Command): string {
  switch (command.command) {
    case 'faults':
      return `faults ${command.direction}${Object.keys(command.impairments).length === 0 ? ': healed' : ''}`;
    case 'drop-next':
      return `lose the next ${command.count ?? 1} × ${command.what}, ${command.direction}`;
    case 'blackhole':
      return command.durationMs === 0 ? 'blackhole ended' : `blackhole for ${command.durationMs / 1_000} s`;
    case 'inject':
      return `injected: ${command.what}`;
    case 'call':
      return command.call === 'send'
        ? `SEND ${command.text?.length ?? 0} octets`
        : command.call.toUpperCase();
    default:
      return command.command;
  }
}
