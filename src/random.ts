/** The only source of chance in the core. `seededRandom()` of `statewire/sim` repeats, `cryptoRandom()` does not. */
export interface Random {
  /** An integer, uniform over 0 … 2^32 − 1. */
  uint32(): number;
}

/** A number, uniform over [0, 1), with 32 bits of randomness. */
export function unit(random: Random): number {
  return random.uint32() / 0x1_0000_0000;
}

/** An integer, uniform over 0 … `bound` − 1; `bound` is at most 2^32. */
export function below(random: Random, bound: number): number {
  return Math.floor(unit(random) * bound);
}
