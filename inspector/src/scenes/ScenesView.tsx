import { createSignal, Show } from 'solid-js';
import { openFile } from '../app/files.ts';
import { SceneList } from './SceneList.tsx';
import { SANDBOX, type SandboxOptions } from './sandbox.ts';
import { startSandbox } from './start.ts';
import './scenes.css';

export function ScenesView() {
  const [options, setOptions] = createSignal<SandboxOptions>(SANDBOX);
  const set = (change: Partial<SandboxOptions>): void =>
    void setOptions((before) => ({ ...before, ...change }));
  return (
    <div class="scroll padded scenes">
      <section class="sandbox-card" aria-label="Sandbox">
        <h3>Sandbox</h3>
        <p class="muted">
          Two hosts, A and B, each a whole stack, joined by a link in this page. Nothing leaves it. Let them
          talk, break the link, and look at what each of them thinks.
        </p>
        <form
          onSubmit={(event) => {
            event.preventDefault();
            void startSandbox(options());
          }}
        >
          <label>
            Seed
            <input
              type="number"
              min="0"
              value={options().seed}
              onInput={(event) => set({ seed: Number(event.currentTarget.value) })}
            />
          </label>
          <label>
            Delay, one way (ms)
            <input
              type="number"
              min="0"
              max="10000"
              value={options().delayMs}
              onInput={(event) => set({ delayMs: Number(event.currentTarget.value) })}
            />
          </label>
          <label>
            MSL (s)
            <input
              type="number"
              min="0.1"
              step="any"
              value={options().mslMs / 1_000}
              onInput={(event) => set({ mslMs: Number(event.currentTarget.value) * 1_000 })}
            />
          </label>
          <label>
            B
            <select
              value={options().server}
              onChange={(event) => set({ server: event.currentTarget.value as SandboxOptions['server'] })}
            >
              <option value="reads">reads</option>
              <option value="echoes">echoes</option>
            </select>
          </label>
          <label class="check">
            <input
              type="checkbox"
              checked={options().closes}
              onChange={(event) => set({ closes: event.currentTarget.checked })}
            />
            B closes when A has
          </label>
          <button type="submit" class="primary" id="start-sandbox">
            Open the sandbox
          </button>
        </form>
      </section>
      <SceneList />
      <section class="file-card" aria-label="Saved run">
        <h3>Saved run</h3>
        <p class="muted">Drop the file of a saved run anywhere on the page, or choose it.</p>
        <input
          type="file"
          id="open-file"
          aria-label="Open a saved run"
          onChange={(event) => {
            const file = event.currentTarget.files?.[0];
            if (file) void openFile(file);
          }}
        />
        <Show when={!__SITE__}>
          <p class="muted">
            A stack that was started with --inspect shows itself here as soon as the page is opened from it.
          </p>
        </Show>
      </section>
    </div>
  );
}
