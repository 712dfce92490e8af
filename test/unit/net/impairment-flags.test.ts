import { describe, expect, test } from 'vitest';
import {
  impairmentFlags,
  impairmentsFromFlags,
  parseBurst,
  parsePercent,
  parseRate,
} from '../../../src/net/impairment-flags.ts';
import { checkImpairments } from '../../../src/net/impairment-values.ts';

const refusal = (message: string) => expect.objectContaining({ name: 'StackError', code: 'EINVAL', message });

describe('a percentage', () => {
  test.each([
    ['0', 0],
    ['2', 2],
    ['2.5', 2.5],
    ['.5', 0.5],
    [' 100 ', 100],
  ])('reads %j', (text, percent) => {
    expect(parsePercent(text)).toBe(percent);
  });

  test.each(['', ' ', '-1', '100.1', '2%', '0x10', '1e1', 'NaN', 'Infinity', 'two', '1,5', '.'])(
    'refuses %j',
    (text) => {
      expect(() => parsePercent(text, '--loss')).toThrow(
        refusal(
          `--loss: can't read ${JSON.stringify(text)}; give a percentage as a plain number from 0 to 100, such as 2.5`,
        ),
      );
    },
  );
});

describe('a rate', () => {
  test.each([
    ['9600bit', 9_600],
    ['500kbit', 500_000],
    ['20mbit', 20_000_000],
    ['1.5gbit', 1_500_000_000],
    ['20Mbit', 20_000_000],
    ['20 mbit', 20_000_000],
  ])('reads %j', (text, rate) => {
    expect(parseRate(text)).toBe(rate);
  });

  test.each(['', '20', 'mbit', '0mbit', '-1mbit', '20mbps', '20mb', '20tbit', '20mbits', '1e3bit'])(
    'refuses %j',
    (text) => {
      expect(() => parseRate(text, '--rate-out')).toThrow(
        refusal(
          `--rate-out: can't read ${JSON.stringify(text)}; ` +
            'give a number above 0 with one of bit, kbit, mbit, gbit, such as 20mbit',
        ),
      );
    },
  );
});

describe('burst loss', () => {
  test('reads two percentages or three', () => {
    expect(parseBurst('1,25')).toEqual({ p: 1, r: 25 });
    expect(parseBurst('1, 25, 80')).toEqual({ p: 1, r: 25, loss: 80 });
  });

  test.each(['', '1', '1,2,3,4', '1;2'])('refuses %j', (text) => {
    expect(() => parseBurst(text, '--burst')).toThrow(
      refusal(
        `--burst: can't read ${JSON.stringify(text)}; ` +
          'give two or three percentages (good to bad, bad to good, lost while bad), such as 1,25,100',
      ),
    );
  });

  test.each(['1,', '1,101', '-1,5', '1,2,x'])('refuses a part of %j', (text) => {
    expect(() => parseBurst(text, '--burst')).toThrow("--burst: can't read");
  });
});

describe('the flags of a command line', () => {
  test('are for both directions', () => {
    const both = {
      loss: 2,
      burst: { p: 1, r: 25 },
      delayMs: 20,
      jitterMs: 2.5,
      reorder: 5,
      duplicate: 1,
      corrupt: 0.5,
      rate: 20e6,
      queue: 100,
    };
    const flags = {
      loss: '2',
      burst: '1,25',
      delay: '20',
      jitter: '2.5',
      reorder: '5',
      duplicate: '1',
      corrupt: '0.5',
      rate: '20mbit',
      queue: '100',
    };
    expect(impairmentsFromFlags(flags)).toEqual({ in: both, out: both });
    checkImpairments(impairmentsFromFlags(flags).in);
  });

  test('with a suffix are for one, where they win', () => {
    expect(impairmentsFromFlags({ loss: '2', lossIn: '0', delayOut: '30' })).toEqual({
      in: { loss: 0 },
      out: { loss: 2, delayMs: 30 },
    });
  });

  test('give nothing where nothing is asked for, and let others be', () => {
    const flags = { loss: undefined, tun: 'sw0', json: true, http: '80', delayed: '5' };
    expect(impairmentsFromFlags(flags)).toEqual({ in: {}, out: {} });
  });

  test.each([
    [{ lossIn: '101' }, '--loss-in: '],
    [{ loss: 'x' }, '--loss: '],
    [{ delayOut: '-1' }, '--delay-out: can\'t read "-1"; give milliseconds'],
    [{ jitter: '5ms' }, '--jitter: '],
    [{ queue: '0' }, '--queue: can\'t read "0"; give a whole number of frames from 1 on'],
    [{ queueOut: '1.5' }, '--queue-out: '],
    [{ rateIn: '20' }, '--rate-in: '],
    [{ pathMtu: '67' }, '--path-mtu: can\'t read "67"; give bytes from 68 to 65535'],
    [{ pathMtuOut: '1400,ICMP' }, '--path-mtu-out: '],
    [{ burstOut: '1' }, '--burst-out: '],
  ])('name the flag in the error: %j', (flags, message) => {
    expect(() => impairmentsFromFlags(flags)).toThrow(message);
  });

  test('make a narrow path that is told of, or a black hole', () => {
    expect(impairmentsFromFlags({ pathMtu: '1400,icmp', pathMtuIn: '65535' })).toEqual({
      in: { mtu: 65_535 },
      out: { mtu: 1_400, mtuTold: true },
    });
  });

  test('are all listed for a help text', () => {
    const names = impairmentFlags.map(({ name }) => name);
    expect(names).toEqual([
      'loss',
      'burst',
      'delay',
      'jitter',
      'reorder',
      'duplicate',
      'corrupt',
      'ecn-mark',
      'rate',
      'queue',
      'path-mtu',
    ]);
    for (const { value, description } of impairmentFlags) {
      expect(value).toMatch(/^[A-Z]/);
      expect(description.length).toBeGreaterThan(10);
    }
  });
});
