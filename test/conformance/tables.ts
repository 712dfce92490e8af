/**
 * The three tables beside this file, in the project's own words: what RFC 9293 and its extensions require, and what each
 * event does in each state.
 */

import { readFileSync } from 'node:fs';
import { parse } from 'csv-parse/sync';

export type Level = 'MUST' | 'MUST NOT' | 'SHOULD' | 'SHOULD NOT' | 'MAY';

/** A row of either requirement table. */
export interface Requirement {
  readonly id: string;
  /** The number alone. */
  readonly rfc: string;
  readonly level: Level;
  readonly section: string;
  readonly summary: string;
  readonly area: string;
  /** What it shows in: `wire`, `api`, `both`, `internal`, or `app`, which is a duty of the user. */
  readonly observable: string;
}

/** A row of the event-processing table: state × event × condition → reply, next state, notification. */
export interface EventRow {
  readonly id: string;
  readonly state: string;
  readonly event: string;
  readonly check: string;
  readonly condition: string;
  readonly reply_segments: string;
  readonly next_state: string;
  readonly user_notification: string;
  readonly actions: string;
  readonly section: string;
  /** `base`, or the option or RFC that has to be in force for the row to hold. */
  readonly variant: string;
  readonly refs: string;
  readonly note: string;
}

function read<Row>(file: string): readonly Row[] {
  return parse(readFileSync(new URL(file, import.meta.url)), { columns: true }) as Row[];
}

export const RFC9293: readonly Requirement[] = read<Omit<Requirement, 'rfc'>>('rfc9293-requirements.csv').map(
  (row) => ({ ...row, rfc: '9293' }),
);

export const EXTENSIONS: readonly Requirement[] = read<Requirement>('tcp-extensions-requirements.csv');

export const EVENTS: readonly EventRow[] = read<EventRow>('event-processing.csv');
