/** Calls that read and write: what is written are zeros, of what is read only the count matters. */

import type { Expression } from '../../drill/ast.ts';
import type { Arguments } from '../../drill/sockets/arguments.ts';
import { done } from '../../drill/sockets/returned.ts';
import { MissingFeature } from '../../drill/source.ts';
import type { Kernel, KernelCall } from './kernel-calls.ts';
import type { LibcName, Memory, Word } from './libc.ts';

/** `struct iovec` and `struct msghdr` with 64-bit pointers. */
const VECTOR_ENTRY = 16;
const MESSAGE = 56;
const CONTROL_HEADER = 16;
const CONTROL_ROOM = 512;

export function reading(
  kernel: Kernel,
  args: Arguments,
  name: 'read' | 'recv' | 'recvfrom',
  behind: readonly Word[],
): KernelCall {
  return transferring(kernel, args, name, behind);
}

export function writing(
  kernel: Kernel,
  args: Arguments,
  name: 'write' | 'send' | 'sendto',
  behind: readonly Word[],
): KernelCall {
  return transferring(kernel, args, name, behind);
}

function transferring(
  { libc, descriptors }: Kernel,
  args: Arguments,
  name: LibcName,
  behind: readonly Word[],
): KernelCall {
  const length = args.number(2);
  const memory = libc.memory(length);
  return {
    name,
    words: [descriptors.fdOf(args.number(0)), memory.address, length, ...behind],
    waits: true,
    memory: [memory],
  };
}

export function readVector(kernel: Kernel, args: Arguments): KernelCall {
  return vectored(kernel, args, 'readv');
}

export function writeVector(kernel: Kernel, args: Arguments): KernelCall {
  return vectored(kernel, args, 'writev');
}

function vectored(kernel: Kernel, args: Arguments, name: 'readv' | 'writev'): KernelCall {
  const vector = vectorOf(kernel, args.vectorLengths(args.at(1)));
  return {
    name,
    words: [kernel.descriptors.fdOf(args.number(0)), vector.entries.address, args.number(2)],
    waits: true,
    memory: [vector.entries, vector.buffer],
  };
}

/** Entries one behind the other, over one buffer. */
function vectorOf(
  { libc }: Kernel,
  lengths: readonly number[],
): { readonly entries: Memory; readonly buffer: Memory } {
  const buffer = libc.memory(lengths.reduce((sum, length) => sum + length, 0));
  const entries = libc.memory(VECTOR_ENTRY * lengths.length);
  let at = buffer.address;
  lengths.forEach((length, index) => {
    entries.view.setBigUint64(VECTOR_ENTRY * index, at, true);
    entries.view.setBigUint64(VECTOR_ENTRY * index + 8, BigInt(length), true);
    at += BigInt(length);
  });
  return { entries, buffer };
}

/** `struct msghdr` without a name. */
function messageOf(
  kernel: Kernel,
  args: Arguments,
): { readonly header: Memory; readonly memory: readonly Memory[] } {
  const message = args.at(1);
  const vector = args.field(message, 'msg_iov', 1);
  if (!vector) return args.fail('msg_iov is missing', message);
  const lengths = args.vectorLengths(vector);
  const { entries, buffer } = vectorOf(kernel, lengths);
  const header = kernel.libc.memory(MESSAGE);
  header.view.setBigUint64(16, entries.address, true);
  header.view.setBigUint64(24, BigInt(lengths.length), true);
  return { header, memory: [header, entries, buffer] };
}

export function writeMessage(kernel: Kernel, args: Arguments): KernelCall {
  const controls = args.field(args.at(1), 'msg_control', -1);
  if (controls?.kind === 'list' && controls.items.length > 0) {
    throw new MissingFeature('control messages of sendmsg()');
  }
  const { header, memory } = messageOf(kernel, args);
  const words = [kernel.descriptors.fdOf(args.number(0)), header.address, args.number(2)];
  return { name: 'sendmsg', words, waits: true, memory };
}

export function readMessage(kernel: Kernel, args: Arguments): KernelCall {
  const { header, memory } = messageOf(kernel, args);
  const control = kernel.libc.memory(CONTROL_ROOM);
  header.view.setBigUint64(32, control.address, true);
  header.view.setBigUint64(40, BigInt(CONTROL_ROOM), true);
  const expected = args.field(args.at(1), 'msg_control', -1);
  const expectedFlags = args.field(args.at(1), 'msg_flags', -1);
  return {
    name: 'recvmsg',
    words: [kernel.descriptors.fdOf(args.number(0)), header.address, args.number(2)],
    waits: true,
    memory: [...memory, control],
    succeeded(count) {
      const length = Number(header.view.getBigUint64(40, true));
      return done(count, [
        ...args.compared(expectedFlags, header.view.getUint32(48, true), 'msg_flags'),
        ...(expected?.kind === 'list' ? comparedControls(args, expected.items, control, length) : []),
      ]);
    },
  };
}

/** Control messages whose data is a number, against those that the script expects, in their order. */
function comparedControls(
  args: Arguments,
  expected: readonly Expression[],
  { view }: Memory,
  length: number,
): string[] {
  const found: { level: number; type: number; data: number }[] = [];
  for (let at = 0; at + CONTROL_HEADER <= length; ) {
    const size = Number(view.getBigUint64(at, true));
    if (size < CONTROL_HEADER) break;
    const data = size >= CONTROL_HEADER + 4 ? view.getInt32(at + CONTROL_HEADER, true) : 0;
    found.push({ level: view.getInt32(at + 8, true), type: view.getInt32(at + 12, true), data });
    at += (size + 7) & ~7;
  }
  if (found.length !== expected.length) {
    return [`msg_control: expected ${expected.length} control messages, got ${found.length}`];
  }
  return expected.flatMap((message, index) => {
    const { level, type, data } = found[index]!;
    const wanted = args.field(message, 'cmsg_data', 2);
    if (wanted?.kind === 'struct' || wanted?.kind === 'function') {
      throw new MissingFeature('control messages whose data is not a number');
    }
    return [
      ...args.compared(args.field(message, 'cmsg_level', 0), level, 'cmsg_level'),
      ...args.compared(args.field(message, 'cmsg_type', 1), type, 'cmsg_type'),
      ...args.compared(wanted, data, 'cmsg_data'),
    ];
  });
}
