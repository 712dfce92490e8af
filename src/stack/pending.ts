/** Calls of a connection that wait: for text to read, or for room to write. */

import type { StackError } from '../errors.ts';

export interface PendingRead {
  readonly max: number;
  resolve(bytes: Uint8Array | null): void;
  reject(error: StackError): void;
}

export interface PendingWrite {
  readonly bytes: Uint8Array;
  done: number;
  readonly urgent: boolean;
  readonly lent: boolean;
  resolve(): void;
  reject(error: StackError): void;
}
