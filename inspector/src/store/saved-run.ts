/**
 * Saved runs as the page reads and writes them: JSON lines, piece by piece, since a long run is no text to hold in one string.
 * What a line may be is told in `src/inspect/record.ts`.
 */

import type { Envelope, RecordHeader } from '../../../src/inspect/index.ts';
import type { Hello, Snapshot } from '../../../src/inspect/protocol.ts';
import { RECORD_VERSION } from '../../../src/inspect/record.ts';
import type { Timeline } from './timeline.ts';

const NOTHING = { pause: false, step: [], play: false, faults: false, inject: false, calls: false };

/**
 * Reads a saved run into a timeline. A last line that was cut off is left out.
 *
 * @throws Error that says what is wrong with which line
 */
export async function readRun(stream: ReadableStream<Uint8Array>, timeline: Timeline): Promise<void> {
  const reader = stream.getReader();
  const decoder = new TextDecoder();
  let rest = '';
  let number = 0;
  for (let done = false; !done; ) {
    const chunk = await reader.read();
    done = chunk.done;
    const lines = (rest + decoder.decode(chunk.value, { stream: !done })).split('\n');
    rest = done ? '' : (lines.pop() ?? '');
    const envelopes: Envelope[] = [];
    for (const [index, text] of lines.entries()) {
      number++;
      if (text.trim() === '') continue;
      envelopes.push(...envelopesOf(text, number, done && index === lines.length - 1));
    }
    timeline.append(envelopes);
  }
  if (timeline.length === 0) throw new Error('the file is empty');
}

function envelopesOf(text: string, number: number, isLast: boolean): readonly Envelope[] {
  let line: unknown;
  try {
    line = JSON.parse(text);
  } catch {
    if (isLast && number > 1) return [];
    throw new Error(`line ${number} is not JSON`);
  }
  if (number === 1) return headerOf(line);
  // Inputs and the hash at the end are for a replay.
  return typeof line === 'object' && line !== null && 'kind' in line ? [line as Envelope] : [];
}

function headerOf(line: unknown): readonly Envelope[] {
  const { record, hello, snapshot } = (line ?? {}) as Partial<RecordHeader>;
  if (record === undefined || !hello || !snapshot)
    throw new Error('its first line is no header of a saved run');
  if (record !== RECORD_VERSION) {
    throw new Error(`it is of version ${record}, and this page reads version ${RECORD_VERSION}`);
  }
  return [{ ...hello, can: NOTHING }, snapshot];
}

/** The lines of what a timeline still has, in pieces. */
export function savedRun(timeline: Timeline): string[] {
  const first = timeline.at(timeline.firstOrder);
  const hello = first.hello as Hello;
  const { order, timeMs } = first;
  const snapshot: Snapshot = {
    kind: 'snapshot',
    order,
    timeMs,
    charts: first.charts,
    actors: [],
    connections: [...first.connections.values()]
      .filter(({ endedMs }) => endedMs === null)
      .map(({ view, tcb }) => ({ ...view, tcb })),
    listeners: [...first.listeners.values()]
      .filter(({ endedMs }) => endedMs === null)
      .map(({ view }) => view),
    counters: [...first.counters].map(([host, counters]) => ({ host, counters })),
    run: first.run,
    faults: [...first.faults.values()],
  };
  const header: RecordHeader = {
    record: RECORD_VERSION,
    replayable: false,
    why: 'it was saved from the page',
    hello,
    snapshot,
  };
  const lines = [`${JSON.stringify(header)}\n`];
  for (const envelope of timeline.between(order, Number.POSITIVE_INFINITY)) {
    const isTold = envelope.order === order && (envelope.kind === 'hello' || envelope.kind === 'snapshot');
    if (!isTold) lines.push(`${JSON.stringify(envelope)}\n`);
  }
  return lines;
}
