/** poll() and epoll. */

import type { Arguments } from '../../drill/sockets/arguments.ts';
import { comparedEvents, dataOf } from '../../drill/sockets/readiness.ts';
import { done } from '../../drill/sockets/returned.ts';
import type { Kernel, KernelCall } from './kernel-calls.ts';

const POLL_ENTRY = 8;
/** `struct epoll_event` is packed on x86-64 alone. */
const EPOLL_DATA = process.arch === 'x64' ? 4 : 8;
const EPOLL_EVENT = EPOLL_DATA + 8;

/** `poll([{fd=4, events=POLLIN, revents=POLLIN}], 1, 1000)`. */
export function poll({ libc, descriptors }: Kernel, args: Arguments): KernelCall {
  const entries = args.list(args.at(0)).map((entry) => ({
    fd: args.fieldNumber(entry, 'fd', 0, -1),
    events: args.fieldNumber(entry, 'events', 1, 0),
    expected: args.field(entry, 'revents', 2),
  }));
  const memory = libc.memory(POLL_ENTRY * entries.length);
  entries.forEach(({ fd, events }, index) => {
    // One that is not open has to be told as such, and a negative number would be passed over.
    const known = descriptors.find(fd)?.fd ?? NEVER_OPEN;
    memory.view.setInt32(POLL_ENTRY * index, known, true);
    memory.view.setInt16(POLL_ENTRY * index + 4, events, true);
  });
  return {
    name: 'poll',
    words: [memory.address, args.number(1), args.number(2)],
    waits: true,
    memory: [memory],
    succeeded: (count) =>
      done(
        count,
        entries.flatMap(({ fd, expected }, index) => {
          const got = memory.view.getUint16(POLL_ENTRY * index + 6, true);
          return comparedEvents(args, `revents of ${fd}`, expected, got);
        }),
      ),
  };
}

const NEVER_OPEN = 0x7fff_ffff;

export function epollControl({ libc, descriptors }: Kernel, args: Arguments): KernelCall {
  const event = args.has(3) ? args.at(3) : undefined;
  const memory = libc.memory(EPOLL_EVENT);
  if (event?.kind === 'struct') {
    memory.view.setUint32(0, args.fieldNumber(event, 'events', 0, 0), true);
    const data = dataOf(args, event);
    memory.view.setBigUint64(EPOLL_DATA, BigInt(data ? args.numberOf(data) : args.number(2)), true);
  }
  return {
    name: 'epoll_ctl',
    words: [
      descriptors.fdOf(args.number(0)),
      args.number(1),
      descriptors.fdOf(args.number(2)),
      memory.address,
    ],
    memory: [memory],
  };
}

/** `epoll_wait(5, {events=EPOLLIN, fd=4}, 1, 0)`; several events stand in a list. */
export function epollWait({ libc, descriptors }: Kernel, args: Arguments): KernelCall {
  const expected = args.at(1);
  const events = expected.kind === 'list' ? expected.items : [expected];
  const memory = libc.memory(EPOLL_EVENT * Math.max(1, args.number(2)));
  return {
    name: 'epoll_wait',
    words: [descriptors.fdOf(args.number(0)), memory.address, args.number(2), args.number(3)],
    waits: true,
    memory: [memory],
    succeeded(count) {
      const mismatches = events.slice(0, count).flatMap((event, index) => {
        if (event.kind !== 'struct') return [];
        const got = memory.view.getUint32(EPOLL_EVENT * index, true);
        const data = memory.view.getBigUint64(EPOLL_EVENT * index + EPOLL_DATA, true);
        return [
          ...comparedEvents(args, `events of ${data}`, args.field(event, 'events', 0), got),
          ...args.compared(dataOf(args, event), Number(data), `data of event ${index}`),
        ];
      });
      return done(count, mismatches);
    },
  };
}
