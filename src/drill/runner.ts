/**
 * The runner: plays a script's events in their order against a stack, and says what came of it.
 */

import type { VirtualClock } from '../sim/virtual-clock.ts';
import { Blocks } from './assertions.ts';
import type { Script, ScriptEvent } from './ast.ts';
import { configOf, type DrillConfig } from './config.ts';
import { describeSegment } from './describe.ts';
import { type Defines, parseDefinition } from './lexer.ts';
import { decodeFrame, shown } from './packets.ts';
import { parseScript } from './parser.ts';
import { CallPlayer } from './play-calls.ts';
import { PacketPlayer } from './play-packets.ts';
import { type ProfileName, profileOf } from './profile.ts';
import type { DrillResult, Verdict } from './result.ts';
import { Failed, type Moment, type Passing, Run, type RunSettings, type Wait } from './run.ts';
import { MissingFeature, ScriptError, type Source } from './source.ts';
import { type MakeStack, StackTarget } from './stack-target.ts';
import type { Target } from './target.ts';
import { INFO_CONSTANTS } from './tcp-info.ts';
import { dueOf, isInbound } from './timing.ts';

export interface DrillOptions extends Partial<RunSettings> {
  /** Default `rfc`. */
  readonly profile?: ProfileName;
  /** Words of scripts that stand for something else. */
  readonly defines?: Readonly<Record<string, string>>;
  /** Options as scripts have them, by their names there (`ip_version`): they win over the script's own. */
  readonly overrides?: Readonly<Record<string, string>>;
  /** For the stack's random numbers. Default 1. */
  readonly seed?: number;
  /** Makes the stack that is tested, in place of `createStack`. */
  readonly makeStack?: MakeStack;
}

/**
 * Reads a script and plays it. Nothing that a script does makes this throw; errors in `options` do.
 *
 * @throws RangeError for an override that there is not
 * @example
 * ```ts
 * const result = runScript({ file: 'listen.pkt', text }, { optionsAsSet: true });
 * console.log(describeResult(result));
 * ```
 */
export function runScript(source: Source, options: DrillOptions = {}): DrillResult {
  const { profile = 'rfc', seed = 1, makeStack } = options;
  const read = readScript(source, options);
  if ('verdict' in read) return read;
  const parts = makeStack === undefined ? {} : { makeStack };
  return playScript(read, new StackTarget(read.config, profileOf(profile), seed, parts), options);
}

/** A script that was read, and what it is to be played with. */
export interface ReadScript {
  readonly script: Script;
  readonly config: DrillConfig;
}

/** Reads a script; gives the result right away where that is all that can come of it. */
export function readScript(source: Source, options: DrillOptions = {}): ReadScript | DrillResult {
  const { profile = 'rfc', overrides = {} } = options;
  const nothing = { file: source.file, elapsedMs: 0, frames: [], notes: [] };
  try {
    const script = parseScript(source, { defines: definesOf(options.defines), ifdef: IFDEF[profile] });
    return { script, config: configOf(source, script.options, overrides) };
  } catch (error) {
    return { ...nothing, ...verdictOf(error) };
  }
}

/** What it means for a script that this was thrown. Throws it again if it has nothing to do with the script. */
function verdictOf(error: unknown): Verdict {
  if (error instanceof ScriptError) return { verdict: 'error', message: error.message };
  if (error instanceof MissingFeature) return { verdict: 'skip', feature: error.feature };
  throw error;
}

/** Plays a script against a target, which has been used for nothing else. */
export function playScript(
  read: ReadScript,
  target: Target,
  options: Partial<RunSettings> = {},
): DrillResult {
  const playing = playerOf(read, target, options).play();
  let next = playing.next();
  while (!next.done) {
    const { timeMs, stop } = next.value;
    try {
      target.advanceTo(timeMs, stop);
      next = playing.next();
    } catch (error) {
      // A call that has waited may have come to something else than it should.
      next = playing.throw(error);
    }
  }
  return next.value;
}

/** Where a script is played for somebody who watches. */
export interface DrillStage {
  /** Stands still unless `pass` moves it on. */
  readonly clock: VirtualClock;
  /** Makes the stack, as `createStack` does. */
  readonly makeStack: MakeStack;
  /** Lets time pass up to `timeMs`, however long that takes, and ends early when `stop` is true. */
  pass(wait: Wait): Promise<void>;
}

/** As {@link runScript}, at the stage's pace. */
export async function runScriptOnStage(
  source: Source,
  options: DrillOptions,
  stage: DrillStage,
): Promise<DrillResult> {
  const { profile = 'rfc', seed = 1 } = options;
  const read = readScript(source, options);
  if ('verdict' in read) return read;
  const target = new StackTarget(read.config, profileOf(profile), seed, stage);
  const playing = playerOf(read, target, options).play();
  let next = playing.next();
  while (!next.done) {
    try {
      await stage.pass(next.value);
      next = playing.next();
    } catch (error) {
      next = playing.throw(error);
    }
  }
  return next.value;
}

function playerOf(
  { script, config }: ReadScript,
  target: Target,
  { optionsAsSet = false, strict = false }: Partial<RunSettings>,
): ScriptPlayer {
  return new ScriptPlayer(new Run(script, config, { optionsAsSet, strict }, target));
}

/** What `#ifdef` holds for. */
const IFDEF: Readonly<Record<ProfileName, readonly string[]>> = {
  rfc: ['STANDARD'],
  freebsd: ['FreeBSD'],
  linux: ['STANDARD', 'linux', 'Linux'],
};

function definesOf(defines: Readonly<Record<string, string>> = {}): Defines {
  return new Map(Object.entries(defines).map(([name, value]) => [name, parseDefinition(value)]));
}

class ScriptPlayer {
  readonly #run: Run;
  readonly #packets: PacketPlayer;
  readonly #calls: CallPlayer;
  readonly #blocks = new Blocks(INFO_CONSTANTS);

  constructor(run: Run) {
    this.#run = run;
    this.#calls = new CallPlayer(run);
    this.#packets = new PacketPlayer(run, () => this.#calls.progress());
  }

  *play(): Passing<DrillResult> {
    const run = this.#run;
    const verdict = yield* this.#verdict();
    return {
      file: run.script.source.file,
      elapsedMs: run.nowMs,
      frames: run.target.log,
      notes: [...run.notes, ...this.#blocks.printed],
      ...verdict,
    };
  }

  *#verdict(): Passing<Verdict> {
    try {
      yield* this.#playAll();
      return { verdict: 'pass' };
    } catch (error) {
      if (error instanceof Failed) return { verdict: 'fail', failure: error.failure };
      return verdictOf(error);
    }
  }

  *#playAll(): Passing {
    const run = this.#run;
    const { init, events } = run.script;
    // Without a time of its own: what it sleeps, nobody waits for.
    if (init) run.notes.push(...run.target.command(init.text).notes);
    run.target.start();
    let previous: ScriptEvent | undefined;
    let previousDueMs = 0;
    let moment: Moment | undefined;
    for (const event of events) {
      const baseMs = isInbound(previous) && isInbound(event) ? previousDueMs : run.nowMs;
      moment = run.momentOf(event, dueOf(event.time, baseMs, run.nowMs), previousDueMs);
      yield* this.#play(event, moment);
      previous = event;
      previousDueMs = moment.dueMs;
    }
    yield* this.#calls.finish();
    if (run.settings.strict) this.#leftOver(moment!);
  }

  *#play(event: ScriptEvent, moment: Moment): Passing {
    if (event.kind === 'packet' && event.packet.direction === 'outbound') {
      yield* this.#packets.expect(event.packet, moment);
      return;
    }
    yield* this.#waitUntil(moment);
    if (event.kind === 'packet') this.#packets.inject(event.packet, moment);
    else if (event.kind === 'call') {
      yield* this.#calls.call(event, moment, (address, port) => this.#packets.beginActive(address, port));
    } else if (event.kind === 'command') yield* this.#command(event.command.text);
    else this.#code(event.code.text, moment);
  }

  /** Everything but an outbound packet waits for its time, and must not be late for it. */
  *#waitUntil(moment: Moment): Passing {
    const run = this.#run;
    yield {
      timeMs: moment.dueMs,
      stop: () => {
        this.#calls.progress();
        return false;
      },
    };
    this.#calls.progress();
    const late = { ...moment, endMs: moment.dueMs };
    run.checkTime(late, run.nowMs, 'this', '(the script could not go on before)');
  }

  *#command(text: string): Passing {
    const { target, notes, nowMs } = this.#run;
    const effect = target.command(text);
    notes.push(...effect.notes);
    if (effect.sleepMs > 0) yield { timeMs: nowMs + effect.sleepMs, stop: () => false };
  }

  #code(text: string, moment: Moment): void {
    const { target, flow, begins } = this.#run;
    const failed = this.#blocks.run(text, target.info(begins === 'listening' ? undefined : flow));
    if (failed) this.#run.fail(moment, [`${failed.statement}: ${failed.what}`], failed.what);
  }

  #leftOver(last: Moment): void {
    const run = this.#run;
    const texts = run.target.sent.map(({ frame, timeMs }) => {
      const packet = decodeFrame(frame, timeMs);
      if (packet.kind !== 'tcp') return packet.what;
      return `> ${describeSegment(run.flow ? shown(packet, run.flow) : packet)}`;
    });
    if (texts.length === 0) return;
    run.fail(last, [`the stack sent more than the script takes: ${texts.length} left`], texts[0]!);
  }
}
