/** Begins runs inside the page, and shows them. */

import type { Scene, SceneOptions } from '../../../src/sim/index.ts';
import { changed, open, setNotice } from '../app/state.ts';
import { setSpeedSignal } from '../time/transport.ts';
import { PageRun, type Recipe } from './page-run.ts';
import { type SandboxOptions, sandboxRecipe } from './sandbox.ts';
import { sceneRecipe } from './scene-run.ts';

const PICTURES = {
  now: () => performance.now(),
  next: (callback: () => void) => void requestAnimationFrame(callback),
};

/** Slow enough to see a segment cross a link of some tens of milliseconds. */
const FIRST_SPEED = 0.1;

export async function startSandbox(options: SandboxOptions): Promise<void> {
  const run = begin(sandboxRecipe(options));
  open(run, ['chart', 'ladder']);
  setSpeedSignal(FIRST_SPEED);
  await run.ask({ command: 'play', speed: FIRST_SPEED });
}

/** Plays a scene to its end at once: its ladder is whole, and its time can be gone over at any pace. */
export async function startScene(scene: Scene, options: SceneOptions): Promise<void> {
  const run = begin(sceneRecipe(scene, options));
  open(run, scene.name === 'flags' ? ['scenes', undefined] : ['chart', 'ladder']);
  setSpeedSignal(FIRST_SPEED);
  await run.finish();
  changed();
}

function begin<World>(recipe: Recipe<World>): PageRun<World> {
  const run = PageRun.begin(recipe, PICTURES);
  run.onProgress = () => {
    if (run.failure !== undefined) setNotice({ text: `The run failed: ${run.failure}`, bad: true });
    changed();
  };
  return run;
}
