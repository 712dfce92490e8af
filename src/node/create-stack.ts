import type { Stack, StackOptions } from '../stack/api.ts';
import type { StackInternals } from '../stack/internals.ts';
import { createStack as createCoreStack } from '../stack/stack.ts';
import { cryptoRandom } from './crypto-random.ts';
import { hostClock } from './host-clock.ts';

/** As the core's, with a clock and randomness that need not be given. */
export type NodeStackOptions = Omit<StackOptions, 'clock' | 'random'> &
  Partial<Pick<StackOptions, 'clock' | 'random'>>;

/**
 * The core's `createStack`, by default on Node's own time and the operating system's randomness. Two stacks that are
 * joined by `pair()` need the pair's clock.
 *
 * @throws StackError EINVAL for an address or an option that can't be used
 * @example
 * ```ts
 * const device = await openTun({ name: 'tun7', address: '198.18.0.1/24' });
 * const stack = createStack({ device, addresses: ['198.18.0.2'] });
 * createServer(stack, (socket) => socket.pipe(socket)).listen(7);
 * ```
 */
export function createStack(options: NodeStackOptions, internals: StackInternals = {}): Stack {
  return createCoreStack({ clock: hostClock(), random: cryptoRandom(), ...options }, internals);
}
