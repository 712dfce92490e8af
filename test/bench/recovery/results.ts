/** What the runs of a grid have found, kept in a file so that a grid goes on where it was stopped. */

import { existsSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import type { SenderName } from './wire.ts';

/** One run of one sender in one cell. */
export interface Run {
  readonly seed: number;
  /** Bits a second. */
  readonly goodput: number;
  /** Segments of the measurement of goodput, those of the handshake included. */
  readonly segmentsSent: number;
  readonly retransmissions: number;
  /** Segments that the receiver had twice: sent again for nothing, or doubled on the way. */
  readonly duplicates: number;
  readonly ms20kB: readonly number[];
  readonly ms1MB: readonly number[];
}

export interface Results {
  readonly machine: string;
  readonly windowMs: number;
  /** By cell, then by sender. */
  readonly cells: Record<string, Partial<Record<SenderName, Run[]>>>;
}

/** @throws Error when the file is there and is none of these */
export function loadResults(file: string | undefined, fresh: Omit<Results, 'cells'>): Results {
  if (file === undefined || !existsSync(file)) return { ...fresh, cells: {} };
  const read = JSON.parse(readFileSync(file, 'utf8')) as Partial<Results>;
  if (typeof read.cells !== 'object' || read.windowMs === undefined)
    throw new Error(`${file} holds no results of a grid; name another file, or remove it`);
  return read as Results;
}

/** Whole or not at all: a grid may be interrupted at any time. */
export function saveResults(file: string | undefined, results: Results): void {
  if (file === undefined) return;
  writeFileSync(`${file}.new`, `${JSON.stringify(results)}\n`);
  renameSync(`${file}.new`, file);
}

export function runsOf(results: Results, cell: string, sender: SenderName): readonly Run[] {
  return results.cells[cell]?.[sender] ?? [];
}

export function addRun(results: Results, cell: string, sender: SenderName, run: Run): void {
  const senders = results.cells[cell] ?? {};
  senders[sender] = [...(senders[sender] ?? []), run];
  results.cells[cell] = senders;
}
