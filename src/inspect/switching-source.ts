import { StackError } from '../errors.ts';
import type { Source, Viewer } from './inspector.ts';
import type { Envelope } from './protocol.ts';

/** One run after the other. Viewers are greeted anew by each. */
export interface SwitchingSource extends Source {
  /** What is watched from now on; nothing yet, or no more, if it is undefined. */
  show(source: Source | undefined): void;
  /** Called when somebody has begun to watch. */
  onAttach: (() => void) | undefined;
}

export function switchingSource(): SwitchingSource {
  const viewers = new Set<SwitchingViewer>();
  let shown: Source | undefined;
  const source: SwitchingSource = {
    onAttach: undefined,
    show(next) {
      shown = next;
      for (const viewer of viewers) viewer.show(next);
    },
    attach(limit) {
      const viewer = new SwitchingViewer(limit, () => viewers.delete(viewer));
      viewers.add(viewer);
      viewer.show(shown);
      source.onAttach?.();
      return viewer;
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
  readonly #limit: number | undefined;
  readonly #closed: () => void;
  /** What was to be told when the source was switched: each begins with a greeting, or ends a run. */
  #waiting: (readonly Envelope[])[] = [];
  #viewer: Viewer | undefined;

  constructor(limit: number | undefined, closed: () => void) {
    this.#limit = limit;
    this.#closed = closed;
  }

  show(source: Source | undefined): void {
    if (this.#viewer) {
      this.#waiting.push(this.#viewer.read());
      this.#viewer.close();
    }
    this.#viewer = source?.attach(this.#limit);
    // At once: what is now, so that nothing of what comes is passed over.
    if (this.#viewer) this.#waiting.push(this.#viewer.read());
  }

  read(limit?: number): readonly Envelope[] {
    for (let part = this.#waiting.shift(); part; part = this.#waiting.shift())
      if (part.length > 0) return part;
    return this.#viewer?.read(limit) ?? [];
  }

  close(): void {
    this.#viewer?.close();
    this.#viewer = undefined;
    this.#closed();
  }
}
