/** The project's aims for its speed, and whether figures meet them. Pure. */

import { type Figure, type Findings, type RowName, SUBJECT } from './figures.ts';
import { median, ratio } from './statistics.ts';

export interface Aim {
  readonly row: RowName;
  readonly text: string;
  readonly sense: 'at least' | 'at most';
  readonly bound: number;
  readonly unit: string;
  /** Undefined when it takes a figure that is not there. */
  readonly measured: number | undefined;
  /** Undefined when it was not measured. */
  readonly isMet: boolean | undefined;
}

type Find = (subject: string, quantity: string) => readonly number[] | undefined;
interface Rule {
  readonly row: RowName;
  readonly text: string;
  readonly sense?: 'at most';
  readonly bound: number;
  readonly unit: string;
  readonly of: (find: Find) => number | undefined;
}

const { veth, relay, statewire, plain, notSpinning, checksums, noChecksums, superSegments } = SUBJECT;

const RULES: readonly Rule[] = [
  {
    row: 'bulk',
    text: 'upload with offload, to veth',
    bound: 0.5,
    unit: '×',
    of: compared(statewire, veth, 'upload'),
  },
  {
    row: 'bulk',
    text: 'download with offload, to veth',
    bound: 0.8,
    unit: '×',
    of: compared(statewire, veth, 'download'),
  },
  {
    row: 'bulk',
    text: 'upload without offload, to the C relay',
    bound: 1,
    unit: '×',
    of: compared(plain, relay, 'upload'),
  },
  {
    row: 'bulk',
    text: 'download without offload, to the C relay',
    bound: 1,
    unit: '×',
    of: compared(plain, relay, 'download'),
  },
  {
    row: 'memory',
    text: `in memory, ${checksums}`,
    bound: 3,
    unit: 'Gbit/s',
    of: alone(checksums, 'bulk'),
  },
  {
    row: 'memory',
    text: `in memory, ${noChecksums}`,
    bound: 6,
    unit: 'Gbit/s',
    of: alone(noChecksums, 'bulk'),
  },
  {
    row: 'memory',
    text: `in memory, ${superSegments}`,
    bound: 12,
    unit: 'Gbit/s',
    of: alone(superSegments, 'bulk'),
  },
  {
    row: 'echo',
    text: '1-byte echo',
    bound: 30_000,
    unit: '/s',
    of: alone(statewire, 'round trips'),
  },
  {
    row: 'echo',
    text: '1-byte echo with --spin 0',
    bound: 18_000,
    unit: '/s',
    of: alone(notSpinning, 'round trips'),
  },
  {
    row: 'connections',
    text: 'connections, one at a time',
    bound: 5_000,
    unit: '/s',
    of: alone(statewire, 'one at a time'),
  },
  {
    row: 'connections',
    text: 'connections, 64 at a time',
    bound: 10_000,
    unit: '/s',
    of: alone(statewire, '64 at a time'),
  },
  { row: 'idle', text: 'connections open at once', bound: 100_000, unit: '', of: alone(statewire, 'open') },
  {
    row: 'idle',
    text: 'heap of an idle connection',
    sense: 'at most',
    bound: 8,
    unit: 'KiB',
    of: alone(statewire, 'heap of each'),
  },
  {
    row: 'idle',
    text: 'time to open one, the last tenth to the second',
    sense: 'at most',
    bound: 1.25,
    unit: '×',
    of: alone(statewire, 'opening, last tenth to second'),
  },
  {
    row: 'many',
    text: '1,000 uploads, to one',
    bound: 0.8,
    unit: '×',
    of: among('1,000 uploads', 'one upload'),
  },
  {
    row: 'many',
    text: '1,000 downloads, to one',
    bound: 0.8,
    unit: '×',
    of: among('1,000 downloads', 'one download'),
  },
  {
    row: 'many',
    text: "Jain's index of 1,000 uploads",
    bound: 0.95,
    unit: '',
    of: alone(statewire, "Jain's index of uploads"),
  },
  {
    row: 'many',
    text: "Jain's index of 1,000 downloads",
    bound: 0.95,
    unit: '',
    of: alone(statewire, "Jain's index of downloads"),
  },
  {
    row: 'collector',
    text: 'rate while pauses are counted',
    bound: 5,
    unit: 'Gbit/s',
    of: alone(statewire, 'rate'),
  },
  {
    row: 'collector',
    text: "longest of the collector's pauses",
    sense: 'at most',
    bound: 10,
    unit: 'ms',
    of: alone(statewire, 'longest pause'),
  },
  {
    row: 'collector',
    text: 'resident memory, last quarter to second',
    sense: 'at most',
    bound: 1.1,
    unit: '×',
    of: alone(statewire, 'resident memory, last quarter to second'),
  },
];

/** All aims of the rows that were asked for. */
export function aims({ figures }: Findings, rows: readonly RowName[]): Aim[] {
  return RULES.filter(({ row }) => rows.includes(row)).map((rule) => {
    const { row, text, sense = 'at least', bound, unit } = rule;
    const measured = rule.of((subject, quantity) => valuesOf(figures, row, subject, quantity));
    const isMet =
      measured === undefined ? undefined : sense === 'at least' ? measured >= bound : measured <= bound;
    return { row, text, sense, bound, unit, measured, isMet };
  });
}

/** How far one has come: 1 where the aim is met exactly, more where it is passed. */
export function progress({ measured, bound, sense }: Aim): number | undefined {
  if (measured === undefined) return undefined;
  return sense === 'at least' ? measured / bound : bound / measured;
}

function valuesOf(figures: readonly Figure[], row: RowName, subject: string, quantity: string) {
  return figures.find(
    (figure) => figure.row === row && figure.subject === subject && figure.quantity === quantity,
  )?.values;
}

function alone(subject: string, quantity: string) {
  return (find: Find): number | undefined => {
    const values = find(subject, quantity);
    return values && median(values);
  };
}

/** A subject's figure as a multiple of another's. */
function compared(subject: string, other: string, quantity: string) {
  return (find: Find): number | undefined => {
    const [over, under] = [find(subject, quantity), find(other, quantity)];
    return over && under && ratio(over, under);
  };
}

/** One figure of statewire as a multiple of another. */
function among(quantity: string, other: string) {
  return (find: Find): number | undefined => {
    const [over, under] = [find(statewire, quantity), find(statewire, other)];
    return over && under && ratio(over, under);
  };
}
