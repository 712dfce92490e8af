import type { Figure, RowName } from './figures.ts';

/** One thing to measure, once a round. */
export interface Trial {
  readonly subject: string;
  readonly quantity: string;
  readonly unit: string;
  readonly note?: string;
  once(): Promise<number>;
}

/**
 * Measures all trials in each round, one after the other, so that what the machine does meanwhile is shared by all of them.
 * Each round begins with another trial.
 */
export async function interleaved(
  row: RowName,
  trials: readonly Trial[],
  rounds: number,
  tell: (progress: string) => void = () => {},
): Promise<Figure[]> {
  const values: number[][] = trials.map(() => []);
  for (let round = 0; round < rounds; round++) {
    for (let step = 0; step < trials.length; step++) {
      const which = (round + step) % trials.length;
      const { subject, quantity } = trials[which]!;
      tell(`${row}, round ${round + 1} of ${rounds}: ${subject}, ${quantity}`);
      values[which]!.push(await trials[which]!.once());
    }
  }
  return trials.map(({ subject, quantity, unit, note }, which) => ({
    row,
    subject,
    quantity,
    unit,
    values: values[which]!,
    ...(note === undefined ? {} : { note }),
  }));
}
