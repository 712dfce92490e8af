import { InvalidArgumentError } from 'commander';

/** A parser of whole numbers from `min` to `max`. */
export function parseWhole(min: number, max: number): (text: string) => number {
  return (text) => {
    const number = Number(text);
    if (!/^\d+$/.test(text) || number < min || number > max) {
      throw new InvalidArgumentError(`Give a whole number from ${min} to ${max}.`);
    }
    return number;
  };
}

/** A parser of plain decimal numbers from `min` to `max`. */
export function parseDecimal(min: number, max: number): (text: string) => number {
  return (text) => {
    const number = Number(text);
    if (!/^(\d+\.?\d*|\.\d+)$/.test(text) || number < min || number > max) {
      throw new InvalidArgumentError(`Give a number from ${min} to ${max}.`);
    }
    return number;
  };
}

/** Gathers the values of an option that may be given again. */
export function collect(value: string, before: readonly string[] = []): string[] {
  return [...before, value];
}

export const parsePort = parseWhole(1, 65_535);
