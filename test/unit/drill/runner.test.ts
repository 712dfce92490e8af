import { describe, expect, test } from 'vitest';
import {
  captureOf,
  describeResult,
  runScript,
  summaryOf,
  totalsLine,
  totalsOf,
} from '../../../src/drill/index.ts';
import { ESTABLISHED, outcome, play } from './script.ts';

describe('a script that passes', () => {
  test('is told in a line', () => {
    expect(describeResult(play(ESTABLISHED))).toBe('pass  x.pkt');
  });

  test('gives the same frames each time, and others with another seed', () => {
    const frames = (seed?: number) =>
      play(ESTABLISHED, seed === undefined ? {} : { seed }).frames.map(({ frame }) => frame);
    expect(frames()).toEqual(frames());
    expect(frames(2)).not.toEqual(frames());
  });

  test('has its frames as a capture', () => {
    const capture = captureOf(play(ESTABLISHED));
    expect(capture.slice(0, 4)).toEqual(Uint8Array.of(0x0a, 0x0d, 0x0d, 0x0a));
    expect(new TextDecoder().decode(capture)).toContain('LISTEN → SYN-RECEIVED: rcv.SYN');
  });
});

describe('a script that fails', () => {
  const result = play(`${ESTABLISHED}+0.1 write(4, ..., 10) = 10\n+0 > P. 1:11(10)\n  ack 2`);

  test('says where, what, expected and actual side by side with their times, and shows the last frames', () => {
    expect(describeResult(result).split('\n')).toEqual([
      'FAIL  x.pkt:9:1: ack: expected 2, got 1',
      '  expected  0.100000  > P. 1:11(10) ack 2',
      '  actual    0.100000  > P. 1:11(10) ack 1 win 65535',
      '',
      expect.stringMatching(/^ +seconds {2}script +stack$/),
      expect.stringMatching(
        /^ +0\.000000 {2}S 0:0\(0\) win 65535 <mss 1000> ─+▶ LISTEN → SYN-RECEIVED: rcv\.SYN/,
      ),
      expect.stringMatching(/◀─+ S\. 0:0\(0\) ack 1 win 65535 <mss 1460> SYN-RECEIVED: our SYN/),
      expect.stringMatching(/\. 1:1\(0\) ack 1 win 65535 ─+▶ SYN-RECEIVED → ESTABLISHED: rcv\.ACK-of-SYN/),
      expect.stringMatching(/0\.100000 {2}◀─+ P\. 1:11\(10\) ack 1 win 65535 ESTABLISHED: text/),
      '',
    ]);
  });

  test('shows ten frames at most, and says how many there were before', () => {
    const many = play(`${ESTABLISHED}${'+0 < . 1:1(0) ack 1 win 65535\n'.repeat(20)}+0 read(4, ..., 1) = 5`);
    expect(describeResult(many)).toContain('FAIL');
    expect(describeResult(many)).toContain('(13 more before)');
  });

  test('shows a flow that began anew in the numbers of its time', () => {
    const text = `${ESTABLISHED}+0 close(4) = 0
+0 > F. 1:1(0) ack 1
+0 < F. 1:1(0) ack 2 win 65535
+0 > . 2:2(0) ack 2
+1 < S 100000:100000(0) win 65535 <mss 1000>
+0 > S. 0:0(0) ack 100001 <...>
+0.1 < . 1:1(0) ack 1 win 65535
+0 close(9) = 0`;
    const lines = describeResult(play(text)).split('\n');
    expect(lines).toContainEqual(expect.stringMatching(/0\.000000 {2}F\. 1:1\(0\) ack 2 win 65535 ─/));
    expect(lines).toContainEqual(expect.stringMatching(/1\.100000 {2}\. 1:1\(0\) ack 1 win 65535 ─/));
  });

  test('is plain data without its frames', () => {
    const summary = summaryOf(result);
    expect(JSON.parse(JSON.stringify(summary))).toEqual(summary);
    expect(summary).toMatchObject({
      verdict: 'fail',
      file: 'x.pkt',
      failure: { position: { line: 9, column: 1 } },
    });
    expect('frames' in summary).toBe(false);
  });
});

describe('--strict', () => {
  const text = `${ESTABLISHED}+0 write(4, ..., 10) = 10`;

  test('fails when more was sent than the script takes', () => {
    expect(outcome(text)).toBe('pass');
    expect(outcome(text, { strict: true })).toContain('the stack sent more than the script takes: 1 left');
    expect(outcome(`${text}\n+0 > P. 1:11(10) ack 1`, { strict: true })).toBe('pass');
  });
});

describe('a listener', () => {
  test('answers what is no SYN as the original has it: numbers that count from nothing', () => {
    const listening = `0 socket(..., SOCK_STREAM, IPPROTO_TCP) = 3\n+0 bind(3, ..., ...) = 0\n+0 listen(3, 1) = 0\n`;
    expect(outcome(`${listening}+0 < . 17:20(3) ack 34 win 100\n+0 > R 34:34(0)`)).toBe('pass');
  });

  test('that is not there yet is answered for by the stack', () => {
    const bound = `0 socket(..., SOCK_STREAM, IPPROTO_TCP) = 3\n+0 bind(3, ..., ...) = 0\n`;
    expect(outcome(`${bound}+0 < . 17:20(3) ack 34 win 100\n+0 > R 34:34(0)`)).toBe('pass');
    expect(outcome('0 < S 17:17(0) win 100\n+0 > R. 0:0(0) ack 18')).toContain('ack: expected 18, got 1');
  });
});

describe('a script that makes no sense while it runs', () => {
  test.each([
    ['0 > . 1:1(0) ack 1', 'x.pkt:1:1: nothing can be sent yet'],
    ['0 < icmp unreachable', 'x.pkt:1:1: there is no flow yet that an ICMP message could quote'],
    [`${ESTABLISHED}+0 < icmp wrong`, 'there is no ICMP type "wrong" in IPv4'],
    [
      `${ESTABLISHED}+0 < icmp unreachable wrong`,
      'there is no code "wrong" of ICMP type "unreachable" in IPv4',
    ],
    [`${ESTABLISHED}+0 < . 1:65536(65535) ack 1 win 1`, 'longer than an IPv4 header can say'],
  ])('%j: %s', (text, message) => {
    expect(outcome(text)).toContain(message);
    expect(play(text).verdict).toBe('error');
  });
});

describe('totals', () => {
  test('are one line; a script error counts as failed', () => {
    const results = [ESTABLISHED, `${ESTABLISHED}+0 close(9) = 0`, '0 sendfile(1) = 0', 'wrong'].map((text) =>
      play(text),
    );
    expect(results.map(({ verdict }) => verdict)).toEqual(['pass', 'fail', 'skip', 'error']);
    expect(totalsOf(results)).toEqual({ passed: 1, failed: 1, skipped: 1, errors: 1 });
    expect(totalsLine(totalsOf(results))).toBe('1 passed, 2 failed, 1 skipped');
  });
});

describe('options of a run', () => {
  test('that there are not throw at once', () => {
    expect(() => runScript({ file: 'x', text: ESTABLISHED }, { overrides: { nope: '1' } })).toThrow(
      RangeError,
    );
  });

  test('define words of the script', () => {
    expect(outcome(`${ESTABLISHED}+0 close(FD) = 0`, { defines: { FD: '4' } })).toBe('pass');
  });
});
