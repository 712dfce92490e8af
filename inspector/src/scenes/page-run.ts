/**
 * A run of two stacks inside the page: recorded from its first step on, moved on by its viewer, and run again up to any
 * moment of its past. What makes it do the same again is the recipe it was made of, and the log of what was done to it.
 */

import type { Inspector, Viewer } from '../../../src/inspect/index.ts';
import { createInspector } from '../../../src/inspect/index.ts';
import type { Command, Envelope } from '../../../src/inspect/protocol.ts';
import type { Stack } from '../../../src/stack/api.ts';
import type { Answer, Session } from '../app/session.ts';
import { Timeline } from '../store/timeline.ts';
import { GatedClock } from './gated-clock.ts';
import { Pace, type Pictures } from './pace.ts';

/** What a run is made of. */
export interface Recipe<World> {
  readonly name: string;
  /** Builds the world on a clock, and tells of its stacks: again whenever one of them is begun anew, undefined when it crashes. */
  build(clock: GatedClock, stacks: (stacks: Readonly<Record<string, Stack>> | undefined) => void): World;
  /** Runs the world's users and its clock until nothing is left to do. */
  run(world: World, clock: GatedClock): Promise<void>;
  /** What a viewer can do besides the inspector's commands. */
  act?(world: World, action: string): void;
}

interface Done {
  readonly fired: number;
  readonly timeMs: number;
  /** What had happened before it. */
  readonly order: number;
  readonly what: Command | string;
}

/** Frames of a stack's second life get numbers of their own. */
const LIFE = 1_000_000_000;
const RING = 1 << 20;

export class PageRun<World> implements Session {
  readonly kind = 'run';
  readonly name: string;
  readonly timeline = new Timeline();
  /** Called when something has happened. */
  onProgress: (() => void) | undefined;
  /** How the run ended, if it did not end well. */
  failure: string | undefined;
  world!: World;
  readonly #recipe: Recipe<World>;
  readonly #pictures: Pictures;
  readonly #pace: Pace;
  readonly #done: Done[] = [];
  /** The last entry before each timer that fired. */
  readonly #marks: number[] = [];
  readonly #clock = new GatedClock();
  #inspector: Inspector | undefined;
  #viewer: Viewer | undefined;
  #unlisten: (() => void) | undefined;
  #lives = 0;
  #offset = 0;
  #head = 0;
  #closed = false;
  #asked: Promise<unknown> = Promise.resolve();

  private constructor(recipe: Recipe<World>, pictures: Pictures) {
    this.name = recipe.name;
    this.#recipe = recipe;
    this.#pictures = pictures;
    this.#pace = new Pace(this.#clock, pictures);
    this.#pace.onProgress = () => this.#flush();
    this.#clock.onFire = () => this.#marks.push(this.#head);
  }

  /** Builds the world; nothing has happened in it yet. */
  static begin<World>(recipe: Recipe<World>, pictures: Pictures): PageRun<World> {
    const run = new PageRun(recipe, pictures);
    run.world = recipe.build(run.#clock, (stacks) => run.#watch(stacks));
    const told = (): void => run.onProgress?.();
    recipe.run(run.world, run.#clock).then(told, (error: unknown) => {
      run.failure = error instanceof Error ? error.message : String(error);
      told();
    });
    run.#flush();
    return run;
  }

  nowMs(): number {
    return this.#clock.now();
  }

  async ask(command: Command): Promise<Answer> {
    return this.#do(command);
  }

  /** One of the recipe's own actions. */
  async act(action: string): Promise<Answer> {
    return this.#do(action);
  }

  /** Once what was asked for is done, and the step or the picture that is under way is over. */
  async settled(): Promise<void> {
    await this.#asked;
    await this.#pace.busy;
  }

  /** Runs to its end as fast as the page can, showing what happens on the way. */
  async finish(): Promise<void> {
    // A scene's next part comes when the one before is over: a moment later, with nothing to wait for in between.
    for (let still = 0; still < 2 && !this.#closed; ) {
      if (await this.#pace.hurry(() => this.#flush())) still = 0;
      else still++;
    }
    this.#flush();
  }

  fork = async (order: number): Promise<Session> => this.forkAt(order);

  /** The same run once more, up to the moment `order` and paused there. */
  async forkAt(order: number): Promise<PageRun<World>> {
    const again = PageRun.begin(this.#recipe, this.#pictures);
    for (const done of this.#done) {
      if (done.order >= order) break;
      await again.#pace.goTo(done);
      again.#perform(done.what);
    }
    const fired = this.#marks.filter((mark) => mark < order).length;
    await again.#pace.goTo({ fired, timeMs: this.timeline.at(order).timeMs });
    again.#flush();
    return again;
  }

  close(): void {
    this.#closed = true;
    this.#pace.pause();
    this.#clock.close();
    this.#unlisten?.();
    this.#viewer?.close();
  }

  /** One after the other, in the order in which they were asked for. */
  #do(what: Command | string): Promise<Answer> {
    const answer = this.#asked.then(() => this.#doNow(what));
    this.#asked = answer;
    return answer;
  }

  async #doNow(what: Command | string): Promise<Answer> {
    await this.#pace.busy;
    try {
      this.#perform(what);
    } catch (error) {
      return { ok: false, error: (error as Error).message };
    }
    await this.#pace.busy;
    // A user's call is dealt with once its promises have settled.
    if (this.#pace.paused) await this.#clock.grant(() => false);
    this.#flush();
    return { ok: true };
  }

  #perform(what: Command | string): void {
    const isLasting = typeof what === 'string' || LASTING.has(what.command);
    const done = { fired: this.#clock.fired, timeMs: this.#clock.now(), order: this.#head, what };
    if (typeof what === 'string') this.#recipe.act?.(this.world, what);
    else this.#inspector?.execute(what);
    if (isLasting) this.#done.push(done);
  }

  #watch(stacks: Readonly<Record<string, Stack>> | undefined): void {
    this.#flush();
    this.#unlisten?.();
    this.#viewer?.close();
    this.#viewer = undefined;
    if (!stacks) return;
    this.#lives++;
    this.#offset = this.#head;
    this.#inspector = createInspector(stacks, {
      run: this.#pace,
      payload: 'shown',
      ring: RING,
      version: 'in the page',
    });
    this.#viewer = this.#inspector.attach();
    const { order } = this.#inspector.hello;
    const base = this.#offset - order;
    this.#unlisten = this.#inspector.listen((entry) => {
      this.#head = entry.order + base;
    });
    // What is told first is what is now; all that happens from here on is told when it is asked for.
    this.#flush();
  }

  #flush(): void {
    const envelopes = this.#viewer?.read(RING) ?? [];
    if (envelopes.length > 0) this.timeline.append(envelopes.map((envelope) => this.#renumbered(envelope)));
    this.#head = Math.max(this.#head, this.timeline.head.order);
    this.onProgress?.();
  }

  #renumbered(envelope: Envelope): Envelope {
    const order = envelope.order + this.#offset;
    if (envelope.kind !== 'frame') return { ...envelope, order };
    return { ...envelope, order, frame: envelope.frame + (this.#lives - 1) * LIFE };
  }
}

/** The commands that change a run, and not only how it is looked at. */
const LASTING: ReadonlySet<string> = new Set(['faults', 'drop-next', 'blackhole', 'inject', 'call']);
