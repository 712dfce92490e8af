import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { viewFrame } from '../../../src/inspect/frame-view.ts';
import { fromBase64 } from '../../../src/inspect/index.ts';
import { describeEvent, headerLength } from '../../../src/inspect/mask.ts';
import {
  encodeEchoRequest,
  encodeTcp,
  FLAG,
  NO_OPTIONS,
  PROTOCOL,
  parseAddress,
  writeIpHeader,
} from '../../../src/wire/index.ts';

const SECRET = new TextEncoder().encode('the secret of the user');
const src = parseAddress('198.18.0.1')!;
const dst = parseAddress('198.18.0.2')!;

function segment(text: Uint8Array, version: 4 | 6 = 4): Uint8Array {
  const addresses =
    version === 4 ? { src, dst } : { src: parseAddress('fd00::1')!, dst: parseAddress('fd00::2')! };
  return encodeTcp(addresses, {
    srcPort: 1,
    dstPort: 2,
    seq: 3,
    ack: 4,
    flags: FLAG.ACK,
    wnd: 5,
    up: 0,
    options: { ...NO_OPTIONS, timestamps: { value: 1, echo: 2 } },
    text,
  });
}

/** Whether a piece of the secret of 4 octets or more is in there. */
function leaks(bytes: Uint8Array): boolean {
  const seen = Buffer.from(bytes).toString('latin1');
  const secret = Buffer.from(SECRET).toString('latin1');
  for (let from = 0; from + 4 <= secret.length; from++)
    if (seen.includes(secret.slice(from, from + 4))) return true;
  return false;
}

describe('a masked frame', () => {
  test.each([4, 6] as const)('has its headers and options, and none of its text (IPv%d)', (version) => {
    const frame = segment(SECRET, version);
    const view = viewFrame(frame, 'in', undefined, 'masked');
    expect(view.masked).toBe(SECRET.length);
    expect(view.length).toBe(frame.length);
    const seen = fromBase64(view.bytes);
    expect(seen).toEqual(frame.subarray(0, frame.length - SECRET.length));
    expect(view.summary).toMatchObject({
      protocol: 'tcp',
      text: SECRET.length,
      options: { timestamps: { value: 1, echo: 2 } },
    });
  });

  test('has all of its bytes when payload is to be shown', () => {
    const frame = segment(SECRET);
    const view = viewFrame(frame, 'out', undefined, 'shown');
    expect(view.masked).toBe(0);
    expect(fromBase64(view.bytes)).toEqual(frame);
  });

  test('has nothing masked when there is nothing to mask', () => {
    expect(viewFrame(segment(new Uint8Array(0)), 'in', undefined, 'masked').masked).toBe(0);
  });

  test('of an echo request does not show its data', () => {
    const frame = encodeEchoRequest(src, dst, 1, 2, SECRET);
    expect(headerLength(frame)).toBe(28);
    expect(leaks(frame.subarray(0, headerLength(frame)))).toBe(false);
  });

  test('of another protocol shows its IP header alone', () => {
    const frame = new Uint8Array(20 + SECRET.length);
    frame.set(SECRET, 20);
    writeIpHeader(frame, { src, dst, protocol: PROTOCOL.udp }, SECRET.length);
    expect(headerLength(frame)).toBe(20);
  });

  test('leaks no text whatever bit of it was flipped', () => {
    const frame = segment(SECRET);
    fc.assert(
      fc.property(fc.integer({ min: 0, max: 8 * frame.length - 1 }), (bit) => {
        const damaged = frame.slice();
        damaged[bit >> 3]! ^= 0x80 >> (bit & 7);
        expect(leaks(damaged.subarray(0, headerLength(damaged)))).toBe(false);
      }),
    );
  });
});

describe('an event of a chart, as it is told', () => {
  test('counts octets in place of showing them', () => {
    expect(describeEvent({ type: 'send', bytes: SECRET, urgent: false })).toEqual({
      type: 'send',
      octets: SECRET.length,
      urgent: false,
    });
    const arriving = { seq: 1, ack: 2, flags: FLAG.ACK, wnd: 3, text: SECRET, options: NO_OPTIONS };
    expect(describeEvent({ type: 'segment.arrives', segment: arriving, listening: false })).toEqual({
      type: 'segment.arrives',
      segment: { seq: 1, ack: 2, flags: 'ACK', wnd: 3, text: SECRET.length },
    });
  });

  test('keeps numbers and words, and leaves out everything else', () => {
    const event = {
      type: 'set',
      settings: { noDelay: true, userTimeoutMs: 5 },
      bytes: SECRET,
      map: new Map(),
      call: () => {},
      nested: { bytes: SECRET },
    };
    expect(describeEvent(event)).toEqual({ type: 'set', settings: { noDelay: true, userTimeoutMs: 5 } });
  });
});
