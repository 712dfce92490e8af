import { type Command, InvalidArgumentError, Option } from 'commander';
import { type Bounds, type Call, DEFAULT_BOUNDS } from '../model/index.ts';
import { parseWhole } from './parsers.ts';
import { nearest } from './suggestion.ts';

/** Calls as the command line writes them. */
export const CALL_NAMES: Readonly<Record<string, Call>> = {
  listen: 'OPEN passive',
  connect: 'OPEN active',
  'open-in-listen': 'OPEN in LISTEN',
  send: 'SEND',
  receive: 'RECEIVE',
  shutdown: 'CLOSE our direction',
  close: 'CLOSE both directions',
  abort: 'ABORT',
  'close-listener': 'CLOSE listener',
};

export interface BoundFlags {
  readonly octets?: number;
  readonly opens?: number;
  readonly losses?: number;
  readonly duplicates?: number;
  readonly reorderings?: number;
  readonly giveUps?: number;
  readonly inFlight?: number;
  readonly window?: number;
  readonly iss?: number;
  readonly calls?: ReadonlySet<Call>;
  readonly delayedAcks: boolean;
  readonly staleTimers?: boolean;
}

/** Flag, its range, and what it bounds. */
const NUMBERS: readonly (readonly [string, number, number, keyof Bounds, string])[] = [
  ['octets', 0, 16, 'octets', 'octets that each user sends, each by a SEND of its own'],
  ['opens', 1, 3, 'opens', 'how often each user may open'],
  ['losses', 0, 15, 'losses', 'segments that are lost'],
  ['duplicates', 0, 15, 'duplicates', 'segments that arrive twice'],
  ['reorderings', 0, 15, 'reorderings', 'segments that others overtake, however many do'],
  ['give-ups', 0, 15, 'giveUps', 'user timeouts that pass'],
  ['in-flight', 1, 16, 'inFlight', 'retransmit only while fewer segments than this are under way'],
  ['window', 1, 65_535, 'window', 'the receive buffer of both ends; the largest one never closes'],
  ['iss', 0, 2 ** 32 - 1, 'iss', 'the initial sequence number of both ends'],
];

/** Adds the flags that bound the model. Both ends share each budget of faults. */
export function addBounds(command: Command): Command {
  command.optionsGroup('How far:');
  for (const [name, min, max, bound, what] of NUMBERS) {
    const text = `${what} (default: ${DEFAULT_BOUNDS[bound]})`;
    command.addOption(new Option(`--${name} <N>`, text).argParser(parseWhole(min, max)));
  }
  const usual = Object.keys(CALL_NAMES).filter((name) => DEFAULT_BOUNDS.calls.has(CALL_NAMES[name]!));
  return command
    .addOption(
      new Option(
        '--calls <LIST>',
        `what users call: all, or names of ${Object.keys(CALL_NAMES).join(', ')} (default: ${usual.join(',')})`,
      ).argParser(parseCalls),
    )
    .option('--no-delayed-acks', 'ACKs go out at once')
    .option('--stale-timers', 'timers that are armed though nothing is due fire at any moment');
}

/** The bounds that the flags say; what they leave out stays as it is. */
export function boundsOf(flags: BoundFlags): Partial<Bounds> {
  const bounds: Record<string, unknown> = {};
  for (const [, , , bound] of NUMBERS) {
    const value = flags[bound as keyof BoundFlags];
    if (value !== undefined) bounds[bound] = value;
  }
  if (flags.calls) bounds.calls = flags.calls;
  if (!flags.delayedAcks) bounds.delayedAcks = false;
  if (flags.staleTimers) bounds.staleTimers = true;
  return bounds as Partial<Bounds>;
}

function parseCalls(text: string): ReadonlySet<Call> {
  if (text === 'all') return new Set(Object.values(CALL_NAMES));
  const calls = text.split(',').map((word) => {
    const name = word.trim();
    if (Object.hasOwn(CALL_NAMES, name)) return CALL_NAMES[name]!;
    const hint = nearest(name, Object.keys(CALL_NAMES));
    throw new InvalidArgumentError(
      `There is no call "${name}"${hint === undefined ? '' : `; ${hint}?`} There are ${Object.keys(CALL_NAMES).join(', ')}.`,
    );
  });
  if (!calls.includes('OPEN passive') && !calls.includes('OPEN active'))
    throw new InvalidArgumentError('Nobody opens a connection; give listen or connect as well.');
  return new Set(calls);
}
