import { type Command, Option } from 'commander';
import { INSPECTOR_PORT } from '../node/inspector-server.ts';
import { UsageError } from './exit.ts';
import { parseWhole } from './parsers.ts';

/** The options by which a command's stacks are watched and recorded. */
export interface InspectFlags {
  readonly inspect?: number;
  readonly inspectHost?: string;
  readonly statelyOrigin?: string;
  readonly showPayload?: boolean;
  readonly inspectRing?: number;
  readonly record?: string;
  readonly maskPayload?: boolean;
}

/** Adds the options of {@link InspectFlags}. The command line has to go through {@link withInspectPort}. */
export function addInspectOptions(command: Command): Command {
  return command
    .optionsGroup('Watching it:')
    .addOption(
      new Option(
        '--inspect [PORT]',
        `serve the inspector's page to browsers of this machine (default port: ${INSPECTOR_PORT}; 0: any that is free)`,
      ).argParser(parseWhole(0, 65_535)),
    )
    .option('--inspect-host <HOST>', 'serve it to others, too: the URL then has a token in it')
    .option('--show-payload', 'show viewers the bytes that users send each other')
    .option(
      '--inspect-ring <N>',
      'entries kept for viewers that fall behind (default: 16384)',
      parseWhole(1, 10_000_000),
    )
    .option('--stately-origin <URL>', 'let a Stately inspector of that origin attach to /stately')
    .option('--record <FILE>', 'write all that happens to a file: statewire inspect FILE shows it')
    .option('--mask-payload', "leave the users' bytes out of it; it can't be run again then");
}

/**
 * Arguments in which `--inspect` has its port: a word of digits that follows, or else the usual one. Left to commander, a URL
 * that follows would be taken for the port.
 */
export function withInspectPort(argv: readonly string[]): string[] {
  const words: string[] = [];
  for (let index = 0; index < argv.length; index++) {
    const word = argv[index]!;
    if (word === '--') return [...words, ...argv.slice(index)];
    if (word !== '--inspect') {
      words.push(word);
      continue;
    }
    const next = argv[index + 1];
    const hasPort = next !== undefined && /^\d+$/.test(next);
    words.push(`--inspect=${hasPort ? next : INSPECTOR_PORT}`);
    if (hasPort) index++;
  }
  return words;
}

/** Whether a command has to make its stacks inspectable. */
export function wantsInspection({ inspect, record }: InspectFlags): boolean {
  return inspect !== undefined || record !== undefined;
}

/** Throws for options that say something about what was not asked for. */
export function checkInspectFlags(flags: InspectFlags): void {
  if (flags.inspect === undefined) {
    for (const [flag, value] of [
      ['--inspect-host', flags.inspectHost],
      ['--stately-origin', flags.statelyOrigin],
      ['--show-payload', flags.showPayload],
      ['--inspect-ring', flags.inspectRing],
    ]) {
      if (value !== undefined) throw new UsageError(`${flag} needs --inspect.`);
    }
  }
  if (flags.maskPayload && flags.record === undefined)
    throw new UsageError('--mask-payload needs --record FILE.');
}
