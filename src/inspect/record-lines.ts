/** Inputs as lines of a record, and back. */

import type { StackCall } from '../stack/calls.ts';
import type { ConnectionInput } from '../tcp/index.ts';
import { fromBase64, toBase64 } from './base64.ts';
import type { BoundaryInput } from './boundary.ts';
import type { CallLine, InputLine } from './record.ts';

/** Options of a call as they were given: what {@link lineOptions} made, read back. */
export function optionsOf(line: Readonly<Record<string, unknown>>): Record<string, unknown> {
  return Object.fromEntries(
    Object.entries(line).map(([name, value]) => [
      name,
      value === 'Infinity' ? Number.POSITIVE_INFINITY : value === 'undefined' ? undefined : value,
    ]),
  );
}

/** @param numberOf the number of a listener, in the order in which they came to be */
export function inputLine(
  host: string,
  input: BoundaryInput,
  at: number,
  numberOf: (listener: object) => number,
): InputLine {
  switch (input.kind) {
    case 'frame':
      return { input: 'frame', host, at, bytes: toBase64(input.frame) };
    case 'timer':
      return { input: 'timer', host, at, dueMs: input.dueMs };
    case 'full':
      return { input: 'full', host, at, write: input.write };
    case 'draw':
      return { input: 'draw', host, at, value: input.value };
    case 'call':
      return { input: 'call', host, at, call: callLine(input.call, numberOf) };
    default:
      return { input: input.kind, host, at };
  }
}

function callLine(call: StackCall, numberOf: (listener: object) => number): CallLine {
  switch (call.call) {
    case 'listen':
      return { call: 'listen', options: lineOptions(call.options) };
    case 'open':
      return {
        call: 'open',
        options: lineOptions(call.options),
        ...(call.listener ? { listener: numberOf(call.listener) } : {}),
      };
    case 'accept':
    case 'close-listener':
      return { call: call.call, listener: numberOf(call.listener) };
    case 'input': {
      const { connection, input } = call;
      return {
        call: 'input',
        connection: connection.id,
        trafficClass: connection.trafficClass,
        input: lineInput(input),
      };
    }
    default:
      return { call: call.call };
  }
}

/**
 * Options as JSON can hold them: two values that it lacks are spelled out, since an option may be without limit, or set back
 * to its default. Objects are left out: what a signal brings about is a call of its own.
 */
export function lineOptions(options: object): Record<string, unknown> {
  return Object.fromEntries(
    Object.entries(options)
      .filter(([, value]) => typeof value !== 'object')
      .map(([name, value]) => [
        name,
        value === undefined || value === Number.POSITIVE_INFINITY ? String(value) : value,
      ]),
  );
}

function lineInput(input: ConnectionInput): ConnectionInput {
  if (input.type === 'send') return { ...input, bytes: toBase64(input.bytes) as never };
  if (input.type === 'set') return { ...input, settings: lineOptions(input.settings) };
  return input;
}

export function connectionInput(line: ConnectionInput): ConnectionInput {
  if (line.type === 'send') return { ...line, bytes: fromBase64(line.bytes as unknown as string) };
  if (line.type === 'set') return { ...line, settings: optionsOf(line.settings as never) };
  return line;
}
