import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { Flow } from '../../../src/drill/flow.ts';
import { FLAG, parseAddress } from '../../../src/wire/index.ts';

const flow = (irs: number) =>
  new Flow({
    local: parseAddress('198.18.0.1')!,
    localPort: 8_080,
    remote: parseAddress('198.18.0.2')!,
    remotePort: 40_000,
    irs,
  });

const NONE: never[] = [];
const uint32 = fc.integer({ min: 0, max: 2 ** 32 - 1 });

describe('numbers of a flow', () => {
  test('of a SYN of the peer go out as the script has them', () => {
    expect(flow(17).toWire({ flags: FLAG.SYN, seq: 17, ack: 0, options: NONE })).toMatchObject({
      seq: 17,
      ack: 0,
    });
  });

  test('of other segments count from the initial ones', () => {
    const established = flow(1_000);
    established.meetSyn(500_000, 0);
    const sack = [{ kind: 'sack', blocks: [{ left: 1, right: 11 }] }] as const;
    expect(established.toWire({ flags: FLAG.ACK, seq: 1, ack: 1, options: sack })).toEqual({
      flags: FLAG.ACK,
      seq: 1_001,
      ack: 500_001,
      options: [{ kind: 'sack', blocks: [{ left: 500_001, right: 500_011 }] }],
    });
    const live = [{ kind: 'sack', blocks: [{ left: 1_001, right: 1_011 }] }] as const;
    expect(established.toScript({ flags: FLAG.ACK, seq: 500_001, ack: 1_001, options: live })).toEqual({
      flags: FLAG.ACK,
      seq: 1,
      ack: 1,
      options: sack,
    });
  });

  test("of the stack's SYN,ACK are what the script calls them", () => {
    const answered = flow(1_000);
    answered.meetSyn(500_000, 7);
    expect(
      answered.toScript({ flags: FLAG.SYN | FLAG.ACK, seq: 500_000, ack: 1_001, options: NONE }),
    ).toMatchObject({
      seq: 7,
      ack: 1_001,
    });
    expect(answered.toWire({ flags: FLAG.SYN | FLAG.ACK, seq: 0, ack: 8, options: NONE }).ack).toBe(500_001);
  });

  test('of a first segment without SYN go out twice as large, as from the original', () => {
    expect(flow(17).toWire({ flags: FLAG.ACK, seq: 17, ack: 34, options: NONE })).toMatchObject({
      seq: 34,
      ack: 34,
    });
  });

  test('without ACK have whatever the script writes in the field', () => {
    const reset = flow(1_000);
    reset.meetSyn(500_000, 0);
    expect(reset.toWire({ flags: FLAG.RST, seq: 1, ack: 5, options: NONE })).toMatchObject({
      seq: 1_001,
      ack: 5,
    });
    expect(reset.toScript({ flags: FLAG.RST, seq: 500_001, ack: 0, options: NONE })).toMatchObject({
      seq: 1,
      ack: 0,
    });
  });

  test('come back from the wire as the script wrote them, whatever they are', () => {
    fc.assert(
      fc.property(
        uint32,
        uint32,
        uint32,
        uint32,
        uint32,
        fc.integer({ min: 0, max: 255 }),
        (irs, iss, script, seq, ack, flags) => {
          const any = flow(irs);
          any.meetSyn(iss, script);
          const numbers = { flags, seq, ack, options: NONE };
          expect(any.inboundToScript(any.toWire(numbers))).toEqual(numbers);
        },
      ),
    );
  });
});

describe('timestamps of a flow', () => {
  test('are names for what the stack said', () => {
    const named = flow(0);
    named.nameTimestamp(100, 987_654);
    expect(named.timestampOf(100, false)).toBe(987_654);
    expect(named.timestampOf(101, false)).toBeUndefined();
    expect(named.nameOfTimestamp(987_654)).toBe(100);
    expect(named.nameOfTimestamp(1)).toBe(1);
  });

  test('may be worked out from the first one', () => {
    const named = flow(0);
    named.nameTimestamp(100, 1_000);
    expect(named.timestampOf(150, true)).toBe(1_050);
    expect(named.timestampError(150, 1_060)).toBe(10);
  });
});
