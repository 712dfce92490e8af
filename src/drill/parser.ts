/**
 * The parser: options, the command before the start, events with their times, the command at the end.
 */

import type { Command, Script, ScriptEvent, ScriptOption, Time } from './ast.ts';
import { type Defines, tokenize } from './lexer.ts';
import { parseCall } from './parser-call.ts';
import { parsePacket } from './parser-packet.ts';
import { preprocess } from './preprocess.ts';
import type { Source } from './source.ts';
import { Tokens } from './tokens.ts';

export interface ParseOptions {
  /** Words that stand for something else (`--define`); their names also hold for `#ifdef`. */
  readonly defines?: Defines;
  /** Further names for which `#ifdef` holds. */
  readonly ifdef?: readonly string[];
}

/**
 * Reads a script.
 *
 * @throws ScriptError with the place, where the script is not in the language
 * @throws MissingFeature where it is, but uses what can't be run here
 * @example
 * ```ts
 * const script = parseScript({ file: 'listen.pkt', text });
 * ```
 */
export function parseScript(source: Source, options: ParseOptions = {}): Script {
  const defines = options.defines ?? new Map();
  const names = new Set([...(options.ifdef ?? []), ...defines.keys()]);
  const tokens = new Tokens(source, tokenize(preprocess(source, names), defines));
  const scriptOptions = parseOptions(tokens);
  const init = tokens.is('command') ? parseCommand(tokens) : undefined;
  const events: ScriptEvent[] = [];
  let cleanup: Command | undefined;
  while (!tokens.is('end')) {
    if (tokens.is('command')) {
      cleanup = parseCommand(tokens);
      if (!tokens.is('end'))
        tokens.fail('nothing may follow a command without a time: it is the last thing that runs');
      break;
    }
    events.push(parseEvent(tokens, events.at(-1)));
  }
  if (events.length === 0) tokens.fail('a script needs one event at least');
  return { source, options: scriptOptions, init, events, cleanup };
}

function parseOptions(tokens: Tokens): ScriptOption[] {
  const options: ScriptOption[] = [];
  while (tokens.is('option')) {
    const position = tokens.position();
    const { text, value } = tokens.next();
    options.push({ position, name: text, value });
  }
  return options;
}

function parseCommand(tokens: Tokens): Command {
  const position = tokens.position();
  return { position, text: tokens.next().text };
}

function parseEvent(tokens: Tokens, previous: ScriptEvent | undefined): ScriptEvent {
  const position = tokens.position();
  const timeToken = tokens.peek();
  const time = parseTime(tokens);
  if (!previous && (time.kind === 'any' || time.ms !== 0)) {
    tokens.fail('the first event must be at time 0', timeToken);
  }
  if (isAbsolute(time) && previous && isAbsolute(previous.time) && time.ms < previous.time.ms) {
    tokens.fail('this time lies before that of the event above', timeToken);
  }
  const action = parseAction(tokens);
  checkTime(tokens, timeToken, time, action);
  return { ...action, position, end: tokens.end, time };
}

function isAbsolute(time: Time): time is Exclude<Time, { kind: 'any' }> {
  return time.kind.startsWith('absolute');
}

type Action =
  | Pick<Extract<ScriptEvent, { kind: 'packet' }>, 'kind' | 'packet'>
  | Pick<Extract<ScriptEvent, { kind: 'call' }>, 'kind' | 'call'>
  | Pick<Extract<ScriptEvent, { kind: 'command' }>, 'kind' | 'command'>
  | Pick<Extract<ScriptEvent, { kind: 'code' }>, 'kind' | 'code'>;

function parseAction(tokens: Tokens): Action {
  if (tokens.is('command')) return { kind: 'command', command: parseCommand(tokens) };
  if (tokens.is('code')) return { kind: 'code', code: parseCommand(tokens) };
  if (tokens.isChar('<') || tokens.isChar('>')) return { kind: 'packet', packet: parsePacket(tokens) };
  if (tokens.is('word')) return { kind: 'call', call: parseCall(tokens) };
  return tokens.expected('a packet (< or >), a system call, a `command` or %{ code }%', 'behind the time');
}

function checkTime(tokens: Tokens, at: ReturnType<Tokens['peek']>, time: Time, action: Action): void {
  const outbound = action.kind === 'packet' && action.packet.direction === 'outbound';
  if ((time.kind === 'any' || time.kind.endsWith('-range')) && !outbound) {
    tokens.fail('only an outbound packet may have "*" or a range for its time', at);
  }
  if (time.kind.endsWith('-blocking') && action.kind !== 'call') {
    tokens.fail('only a system call may have a time a...b', at);
  }
  if ('endMs' in time && time.endMs < time.ms) tokens.fail('this time ends before it begins', at);
}

function parseTime(tokens: Tokens): Time {
  if (tokens.takeChar('*')) return { kind: 'any' };
  const relative = tokens.takeChar('+');
  const ms = parseMs(tokens);
  if (tokens.is('...')) {
    tokens.next();
    // Both ends have the same base, so that a second "+" would say nothing new.
    tokens.takeChar('+');
    return { kind: relative ? 'relative-blocking' : 'absolute-blocking', ms, endMs: parseMs(tokens) };
  }
  if (!tokens.takeChar('~')) return { kind: relative ? 'relative' : 'absolute', ms };
  if (relative !== tokens.takeChar('+')) {
    tokens.fail('both ends of a range are absolute, or both are relative (+a~+b)');
  }
  return { kind: relative ? 'relative-range' : 'absolute-range', ms, endMs: parseMs(tokens) };
}

/** Seconds with a resolution of a microsecond, as milliseconds. */
function parseMs(tokens: Tokens): number {
  if (!tokens.is('integer') && !tokens.is('float')) tokens.expected('a time', 'at the beginning of an event');
  const seconds = Number(tokens.peek().text);
  if (seconds < 0) tokens.fail('a time must not be negative');
  tokens.next();
  return Math.round(seconds * 1e6) / 1e3;
}
