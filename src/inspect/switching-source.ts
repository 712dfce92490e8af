import { StackError } from '../errors.ts';
import type { Source, Viewer } from './inspector.ts';

/** One run after the other. Viewers are greeted anew by each. */
export interface SwitchingSource extends Source {
  /** What is watched from now on; nothing yet, or no more, if it is undefined. */
  show(source: Source | undefined): void;
  /** Called when somebody begins to watch. */
  onAttach: (() => void) | undefined;
}

export function switchingSource(): SwitchingSource {
  let shown: Source | undefined;
  const source: SwitchingSource = {
    onAttach: undefined,
    show(next) {
      shown = next;
    },
    attach(limit) {
      source.onAttach?.();
      return new SwitchingViewer(() => shown, limit);
    },
    execute(command) {
      if (command.command === 'ack') return;
      if (!shown) throw new StackError('EINVAL', `inspector: ${command.command}: nothing runs now`);
      shown.execute(command);
    },
  };
  return source;
}

class SwitchingViewer implements Viewer {
  readonly #shown: () => Source | undefined;
  readonly #limit: number | undefined;
  #source: Source | undefined;
  #viewer: Viewer | undefined;

  constructor(shown: () => Source | undefined, limit: number | undefined) {
    this.#shown = shown;
    this.#limit = limit;
    this.#attach();
  }

  read(limit?: number) {
    if (this.#shown() === this.#source) return this.#viewer?.read(limit) ?? [];
    // The end of what was shown before comes first.
    const rest = this.#viewer?.read(limit) ?? [];
    this.#viewer?.close();
    this.#attach();
    return rest;
  }

  close(): void {
    this.#viewer?.close();
    this.#viewer = undefined;
  }

  #attach(): void {
    this.#source = this.#shown();
    this.#viewer = this.#source?.attach(this.#limit);
  }
}
