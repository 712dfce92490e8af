/**
 * Which controllers there are, by name. A TCB keeps the name alone: it is a value, and a controller is code.
 */

import { bbr } from './bbr/bbr.ts';
import type { CongestionWindow, Controller } from './controller.ts';
import { cubic } from './cubic.ts';
import { reno } from './reno.ts';
import { vegas } from './vegas.ts';

/** CUBIC, as with Linux, Windows and macOS (RFC 9438). */
export const DEFAULT_CONGESTION_CONTROL = 'cubic';

const controllers = new Map<string, Controller>();
addController(cubic);
addController(reno);
addController(vegas);
addController(bbr);

/**
 * Makes a controller known under its name, so that connections can be told to use it. `createStack` and `connect` do it
 * themselves with a controller that they are given as `congestionControl`.
 *
 * @throws {RangeError} when another controller has that name
 * @example addController(mine); createStack({ …, congestionControl: mine.name })
 */
export function addController<S extends CongestionWindow>(controller: Controller<S>): void {
  const { name } = controller;
  const known = controllers.get(name);
  if (known !== undefined && known !== (controller as unknown))
    throw new RangeError(
      `another congestion controller is named ${JSON.stringify(name)}; give yours another name`,
    );
  controllers.set(name, controller as unknown as Controller);
}

/** The names of all controllers that are known, in the order in which they became known. */
export function controllerNames(): readonly string[] {
  return [...controllers.keys()];
}

export function isController(name: string): boolean {
  return controllers.has(name);
}

/** @throws {Error} when there is none of this name: options are checked before a TCB is made of them */
export function controllerNamed(name: string): Controller {
  const controller = controllers.get(name);
  if (controller === undefined) throw new Error(`no congestion controller is named ${JSON.stringify(name)}`);
  return controller;
}
