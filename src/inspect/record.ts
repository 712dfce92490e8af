/**
 * A saved run: JSON lines that can be looked at anywhere, and, where every input was kept, run again.
 *
 *     {"record":1, …}       the header, with `hello` and `snapshot` of the moment when it began
 *     {"input":"frame", …}  an input of a stack, before what it brought about
 *     {"kind":"tcb", …}     an envelope of the protocol
 *     {"end":{…}}           the hash of what the stacks did; missing when the run was cut off
 */

import { StackError } from '../errors.ts';
import type { ConnectionInput } from '../tcp/index.ts';
import type { Envelope, Hello, Snapshot } from './protocol.ts';

export const RECORD_VERSION = 1;

export interface RecordHeader {
  readonly record: typeof RECORD_VERSION;
  readonly replayable: boolean;
  /** Why it can only be looked at. */
  readonly why?: string;
  readonly hello: Hello;
  readonly snapshot: Snapshot;
  /** What it takes to make the stacks again, by host. */
  readonly stacks?: Readonly<Record<string, StackRecipe>>;
}

export interface StackRecipe {
  readonly addresses: readonly string[];
  readonly device: { readonly name: string; readonly mtu: number };
  readonly options: Readonly<Record<string, unknown>>;
  readonly startMs: number;
}

/** An input of a stack. The clock stands at `at` until the next one. Byte strings are base64. */
export type InputLine = { readonly host: string; readonly at: number } & (
  | { readonly input: 'frame'; readonly bytes: string }
  | { readonly input: 'timer'; readonly dueMs: number }
  | { readonly input: 'drained' | 'gone' }
  | { readonly input: 'full'; readonly write: number }
  | { readonly input: 'draw'; readonly value: number }
  | { readonly input: 'call'; readonly call: CallLine }
);

export type CallLine =
  | { readonly call: 'listen'; readonly options: Readonly<Record<string, unknown>> }
  /** `listener`: the number of the `listen` that made it, from 1 on. */
  | { readonly call: 'open'; readonly options: Readonly<Record<string, unknown>>; readonly listener?: number }
  | { readonly call: 'accept' | 'close-listener'; readonly listener: number }
  | {
      readonly call: 'input';
      /** The connection's id in its stack. */
      readonly connection: string;
      readonly trafficClass: number;
      readonly input: ConnectionInput;
    }
  | { readonly call: 'pause' | 'resume' | 'take-held' | 'close-interface' };

export interface RecordEnd {
  /** SHA-256 over what each host's stack did, in hexadecimal digits. */
  readonly hashes: Readonly<Record<string, string>>;
  readonly envelopes: number;
}

export type RecordLine = InputLine | Envelope | { readonly end: RecordEnd };

/** A record that was read. Of a long run the lists are long, too: `lines` has one at a time. */
export interface RunRecord {
  readonly header: RecordHeader;
  readonly inputs: readonly InputLine[];
  readonly envelopes: readonly Envelope[];
  readonly end: RecordEnd | undefined;
  /**
   * What follows the header, from its beginning at each call. A last line that was cut off is left out, and so is what this
   * version does not know.
   *
   * @throws StackError EINVAL with the line's number when it comes to one that is none
   */
  lines(): Generator<RecordLine, void>;
}

/**
 * The lines of a record that is for looking at only: what a viewer has seen.
 *
 * @param why why it can't be run again
 */
export function* viewingRecord(
  hello: Hello,
  snapshot: Snapshot,
  envelopes: Iterable<Envelope>,
  why = 'it was begun while the run was under way',
): Generator<string> {
  const header: RecordHeader = { record: RECORD_VERSION, replayable: false, why, hello, snapshot };
  yield JSON.stringify(header);
  for (const envelope of envelopes) yield JSON.stringify(envelope);
}

/**
 * Reads a record. A last line that was cut off is left out.
 *
 * @param lines the file's text, or its lines
 * @throws StackError EINVAL with the line's number for what is no record, or one of a later version
 */
export function readRecord(lines: string | Iterable<string>): RunRecord {
  const texts = typeof lines === 'string' ? lines.split('\n') : [...lines];
  const record = openRecord(() => texts);
  // What is wrong with it is told now.
  for (const _ of record.lines());
  return record;
}

/**
 * A record that is read line by line whenever it is asked for, so that it need not fit into memory.
 *
 * @param texts its lines, from the first one on at each call
 * @throws StackError EINVAL for what does not begin as a record does
 */
export function openRecord(texts: () => Iterable<string>): RunRecord {
  const [first] = parsed(texts());
  if (!first) throw new StackError('EINVAL', 'no record: the file is empty');
  return new ReadRecord(headerOf(first), texts);
}

class ReadRecord implements RunRecord {
  readonly header: RecordHeader;
  readonly #texts: () => Iterable<string>;

  constructor(header: RecordHeader, texts: () => Iterable<string>) {
    this.header = header;
    this.#texts = texts;
  }

  get inputs(): readonly InputLine[] {
    return [...this.lines()].filter((line): line is InputLine => 'input' in line);
  }

  get envelopes(): readonly Envelope[] {
    return [...this.lines()].filter((line): line is Envelope => 'kind' in line);
  }

  get end(): RecordEnd | undefined {
    for (const line of this.lines()) if ('end' in line) return line.end;
    return undefined;
  }

  *lines(): Generator<RecordLine, void> {
    let isHeader = true;
    for (const line of parsed(this.#texts())) {
      if (!isHeader && ('input' in line || 'kind' in line || 'end' in line))
        yield line as unknown as RecordLine;
      isHeader = false;
    }
  }
}

type Line = Readonly<Record<string, unknown>>;

function* parsed(texts: Iterable<string>): Generator<Line, void> {
  let number = 0;
  /** A line that is not JSON: the last one may be, since a run that was killed ends in the middle of a line. */
  let broken: StackError | undefined;
  for (const text of texts) {
    number++;
    if (text.trim() === '') continue;
    if (broken) throw broken;
    let line: unknown;
    try {
      line = JSON.parse(text);
    } catch (error) {
      broken = new StackError('EINVAL', `no record: line ${number} is not JSON`, { cause: error });
      if (number === 1) throw broken;
      continue;
    }
    if (typeof line !== 'object' || line === null)
      throw new StackError('EINVAL', `no record: line ${number} is no JSON object`);
    yield line as Line;
  }
}

function headerOf(line: Line): RecordHeader {
  if (line.record === RECORD_VERSION && 'hello' in line && 'snapshot' in line) {
    return line as unknown as RecordHeader;
  }
  if (typeof line.record === 'number') {
    throw new StackError(
      'EINVAL',
      `the record has version ${line.record}, and this statewire reads version ${RECORD_VERSION}`,
    );
  }
  throw new StackError('EINVAL', 'no record: the first line is no header of statewire --record');
}
