/**
 * The state of one run, shared by what plays its packets and what makes its calls.
 */

import type { Script, ScriptEvent } from './ast.ts';
import type { DrillConfig } from './config.ts';
import { describeTime, eventText, seconds } from './describe.ts';
import type { Flow } from './flow.ts';
import { ladderOf } from './ladder.ts';
import type { Failure } from './result.ts';
import { ScriptError } from './source.ts';
import type { Target } from './target.ts';
import { type Due, isOnTime, toleranceMs } from './timing.ts';

export interface RunSettings {
  /** TCP options may come in any order and with any padding. */
  readonly optionsAsSet: boolean;
  /** Frames that no line has taken are a failure at the end. */
  readonly strict: boolean;
}

/** Time is to pass up to `timeMs`, or until `stop` is true. See `Target.advanceTo`. */
export interface Wait {
  readonly timeMs: number;
  readonly stop: () => boolean;
}

/** What takes time: whoever runs it lets that pass at each `yield`, at whatever pace. */
export type Passing<T = void> = Generator<Wait, T, void>;

/** An event, when it is due, and how far off it may be. */
export interface Moment extends Due {
  readonly event: ScriptEvent;
  readonly toleranceMs: number;
}

/** Thrown by whatever finds that the stack does not do what the script says. */
export class Failed extends Error {
  override readonly name = 'Failed';
  readonly failure: Failure;

  constructor(failure: Failure) {
    super(failure.what[0] ?? 'failed');
    this.failure = failure;
  }
}

export class Run {
  readonly script: Script;
  readonly config: DrillConfig;
  readonly settings: RunSettings;
  readonly target: Target;
  readonly notes: string[] = [];
  /** The flow under test, from its first packet or its connect() on. */
  flow: Flow | undefined;
  /** Every flow that there was, by the peer's port: explicit ports go back to one. */
  readonly flows: Flow[] = [];
  /** What flows were before a SYN began them anew, and until when. */
  readonly past: { readonly flow: Flow; readonly untilMs: number }[] = [];
  /** Whether the next inbound segment begins a flow: nothing is connected, or a listener waits. */
  begins: 'listening' | 'nothing' | 'closed' | false = 'nothing';

  constructor(script: Script, config: DrillConfig, settings: RunSettings, target: Target) {
    this.script = script;
    this.config = config;
    this.settings = settings;
    this.target = target;
  }

  get nowMs(): number {
    return this.target.now();
  }

  momentOf(event: ScriptEvent, due: Due, previousDueMs: number): Moment {
    return { ...due, event, toleranceMs: toleranceMs(this.config, due.dueMs - previousDueMs) };
  }

  /** @throws Failed when `actualMs` is off by more than the tolerance */
  checkTime(moment: Moment, actualMs: number, what: string, actual: string): void {
    if (moment.event.time.kind === 'any' || isOnTime(actualMs, moment, moment.toleranceMs)) return;
    const off = actualMs < moment.dueMs ? moment.dueMs - actualMs : actualMs - moment.endMs;
    const side = actualMs < moment.dueMs ? 'early' : 'late';
    const tolerance = `the tolerance is ${seconds(moment.toleranceMs)} s`;
    this.fail(moment, [`${what} came ${seconds(off)} s too ${side}; ${tolerance}`], actual, actualMs);
  }

  fail(moment: Moment, what: readonly string[], actual: string, actualMs = this.nowMs): never {
    const { event } = moment;
    const text = eventText(this.script.source, event);
    throw new Failed({
      position: event.position,
      what,
      expected: `${describeTime(event.time, moment.dueMs, moment.endMs)}  ${text}`,
      actual: `${seconds(actualMs)}  ${actual}`,
      ladder: ladderOf(this.target.name, this.target.log, this),
    });
  }

  /** The script asks for what makes no sense. */
  scriptError(event: ScriptEvent, what: string): never {
    throw new ScriptError(this.script.source, event.position, what);
  }
}
