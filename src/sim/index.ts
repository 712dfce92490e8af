export { type SeededRandom, seededRandom } from './seeded-random.ts';
export { type RunOptions, type VirtualClock, virtualClock } from './virtual-clock.ts';
