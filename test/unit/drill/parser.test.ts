import { describe, expect, test } from 'vitest';
import type { ScriptIcmp, ScriptSegment, SystemCall } from '../../../src/drill/ast.ts';
import { parseScript } from '../../../src/drill/parser.ts';
import { FLAG } from '../../../src/wire/index.ts';

const parse = (text: string) => parseScript({ file: 'x.pkt', text });
const event = (text: string) => parse(`0 \`true\`\n${text}`).events[1]!;
const packet = (text: string) => {
  const parsed = event(`+0 ${text}`);
  if (parsed.kind !== 'packet') throw new Error('no packet');
  return parsed.packet;
};
const segment = (text: string) => packet(text) as ScriptSegment;
const call = (text: string): SystemCall => {
  const parsed = event(`+0 ${text}`);
  if (parsed.kind !== 'call') throw new Error('no call');
  return parsed.call;
};

describe('a script', () => {
  test('has options, a command before it, events, and a command behind it', () => {
    const script = parse(
      '--ip_version=ipv6\n--strict_segments\n`init`\n0 close(3) = 0\n1 `at one`\n`cleanup`',
    );
    expect(script.options.map(({ name, value }) => [name, value])).toEqual([
      ['ip_version', 'ipv6'],
      ['strict_segments', undefined],
    ]);
    expect(script.init?.text).toBe('init');
    expect(script.events.map(({ kind }) => kind)).toEqual(['call', 'command']);
    expect(script.cleanup?.text).toBe('cleanup');
  });
});

describe('times', () => {
  test.each([
    ['1 `x`', { kind: 'absolute', ms: 1_000 }],
    ['+.000001 `x`', { kind: 'relative', ms: 0.001 }],
    ['* > . 1:1(0) ack 1', { kind: 'any' }],
    ['1~2.5 > . 1:1(0) ack 1', { kind: 'absolute-range', ms: 1_000, endMs: 2_500 }],
    ['+0~+.04 > . 1:1(0) ack 1', { kind: 'relative-range', ms: 0, endMs: 40 }],
    ['+0...0.2 accept(3, ..., ...) = 4', { kind: 'relative-blocking', ms: 0, endMs: 200 }],
    ['1...2 accept(3, ..., ...) = 4', { kind: 'absolute-blocking', ms: 1_000, endMs: 2_000 }],
  ])('%s', (text, time) => {
    expect(event(text).time).toEqual(time);
  });
});

describe('segments', () => {
  test('have flags, numbers, and options in their order', () => {
    expect(segment('< S 0:0(0) win 65535 <mss 1460,sackOK,TS val 1 ecr 2,nop,wscale 7>')).toMatchObject({
      direction: 'inbound',
      flags: FLAG.SYN,
      seq: 0,
      length: 0,
      wnd: 65_535,
      options: [
        { kind: 'mss', value: 1_460 },
        { kind: 'sackOK' },
        { kind: 'TS', value: 1, echo: 2 },
        { kind: 'nop' },
        { kind: 'wscale', value: 7 },
      ],
    });
    expect(segment('> FPU. 1:11(10) ack 5 urg 10 <nop,nop,sack 3:4 1:2>')).toMatchObject({
      flags: FLAG.FIN | FLAG.PSH | FLAG.URG | FLAG.ACK,
      ack: 5,
      wnd: undefined,
      up: 10,
      options: [
        { kind: 'nop' },
        { kind: 'nop' },
        {
          kind: 'sack',
          blocks: [
            { left: 3, right: 4 },
            { left: 1, right: 2 },
          ],
        },
      ],
    });
  });

  test('may wrap around the end of the sequence numbers', () => {
    expect(segment('> . 4294967295:4(5) ack 1')).toMatchObject({ seq: 4_294_967_295, length: 5 });
  });

  test('may leave options out of the comparison', () => {
    expect(segment('> S 0:0(0) <...>').options).toBe('any');
    expect(segment('> S 0:0(0)').options).toEqual([]);
  });

  test('may have no flags, or the ACE field as a digit', () => {
    expect(segment('> - 1:1(0)')).toMatchObject({ flags: 0, ace: undefined });
    expect(segment('> P.5 1:1(0) ack 1')).toMatchObject({ flags: FLAG.PSH | FLAG.ACK, ace: 5 });
    expect(segment('> .5 1:1(0) ack 1')).toMatchObject({ flags: FLAG.ACK, ace: 5 });
    expect(segment('> SEWA 0:0(0)').flags).toBe(FLAG.SYN | FLAG.ECE | FLAG.CWR | FLAG.AE);
  });

  test('may have ports, and words about the IP header', () => {
    expect(segment('> [ect0] 10 > 20 . 1:1(0) ack 1')).toMatchObject({
      ip: { ecn: 'ect0' },
      ports: { source: 10, destination: 20 },
    });
    expect(segment('< (ce, flowlabel 0x12345) . 1:1(0) ack 1 win 1').ip).toEqual({
      ecn: 'ce',
      flowLabel: 0x12345,
    });
    expect(segment('> [tos 0x10] . 1:1(0) ack 1').ip).toEqual({ tos: 16 });
    expect(segment('> (ttl 64) . 1:1(0) ack 1').ip).toEqual({ ttl: 64 });
  });

  test('may have options by their bytes', () => {
    expect(segment('> S 0:0(0) <nop,nop,FO 0123abcd01>'.replace('01>', '>')).options).toMatchObject([
      {},
      {},
      { kind: 'raw', number: 34, data: Uint8Array.of(1, 0x23, 0xab, 0xcd) },
    ]);
    expect(segment('> S 0:0(0) <FOEXP>').options).toMatchObject([
      { number: 254, data: Uint8Array.of(0xf9, 0x89) },
    ]);
    expect(segment('> . 1:1(0) ack 1 <ECN e1b 1 ceb 2 e0b 3,nop>').options).toMatchObject([
      { number: 174, data: Uint8Array.of(0, 0, 1, 0, 0, 2, 0, 0, 3) },
      {},
    ]);
  });

  test('may have a cookie by a word that is defined', () => {
    const defines = new Map([['COOKIE', { kind: 'word', text: 'abcd' }] as const]);
    const script = parseScript({ file: 'x', text: '0 > S 0:0(0) <FO COOKIE>' }, { defines });
    expect(script.events[0]).toMatchObject({
      packet: { options: [{ number: 34, data: Uint8Array.of(0xab, 0xcd) }] },
    });
  });
});

describe('ICMP messages', () => {
  test('name type and code, and quote a segment', () => {
    expect(packet('< icmp unreachable frag_needed mtu 1200 [1:1001(1000)]') as ScriptIcmp).toMatchObject({
      type: 'unreachable',
      code: 'frag_needed',
      mtu: 1_200,
      quoted: { kind: 'tcp', seq: 1, length: 1_000 },
    });
    expect(packet('< icmp echo_request id 7 [raw(56)]') as ScriptIcmp).toMatchObject({
      code: undefined,
      id: 7,
      quoted: { kind: 'raw', length: 56 },
    });
    expect(packet('< icmp unreachable') as ScriptIcmp).toMatchObject({ quoted: { kind: 'tcp', seq: 0 } });
  });
});

describe('system calls', () => {
  test('have arguments of every kind', () => {
    const { args } = call('f(..., 3, 0x10, A|B, [5], {onoff=1, linger=0}, "a" "b", htons(80), 1.2.3.4) = 0');
    expect(args.map(({ kind }) => kind)).toEqual([
      'any',
      'number',
      'number',
      'or',
      'list',
      'struct',
      'string',
      'function',
      'address',
    ]);
    expect(args[6]).toMatchObject({ value: 'ab' });
  });

  test('have structs within structs, with fields by name, by length and by place', () => {
    const [, message] = call(
      'recvmsg(4, {msg_name(...)=..., msg_iov(2)=[{..., 100}, {..., 200}], msg_flags=0}, 0) = 3',
    ).args;
    if (message?.kind !== 'struct') throw new Error('no struct');
    expect(message.fields.map(({ name }) => name)).toEqual(['msg_name', 'msg_iov', 'msg_flags']);
    expect(message.fields[1]?.size).toMatchObject({ kind: 'number', value: 2 });
    expect(message.fields[1]?.value).toMatchObject({
      kind: 'list',
      items: [{ kind: 'struct' }, { kind: 'struct' }],
    });
  });

  test('have a result, an errno, and notes for the reader', () => {
    expect(call('read(3, ..., 1) = -1 EAGAIN (Resource temporarily (un)available) (note)')).toMatchObject({
      result: { kind: 'number', value: -1 },
      errno: 'EAGAIN',
    });
    expect(call('fcntl(3, F_GETFL) = 0x02 (flags O_RDWR)')).toMatchObject({
      result: { value: 2 },
      errno: undefined,
    });
  });
});
