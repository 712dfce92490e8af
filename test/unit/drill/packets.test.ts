import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { ScriptSegment, ScriptTcpOption } from '../../../src/drill/ast.ts';
import { Flow } from '../../../src/drill/flow.ts';
import { decodeFrame, encodeSegment } from '../../../src/drill/packets.ts';
import { decodeOptions, encodeOptions } from '../../../src/drill/tcp-options.ts';
import { FLAG, parseAddress } from '../../../src/wire/index.ts';

const flow = new Flow({
  local: parseAddress('198.18.0.1')!,
  localPort: 8_080,
  remote: parseAddress('198.18.0.2')!,
  remotePort: 40_000,
  irs: 0,
});

const segment: ScriptSegment = {
  kind: 'tcp',
  direction: 'inbound',
  ip: {},
  ports: undefined,
  flags: FLAG.ACK | FLAG.PSH,
  ace: undefined,
  seq: 1,
  length: 10,
  ack: 5,
  wnd: 100,
  up: 3,
  options: [{ kind: 'nop' }, { kind: 'nop' }, { kind: 'TS', value: 1, echo: 2 }],
};

const option: fc.Arbitrary<ScriptTcpOption> = fc.oneof(
  fc.constantFrom<ScriptTcpOption>({ kind: 'nop' }, { kind: 'sackOK' }, { kind: 'eol' }),
  fc.nat(65_535).map((value): ScriptTcpOption => ({ kind: 'mss', value })),
  fc.nat(255).map((value): ScriptTcpOption => ({ kind: 'wscale', value })),
  fc.record({ kind: fc.constant('TS' as const), value: fc.nat(), echo: fc.nat() }),
  fc
    .array(fc.record({ left: fc.nat(), right: fc.nat() }), { minLength: 1, maxLength: 4 })
    .map((blocks): ScriptTcpOption => ({ kind: 'sack', blocks })),
  fc
    .uint8Array({ maxLength: 16 })
    .map((data): ScriptTcpOption => ({ kind: 'raw', number: 34, name: 'FO', data })),
);

describe('options', () => {
  test('are read as they were written, in their order', () => {
    fc.assert(
      fc.property(fc.array(option, { maxLength: 8 }), (options) => {
        expect(decodeOptions(encodeOptions(options))).toEqual(options);
      }),
    );
  });

  test('with a length that leads nowhere are none', () => {
    expect(decodeOptions(Uint8Array.of(2, 1, 0, 0))).toBeUndefined();
    expect(decodeOptions(Uint8Array.of(2, 4, 5))).toBeUndefined();
    expect(decodeOptions(Uint8Array.of(8))).toBeUndefined();
  });
});

describe('a segment', () => {
  test('goes out with sound checksums, zeros as its text, and what the script says of it', () => {
    const frame = encodeSegment({ ...segment, ip: { ecn: 'ce', ttl: 5 } }, flow, undefined);
    expect(decodeFrame(frame, 0)).toMatchObject({
      kind: 'tcp',
      sourcePort: 40_000,
      destinationPort: 8_080,
      flags: FLAG.ACK | FLAG.PSH,
      seq: 1,
      ack: 5,
      wnd: 100,
      up: 3,
      reserved: 0,
      text: new Uint8Array(10),
      options: segment.options,
      packet: { trafficClass: 3, hopLimit: 5 },
    });
  });

  test('takes its ports, its ACE field and its echo from elsewhere when told to', () => {
    const ports = { source: 1, destination: 2 };
    expect(decodeFrame(encodeSegment({ ...segment, ports, ace: 5 }, flow, 77), 0)).toMatchObject({
      sourcePort: 1,
      destinationPort: 2,
      flags: FLAG.ACK | FLAG.PSH | FLAG.AE | FLAG.ECE,
      options: [{}, {}, { kind: 'TS', value: 1, echo: 77 }],
    });
  });

  test('of the stack with a wrong checksum is not taken for a segment', () => {
    const frame = encodeSegment(segment, flow, undefined);
    frame[frame.length - 1] = 1;
    expect(decodeFrame(frame, 0)).toMatchObject({ kind: 'other', what: 'tcp.checksum' });
    expect(decodeFrame(Uint8Array.of(1, 2), 0)).toMatchObject({ kind: 'other', what: 'ip.version' });
  });

  test('longer than IP can say is refused', () => {
    expect(() => encodeSegment({ ...segment, length: 65_535 }, flow, undefined)).toThrow(RangeError);
  });
});
