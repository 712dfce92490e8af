/** Stacks that are broken on purpose, each in one way, to see whether the invariants of a simulation find it. */

import { map } from 'rxjs';
import type { Clock } from '../../src/clock.ts';
import type { Device, Frame } from '../../src/net/index.ts';
import type { Invariant, MakeStack } from '../../src/sim/index.ts';
import type { TcpStack } from '../../src/stack/stack.ts';
import { decodeIp, decodeTcp, encodeTcp, FLAG, PROTOCOL, type TcpSegment } from '../../src/wire/index.ts';

export interface BrokenStack {
  readonly what: string;
  /** What it may be found by. */
  readonly violates: readonly Invariant[];
  readonly makeStack: MakeStack;
}

type Change = (segment: TcpSegment) => Partial<TcpSegment> | undefined;

export const BROKEN_STACKS: readonly BrokenStack[] = [
  {
    what: 'acknowledges an octet that has not come',
    violates: ['acknowledged'],
    makeStack: sending(
      () =>
        ({ flags, ack, text }) =>
          flags === FLAG.ACK && text.length === 0 ? { ack: ack + 1 } : undefined,
    ),
  },
  {
    what: 'reports text by SACK that has not come',
    violates: ['acknowledged'],
    makeStack: sending(
      () =>
        ({ options }) =>
          options.sack.length === 0
            ? undefined
            : {
                options: {
                  ...options,
                  sack: options.sack.map(({ left, right }) => ({ left, right: right + 1 })),
                },
              },
    ),
  },
  {
    what: 'delivers an octet that was never sent',
    violates: ['prefix'],
    makeStack: receiving(() => ({ text }) => {
      if (text.length === 0) return undefined;
      const other = Uint8Array.from(text);
      other[other.length - 1]! ^= 1;
      return { text: other };
    }),
  },
  {
    what: 'takes the last octet of a segment for its FIN',
    violates: ['prefix'],
    makeStack: receiving(
      () =>
        ({ text, flags }) =>
          text.length > 1 && (flags & FLAG.FIN) !== 0 ? { text: text.subarray(0, -1) } : undefined,
    ),
  },
  {
    what: 'sends beyond the window',
    violates: ['send-sequence'],
    makeStack: receiving(
      () =>
        ({ wnd }) =>
          wnd > 0 ? { wnd: Math.min(65_535, wnd * 4) } : undefined,
    ),
  },
  {
    what: 'sends other octets the second time',
    violates: ['wire'],
    makeStack: sending(() => {
      const seen = new Set<number>();
      return ({ seq, text }) => {
        if (text.length === 0) return undefined;
        if (!seen.has(seq)) {
          seen.add(seq);
          return undefined;
        }
        return { text: new Uint8Array(text.length) };
      };
    }),
  },
  {
    what: 'takes its window back',
    violates: ['wire'],
    makeStack: sending(() => {
      let count = 0;
      return ({ wnd, flags }) => (flags === FLAG.ACK && ++count % 5 === 0 ? { wnd: wnd >> 1 } : undefined);
    }),
  },
  {
    what: 'does not heed its peer’s MSS',
    violates: ['wire'],
    makeStack: receiving(
      () =>
        ({ options }) =>
          options.mss === undefined ? undefined : { options: { ...options, mss: 1_460 } },
    ),
  },
  {
    what: 'never turns a timer off',
    violates: ['timer-owner'],
    makeStack: ticking((clock) => ({
      clearTimeout() {},
      setTimeout: (...timer) => clock.setTimeout(...timer),
    })),
  },
  {
    what: 'forgets timers of more than ten seconds',
    violates: ['timer-owner'],
    makeStack: ticking((clock) => ({
      setTimeout: (callback, delayMs) => (delayMs > 10_000 ? 0 : clock.setTimeout(callback, delayMs)),
      clearTimeout: (id) => clock.clearTimeout(id),
    })),
  },
  {
    what: 'keeps its connections',
    violates: ['leftovers'],
    makeStack({ options, create }) {
      const stack = create(options) as TcpStack;
      const { table } = stack;
      const remove = table.delete.bind(table);
      table.delete = (connection) => remove(connection) && false;
      return stack;
    },
  },
  {
    what: 'has no user timeout',
    violates: ['ends'],
    makeStack: ({ options, create }) => create({ ...options, userTimeoutMs: Number.POSITIVE_INFINITY }),
  },
  {
    what: 'throws in a connection’s step',
    violates: ['crash'],
    makeStack: sending(() => ({ flags }) => {
      if ((flags & FLAG.FIN) !== 0) throw new Error('a FIN');
      return undefined;
    }),
  },
  {
    what: 'throws before a segment finds its connection',
    violates: ['crash'],
    makeStack({ options, create }) {
      const stack = create(options) as TcpStack;
      const { find } = stack.table;
      stack.table.find = (...tuple) => {
        const found = find.apply(stack.table, tuple);
        if (found?.state === 'LAST-ACK') throw new Error('LAST-ACK');
        return found;
      };
      return stack;
    },
  },
];

/** A stack whose segments are changed on their way out. `start` is called once a stack. */
function sending(start: () => Change): MakeStack {
  return ({ options, create }) => {
    const change = start();
    const { device } = options;
    return create({ ...options, device: wrap(device, { out: (frame) => changed(frame, change) }) });
  };
}

/** A stack that takes segments for others than they are. */
function receiving(start: () => Change): MakeStack {
  return ({ options, create }) => {
    const change = start();
    return create({ ...options, device: wrap(options.device, { in: (frame) => changed(frame, change) }) });
  };
}

function ticking(broken: (clock: Clock) => Omit<Clock, 'now'>): MakeStack {
  return ({ options, create }) => {
    const { clock } = options;
    return create({ ...options, clock: { now: () => clock.now(), ...broken(clock) } });
  };
}

interface Ways {
  readonly in?: (frame: Frame) => Frame;
  readonly out?: (frame: Frame) => Frame;
}

function wrap(device: Device, ways: Ways): Device {
  return {
    name: device.name,
    mtu: device.mtu,
    frames$: ways.in ? device.frames$.pipe(map((frames) => frames.map(ways.in!))) : device.frames$,
    drained$: device.drained$,
    write: (frame) => device.write(ways.out ? ways.out(frame) : frame),
    close: () => device.close(),
  };
}

/** The frame with its segment changed, checksums right. */
function changed(frame: Frame, change: Change): Frame {
  const packet = decodeIp(frame);
  if (packet.kind !== 'ip' || packet.protocol !== PROTOCOL.tcp) return frame;
  const segment = decodeTcp(packet);
  if (segment.kind !== 'tcp') return frame;
  const other = change(segment);
  return other === undefined ? frame : encodeTcp(packet, { ...segment, ...other });
}
