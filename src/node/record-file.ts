/** Records in files. */

import { closeSync, createWriteStream, openSync, readSync } from 'node:fs';
import { finished } from 'node:stream/promises';
import { StackError } from '../errors.ts';
import {
  type Inspector,
  openRecord,
  type Recording,
  type RecordOptions,
  type RunRecord,
} from '../inspect/index.ts';

const CHUNK_BYTES = 1_048_576;
const LINE_FEED = 0x0a;

export interface RecordFileOptions extends RecordOptions {
  /** Called at once when the file can't be written any more: what happens from then on is in no record. */
  readonly onError?: (error: Error) => void;
}

export interface RecordFile {
  readonly replayable: boolean;
  /** Writes the rest, and closes the file. Throws what went wrong with writing. */
  close(): Promise<void>;
}

/**
 * Writes all that happens from now on to a file, which is replaced if there is one. See `Inspector.record`.
 *
 * @throws Error of the file system when the file can't be written
 */
export function recordToFile(
  inspector: Inspector,
  file: string,
  { onError, ...options }: RecordFileOptions = {},
): RecordFile {
  // Opened at once: a name that can't be written is told before anything has begun.
  const stream = createWriteStream(file, { fd: openSync(file, 'w') });
  const written = finished(stream);
  const recording: Recording = inspector.record((line) => stream.write(`${line}\n`), options);
  let isOver = false;
  const end = (): void => {
    if (!isOver) recording.end();
    isOver = true;
  };
  written.catch((error: Error) => {
    end();
    onError?.(error);
  });
  return {
    replayable: recording.replayable,
    async close() {
      end();
      stream.end();
      await written;
    },
  };
}

/**
 * Opens a record in a file, which is read whenever its lines are asked for.
 *
 * @throws StackError EINVAL when it is none, with the file's name; Error of the file system
 */
export function recordFromFile(file: string): RunRecord {
  try {
    return openRecord(() => linesOf(file));
  } catch (error) {
    if (!(error instanceof StackError)) throw error;
    throw new StackError('EINVAL', `${file}: ${error.message}`, { cause: error });
  }
}

/** One by one: a record may be longer than a string can be. */
function* linesOf(file: string): Generator<string, void> {
  const descriptor = openSync(file, 'r');
  try {
    const chunk = Buffer.alloc(CHUNK_BYTES);
    // A character may lie on both sides of a chunk's end, and a line feed is never a part of one.
    let rest: Buffer = Buffer.alloc(0);
    for (let count = readSync(descriptor, chunk); count > 0; count = readSync(descriptor, chunk)) {
      const bytes = Buffer.concat([rest, chunk.subarray(0, count)]);
      let from = 0;
      for (let end = bytes.indexOf(LINE_FEED); end >= 0; end = bytes.indexOf(LINE_FEED, from)) {
        yield bytes.toString('utf8', from, end);
        from = end + 1;
      }
      rest = bytes.subarray(from);
    }
    if (rest.length > 0) yield rest.toString('utf8');
  } finally {
    closeSync(descriptor);
  }
}
