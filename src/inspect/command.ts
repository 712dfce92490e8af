/** Commands of viewers, read from untrusted text. */

import { StackError } from '../errors.ts';
import type { Impairments } from '../net/impairments.ts';
import type { Command, DropWhat, StepKind } from './protocol.ts';

/** A command's text is no larger than a viewer could have typed or pasted into it. */
const LONGEST = 65_536;

type Fields = Readonly<Record<string, unknown>>;

/**
 * Reads a viewer's message.
 *
 * @throws StackError EINVAL for anything that is not a command of the protocol: whoever sends that is no viewer
 */
export function parseCommand(text: string): Command {
  if (text.length > LONGEST) refuse(`a message of ${text.length} characters; ${LONGEST} is the most`);
  let fields: unknown;
  try {
    fields = JSON.parse(text);
  } catch {
    refuse('a message that is no JSON');
  }
  if (typeof fields !== 'object' || fields === null || Array.isArray(fields)) refuse('no JSON object');
  const command = bodyOf(fields as Fields);
  const { id } = fields as Fields;
  if (id === undefined) return command;
  if (typeof id !== 'string' && typeof id !== 'number') refuse('an id that is neither number nor string');
  return { ...command, id };
}

function bodyOf(fields: Fields): Command {
  const { command } = fields;
  switch (command) {
    case 'ack':
      return { command, batch: number(fields, 'batch', 0) };
    case 'pause':
    case 'resume':
      return { command };
    case 'step':
      return { command, what: oneOf<StepKind>(fields, 'what', ['event', 'frame', 'timer']), ...host(fields) };
    case 'play':
      return { command, speed: number(fields, 'speed', 0) };
    case 'faults':
      return {
        command,
        direction: oneOf(fields, 'direction', ['in', 'out']),
        impairments: impairments(fields.impairments),
        ...host(fields),
      };
    case 'drop-next':
      return {
        command,
        direction: oneOf(fields, 'direction', ['in', 'out']),
        what: oneOf<DropWhat>(fields, 'what', ['any', 'data', 'ACK', 'SYN', 'FIN', 'RST']),
        ...(fields.count === undefined ? {} : { count: whole(fields, 'count', 1) }),
        ...(fields.connection === undefined ? {} : { connection: text(fields, 'connection') }),
        ...host(fields),
      };
    case 'blackhole':
      return { command, durationMs: number(fields, 'durationMs', 0), ...host(fields) };
    case 'inject':
      return {
        command,
        connection: text(fields, 'connection'),
        what: oneOf(fields, 'what', ['RST', 'old-duplicate']),
      };
    case 'call':
      return {
        command,
        connection: text(fields, 'connection'),
        call: oneOf(fields, 'call', ['close', 'shutdown', 'abort', 'send']),
        ...(fields.text === undefined ? {} : { text: text(fields, 'text') }),
      };
    default:
      return refuse(`the command ${JSON.stringify(command) ?? 'is missing'}`);
  }
}

const IMPAIRMENTS = [
  'loss',
  'delayMs',
  'jitterMs',
  'reorder',
  'duplicate',
  'corrupt',
  'ecnMark',
  'rate',
  'queue',
  'mtu',
] as const;

/** Only its shape: what is in range, the impaired device itself knows. */
function impairments(value: unknown): Impairments {
  if (typeof value !== 'object' || value === null) refuse('impairments that are no object');
  const fields = value as Fields;
  const read: { -readonly [K in keyof Impairments]: Impairments[K] } = {};
  for (const name of IMPAIRMENTS) if (fields[name] !== undefined) read[name] = number(fields, name, 0);
  if (fields.mtuTold !== undefined) {
    if (typeof fields.mtuTold !== 'boolean') refuse('mtuTold that is neither true nor false');
    read.mtuTold = fields.mtuTold;
  }
  if (fields.burst !== undefined) {
    if (typeof fields.burst !== 'object' || fields.burst === null) refuse('a burst that is no object');
    const burst = fields.burst as Fields;
    read.burst = {
      p: number(burst, 'p', 0),
      r: number(burst, 'r', 0),
      ...(burst.loss === undefined ? {} : { loss: number(burst, 'loss', 0) }),
    };
  }
  return read;
}

function host(fields: Fields): { readonly host?: string } {
  return fields.host === undefined ? {} : { host: text(fields, 'host') };
}

function number(fields: Fields, name: string, least: number): number {
  const value = fields[name];
  if (typeof value !== 'number' || !(value >= least) || !Number.isFinite(value)) {
    refuse(`${name} is ${JSON.stringify(value)}; give a number of ${least} or more`);
  }
  return value;
}

function whole(fields: Fields, name: string, least: number): number {
  const value = number(fields, name, least);
  if (!Number.isInteger(value)) refuse(`${name} is ${value}; give a whole number`);
  return value;
}

function text(fields: Fields, name: string): string {
  const value = fields[name];
  if (typeof value !== 'string') refuse(`${name} is ${JSON.stringify(value)}; give a string`);
  return value;
}

function oneOf<const T extends string>(fields: Fields, name: string, words: readonly T[]): T {
  const value = fields[name];
  if (!(words as readonly unknown[]).includes(value)) {
    refuse(`${name} is ${JSON.stringify(value)}; give one of ${words.join(', ')}`);
  }
  return value as T;
}

function refuse(what: string): never {
  throw new StackError('EINVAL', `inspector: ${what}`);
}
