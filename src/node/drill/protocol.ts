/** What the process that plays a script against the kernel is told, and what it tells. */

import type { DrillOptions, DrillResult, Source } from '../../drill/index.ts';
import type { ErrorCode } from '../../errors.ts';

export interface DrillTask {
  readonly source: Source;
  readonly options: DrillOptions;
}

export type DrillAnswer =
  | { readonly kind: 'played'; readonly result: DrillResult }
  /** This machine can't, or this user may not. */
  | { readonly kind: 'refused'; readonly code: ErrorCode; readonly message: string };
