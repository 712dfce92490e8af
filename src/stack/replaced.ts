import type { connectionMachine, listenerMachine, Protocol } from '../../machines/index.ts';

/** What a stack may run in place of the product's own: charts and protocol functions with a fault in them, say. */
export interface Replaced {
  readonly chart?: typeof connectionMachine;
  readonly protocol?: Protocol;
  readonly listener?: typeof listenerMachine;
}
