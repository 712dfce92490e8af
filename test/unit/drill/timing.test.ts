import { describe, expect, test } from 'vitest';
import { dueOf, isOnTime, toleranceMs } from '../../../src/drill/timing.ts';
import { ESTABLISHED, failureOf, outcome, play } from './script.ts';

describe('when an event is due', () => {
  test('relative times count from their base, absolute ones from the start', () => {
    expect(dueOf({ kind: 'relative', ms: 5 }, 100, 200)).toEqual({ dueMs: 105, endMs: 105 });
    expect(dueOf({ kind: 'absolute', ms: 5 }, 100, 200)).toEqual({ dueMs: 5, endMs: 5 });
    expect(dueOf({ kind: 'relative-range', ms: 5, endMs: 7 }, 100, 200)).toEqual({ dueMs: 105, endMs: 107 });
    expect(dueOf({ kind: 'any' }, 100, 200)).toEqual({ dueMs: 200, endMs: 200 });
  });

  test('sums have the resolution of a microsecond', () => {
    expect(dueOf({ kind: 'relative', ms: 0.1 }, 0.2, 0).dueMs).toBe(0.3);
  });
});

describe('the tolerance', () => {
  test('is a time, or a part of the time since the event before, whichever is more', () => {
    const config = { toleranceMs: 4, tolerancePercent: 12.5 };
    expect(toleranceMs(config, 0)).toBe(4);
    expect(toleranceMs(config, 32)).toBe(4);
    expect(toleranceMs(config, 1_000)).toBe(125);
  });

  test.each([
    [96, true],
    [95.998, false],
    [124, true],
    [124.002, false],
  ])('stands on both sides: %f ms', (actualMs, onTime) => {
    expect(isOnTime(actualMs, { dueMs: 100, endMs: 120 }, 4)).toBe(onTime);
  });
});

describe('an outbound packet', () => {
  // The timeout of the stack's first segment is 200 ms then: the handshake took no time.
  const lost = `--tolerance_percent=0\n\`sysctl -q net.ipv4.tcp_rto_min_us=200000\`\n${ESTABLISHED}+0 write(4, ..., 10) = 10\n+0 > P. 1:11(10) ack 1\n`;

  test.each([
    ['+0.196', 'pass'],
    ['+0.204', 'pass'],
    ['+0.1959', '0.004100 s too late'],
    ['+0.2041', '0.004100 s too early'],
    ['+0.1~+0.3', 'pass'],
    ['+0.1~+0.196', 'pass'],
    ['+0.1~+0.195', '0.005000 s too late'],
    ['+0.205~+0.3', '0.005000 s too early'],
    ['*', 'pass'],
  ])('expected at %s: %s', (time, expected) => {
    expect(outcome(`${lost}${time} > P. 1:11(10) ack 1`)).toContain(expected);
  });

  test('does not wait for its time: what follows counts from when it came', () => {
    const result = play(`${lost}+0.204 > P. 1:11(10) ack 1\n+0.1 close(3) = 0`);
    expect(result).toMatchObject({ verdict: 'pass', elapsedMs: 300 });
  });

  test('is waited for a while, and then missed', () => {
    const result = play(`${ESTABLISHED}+1.5 > . 1:1(0) ack 1`);
    expect(result).toMatchObject({
      verdict: 'fail',
      elapsedMs: 3_000,
      failure: { what: ['nothing was sent'] },
    });
  });
});

describe('inbound packets', () => {
  test('that follow each other count from when the one before was due', () => {
    const text = `${ESTABLISHED}+0.1 < P. 1:2(1) ack 1 win 65535\n+0.1 < P. 2:3(1) ack 1 win 65535\n+0 ioctl(4, SIOCINQ, [2]) = 0`;
    expect(play(text)).toMatchObject({ verdict: 'pass', elapsedMs: 200 });
  });

  test('that are late since the script could not go on are a failure', () => {
    const text = `\`sysctl -q net.ipv4.tcp_rto_min_us=200000\`\n${ESTABLISHED}+0.1 write(4, ..., 1) = 1\n+0 > P. 1:2(1) ack 1\n+0.2 > P. 1:2(1) ack 1\n0.29 < . 1:1(0) ack 2 win 65535`;
    expect(failureOf(text)).toEqual([expect.stringContaining('this came 0.010000 s too late')]);
  });
});

describe('a call that waits', () => {
  const reads = (end: string, arrives: string) =>
    `${ESTABLISHED}+0...${end} read(4, ..., 10) = 1\n+${arrives} < P. 1:2(1) ack 1 win 65535\n+1 close(3) = 0`;

  test.each([
    ['0.1', '0.1', 'pass'],
    ['0.1', '0.112', 'pass'],
    ['0.1', '0.113', '0.013000 s too late'],
    ['0.1', '0.087', '0.013000 s too early'],
  ])('is to come back at %s, and text comes at %s: %s', (end, arrives, expected) => {
    expect(outcome(reads(end, arrives))).toContain(expected);
  });

  test('may come back at once, if that is when it is to', () => {
    expect(outcome(`${ESTABLISHED}+0...0 write(4, ..., 10) = 10`)).toBe('pass');
    expect(outcome(`${ESTABLISHED}+0...0.1 write(4, ..., 10) = 10`)).toContain('too early');
  });

  test('must have come back by the end of the script', () => {
    expect(failureOf(`${ESTABLISHED}+0...0.1 read(4, ..., 10) = 1`)).toEqual(['the call still waits']);
  });

  test('is the only one that waits', () => {
    const text = `${ESTABLISHED}+0...5 read(4, ..., 10) = 1\n+0...6 read(4, ..., 10) = 1`;
    expect(outcome(text)).toContain('a second call would wait while another one still does');
  });

  test('without a mark in the script lets time pass until it is done, and fails if that is never', () => {
    // Nobody acknowledges anything, so that the connection times out after five minutes with a part of it written.
    expect(failureOf(`${ESTABLISHED}+0 write(4, ..., 300000) = 300000`)).toEqual([
      'write: expected 300000, got 262144',
    ]);
    expect(
      failureOf(
        `0 socket(..., SOCK_STREAM, IPPROTO_TCP) = 3\n+0 listen(3, 1) = 0\n+0 accept(3, ..., ...) = 4`,
      ),
    ).toEqual(['the call would wait for ever']);
  });
});
