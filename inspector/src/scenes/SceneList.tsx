import { createSignal, For, Show } from 'solid-js';
import { SCENES, type SceneOptions } from '../../../src/sim/index.ts';
import { session, ticks } from '../app/state.ts';
import { PageRun } from './page-run.ts';
import { PlayedScene } from './scene-run.ts';
import { startScene } from './start.ts';

export function SceneList() {
  const [seed, setSeed] = createSignal(1);
  const options = (): SceneOptions => ({ seed: seed() });
  return (
    <section aria-label="Scenes">
      <SceneFacts />
      <div class="scenes-head">
        <h3>Scenes</h3>
        <span class="muted">Real runs of two real endpoints: opening one plays it.</span>
        <label>
          Seed{' '}
          <input
            type="number"
            min="0"
            value={seed()}
            onInput={(event) => setSeed(Number(event.currentTarget.value))}
          />
        </label>
      </div>
      <ul class="scene-cards">
        <For each={SCENES}>
          {(scene) => (
            <li>
              <button
                type="button"
                class="scene-card"
                data-scene={scene.name}
                onClick={() => void startScene(scene, options())}
              >
                <span class="name">{scene.name}</span>
                <span>{scene.title}</span>
                <span class="muted">{scene.description}</span>
              </button>
            </li>
          )}
        </For>
      </ul>
    </section>
  );
}

/** The scene that is shown, if it is one. */
export function shownScene(): PlayedScene | undefined {
  const current = session();
  return current instanceof PageRun && current.world instanceof PlayedScene ? current.world : undefined;
}

/** What came of the scene, and the old questions that it answers. */
export function SceneFacts() {
  const ladder = () => {
    ticks();
    return shownScene()?.ladder;
  };
  return (
    <Show when={ladder()}>
      {(over) => (
        <div class="scene-facts" data-scene-facts={over().scene}>
          <h3>
            {over().scene}: {over().title}
          </h3>
          <Show when={over().table}>{(lines) => <pre class="mono">{lines().join('\n')}</pre>}</Show>
          <For each={over().facts}>{(fact) => <p class="mono">{fact}</p>}</For>
          <dl>
            <For each={over().answers}>
              {({ question, answer }) => (
                <>
                  <dt>{question}</dt>
                  <dd>{answer}</dd>
                </>
              )}
            </For>
          </dl>
        </div>
      )}
    </Show>
  );
}
