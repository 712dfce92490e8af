import { expect, it } from 'vitest';
import { viewFrame } from '../../../src/inspect/frame-view.ts';
import { encodeEchoRequest } from '../../../src/wire/index.ts';
import { cut } from '../../support/fragments.ts';
import { V4, V6 } from '../wire/frames.ts';

it.each([
  ['IPv4', V4, 1],
  ['IPv6', V6, 58],
])(
  'says of a fragment of %s which octets it brings, and shows none of them masked',
  (_, { src, dst }, protocol) => {
    const request = encodeEchoRequest(src, dst, 1, 1, new Uint8Array(92).fill(0x41));
    for (const [from, to, words] of [
      [0, 48, `fragment of IP protocol ${protocol}, octets 0 to 47`],
      [48, 100, `fragment of IP protocol ${protocol}, octets 48 to 99, the last`],
    ] as const) {
      const frame = cut(request, { from, to });
      const view = viewFrame(frame, 'in', undefined, 'masked');
      expect(view.summary).toEqual({ protocol: 'other', src: String(src), dst: String(dst), words });
      expect(view.masked).toBeGreaterThanOrEqual(to - from);
    }
  },
);
