/** Records in files. */

import { createWriteStream, openSync, readFileSync } from 'node:fs';
import { finished } from 'node:stream/promises';
import { StackError } from '../errors.ts';
import {
  type Inspector,
  type Recording,
  type RecordOptions,
  type RunRecord,
  readRecord,
} from '../inspect/index.ts';

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
 * Reads a record from a file.
 *
 * @throws StackError EINVAL when it is none, with the file's name
 */
export function recordFromFile(file: string): RunRecord {
  const text = readFileSync(file, 'utf8');
  try {
    return readRecord(text);
  } catch (error) {
    if (!(error instanceof StackError)) throw error;
    throw new StackError('EINVAL', `${file}: ${error.message}`, { cause: error });
  }
}
