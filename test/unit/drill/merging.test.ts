import { describe, expect, test } from 'vitest';
import { ESTABLISHED, failureOf, outcome } from './script.ts';

const wrote = (length: number) => `${ESTABLISHED}+0 write(4, ..., ${length}) = ${length}\n`;

describe('segments of the stack', () => {
  test('are put together to the length that is expected', () => {
    expect(outcome(`${wrote(3_500)}+0 > P. 1:3501(3500) ack 1`)).toBe('pass');
    expect(outcome(`${wrote(3_500)}+0 > . 1:2001(2000) ack 1\n+0 > P. 2001:3501(1500) ack 1`)).toBe('pass');
  });

  test('are taken one by one with --strict_segments', () => {
    expect(failureOf(`--strict_segments\n${wrote(2_000)}+0 > P. 1:2001(2000) ack 1`)).toContain(
      'length: expected 2000, got 1000',
    );
    expect(
      outcome(`--strict_segments\n${wrote(2_000)}+0 > . 1:1001(1000) ack 1\n+0 > P. 1001:2001(1000) ack 1`),
    ).toBe('pass');
  });

  test('are not cut: less than one of them is not enough', () => {
    expect(failureOf(`${wrote(1_000)}+0 > P. 1:501(500) ack 1`)).toContain('length: expected 500, got 1000');
  });

  test('are too many when they go beyond what is expected', () => {
    expect(failureOf(`${wrote(2_000)}+0 > P. 1:1501(1500) ack 1`)).toContain(
      'length: expected 1500, got 2000',
    );
  });

  test('need no PSH at their end, which hosts with super-segments set; but must have none that is not expected', () => {
    // The window of congestion is ten segments, so that text is left over.
    expect(outcome(`${wrote(20_000)}+0 > P. 1:10001(10000) ack 1`)).toBe('pass');
    expect(outcome(`${wrote(20_000)}+0 > . 1:10001(10000) ack 1`)).toBe('pass');
    expect(failureOf(`${wrote(20_000)}+0 > P. 1:1001(1000) ack 1`)).toContain('flags: expected P., got .');
  });

  test('have the flags of the last one', () => {
    expect(failureOf(`${wrote(2_000)}+0 > . 1:2001(2000) ack 1`)).toContain('flags: expected ., got P.');
  });

  test('must come: fewer than expected are a failure', () => {
    expect(failureOf(`${wrote(1_000)}+0 > P. 1:2001(2000) ack 1`)).toContain(
      'the next segment does not continue the one before',
    );
    expect(
      failureOf(`${wrote(1_000)}+0 < . 1:1(0) ack 1001 win 65535\n+0 > P. 1:2001(2000) ack 1`),
    ).toContain('no further segment came');
  });
});
