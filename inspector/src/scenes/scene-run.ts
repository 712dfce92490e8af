/** The scenes, played on the page's clock and watched by the page's inspector. */

import { inspectable, linkedDevice } from '../../../src/inspect/index.ts';
import {
  type Ladder,
  playScene,
  type Scene,
  type SceneOptions,
  type Stage,
  seededRandom,
} from '../../../src/sim/index.ts';
import type { GatedClock } from './gated-clock.ts';
import type { Recipe } from './page-run.ts';

/** A scene that is played; `ladder` is there once it is over. */
export class PlayedScene {
  readonly scene: Scene;
  readonly options: SceneOptions;
  ladder: Ladder | undefined;

  constructor(scene: Scene, options: SceneOptions) {
    this.scene = scene;
    this.options = options;
  }
}

export function sceneRecipe(scene: Scene, options: SceneOptions): Recipe<PlayedScene> {
  let tell: Parameters<Recipe<PlayedScene>['build']>[1];
  return {
    name: scene.name,
    build(_, stacks) {
      tell = stacks;
      return new PlayedScene(scene, options);
    },
    async run(played, clock) {
      played.ladder = await playScene(scene.name, { ...options, stage: stageOn(clock, tell) });
    },
  };
}

function stageOn(clock: GatedClock, tell: Stage['stacks']): Stage {
  return {
    clock(startMs) {
      // A scene's next part begins where the one before has ended.
      if (startMs > clock.now()) clock.advanceTo(startMs);
      return clock;
    },
    parts(host, { device, random }, link) {
      const impaired = link ? linkedDevice(device, link) : device;
      const faults = seededRandom(`faults at ${host}`);
      return { device: inspectable({ device: impaired, clock, random: faults }).device, clock, random };
    },
    stacks: tell,
  };
}
