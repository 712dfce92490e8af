/**
 * The filter of the table of connections: words apart by blanks, all of which must hold. `state:TIME-WAIT`, `port:80`,
 * `address:192.168`, `host:A`, `role:active`, numbers as `retransmissions>0` or `cwnd<=14600`, `-` before any of them for "not",
 * and any other word anywhere in the row.
 */

import { type Connection, endpoint, stateOf } from '../store/model.ts';

export type Filter = (connection: Connection, nowMs: number) => boolean;

export interface Parsed {
  readonly filter: Filter;
  /** What could not be understood, for the person who typed it. */
  readonly problem: string | undefined;
}

type Text = (connection: Connection) => readonly string[];

const TEXTS: Readonly<Record<string, Text>> = {
  state: (connection) => [stateOf(connection)],
  port: ({ view }) => [String(view.localPort), String(view.remotePort)],
  local: ({ view }) => [endpoint(view.localAddress, view.localPort)],
  remote: ({ view }) => [endpoint(view.remoteAddress, view.remotePort)],
  address: ({ view }) => [view.localAddress, view.remoteAddress],
  host: ({ host }) => [host],
  role: ({ view }) => [view.origin],
  end: ({ how }) => [how ?? ''],
};

export const NUMBERS: Readonly<Record<string, (connection: Connection, nowMs: number) => number>> = {
  age: (connection, nowMs) => ageMs(connection, nowMs) / 1_000,
  sent: ({ tcb }) => tcb.totals.bytesSent,
  received: ({ tcb }) => tcb.totals.bytesReceived,
  srtt: ({ tcb }) => tcb.rtt.srttMs ?? 0,
  cwnd: ({ tcb }) => tcb.cc.cwnd,
  flight: ({ tcb }) => tcb.snd.flight,
  retransmissions: ({ tcb }) => tcb.totals.retransmissions,
  errors: (connection) => errorsOf(connection),
};

/** Ports and states are looked for as wholes, other texts anywhere. */
const WHOLE: ReadonlySet<string> = new Set(['port', 'state', 'host', 'role', 'end']);

export function parseFilter(text: string): Parsed {
  const filters: Filter[] = [];
  const problems: string[] = [];
  for (const word of text.trim().split(/\s+/)) {
    if (word === '') continue;
    const negated = word.startsWith('-') && word.length > 1;
    const filter = parseWord(negated ? word.slice(1) : word);
    if (typeof filter === 'string') problems.push(filter);
    else filters.push(negated ? (connection, nowMs) => !filter(connection, nowMs) : filter);
  }
  return {
    filter: (connection, nowMs) => filters.every((filter) => filter(connection, nowMs)),
    problem: problems.length > 0 ? problems.join('; ') : undefined,
  };
}

function parseWord(word: string): Filter | string {
  const comparison = /^([a-z]+)(<=|>=|<|>|=)(-?[\d.]+)$/i.exec(word);
  if (comparison) {
    const [, name, sign, limit] = comparison;
    const read = NUMBERS[name!.toLowerCase()];
    if (!read) return `there is no number "${name}"; there are ${Object.keys(NUMBERS).join(', ')}`;
    return (connection, nowMs) => compare(read(connection, nowMs), sign!, Number(limit));
  }
  const pair = /^([a-z]+):(.*)$/i.exec(word);
  const key = pair?.[1]?.toLowerCase();
  if (pair && key !== undefined && key in TEXTS) {
    const read = TEXTS[key]!;
    const wanted = pair[2]!.toLowerCase();
    const whole = WHOLE.has(key);
    return (connection) =>
      read(connection).some((value) => {
        const lower = value.toLowerCase();
        return whole
          ? lower === wanted || (key === 'state' && lower.startsWith(wanted))
          : lower.includes(wanted);
      });
  }
  if (pair && key !== undefined && !/^[0-9a-f]{0,4}$/.test(key)) {
    return `there is no key "${key}"; there are ${Object.keys(TEXTS).join(', ')}`;
  }
  const wanted = word.toLowerCase();
  return (connection) =>
    Object.values(TEXTS).some((read) =>
      read(connection).some((value) => value.toLowerCase().includes(wanted)),
    );
}

function compare(value: number, sign: string, limit: number): boolean {
  switch (sign) {
    case '<':
      return value < limit;
    case '<=':
      return value <= limit;
    case '>':
      return value > limit;
    case '>=':
      return value >= limit;
    default:
      return value === limit;
  }
}

export function ageMs(connection: Connection, nowMs: number): number {
  const { openedMs } = connection.view;
  return openedMs === null ? Number.NaN : (connection.endedMs ?? nowMs) - openedMs;
}

/** Frames that were thrown away, and an ICMP error that is remembered. */
export function errorsOf(connection: Connection): number {
  return connection.drops + (connection.tcb.softError === null ? 0 : 1);
}
