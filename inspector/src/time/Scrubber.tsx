/** The whole record in one line: what one looks for in it is marked, and dragging goes there. */

import { createEffect, createMemo, For } from 'solid-js';
import { position, session, ticks } from '../app/state.ts';
import { LANDMARKS, type Landmark } from '../store/landmarks.ts';
import { scrubTo } from './transport.ts';

/** More marks than this could not be told apart. */
const PLACES = 800;

const WORDS: Readonly<Record<Landmark, string>> = {
  state: 'a state changed',
  loss: 'a segment was lost or thrown away',
  timeout: 'a timer fired',
  command: 'done from the page',
};

export function Scrubber() {
  let input!: HTMLInputElement;
  const ends = createMemo(
    () => {
      ticks();
      const { head, firstOrder } = session()!.timeline;
      return { first: firstOrder, last: Math.max(firstOrder + 1, head.order) };
    },
    undefined,
    { equals: (a, b) => a.first === b.first && a.last === b.last },
  );
  // Together, and the value last: the browser keeps a value within the ends that it knows of.
  createEffect(() => {
    const { first, last } = ends();
    input.min = String(first);
    input.max = String(last);
    input.value = String(position() ?? last);
  });
  const path = (kind: Landmark): string => {
    const { first, last } = ends();
    const places = new Set<number>();
    for (const order of session()!.timeline.landmarks.of(kind)) {
      if (order >= first) places.add(Math.round(((order - first) / (last - first)) * PLACES));
    }
    return Array.from(places, (place) => `M${place} 0V1.3`).join('');
  };
  return (
    <div class="scrubber">
      <svg viewBox={`0 0 ${PLACES} 4`} preserveAspectRatio="none" aria-hidden="true">
        <For each={LANDMARKS}>
          {(kind, row) => (
            <g class="landmark" data-landmark={kind} transform={`translate(0 ${row()})`}>
              <title>{WORDS[kind]}</title>
              <path d={path(kind)} />
            </g>
          )}
        </For>
      </svg>
      <input
        ref={input}
        id="scrubber"
        type="range"
        aria-label="Place in the record"
        title="The whole record. Marks, from the top: states, losses, timeouts, what was done from the page"
        onInput={(event) => scrubTo(Number(event.currentTarget.value))}
      />
    </div>
  );
}
