/** getsockopt(), setsockopt() and ioctl(). */

import type { Arguments } from '../../drill/sockets/arguments.ts';
import { done } from '../../drill/sockets/returned.ts';
import { MissingFeature } from '../../drill/source.ts';
import type { Kernel, KernelCall } from './kernel-calls.ts';
import type { Memory } from './libc.ts';
import { optionNumber, requestNumber } from './numbers.ts';

/** Room for the largest option that is read. */
const OPTION_ROOM = 512;

function optionOf(args: Arguments): number {
  const option = args.at(2);
  if (option.kind !== 'symbol') return args.number(2);
  return optionNumber(option.name) ?? missing(`the socket option ${option.name}`);
}

function missing(feature: string): never {
  throw new MissingFeature(feature);
}

export function setOption(kernel: Kernel, args: Arguments): KernelCall {
  const memory = optionValue(kernel, args);
  const length = args.has(4) ? args.numberOr(4, memory.bytes.length) : memory.bytes.length;
  return {
    name: 'setsockopt',
    words: [
      kernel.descriptors.fdOf(args.number(0)),
      args.number(1),
      optionOf(args),
      memory.address,
      Math.min(length, memory.bytes.length),
    ],
    memory: [memory],
  };
}

/** A number, a text, `struct linger` or `struct timeval`. */
function optionValue({ libc }: Kernel, args: Arguments): Memory {
  const value = args.at(3);
  if (value.kind === 'string') {
    const text = new TextEncoder().encode(value.value);
    const memory = libc.memory(text.length + 1);
    memory.bytes.set(text);
    return memory;
  }
  if (value.kind !== 'struct') {
    const memory = libc.memory(4);
    memory.view.setInt32(0, args.numberOf(value) | 0, true);
    return memory;
  }
  if (args.symbol(2) === 'SO_LINGER') {
    const memory = libc.memory(8);
    memory.view.setInt32(0, args.fieldNumber(value, 'onoff', 0, 0), true);
    memory.view.setInt32(4, args.fieldNumber(value, 'linger', 1, 0), true);
    return memory;
  }
  if (/^SO_(RCV|SND)TIMEO$/.test(args.symbol(2))) {
    const memory = libc.memory(16);
    memory.view.setBigInt64(0, BigInt(args.fieldNumber(value, 'tv_sec', 0, 0)), true);
    memory.view.setBigInt64(8, BigInt(args.fieldNumber(value, 'tv_usec', 1, 0)), true);
    return memory;
  }
  return missing(`a struct for the socket option ${args.symbol(2)}`);
}

export function getOption({ libc, descriptors }: Kernel, args: Arguments): KernelCall {
  const option = args.at(2);
  const name = option.kind === 'symbol' ? option.name : 'the option';
  const memory = libc.memory(OPTION_ROOM + 4);
  const given = args.has(4) ? args.at(4) : undefined;
  const isGiven = given?.kind === 'list' && given.items[0]?.kind === 'number';
  const room = isGiven ? Math.min(args.numberOf(given), OPTION_ROOM) : OPTION_ROOM;
  memory.view.setUint32(OPTION_ROOM, room, true);
  return {
    name: 'getsockopt',
    words: [
      descriptors.fdOf(args.number(0)),
      args.number(1),
      optionOf(args),
      memory.address,
      memory.address + BigInt(OPTION_ROOM),
    ],
    memory: [memory],
    succeeded: () =>
      done(0, [
        ...comparedOption(args, memory, name),
        ...args.comparedLength(given, memory.view.getUint32(OPTION_ROOM, true)),
      ]),
  };
}

function comparedOption(args: Arguments, { view, bytes }: Memory, name: string): readonly string[] {
  const expected = args.at(3);
  if (name === 'TCP_INFO' || name === 'TCP_CC_INFO') return [];
  if (name === 'SO_LINGER' && expected.kind === 'struct') {
    return [
      ...args.compared(args.field(expected, 'onoff', 0), view.getInt32(0, true), 'onoff'),
      ...args.compared(args.field(expected, 'linger', 1), view.getInt32(4, true), 'linger'),
    ];
  }
  const length = view.getUint32(OPTION_ROOM, true);
  if (expected.kind === 'string') {
    const end = bytes.indexOf(0);
    return args.compared(expected, new TextDecoder().decode(bytes.slice(0, Math.min(end, length))), name);
  }
  const got = length < 4 ? view.getUint8(0) : view.getInt32(0, true);
  return args.compared(expected, name === 'TCP_NOTSENT_LOWAT' ? got >>> 0 : got, name);
}

export function ioctl({ libc, descriptors }: Kernel, args: Arguments): KernelCall {
  const name = args.symbol(1);
  const request = requestNumber(name) ?? missing(`ioctl(${name})`);
  const memory = libc.memory(8);
  if (name === 'FIONBIO') memory.view.setInt32(0, args.number(2), true);
  return {
    name: 'ioctl',
    words: [descriptors.fdOf(args.number(0)), request, memory.address],
    memory: [memory],
    succeeded: (result) =>
      done(result, name === 'FIONBIO' ? [] : args.compared(args.at(2), memory.view.getInt32(0, true), name)),
  };
}
