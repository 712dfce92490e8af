/** What an end that is done answers to whatever is under way to it. */

import type { Channels } from './channels.ts';
import { type Ends, INPUT } from './ends.ts';

/**
 * An end that is done answers whatever comes in the same way, whenever it comes: so it comes at once. Until it is answered,
 * a segment might as well have arrived, and the answer be under way instead.
 *
 * Takes the channels to and from the end; returns what becomes of them.
 */
export function answersOf(
  { ends, channels }: { readonly ends: Ends; readonly channels: Channels },
  done: number,
  to: number,
  from: number,
  told?: (segment: number, isStraggler: boolean) => void,
): [number, number] {
  for (let head = channels.head(to); head !== undefined; head = channels.head(to)) {
    const outcome = ends.outcome(done, INPUT.segment + head);
    if (outcome.end !== done || outcome.violation) break;
    for (const answer of outcome.sent) from = channels.push(from, answer);
    to = channels.withoutHead(to);
    told?.(head, false);
  }
  for (let index = channels.stragglers(to) - 1; index >= 0; index--) {
    const segment = channels.straggler(to, index);
    const outcome = ends.outcome(done, INPUT.segment + segment);
    if (outcome.end !== done || outcome.violation) continue;
    for (const answer of outcome.sent) from = channels.push(from, answer);
    to = channels.withoutStraggler(to, index);
    told?.(segment, true);
  }
  return [to, from];
}
