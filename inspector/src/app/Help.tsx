import { For, onMount } from 'solid-js';
import { showHelp } from './state.ts';

const KEYS: readonly (readonly [string, string])[] = [
  ['1 … 9', 'a view; with Shift, beside the first one'],
  ['Space', 'play, or pause'],
  ['← →', 'one step back, one step on'],
  ['Shift ← →', 'ten steps'],
  ['Home, End', 'the beginning, the present'],
  ['f', 'freeze the page, or go on'],
  ['/', 'filter the connections'],
  ['[ ]', 'the connection before, the next one'],
  ['r', 'relative or absolute sequence numbers'],
  ['t', 'dark or light'],
  ['↑ ↓', 'in the ladder and in tables: the row above, below'],
  ['?', 'this list'],
];

export function Help() {
  let dialog!: HTMLDialogElement;
  onMount(() => dialog.showModal());
  return (
    <dialog ref={dialog} class="help" onClose={() => showHelp(false)} aria-label="Keys">
      <h2>Keys</h2>
      <dl>
        <For each={KEYS}>
          {([key, what]) => (
            <>
              <dt>
                <kbd>{key}</kbd>
              </dt>
              <dd>{what}</dd>
            </>
          )}
        </For>
      </dl>
      <p class="muted">A saved run is opened by dropping its file anywhere on the page.</p>
      <button type="button" class="primary" onClick={() => dialog.close()}>
        Close
      </button>
    </dialog>
  );
}
