/**
 * The pictures of docs/CONGESTION.md, from the same simulations that test/sim/congestion holds to their bounds: on virtual time,
 * and so the same on every machine.
 *
 *     npm run bench:sanity [-- response fairness …]
 */

import { mkdirSync, writeFileSync } from 'node:fs';
import {
  advantage,
  alone,
  cubicAfterLoss,
  cubicResponse,
  mathis,
  padhye,
  SHARED_RATE,
  shared,
} from '../../sim/congestion/measures.ts';
import { plot } from './plot.ts';

const FOLDER = new URL('../../../docs/recovery/', import.meta.url);
mkdirSync(FOLDER, { recursive: true });

const PERCENTS = [0.1, 0.2, 0.5, 1, 2, 3, 5] as const;
const COUNTS = [2, 4, 6, 8, 10] as const;
const MORE_MS = [0, 6, 12, 24, 36] as const;
const KINDS = ['reno', 'cubic'] as const;

const PICTURES = { response, 'cubic-curve': curve, fairness, 'round-trips': roundTrips };
const wanted = process.argv.slice(2);
const unknown = wanted.find((name) => !(name in PICTURES));
if (unknown !== undefined)
  throw new Error(`no picture is named ${unknown}; there are: ${Object.keys(PICTURES).join(', ')}`);
for (const [name, draw] of Object.entries(PICTURES))
  if (wanted.length === 0 || wanted.includes(name)) await draw();

/** Goodput by loss, beside the formulas of Mathis, Padhye and RFC 9438. */
async function response(): Promise<void> {
  const rttMs = 50;
  const measured = [];
  for (const kind of KINDS) {
    const points: [number, number][] = [];
    for (const percent of PERCENTS) points.push([percent, (await alone(kind, percent, rttMs)) / 1e6]);
    measured.push({ name: `${kind}, simulated`, points, as: 'dots' } as const);
  }
  const computed = (formula: (p: number, rttMs: number) => number) =>
    Array.from({ length: 41 }, (_, step): [number, number] => {
      const percent = 0.1 * 50 ** (step / 40);
      return [percent, formula(percent / 100, rttMs) / 1e6];
    });
  save(
    'response',
    plot(
      'One flow over 50 ms, by what is lost',
      { name: 'loss, %', from: 0.1, to: 5, ticks: PERCENTS, scale: 'logarithmic' },
      { name: 'Mbit/s', from: 0.5, to: 20, ticks: [0.5, 1, 2, 5, 10, 20], scale: 'logarithmic' },
      [
        ...measured,
        { name: 'reno, Padhye', points: computed(padhye), as: 'line' },
        { name: 'Mathis', points: computed(mathis), as: 'line' },
        { name: 'cubic, RFC 9438', points: computed(cubicResponse), as: 'line' },
      ],
    ),
  );
}

/** CUBIC's window after one loss, beside W_cubic (t). */
async function curve(): Promise<void> {
  const { points, curve: expected, wMax } = await cubicAfterLoss(100);
  const shown = points.filter(([seconds]) => seconds >= 0 && seconds <= 10);
  const seconds = Array.from({ length: 101 }, (_, tenth) => tenth / 10);
  const top = Math.ceil(Math.max(...shown.map(([, segments]) => segments)) / 50) * 50;
  save(
    'cubic-curve',
    plot(
      `CUBIC after one loss at ${Math.round(wMax)} segments, 100 ms`,
      { name: 'seconds since the epoch began', from: 0, to: 10, ticks: [0, 2, 4, 6, 8, 10] },
      {
        name: 'cwnd, segments',
        from: 0,
        to: top,
        ticks: Array.from({ length: 6 }, (_, n) => (n * top) / 5),
      },
      [
        { name: 'simulated', points: thinned(shown), as: 'dots' },
        { name: 'RFC 9438 4.2', points: seconds.map((at) => [at, expected(at)]), as: 'line' },
      ],
    ),
  );
}

/** Jain's index and the use of the link, by how many flows share it. */
async function fairness(): Promise<void> {
  const series = [];
  for (const kind of KINDS) {
    const index: [number, number][] = [];
    const use: [number, number][] = [];
    for (const count of COUNTS) {
      const found = await shared(kind, count);
      index.push([count, found.index]);
      use.push([count, found.sum / SHARED_RATE]);
    }
    series.push({ name: `${kind}, Jain’s index`, points: index, as: 'dots' } as const);
    series.push({ name: `${kind}, link in use`, points: use, as: 'line' } as const);
  }
  save(
    'fairness',
    plot(
      'Flows of one kind on a dumb-bell of 10 Mbit/s, 48 ms',
      { name: 'flows', from: 1, to: 11, ticks: COUNTS },
      { name: 'of 1', from: 0.5, to: 1, ticks: [0.5, 0.6, 0.7, 0.8, 0.9, 1] },
      series,
    ),
  );
}

/** What a longer round trip costs a flow beside one of 24 ms. */
async function roundTrips(): Promise<void> {
  const series = [];
  for (const kind of KINDS) {
    const points: [number, number][] = [];
    for (const more of MORE_MS) points.push([24 + 2 * more, await advantage(kind, more)]);
    series.push({ name: `${kind}, simulated`, points, as: 'dots' } as const);
  }
  const ratios = MORE_MS.map((more): [number, number] => [24 + 2 * more, (24 + 2 * more) / 24]);
  save(
    'round-trips',
    plot(
      'Two flows on a link, one of them with round trips of 24 ms',
      { name: 'round trip of the other, ms', from: 20, to: 100, ticks: ratios.map(([ms]) => ms) },
      {
        name: 'goodput of the first by that of the other',
        from: 0,
        to: 8,
        ticks: [0, 1, 2, 3, 4, 5, 6, 7, 8],
      },
      [...series, { name: 'ratio of round trips', points: ratios, as: 'line' }],
    ),
  );
}

/** A point for each tenth of a second. */
function thinned(points: readonly (readonly [number, number])[]): (readonly [number, number])[] {
  let next = 0;
  return points.filter(([seconds]) => {
    if (seconds < next) return false;
    next = Math.floor(seconds * 10 + 1) / 10;
    return true;
  });
}

function save(name: string, picture: string): void {
  writeFileSync(new URL(`${name}.svg`, FOLDER), picture);
  process.stdout.write(`docs/recovery/${name}.svg\n`);
}
