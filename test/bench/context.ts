import type { Scale } from './command.ts';
import type { Findings } from './figures.ts';
import type { Beds } from './net/beds.ts';

/** What rows are measured with. */
export interface Context {
  readonly scale: Scale;
  /** The beds over devices, or why there are none. */
  beds(): Beds | { readonly reason: string };
  /** Where CPU profiles go, when they are wanted. */
  readonly profileDirectory: string | undefined;
  /** Says what is being done. */
  tell(progress: string): void;
}

/** Measures one row. */
export type Row = (context: Context) => Promise<Findings>;
