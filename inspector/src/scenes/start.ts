/** Begins runs inside the page, and shows them. */

import { changed, open, setNotice } from '../app/state.ts';
import { setSpeedSignal } from '../time/transport.ts';
import { PageRun, type Recipe } from './page-run.ts';
import { type SandboxOptions, sandboxRecipe } from './sandbox.ts';

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

/** Runs that are forked are shown as the one that they come from. */
export function shown<World>(run: PageRun<World>): PageRun<World> {
  run.onProgress = () => {
    if (run.failure !== undefined) setNotice({ text: `The run failed: ${run.failure}`, bad: true });
    changed();
  };
  return run;
}

function begin<World>(recipe: Recipe<World>): PageRun<World> {
  return shown(PageRun.begin(recipe, PICTURES));
}
