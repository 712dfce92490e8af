/** The scenes: real runs of two endpoints over a virtual link, each about one thing. */

import type { Ladder } from '../ladder.ts';
import { close, halfClose } from './close.ts';
import { flags } from './flags.ts';
import { halfOpen } from './half-open.ts';
import { handshake } from './handshake.ts';
import { http } from './http.ts';
import { loss } from './loss.ts';
import { lostSyn } from './lost-syn.ts';
import { duplicateSynPassive, oldDuplicateSyn } from './old-duplicates.ts';
import { refused } from './refused.ts';
import type { Scene, SceneOptions } from './scene.ts';
import { session } from './session.ts';
import { simultaneousClose, simultaneousOpen } from './simultaneous.ts';
import { timeWait } from './time-wait.ts';
import { urgent } from './urgent.ts';
import { zeroWindow } from './zero-window.ts';

export type { Scene, SceneOptions } from './scene.ts';

export const SCENES: readonly Scene[] = [
  handshake,
  session,
  close,
  halfClose,
  timeWait,
  simultaneousOpen,
  simultaneousClose,
  oldDuplicateSyn,
  halfOpen,
  duplicateSynPassive,
  refused,
  loss,
  zeroWindow,
  urgent,
  lostSyn,
  flags,
  http,
];

/**
 * Plays a scene from its beginning to its end, in virtual time, and gives its ladder: `printRfc`, `printTcpdump` and
 * `printJson` print it, `captureOf` makes a capture of it. The same options give the same ladder and the same bytes.
 *
 * @throws RangeError for a name that is none of `SCENES`
 * @example
 * ```ts
 * const ladder = await playScene('handshake', { issA: 100, issB: 300 });
 * for (const line of printRfc(ladder)) console.log(line);
 * ```
 */
export async function playScene(name: string, options: SceneOptions = {}): Promise<Ladder> {
  const scene = SCENES.find((candidate) => candidate.name === name);
  if (!scene) {
    const names = SCENES.map((candidate) => candidate.name).join(', ');
    throw new RangeError(`playScene: there is no scene "${name}"; there are ${names}`);
  }
  return scene.play(options);
}
