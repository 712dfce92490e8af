import { StackError } from '../errors.ts';
import type { BurstLoss, Impairments } from './impairment-values.ts';

type FlagName =
  | 'loss'
  | 'burst'
  | 'delay'
  | 'jitter'
  | 'reorder'
  | 'duplicate'
  | 'corrupt'
  | 'ecn-mark'
  | 'rate'
  | 'queue'
  | 'path-mtu';

/** A flag as a help text shows it. */
export interface ImpairmentFlag {
  readonly name: FlagName;
  /** The value's name: `P` of `--loss P`. */
  readonly value: string;
  readonly description: string;
}

/** All the flags; each exists with the suffixes `-in` and `-out` too. */
export const impairmentFlags: readonly ImpairmentFlag[] = [
  { name: 'loss', value: 'P', description: 'percent of the frames lost' },
  {
    name: 'burst',
    value: 'P,R[,LOSS]',
    description: 'burst loss: percent good to bad, bad to good, lost while bad',
  },
  { name: 'delay', value: 'MS', description: 'delay in milliseconds' },
  { name: 'jitter', value: 'MS', description: 'delay varies by so many milliseconds up and down, in order' },
  {
    name: 'reorder',
    value: 'P',
    description: 'percent held until 3 later frames have passed or 10 ms are over',
  },
  { name: 'duplicate', value: 'P', description: 'percent of the frames doubled' },
  { name: 'corrupt', value: 'P', description: 'percent of the frames with one bit flipped' },
  {
    name: 'ecn-mark',
    value: 'P',
    description: 'percent of the frames that allow it marked as congested (ECN)',
  },
  { name: 'rate', value: 'RATE', description: 'bits a second: 500kbit, 20mbit, 1gbit' },
  { name: 'queue', value: 'N', description: 'frames that wait for rate and delay at most (default 1000)' },
  {
    name: 'path-mtu',
    value: 'N[,icmp]',
    description: 'longer frames are lost without a word (a black hole), or, with icmp, with one',
  },
];

/**
 * The impairments that a command line asks for. A plain flag (`loss`) is for both directions, `lossIn` and `lossOut` for
 * one, where they win over the plain one. Flags that are no impairments are passed over.
 *
 * Throws EINVAL with the flag's name for a value that does not parse.
 *
 * @example
 * ```ts
 * impairmentsFromFlags({ loss: '2', rateOut: '20mbit' });
 * // { in: { loss: 2 }, out: { loss: 2, rate: 20000000 } }
 * ```
 */
export function impairmentsFromFlags(flags: Readonly<Record<string, unknown>>): {
  in: Impairments;
  out: Impairments;
} {
  return { in: directionFromFlags(flags, 'in'), out: directionFromFlags(flags, 'out') };
}

/** A percentage as a plain number from 0 to 100; `flag` is named in the error. */
export function parsePercent(text: string, flag = 'percentage'): number {
  const percent = decimal(text);
  if (percent === undefined || percent > 100) {
    refuse(flag, text, 'a percentage as a plain number from 0 to 100, such as 2.5');
  }
  return percent;
}

/** Bits a second from `500kbit`, `20mbit`, `1.5gbit` or `9600bit`; the units are powers of 1,000. */
export function parseRate(text: string, flag = 'rate'): number {
  const match = /^(.*?)(|k|m|g)bit$/i.exec(text.trim());
  const amount = match === null ? undefined : decimal(match[1]!);
  const unit = RATE_UNITS.get(match?.[2]?.toLowerCase() ?? '');
  if (amount === undefined || unit === undefined || amount === 0) {
    refuse(flag, text, 'a number above 0 with one of bit, kbit, mbit, gbit, such as 20mbit');
  }
  return amount * unit;
}

/** Burst loss from `P,R` or `P,R,LOSS`, all percentages. */
export function parseBurst(text: string, flag = 'burst'): BurstLoss {
  const parts = text.split(',');
  if (parts.length < 2 || parts.length > 3) {
    refuse(
      flag,
      text,
      'two or three percentages (good to bad, bad to good, lost while bad), such as 1,25,100',
    );
  }
  const [p, r, loss] = parts.map((part) => parsePercent(part, flag));
  return loss === undefined ? { p: p!, r: r! } : { p: p!, r: r!, loss };
}

const RATE_UNITS = new Map([
  ['', 1],
  ['k', 1e3],
  ['m', 1e6],
  ['g', 1e9],
]);

type Mutable<T> = { -readonly [Key in keyof T]: T[Key] };

const READERS: { [Name in FlagName]: (text: string, flag: string) => Impairments } = {
  loss: (text, flag) => ({ loss: parsePercent(text, flag) }),
  burst: (text, flag) => ({ burst: parseBurst(text, flag) }),
  delay: (text, flag) => ({ delayMs: parseMilliseconds(text, flag) }),
  jitter: (text, flag) => ({ jitterMs: parseMilliseconds(text, flag) }),
  reorder: (text, flag) => ({ reorder: parsePercent(text, flag) }),
  duplicate: (text, flag) => ({ duplicate: parsePercent(text, flag) }),
  corrupt: (text, flag) => ({ corrupt: parsePercent(text, flag) }),
  'ecn-mark': (text, flag) => ({ ecnMark: parsePercent(text, flag) }),
  rate: (text, flag) => ({ rate: parseRate(text, flag) }),
  queue: (text, flag) => ({ queue: parseQueue(text, flag) }),
  'path-mtu': parsePathMtu,
};

function directionFromFlags(flags: Readonly<Record<string, unknown>>, direction: 'in' | 'out'): Impairments {
  const suffix = direction === 'in' ? 'In' : 'Out';
  const impairments: Mutable<Impairments> = {};
  for (const { name } of impairmentFlags) {
    const option = name.replace(/-(.)/g, (_, letter: string) => letter.toUpperCase());
    const own = flags[option + suffix];
    const text = own ?? flags[option];
    if (typeof text !== 'string') continue;
    Object.assign(
      impairments,
      READERS[name](text, own === undefined ? `--${name}` : `--${name}-${direction}`),
    );
  }
  return impairments;
}

function parseMilliseconds(text: string, flag: string): number {
  return decimal(text) ?? refuse(flag, text, 'milliseconds as a plain number from 0 on, such as 20');
}

function parseQueue(text: string, flag: string): number {
  const frames = decimal(text);
  if (frames === undefined || !Number.isSafeInteger(frames) || frames < 1) {
    refuse(flag, text, 'a whole number of frames from 1 on, such as 100');
  }
  return frames;
}

function parsePathMtu(text: string, flag: string): Impairments {
  const match = /^(\d+)(,icmp)?$/.exec(text.trim());
  const mtu = Number(match?.[1]);
  if (!match || !(mtu >= 68 && mtu <= 65_535))
    refuse(flag, text, 'bytes from 68 to 65535, and ,icmp behind it if senders are to be told, such as 1400');
  return match[2] === undefined ? { mtu } : { mtu, mtuTold: true };
}

/** A plain decimal number, or undefined. Stricter than `Number()`, for which an empty text is 0 and `0x10` a number. */
function decimal(text: string): number | undefined {
  const trimmed = text.trim();
  if (!/^(\d+\.?\d*|\.\d+)$/.test(trimmed)) return undefined;
  const number = Number(trimmed);
  return Number.isFinite(number) ? number : undefined;
}

function refuse(flag: string, text: string, wanted: string): never {
  throw new StackError('EINVAL', `${flag}: can't read ${JSON.stringify(text)}; give ${wanted}`);
}
