/** Timing for benchmarks: the median of several runs, so that one pause of the machine does not count. */

export interface Measured {
  readonly name: string;
  readonly value: number;
  readonly unit: string;
  readonly note?: string;
}

/** Runs `run` several times, after one that only warms up, and gives the median of what it returns. */
export async function median(run: () => number | Promise<number>, times = 5): Promise<number> {
  await run();
  const values: number[] = [];
  for (let time = 0; time < times; time++) values.push(await run());
  values.sort((a, b) => a - b);
  return values[Math.floor(values.length / 2)]!;
}

/** How often `work` is done in a second, when `count` of it are done in one call. */
export function perSecond(count: number, work: () => void): number {
  const startMs = performance.now();
  work();
  return (count / (performance.now() - startMs)) * 1_000;
}

export function table(rows: readonly Measured[]): string {
  const width = Math.max(...rows.map((row) => row.name.length));
  const shown = rows.map(({ name, value, unit, note }) => {
    const figure = value >= 100 ? Math.round(value).toLocaleString('en-US') : value.toFixed(2);
    return `${name.padEnd(width)}  ${figure.padStart(10)} ${unit}${note ? `   (${note})` : ''}`;
  });
  return shown.join('\n');
}
