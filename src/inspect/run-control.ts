/** Pausing a run and going on in small steps. */

import { StackError } from '../errors.ts';
import type { TcpStack } from '../stack/stack.ts';
import { isPausable, type PausableClock } from './pausable-clock.ts';
import type { StepKind } from './protocol.ts';

/** Who moves a run on. For live traffic that is time itself; a simulation has somebody who runs its clock. */
export interface RunControl {
  readonly paused: boolean;
  /** Virtual time passed in a unit of real time; null where a viewer has no say in it. */
  readonly speed: number | null;
  readonly canPause: boolean;
  /** What `step` takes. */
  readonly steps: readonly StepKind[];
  readonly canPlay: boolean;
  pause(): void;
  resume(): void;
  /** Goes on by one step. Returns false when there was nothing to step to. Throws a StackError if the run is not paused. */
  step(what: StepKind, host: string | undefined): boolean;
  /** Throws a StackError for a speed out of range. */
  play(speed: number): void;
  /** The inspector tells here of frames that arrive and timers that fire, so that `step` can go on until one does. */
  happened?(what: 'frame' | 'timer', host: string): void;
}

export function notPaused(): StackError {
  return new StackError('EINVAL', 'step: the run goes on; pause it first');
}

/** Live traffic: pausing stops reading the devices and, where they are pausable, the stacks' clocks. */
export function liveRun(stacks: ReadonlyMap<string, TcpStack>): RunControl {
  return new LiveRun(stacks);
}

class LiveRun implements RunControl {
  readonly speed = null;
  readonly canPlay = false;
  readonly canPause: boolean;
  readonly steps: readonly StepKind[];
  readonly #stacks: ReadonlyMap<string, TcpStack>;
  readonly #clocks: readonly PausableClock[];
  #paused = false;

  constructor(stacks: ReadonlyMap<string, TcpStack>) {
    this.#stacks = stacks;
    const clocks = new Set([...stacks.values()].map(({ clock }) => clock));
    this.#clocks = [...clocks].filter(isPausable);
    this.canPause = this.#clocks.length === clocks.size;
    this.steps = this.canPause ? ['frame', 'timer'] : [];
  }

  get paused(): boolean {
    return this.#paused;
  }

  pause(): void {
    if (this.#paused || !this.canPause) return;
    this.#paused = true;
    for (const stack of this.#stacks.values()) stack.pause();
    for (const clock of this.#clocks) clock.pause();
  }

  resume(): void {
    if (!this.#paused) return;
    this.#paused = false;
    for (const clock of this.#clocks) clock.resume();
    for (const stack of this.#stacks.values()) stack.resume();
  }

  step(what: StepKind, host: string | undefined): boolean {
    if (!this.#paused) throw notPaused();
    if (what === 'timer') return this.#fireNext();
    if (what === 'frame') return this.#takeHeld(host);
    throw new StackError('EINVAL', 'step: live traffic goes by "frame" or "timer"');
  }

  play(): void {
    throw new StackError('EINVAL', 'play: live traffic has its own pace');
  }

  #fireNext(): boolean {
    let first: PausableClock | undefined;
    for (const clock of this.#clocks) {
      const dueMs = clock.dueMs[0];
      if (dueMs !== undefined && dueMs < (first?.dueMs[0] ?? Number.POSITIVE_INFINITY)) first = clock;
    }
    return first?.fireNext() ?? false;
  }

  #takeHeld(host: string | undefined): boolean {
    for (const [name, stack] of this.#stacks) {
      if ((host === undefined || host === name) && stack.held > 0) return stack.takeHeld();
    }
    return false;
  }
}
