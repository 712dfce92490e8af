/** How each requirement stands: reviewed by hand, and held against the tests by `verify.ts`. */

import { STATUS_9293 } from './status-9293.ts';
import { STATUS_EXTENSIONS } from './status-extensions.ts';
import type { Status } from './status-kinds.ts';

export function statusOf(id: string): Status | undefined {
  return STATUS_9293[id] ?? STATUS_EXTENSIONS[id];
}

export const ALL_STATUSES: readonly string[] = [
  ...Object.keys(STATUS_9293),
  ...Object.keys(STATUS_EXTENSIONS),
];
