/** A user's call as viewers get it. */

import type { StackCall } from '../stack/calls.ts';
import type { Names } from './names.ts';
import type { CallEnvelope } from './protocol.ts';

export type CallView = Omit<CallEnvelope, 'order' | 'timeMs' | 'kind' | 'host'>;

/** Undefined for calls that the run's own gauge tells of. */
export function viewCall(call: StackCall, names: Names): CallView | undefined {
  switch (call.call) {
    case 'listen':
      return { call: 'listen', options: plain(call.options) };
    case 'open':
      return {
        call: 'open',
        options: plain(call.options),
        ...(call.listener ? { listener: names.of(call.listener.actor) } : {}),
      };
    case 'accept':
    case 'close-listener':
      return { call: call.call, listener: names.of(call.listener.actor) };
    case 'input':
      return viewInput(call, names);
    default:
      return undefined;
  }
}

function viewInput(
  { connection, input }: Extract<StackCall, { readonly call: 'input' }>,
  names: Names,
): CallView | undefined {
  const name = names.of(connection.actor);
  switch (input.type) {
    case 'send':
      return { call: 'send', connection: name, octets: input.bytes.length };
    case 'receive':
      return { call: 'receive', connection: name, octets: input.count };
    case 'close':
      return { call: 'close', connection: name, options: { reader: input.reader } };
    case 'abort':
      return { call: 'abort', connection: name };
    case 'set':
      return { call: 'set', connection: name, options: plain(input.settings) };
    default:
      return undefined;
  }
}

/** Options that a JSON line can hold: signals are left out. */
export function plain(options: object): Record<string, unknown> {
  return Object.fromEntries(
    Object.entries(options).filter(
      ([, value]) => typeof value === 'string' || typeof value === 'number' || typeof value === 'boolean',
    ),
  );
}
