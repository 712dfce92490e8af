/** What a connection's numbers were over time, for a plot. */

import type { StepReport } from '../../../machines/index.ts';
import type { StackConnection } from '../../stack/connection.ts';
import type { State } from '../../tcp/index.ts';
import { timeoutMs } from '../../tcp/rtt.ts';
import { distance } from '../../tcp/seq.ts';

export interface SeriesRow {
  readonly timeMs: number;
  readonly host: string;
  /** The 4-tuple, this end first. */
  readonly connection: string;
  readonly state: State;
  readonly cwnd: number;
  readonly ssthresh: number;
  /** SND.NXT − SND.UNA. */
  readonly flight: number;
  readonly srttMs: number | undefined;
  readonly rtoMs: number;
}

/** The columns of a file of rows, in their order. */
export const SERIES_COLUMNS = [
  'time_s',
  'host',
  'connection',
  'state',
  'cwnd',
  'ssthresh',
  'flight',
  'srtt_ms',
  'rto_ms',
] as const;

/** A row as a line of comma-separated values; nothing in it needs quotes. What is not known yet is empty. */
export function seriesLine(row: SeriesRow): string {
  const { timeMs, host, connection, state, cwnd, ssthresh, flight, srttMs, rtoMs } = row;
  const limit = ssthresh === Number.POSITIVE_INFINITY ? '' : ssthresh;
  const fields = [timeMs / 1_000, host, connection, state, cwnd, limit, flight, srttMs ?? '', rtoMs];
  return fields.join(',');
}

/** Makes a row of each step that has changed a number. */
export class Series {
  readonly #tell: (row: SeriesRow) => void;
  readonly #last = new Map<StackConnection, SeriesRow>();

  constructor(tell: (row: SeriesRow) => void) {
    this.#tell = tell;
  }

  stepped(host: string, connection: StackConnection, { after, tcb }: StepReport): void {
    const { cc, snd, rtt } = tcb;
    const row: SeriesRow = {
      timeMs: tcb.nowMs,
      host,
      connection: connection.id,
      state: after,
      cwnd: cc.cwnd,
      ssthresh: cc.ssthresh,
      flight: distance(snd.nxt, snd.una),
      srttMs: rtt.srttMs,
      rtoMs: timeoutMs(tcb),
    };
    const last = this.#last.get(connection);
    if (last && isSame(last, row)) return;
    this.#last.set(connection, row);
    this.#tell(row);
  }
}

function isSame(a: SeriesRow, b: SeriesRow): boolean {
  return (
    a.state === b.state &&
    a.cwnd === b.cwnd &&
    a.ssthresh === b.ssthresh &&
    a.flight === b.flight &&
    a.srttMs === b.srttMs &&
    a.rtoMs === b.rtoMs
  );
}
