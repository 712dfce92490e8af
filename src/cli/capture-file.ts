import { createWriteStream, openSync } from 'node:fs';
import type { Writable } from 'node:stream';
import { UsageError } from './exit.ts';

/** Opened at once, so that a wrong name is told before anything has begun. */
export function openCapture(file: string): Writable {
  if (file === '-') {
    if (!process.stdout.isTTY) return process.stdout;
    throw new UsageError(
      '--pcap - is no sight for a terminal: pipe it on, as … --pcap - | wireshark -k -i -',
    );
  }
  try {
    return createWriteStream(file, { fd: openSync(file, 'w') });
  } catch (error) {
    throw new UsageError(`--pcap: can't write ${file}: ${(error as Error).message}`);
  }
}
