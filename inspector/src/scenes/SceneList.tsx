import { createSignal, For, Show } from 'solid-js';
import { SCENES, type Scene, type SceneOptions } from '../../../src/sim/index.ts';
import { session, ticks } from '../app/state.ts';
import { PageRun } from './page-run.ts';
import { PlayedScene } from './scene-run.ts';
import { startScene } from './start.ts';

const MAX = 2 ** 32 - 1;
const FIELDS = [
  { title: 'Seed', name: 'seed', option: 'seed', scale: 1 },
  { title: 'ISS of A', name: 'iss-a', option: 'issA', scale: 1 },
  { title: 'of B', name: 'iss-b', option: 'issB', scale: 1 },
  { title: 'MSL (s)', name: 'msl', option: 'mslMs', scale: 1_000 },
] as const;

const [options, setOptions] = createSignal<SceneOptions>({});

export function SceneList() {
  /** Empty: the scene's own. */
  const number = (text: string): number | undefined => (text === '' ? undefined : Number(text));
  const set = (change: SceneOptions): void => void setOptions((before) => ({ ...before, ...change }));
  return (
    <section aria-label="Scenes">
      <SceneFacts />
      <div class="scenes-head">
        <h3>Scenes</h3>
        <span class="muted">Real runs of two real endpoints: opening one plays it.</span>
        <fieldset class="scene-options" aria-label="What the scenes are played with">
          <For each={FIELDS}>
            {({ title, name, option, scale }) => (
              <label>
                {title}{' '}
                <input
                  type="number"
                  min="0"
                  max={MAX}
                  step="any"
                  name={name}
                  placeholder="as is"
                  value={(options()[option] ?? Number.NaN) / scale || ''}
                  onInput={(event) => {
                    const value = number(event.currentTarget.value);
                    set({ [option]: value === undefined ? undefined : value * scale });
                  }}
                />
              </label>
            )}
          </For>
          <label class="check" title="half-close: B closes as soon as A has">
            <input
              type="checkbox"
              name="no-pending"
              checked={options().noPending ?? false}
              onChange={(event) => set({ noPending: event.currentTarget.checked })}
            />
            B has nothing more to send
          </label>
        </fieldset>
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
                <span class="muted">{aboutOf(scene)}</span>
              </button>
            </li>
          )}
        </For>
      </ul>
    </section>
  );
}

/** What a scene is about; what is said of the command line's options is for the command line. */
export function aboutOf({ description }: Scene): string {
  return description.replace(/ --[a-z].*$/, '');
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
