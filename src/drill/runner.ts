/**
 * The runner: plays a script's events in their order against a stack, and says what came of it.
 */

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
import type { DrillResult } from './result.ts';
import { Failed, type Moment, Run, type RunSettings } from './run.ts';
import { DrillSocket } from './sockets/socket.ts';
import { SocketTable } from './sockets/table.ts';
import { MissingFeature, ScriptError, type Source } from './source.ts';
import { effectOf } from './sysctls.ts';
import { StackTarget } from './target.ts';
import { INFO_CONSTANTS, infoVariables, infoWithoutConnection } from './tcp-info.ts';
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
  const { profile = 'rfc', overrides = {} } = options;
  const nothing = { file: source.file, elapsedMs: 0, frames: [], notes: [] };
  try {
    const script = parseScript(source, { defines: definesOf(options.defines), ifdef: IFDEF[profile] });
    return playScript(script, configOf(source, script.options, overrides), options);
  } catch (error) {
    if (error instanceof ScriptError) return { ...nothing, verdict: 'error', message: error.message };
    if (error instanceof MissingFeature) return { ...nothing, verdict: 'skip', feature: error.feature };
    throw error;
  }
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

/** Plays a script that has been read. */
export function playScript(script: Script, config: DrillConfig, options: DrillOptions = {}): DrillResult {
  const { profile = 'rfc', optionsAsSet = false, strict = false, seed = 1 } = options;
  const target = new StackTarget(config, profileOf(profile), seed);
  const player = new ScriptPlayer(new Run(script, config, { optionsAsSet, strict }, target));
  return player.play();
}

class ScriptPlayer {
  readonly #run: Run;
  readonly #table: SocketTable;
  readonly #packets: PacketPlayer;
  readonly #calls: CallPlayer;
  readonly #blocks = new Blocks(INFO_CONSTANTS);

  constructor(run: Run) {
    this.#run = run;
    this.#table = new SocketTable(run.target, run.target.clock, run.config);
    this.#calls = new CallPlayer(run, this.#table);
    this.#packets = new PacketPlayer(run, () => this.#calls.progress());
  }

  play(): DrillResult {
    const run = this.#run;
    const verdict = this.#verdict();
    return {
      file: run.script.source.file,
      elapsedMs: run.nowMs,
      frames: run.target.log,
      notes: [...run.notes.map((note) => `no effect here: ${note}`), ...this.#blocks.printed],
      ...verdict,
    } as DrillResult;
  }

  #verdict() {
    try {
      this.#playAll();
      return { verdict: 'pass' };
    } catch (error) {
      if (error instanceof Failed) return { verdict: 'fail', failure: error.failure };
      if (error instanceof ScriptError) return { verdict: 'error', message: error.message };
      if (error instanceof MissingFeature) return { verdict: 'skip', feature: error.feature };
      throw error;
    }
  }

  #playAll(): void {
    const run = this.#run;
    const { init, events } = run.script;
    if (init) this.#command(init.text);
    let previous: ScriptEvent | undefined;
    let previousDueMs = 0;
    let moment: Moment | undefined;
    for (const event of events) {
      const baseMs = isInbound(previous) && isInbound(event) ? previousDueMs : run.nowMs;
      moment = run.momentOf(event, dueOf(event.time, baseMs, run.nowMs), previousDueMs);
      this.#play(event, moment);
      previous = event;
      previousDueMs = moment.dueMs;
    }
    this.#calls.finish();
    if (run.settings.strict) this.#leftOver(moment!);
  }

  #play(event: ScriptEvent, moment: Moment): void {
    if (event.kind === 'packet' && event.packet.direction === 'outbound') {
      this.#packets.expect(event.packet, moment);
      return;
    }
    this.#waitUntil(moment);
    if (event.kind === 'packet') this.#packets.inject(event.packet, moment);
    else if (event.kind === 'call') {
      this.#calls.call(event, moment, (address, port) => this.#packets.beginActive(address, port));
    } else if (event.kind === 'command') this.#command(event.command.text);
    else this.#code(event.code.text, moment);
  }

  /** Everything but an outbound packet waits for its time, and must not be late for it. */
  #waitUntil(moment: Moment): void {
    const run = this.#run;
    run.target.advanceTo(moment.dueMs, () => {
      this.#calls.progress();
      return false;
    });
    this.#calls.progress();
    const late = { ...moment, endMs: moment.dueMs };
    run.checkTime(late, run.nowMs, 'this', '(the script could not go on before)');
  }

  #command(text: string): void {
    const run = this.#run;
    const { options, values, sleepMs, ignored } = effectOf(text);
    run.target.defaults = { ...run.target.defaults, ...options };
    for (const [name, value] of Object.entries(values)) run.target.values.set(name, value);
    run.notes.push(...ignored);
    if (sleepMs > 0) run.target.advanceTo(run.nowMs + sleepMs, () => false);
  }

  #code(text: string, moment: Moment): void {
    const failed = this.#blocks.run(text, this.#info());
    if (failed) this.#run.fail(moment, [`${failed.statement}: ${failed.what}`], failed.what);
  }

  /** TCP_INFO of what is under test: the flow's connection, or the socket that has none yet. */
  #info(): ReadonlyMap<string, number> {
    const { flow, target, begins } = this.#run;
    if (flow?.localPort !== undefined && begins !== 'listening') {
      const connection = target.connectionOf(flow.localPort, flow.remote.toString(), flow.remotePort);
      const info = connection?.info();
      return info ? infoVariables(info, info.rcv.mss) : infoWithoutConnection('CLOSED');
    }
    const connecting = this.#table.sockets.find((socket) => socket.connection);
    if (flow && connecting?.connection) {
      const info = connecting.connection.info();
      return infoVariables(info, info.rcv.mss);
    }
    const listening = this.#table.sockets.some((socket) => socket instanceof DrillSocket && socket.listener);
    return infoWithoutConnection(listening ? 'LISTEN' : 'CLOSED');
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
