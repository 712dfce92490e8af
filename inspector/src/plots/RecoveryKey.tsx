/** What the stretches and marks of loss recovery mean, and all of them in a list for those who don't see or point. */

import { createMemo, createSignal, For, Show } from 'solid-js';
import type { RecoveryStage } from '../../../src/inspect/protocol.ts';
import { STAGE_WORDS } from '../../../src/inspect/recovery-words.ts';
import { goTo } from '../app/state.ts';
import type { Recovery, RecoveryMark } from '../store/recovery-log.ts';
import { seconds } from '../ui/format.ts';
import { inTurn, lasting, MARK_WORDS, stageWords, summary } from './recovery.ts';
import { STAGE_LOOKS } from './recovery-draw.ts';

/** Those that every transfer may come to; the others are told of where they happen. */
const ALWAYS: ReadonlySet<RecoveryStage> = new Set(['fast recovery', 'RTO recovery', 'F-RTO', 'CSS']);
/** More nobody reads through. */
const LISTED = 200;

export function RecoveryKey(props: { readonly recovery: Recovery }) {
  const stages = createMemo(() => {
    const met = new Set(props.recovery.spans.map(({ stage }) => stage));
    return (Object.keys(STAGE_WORDS) as RecoveryStage[]).filter(
      (stage) => ALWAYS.has(stage) || met.has(stage),
    );
  });
  return (
    <ul class="key" aria-label="Key of loss recovery">
      <For each={stages()}>
        {(stage) => (
          <li title={STAGE_WORDS[stage].why}>
            <span
              class="key-stage"
              data-hatch={STAGE_LOOKS[stage].hatch}
              data-stage={stage}
              aria-hidden="true"
            />
            {STAGE_WORDS[stage].name}
          </li>
        )}
      </For>
      <For each={Object.entries(MARK_WORDS) as [RecoveryMark['what'], (typeof MARK_WORDS)['probe']][]}>
        {([what, { letter, name }]) => (
          <li>
            <span class="key-mark" data-mark={what} aria-hidden="true">
              <span>{letter}</span>
            </span>
            {name}
          </li>
        )}
      </For>
    </ul>
  );
}

export function RecoveryList(props: { readonly recovery: Recovery }) {
  const [open, setOpen] = createSignal(false);
  const entries = createMemo(() => (open() ? inTurn(props.recovery).slice(-LISTED) : []));
  return (
    <details class="recovery-list" onToggle={(event) => setOpen(event.currentTarget.open)}>
      <summary>
        Loss recovery: <span data-recovery-summary>{summary(props.recovery) || 'nothing so far'}</span>
      </summary>
      <Show when={entries().length > 0}>
        <ol>
          <For each={entries()}>
            {(entry) => {
              const words = 'span' in entry ? stageWords(entry.span).name : MARK_WORDS[entry.mark.what]?.name;
              const when = 'span' in entry ? lasting(entry.span) : seconds(entry.mark.timeMs);
              return (
                <li>
                  <button
                    type="button"
                    class="quiet"
                    title="Go to this moment"
                    onClick={() => goTo(entry.order)}
                  >
                    {when}
                  </button>
                  <span>
                    <strong>{words}</strong>: {'span' in entry ? entry.span.why : entry.mark.why}
                  </span>
                </li>
              );
            }}
          </For>
        </ol>
      </Show>
    </details>
  );
}
