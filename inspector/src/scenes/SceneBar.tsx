/** What the scene that is shown is about, below the views. */

import { createSignal, Show } from 'solid-js';
import { ticks } from '../app/state.ts';
import { aboutOf, SceneFacts, shownScene } from './SceneList.tsx';
import './scenes.css';

export function SceneBar() {
  const [open, setOpen] = createSignal(false);
  const isOver = (): boolean => {
    ticks();
    return shownScene()?.ladder !== undefined;
  };
  return (
    <Show when={shownScene()}>
      {(played) => (
        <div class="scene-bar" data-over={isOver()}>
          <Show when={open()}>
            <SceneFacts />
          </Show>
          <div class="scene-line">
            <strong class="mono">{played().scene.name}</strong>
            <span class="scene-about">{aboutOf(played().scene)}</span>
            <button type="button" aria-expanded={open()} onClick={() => setOpen((before) => !before)}>
              {open() ? 'Less' : 'What came of it, and why'}
            </button>
          </div>
        </div>
      )}
    </Show>
  );
}
