/** What viewers do to a run, said as the command line says it. */

import type { Impairments } from '../net/impairment-values.ts';
import type { Command } from './protocol.ts';

/**
 * What does the same on the command line: for impairments the flags that `serve` and `get` begin with, for everything else
 * a call of `statewire tell`, which speaks to a run that is under way. Null for what is between a viewer and its server.
 *
 * @example
 * ```ts
 * cliOf({ command: 'drop-next', direction: 'out', what: 'SYN' }); // 'statewire tell lose SYN out'
 * ```
 */
export function cliOf(command: Command): string | null {
  const words = wordsOf(command);
  if (words === undefined) return null;
  if (words[0]?.startsWith('--')) return words.join(' ');
  const { host } = command as { readonly host?: string };
  const options = host === undefined ? [] : ['--host', host];
  return ['statewire', 'tell', ...words, ...options].map(quoted).join(' ');
}

function wordsOf(command: Command): readonly string[] | undefined {
  switch (command.command) {
    case 'ack':
      return undefined;
    case 'pause':
    case 'resume':
      return [command.command];
    case 'step':
      return ['step', command.what];
    case 'play':
      return ['play', String(command.speed)];
    case 'faults': {
      const flags = flagsOf(command.direction, command.impairments);
      return flags.length > 0 ? flags : ['heal', command.direction];
    }
    case 'drop-next': {
      const { what, direction, count = 1, connection } = command;
      const times = count === 1 ? [] : ['--count', String(count)];
      return ['lose', what, direction, ...times, ...(connection === undefined ? [] : ['--of', connection])];
    }
    case 'blackhole':
      return ['blackhole', String(command.durationMs / 1_000)];
    case 'inject':
      return ['inject', command.what, command.connection];
    case 'call':
      return command.call === 'send'
        ? ['send', command.connection, command.text ?? '']
        : [command.call, command.connection];
  }
}

function flagsOf(direction: 'in' | 'out', set: Impairments): string[] {
  const flag = (name: string, value: string | number): string[] => [`--${name}-${direction}`, String(value)];
  const { burst } = set;
  return [
    ...(['loss', 'reorder', 'duplicate', 'corrupt', 'queue'] as const).flatMap((name) =>
      set[name] === undefined ? [] : flag(name, set[name]),
    ),
    ...(set.ecnMark === undefined ? [] : flag('ecn-mark', set.ecnMark)),
    ...(burst === undefined
      ? []
      : flag('burst', [burst.p, burst.r, ...(burst.loss === undefined ? [] : [burst.loss])].join(','))),
    ...(set.delayMs === undefined ? [] : flag('delay', set.delayMs)),
    ...(set.jitterMs === undefined ? [] : flag('jitter', set.jitterMs)),
    ...(set.rate === undefined ? [] : flag('rate', `${set.rate}bit`)),
    ...(set.mtu === undefined ? [] : flag('path-mtu', set.mtuTold ? `${set.mtu},icmp` : set.mtu)),
  ];
}

/** As a POSIX shell takes it for one word. */
function quoted(word: string): string {
  return /^[\w@%+=:,./-]+$/.test(word) ? word : `'${word.replaceAll("'", "'\\''")}'`;
}
