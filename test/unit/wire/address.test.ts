import { isIPv4, isIPv6 } from 'node:net';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { IpAddress, inPrefix, parseAddress, parseCidr } from '../../../src/wire/index.ts';
import { address, anyAddress } from './arbitraries.ts';
import { ip } from './frames.ts';

describe('an address', () => {
  it('is read back from its own text', () => {
    fc.assert(fc.property(anyAddress, (a) => parseAddress(a.toString())!.equals(a)));
  });

  it('is read back from its own bytes, at any offset', () => {
    fc.assert(
      fc.property(anyAddress, fc.nat(5), (a, offset) => {
        const bytes = new Uint8Array(offset + 16);
        a.writeTo(bytes, offset);
        expect(IpAddress.fromBytes(bytes, offset, a.version)).toEqual(a);
      }),
    );
  });

  it('has the same text as in a URL, but for embedded IPv4', () => {
    fc.assert(
      fc.property(
        address(6).filter((a) => !a.toString().includes('.')),
        (a) => `[${a}]` === new URL(`http://[${a}]`).hostname,
      ),
    );
  });

  it.each([
    ['2001:0db8::0001', '2001:db8::1'],
    ['2001:db8:0:0:0:0:2:1', '2001:db8::2:1'],
    ['2001:db8:0:1:1:1:1:1', '2001:db8:0:1:1:1:1:1'],
    ['2001:db8::1:1:1:1:1', '2001:db8:0:1:1:1:1:1'],
    ['2001:0:0:1:0:0:0:1', '2001:0:0:1::1'],
    ['2001:db8:0:0:1:0:0:1', '2001:db8::1:0:0:1'],
    ['2001:DB8:AAAA:bbbb:CCCC:dddd:eeee:AAAA', '2001:db8:aaaa:bbbb:cccc:dddd:eeee:aaaa'],
    ['0:0:0:0:0:0:0:0', '::'],
    ['0:0:0:0:0:0:0:1', '::1'],
    ['1:0:0:0:0:0:0:0', '1::'],
    ['::ffff:c612:1', '::ffff:198.18.0.1'],
    ['64:ff9b::198.18.0.1', '64:ff9b::c612:1'],
    ['198.18.0.255', '198.18.0.255'],
  ])('is written in its one canonical form: %s as %s', (text, canonical) => {
    expect(ip(text).toString()).toBe(canonical);
  });

  it('equals only the same address of the same version', () => {
    expect(ip('198.18.0.1').equals(ip('198.18.0.1'))).toBe(true);
    expect(ip('198.18.0.1').equals(ip('198.18.0.2'))).toBe(false);
    expect(ip('198.18.0.1').equals(ip('::ffff:198.18.0.1'))).toBe(false);
    for (const other of ['1:2:3:4:5:6:7:9', '1:2:3:4:5:7:7:8', '1:2:3:5:5:6:7:8', '1:3:3:4:5:6:7:8']) {
      expect(ip('1:2:3:4:5:6:7:8').equals(ip(other))).toBe(false);
    }
  });

  it('takes words with or without a sign', () => {
    expect(IpAddress.v4(0xc612_0001).equals(IpAddress.v4(0xc612_0001 | 0))).toBe(true);
    expect(IpAddress.v6(0xfd00_0000, 0, 0, 1).toString()).toBe('fd00::1');
  });

  it.each([
    [
      'isMulticast',
      ['224.0.0.0', '239.255.255.255', 'ff00::', 'ff02::1'],
      ['223.255.255.255', '240.0.0.0', 'feff::'],
    ],
    ['isBroadcast', ['255.255.255.255'], ['255.255.255.254', '198.18.0.255', '::ffff:255.255.255.255']],
    [
      'isUnspecified',
      ['0.0.0.0', '::'],
      ['0.0.0.1', '::1', '1::', '0:0:1::', '0:0:0:0:1::', '::ffff:0.0.0.0'],
    ],
    [
      'isLoopback',
      ['127.0.0.0', '127.255.255.255', '::1'],
      ['126.255.255.255', '128.0.0.0', '::', '::2', '1::1'],
    ],
  ] as const)('knows %s up to its boundaries', (property, are, areNot) => {
    for (const text of are) expect([text, ip(text)[property]]).toEqual([text, true]);
    for (const text of areNot) expect([text, ip(text)[property]]).toEqual([text, false]);
  });
});

describe('parseAddress', () => {
  const pieces = fc.constantFrom(
    '0',
    '00',
    '1',
    '255',
    '256',
    'ffff',
    '10000',
    'g',
    ':',
    ':',
    '::',
    '.',
    '.',
    ' ',
    '/',
  );
  const nearMisses = fc.array(pieces, { maxLength: 17 }).map((parts) => parts.join(''));

  it('takes exactly the literals that Node takes', () => {
    fc.assert(
      fc.property(fc.oneof(nearMisses, fc.ipV4(), fc.ipV6(), fc.ipV4Extended(), fc.string()), (text) => {
        fc.pre(!text.includes('%'));
        const version = isIPv4(text) ? 4 : isIPv6(text) ? 6 : undefined;
        expect(parseAddress(text)?.version).toBe(version);
      }),
      { numRuns: 2000 },
    );
  });

  it.each([
    '',
    'localhost',
    '198.18.0',
    '198.18.0.1.1',
    '198.18.0.256',
    '198.18.0.01',
    '198.18.0.-1',
    ' 198.18.0.1',
    '0x7f.0.0.1',
    ':',
    ':::',
    '1::2::3',
    '1:2:3:4:5:6:7',
    '1:2:3:4:5:6:7:8:9',
    '1:2:3:4::5:6:7:8',
    ':1:2:3:4:5:6:7',
    '1:2:3:4:5:6:7:',
    '12345::',
    'g::',
    '198.18.0.1::',
    '::198.18.0.1:1',
    '1:2:3:4:5:6:7:198.18.0.1',
    '::198.18.0.256',
    'fe80::1%eth0',
    '[::1]',
    '::1/64',
  ])('refuses "%s"', (text) => {
    expect(parseAddress(text)).toBeUndefined();
  });

  it('takes "::" for a single group too', () => {
    expect(parseAddress('1:2:3:4:5:6:7::')?.toString()).toBe('1:2:3:4:5:6:7:0');
  });
});

describe('parseCidr', () => {
  it('keeps the bits behind the prefix', () => {
    const { address: a, prefix } = parseCidr('198.18.0.1/24')!;
    expect([a.toString(), prefix]).toEqual(['198.18.0.1', 24]);
  });

  it.each(['0.0.0.0/0', '198.18.0.1/32', '::/0', 'fd00::1/128'])('takes the boundary %s', (text) => {
    const { address: a, prefix } = parseCidr(text)!;
    expect(`${a}/${prefix}`).toBe(text);
  });

  it.each([
    '198.18.0.1',
    '198.18.0.1/',
    '198.18.0.1/33',
    'fd00::1/129',
    '198.18.0.1/-1',
    '198.18.0.1/08',
    '/24',
    'x/24',
    '198.18.0.1/24/24',
  ])('refuses "%s"', (text) => {
    expect(parseCidr(text)).toBeUndefined();
  });
});

describe('inPrefix', () => {
  const bitsOf = (a: IpAddress) => {
    const bytes = new Uint8Array(a.version === 4 ? 4 : 16);
    a.writeTo(bytes, 0);
    return Array.from(bytes, (byte) => byte.toString(2).padStart(8, '0')).join('');
  };

  it('compares exactly the first bits', () => {
    const cases = fc.constantFrom<4 | 6>(4, 6).chain((version) =>
      fc.record({
        a: address(version),
        b: address(version),
        prefix: fc.nat(version === 4 ? 32 : 128),
      }),
    );
    fc.assert(
      fc.property(cases, ({ a, b, prefix }) => {
        expect(inPrefix(a, b, prefix)).toBe(bitsOf(a).slice(0, prefix) === bitsOf(b).slice(0, prefix));
      }),
    );
  });

  it.each([
    ['198.18.0.255', '198.18.0.1', 24, true],
    ['198.18.1.0', '198.18.0.1', 24, false],
    ['255.0.0.1', '1.2.3.4', 0, true],
    ['198.18.0.1', '198.18.0.0', 32, false],
    ['fd00:0:0:1::9', 'fd00:0:0:1::', 64, true],
    ['fd00:0:0:2::9', 'fd00:0:0:1::', 64, false],
    ['::ffff:198.18.0.1', '198.18.0.1', 24, false],
    ['198.18.0.1', '::ffff:198.18.0.1', 0, false],
  ])('%s against %s/%d is %s', (a, network, prefix, expected) => {
    expect(inPrefix(ip(a), ip(network), prefix)).toBe(expected);
  });

  it.each([-1, 33, 1.5, Number.NaN])('throws for the prefix %d, which says nothing', (prefix) => {
    expect(() => inPrefix(ip('198.18.0.1'), ip('198.18.0.0'), prefix)).toThrow(RangeError);
  });
});
