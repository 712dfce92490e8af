import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { StackError } from '../../../src/errors.ts';
import { parseCidr, sameAddress } from '../../../src/node/cidr.ts';

const hex = (text: string) => Buffer.from(parseCidr(text).address).toString('hex');

describe('parseCidr', () => {
  it('reads an IPv4 address and its prefix length', () => {
    const cidr = parseCidr('198.18.0.1/24');
    expect(cidr).toMatchObject({ version: 4, prefixLength: 24, text: '198.18.0.1/24' });
    expect([...cidr.address]).toEqual([198, 18, 0, 1]);
  });

  it.each([
    ['fd00::1/64', 'fd000000000000000000000000000001'],
    ['::/0', '00000000000000000000000000000000'],
    ['1:2:3:4:5:6:7:8/128', '00010002000300040005000600070008'],
    ['fd00:abcd::/32', 'fd00abcd000000000000000000000000'],
    ['::ffff:198.18.0.1/96', '00000000000000000000ffffc6120001'],
    ['1:2:3:4:5:6:198.18.0.1/64', '000100020003000400050006c6120001'],
  ])('reads the IPv6 address %s', (text, bytes) => {
    expect(hex(text)).toBe(bytes);
  });

  it('reads the same IPv6 address however it is shortened', () => {
    fc.assert(
      fc.property(fc.ipV6(), (literal) => {
        const url = new URL(`http://[${literal}]/`).hostname.slice(1, -1);
        expect(sameAddress(parseCidr(`${literal}/64`), parseCidr(`${url}/64`))).toBe(true);
      }),
    );
  });

  it.each(['0.0.0.0/0', '198.18.0.1/32', '::1/0', '::1/128'])('takes the extreme prefix of %s', (text) => {
    expect(parseCidr(text).text).toBe(text);
  });

  it.each([
    ['198.18.0.1', 'lacks its prefix length'],
    ['198.18.0.1/33', 'from 0 to 32'],
    ['fd00::1/129', 'from 0 to 128'],
    ['198.18.0.1/-1', 'from 0 to 32'],
    ['198.18.0.1/', 'from 0 to 32'],
    ['198.18.0.1/2x', 'from 0 to 32'],
    ['198.18.0/24', 'is not an address'],
    ['198.18.0.1/24/24', 'is not an address'],
    ['fe80::1%lo/64', 'is not an address'],
    ['example.org/24', 'is not an address'],
    ['', 'is not an address'],
  ])('refuses %j', (text, reason) => {
    expect(() => parseCidr(text)).toThrow(StackError);
    expect(() => parseCidr(text)).toThrow(reason);
  });
});

describe('sameAddress', () => {
  it('tells address, prefix length and version apart', () => {
    const same = (a: string, b: string) => sameAddress(parseCidr(a), parseCidr(b));
    expect(same('198.18.0.1/24', '198.18.0.1/24')).toBe(true);
    expect(same('198.18.0.1/24', '198.18.0.1/25')).toBe(false);
    expect(same('198.18.0.1/24', '198.18.0.2/24')).toBe(false);
    expect(same('0.0.0.0/0', '::/0')).toBe(false);
  });
});
