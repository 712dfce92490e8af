/** What a stack has to be made of for the inspector to pause it, break its link and record it. */

import type { Clock } from '../clock.ts';
import type { Device } from '../net/device.ts';
import { type ForkableRandom, impair } from '../net/impairments.ts';
import type { Random } from '../random.ts';
import type { TcpStack } from '../stack/stack.ts';
import { Boundary } from './boundary.ts';
import { type InspectableDevice, inspectableDevice, isImpaired } from './inspectable-device.ts';
import { isPausable, type PausableClock, pausableClock } from './pausable-clock.ts';

export interface InspectableOptions {
  /** An impaired device is taken as it is. */
  readonly device: Device;
  readonly clock: Clock;
  readonly random: ForkableRandom;
  /** Be able to record every input, for a replay. Costs a little for each frame, timer and call. Default false. */
  readonly record?: boolean;
}

export interface InspectableParts {
  readonly device: InspectableDevice;
  readonly clock: PausableClock;
  readonly random: Random;
}

const boundaries = new WeakMap<object, Boundary>();

/**
 * Makes a stack's parts inspectable. A stack made of parts that are not can be watched, too, but not paused or broken.
 *
 * The impairments' own time is that of `clock`: while the stack is paused, the link goes on.
 *
 * @example
 * ```ts
 * const parts = inspectable({ device: await openTun({ name: 'tun7' }), clock: hostClock(), random: cryptoRandom() });
 * const stack = createStack({ ...parts, addresses: ['198.18.0.2'] });
 * const inspector = createInspector(stack);
 * ```
 */
export function inspectable({ device, clock, random, record }: InspectableOptions): InspectableParts {
  const pausable = isPausable(clock) ? clock : pausableClock(clock);
  const chance = random.fork?.('inspector') ?? random;
  const impaired = isImpaired(device) ? device : impair(device, { clock, random: chance });
  const breakable = inspectableDevice(impaired);
  if (record !== true) return { device: breakable, clock: pausable, random };
  const boundary = new Boundary(breakable, pausable, random);
  boundaries.set(boundary.device, boundary);
  return { device: boundary.device, clock: boundary.clock, random: boundary.random };
}

/** The boundary around a stack that was made of recordable parts. */
export function boundaryOf(stack: TcpStack): Boundary | undefined {
  return boundaries.get(stack.device);
}
