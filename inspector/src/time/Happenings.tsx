/** What happened around the moment that is shown, entry by entry. */

import { createMemo, For } from 'solid-js';
import type { Envelope } from '../../../src/inspect/protocol.ts';
import { goTo, model, position, session, ticks } from '../app/state.ts';
import type { Timeline } from '../store/timeline.ts';
import { seconds } from '../ui/format.ts';
import { entryWords } from './words.ts';

/** So many before the moment, and so many after it where it is a past one. */
const BEFORE = 15;
const AFTER = 12;

interface Happening {
  readonly envelope: Envelope;
  readonly words: string;
}

export function Happenings() {
  const around = createMemo((): readonly Happening[] => {
    ticks();
    const timeline = session()?.timeline;
    if (!timeline) return [];
    const { order } = model();
    const before = some(timeline, order, 'up to', BEFORE).reverse();
    return position() === undefined ? before : [...before, ...some(timeline, order, 'after', AFTER)];
  });
  const present = (): number =>
    around().findLast(({ envelope }) => envelope.order <= model().order)?.envelope.order ?? -1;
  return (
    <section aria-label="What happened">
      <h3>
        What happened <span class="muted note">a click goes there</span>
      </h3>
      <ol class="happenings">
        <For each={around()} fallback={<li class="muted">Nothing yet.</li>}>
          {({ envelope, words }) => (
            <li
              data-order={envelope.order}
              classList={{ present: envelope.order === present(), later: envelope.order > model().order }}
            >
              <button type="button" class="quiet" onClick={() => goTo(envelope.order)}>
                <span class="mono muted">{seconds(envelope.timeMs)}</span>
                <strong>{'host' in envelope ? envelope.host : ''}</strong>
                <span>{words}</span>
              </button>
            </li>
          )}
        </For>
      </ol>
    </section>
  );
}

/** The entries with something to say that are nearest to a moment, from there on. */
function some(timeline: Timeline, order: number, direction: 'up to' | 'after', count: number): Happening[] {
  const found: Happening[] = [];
  let from = order;
  while (found.length < count) {
    const envelope = timeline.find(from, direction, (candidate) => entryWords(candidate) !== undefined);
    if (!envelope) break;
    found.push({ envelope, words: entryWords(envelope)! });
    from = direction === 'after' ? envelope.order : envelope.order - 1;
  }
  return found;
}
