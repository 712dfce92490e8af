import { describe, expect, test } from 'vitest';
import { ESTABLISHED, failureOf, outcome } from './script.ts';

const LISTENING = `0 socket(..., SOCK_STREAM, IPPROTO_TCP) = 3
+0 bind(3, ..., ...) = 0
+0 listen(3, 1) = 0
+0 < S 0:0(0) win 65535 <mss 1000,sackOK,TS val 5 ecr 0>
`;
const WROTE = `${ESTABLISHED}+0 write(4, ..., 10) = 10\n`;

describe('an expected segment', () => {
  test.each([
    ['. 1:11(10) ack 1', 'flags: expected ., got P.'],
    ['P. 2:12(10) ack 1', 'sequence number: expected 2, got 1'],
    ['P. 1:9(8) ack 1', 'length: expected 8, got 10'],
    ['P. 1:11(10) ack 2', 'ack: expected 2, got 1'],
    ['P. 1:11(10) ack 1 win 100', 'win: expected 100, got 65535'],
    ['P. 1:11(10) ack 1 urg 5', 'urg: expected 5, got 0'],
    ['P. 1:11(10) ack 1 <nop,nop,nop,nop>', 'options: expected <nop,nop,nop,nop>, got <>'],
    ['[ect0] P. 1:11(10) ack 1', 'ECN bits: expected ect0, got noecn'],
    ['[ect01] P. 1:11(10) ack 1', 'ECN bits: expected ect01, got noecn'],
    ['[tos 0x10] P. 1:11(10) ack 1', 'tos: expected 0x10, got 0x0'],
    ['(ttl 5) P. 1:11(10) ack 1', 'ttl: expected 5, got 64'],
    ['P.5 1:11(10) ack 1', 'the ACE field: expected 5, got 0'],
    ['8081 > 40001 P. 1:11(10) ack 1', 'nothing was sent'],
  ])('differs: %s', (expected, what) => {
    expect(failureOf(`${WROTE}+0 > ${expected}`)).toContain(what);
  });

  test.each([
    'P. 1:11(10) ack 1',
    'P. 1:11(10) ack 1 win 65535',
    '[noecn] P. 1:11(10) ack 1',
    '(ttl 64) P. 1:11(10) ack 1',
  ])('is the same: %s', (expected) => {
    expect(outcome(`${WROTE}+0 > ${expected}`)).toBe('pass');
  });

  test('tells every difference that there is', () => {
    expect(failureOf(`${WROTE}+0 > F. 1:11(10) ack 7`)).toEqual([
      'flags: expected F., got P.',
      'ack: expected 7, got 1',
    ]);
  });

  test('takes the traffic class that the socket was given', () => {
    const text = `${ESTABLISHED}+0 setsockopt(4, SOL_IP, IP_TOS, [0x10], 4) = 0\n+0 write(4, ..., 1) = 1\n`;
    expect(outcome(`${text}+0 > [tos 0x10] P. 1:2(1) ack 1`)).toBe('pass');
  });
});

describe('options', () => {
  test('are compared in their order, with their padding', () => {
    expect(outcome(`${LISTENING}+0 > S. 0:0(0) ack 1 <mss 1460,sackOK,TS val 1 ecr 5>`)).toBe('pass');
    expect(failureOf(`${LISTENING}+0 > S. 0:0(0) ack 1 <sackOK,mss 1460,TS val 1 ecr 5>`)[0]).toMatch(
      /^options/,
    );
    expect(
      failureOf(`${LISTENING}+0 > S. 0:0(0) ack 1 <mss 1460,nop,nop,sackOK,nop,nop,TS val 1 ecr 5>`)[0],
    ).toMatch(/^options/);
  });

  test('are compared as a set when asked to, and their values all the same', () => {
    const set = { optionsAsSet: true };
    expect(
      outcome(`${LISTENING}+0 > S. 0:0(0) ack 1 <TS val 1 ecr 5,nop,nop,sackOK,eol,eol,mss 1460>`, set),
    ).toBe('pass');
    expect(
      failureOf(`${LISTENING}+0 > S. 0:0(0) ack 1 <TS val 1 ecr 5,nop,nop,sackOK,eol,eol,mss 1400>`, set),
    ).toHaveLength(1);
    expect(failureOf(`${LISTENING}+0 > S. 0:0(0) ack 1 <nop,nop,sackOK,mss 1460>`, set)).toHaveLength(1);
  });

  test('of a script that names none must be none', () => {
    expect(failureOf(`${LISTENING}+0 > S. 0:0(0) ack 1`)[0]).toMatch(/^options: expected <>, got <mss 1460/);
  });

  test('have an echo that is compared, unlike in the original', () => {
    expect(failureOf(`${LISTENING}+0 > S. 0:0(0) ack 1 <mss 1460,sackOK,TS val 1 ecr 6>`)[0]).toMatch(
      /TS val \d+ ecr 5>$/,
    );
  });
});

describe('timestamps', () => {
  const acked = `${LISTENING}+0 > S. 0:0(0) ack 1 <mss 1460,sackOK,TS val 100 ecr 5>\n`;

  test('of the peer echo what was seen, by its name', () => {
    expect(
      outcome(`${acked}+0 < . 1:1(0) ack 1 win 100 <nop,nop,TS val 6 ecr 100>\n+0 accept(3, ..., ...) = 4`),
    ).toBe('pass');
    expect(outcome(`${acked}+0 < . 1:1(0) ack 1 win 100 <nop,nop,TS val 6 ecr 200>`)).toContain(
      'error x.pkt:6:1: no outbound segment has had TS val 200, which ecr names',
    );
  });

  test('may be worked out where the script counts on', () => {
    const scaled = `--tcp_ts_ecr_scaled\n${acked}`;
    expect(outcome(`${scaled}+0.1 < . 1:1(0) ack 1 win 100 <nop,nop,TS val 6 ecr 200>`)).toBe('pass');
  });

  test.each([
    [200, 'pass'],
    [203, 'pass'],
    [205, 'options'],
    [195, 'options'],
  ])('of the stack are compared where a tick has a length: %i', (value, expected) => {
    const text = `--tcp_ts_tick_usecs=1000\n${acked}+0 < . 1:1(0) ack 1 win 100 <nop,nop,TS val 6 ecr 100>
+0.1 accept(3, ..., ...) = 4
+0 write(4, ..., 1) = 1
+0 > P. 1:2(1) ack 1 <nop,nop,TS val ${value} ecr 6>`;
    expect(outcome(text)).toContain(expected);
  });
});

describe('flow labels', () => {
  const ipv6 = `--ip_version=ipv6\n${ESTABLISHED}+0 write(4, ..., 1) = 1\n+0 > (flowlabel 0x1) P. 1:2(1) ack 1\n+0 write(4, ..., 1) = 1\n+0 < . 1:1(0) ack 2 win 65535\n`;

  test('are names: only which packets share one is compared', () => {
    expect(outcome(`${ipv6}+0 > (flowlabel 0x1) P. 2:3(1) ack 1`)).toBe('pass');
    expect(failureOf(`${ipv6}+0 > (flowlabel 0x2) P. 2:3(1) ack 1`)[0]).toMatch(
      /^flow label: expected another one/,
    );
  });
});
