import { beforeEach, describe, expect, it } from 'vitest';
import { type Linux, linuxThrough } from '../../../src/node/linux.ts';

/** koffi's callback, as libuv calls it: status and events. */
type Report = (status: number, events: { readable: boolean; writable: boolean; disconnect: boolean }) => void;

const READABLE = { readable: true, writable: false, disconnect: false };
const NOTHING = { readable: false, writable: false, disconnect: false };
const UV_EBADF = -9;

let linux: Linux;
let report: Report;
let calls: string[];
beforeEach(async () => {
  calls = [];
  const handle = {
    start: ({ readable, writable }: { readable: boolean; writable: boolean }) =>
      calls.push(`start ${readable} ${writable}`),
    close: () => calls.push('close'),
    ref: () => calls.push('ref'),
    unref: () => calls.push('unref'),
  };
  const koffi = {
    load: () => ({ func: () => () => 0 }),
    node: {
      poll: (_fd: number, _options: object, callback: Report) => {
        report = callback;
        return handle;
      },
    },
  };
  linux = await linuxThrough(async () => koffi, { platform: 'linux', arch: 'x64' });
});

const nextTurn = () => new Promise((resolve) => setImmediate(resolve));

describe('a watched descriptor', () => {
  it('is looked at once a turn, and not within the callback', async () => {
    const watch = linux.watch(9, () => calls.push('look'));
    report(0, READABLE);
    report(0, READABLE);
    expect(calls).toEqual([]);
    await nextTurn();
    expect(calls).toEqual(['look']);
    watch.close();
  });

  it('is watched again after an error, since the first look may come too early to see it', async () => {
    const watch = linux.watch(9, () => calls.push('look'));
    watch.want({ readable: true, writable: false });
    report(UV_EBADF, NOTHING);
    await nextTurn();
    expect(calls).toEqual(['start true false', 'look', 'start true false']);
    watch.close();
  });

  it('is left alone once it is closed, even when a look was due', async () => {
    const watch = linux.watch(9, () => calls.push('look'));
    report(UV_EBADF, NOTHING);
    watch.close();
    watch.close();
    watch.want({ readable: true, writable: true });
    watch.ref();
    watch.unref();
    await nextTurn();
    expect(calls).toEqual(['close']);
  });

  it('is not watched again when the look closes it', async () => {
    const watch = linux.watch(9, () => watch.close());
    report(UV_EBADF, NOTHING);
    await nextTurn();
    expect(calls).toEqual(['close']);
  });

  it('keeps no exit listener of the process when all are closed', () => {
    const before = process.listenerCount('exit');
    const watches = Array.from({ length: 20 }, () => linux.watch(9, () => {}));
    expect(process.listenerCount('exit')).toBe(before + 1);
    for (const watch of watches) watch.close();
    expect(process.listenerCount('exit')).toBe(before);
  });
});
