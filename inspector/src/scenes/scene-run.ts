/** The scenes, played on the page's clock and watched by the page's inspector. */

import type { Observable } from 'rxjs';
import { inspectable } from '../../../src/inspect/index.ts';
import type { Device, Frame, ImpairedDevice, Impairments } from '../../../src/net/index.ts';
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
    device(host, device, link) {
      const impaired = link ? new LinkedDevice(device, link) : device;
      return inspectable({ device: impaired, clock, random: seededRandom(`faults at ${host}`) }).device;
    },
    stacks: tell,
  };
}

/** A's device: frames go through what the scene has put between the stack and the link, faults into the link itself. */
class LinkedDevice implements ImpairedDevice {
  readonly name: string;
  readonly mtu: number;
  readonly frames$: Observable<readonly Frame[]>;
  readonly drained$: Observable<void>;
  readonly departures$: ImpairedDevice['departures$'];
  readonly lost$: ImpairedDevice['lost$'];
  readonly stats: ImpairedDevice['stats'];
  readonly #device: Device;
  readonly #link: ImpairedDevice;

  constructor(device: Device, link: ImpairedDevice) {
    this.#device = device;
    this.#link = link;
    this.name = device.name;
    this.mtu = device.mtu;
    this.frames$ = device.frames$;
    this.drained$ = device.drained$;
    this.departures$ = link.departures$;
    this.lost$ = link.lost$;
    this.stats = link.stats;
  }

  get impairments() {
    return this.#link.impairments;
  }

  write(frame: Frame): boolean {
    return this.#device.write(frame);
  }

  set(direction: 'in' | 'out', impairments: Impairments): void {
    this.#link.set(direction, impairments);
  }

  dropNext(direction: 'in' | 'out', predicate: (frame: Frame) => boolean, count?: number): () => void {
    return this.#link.dropNext(direction, predicate, count);
  }

  close(): void {
    this.#device.close();
  }
}
