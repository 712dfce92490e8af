/** Runs a record again: the same stack, the same inputs, and, if all is well, the same doings. */

import { StackError } from '../errors.ts';
import type { ConnectOptions, ListenOptions, StackOptions } from '../stack/api.ts';
import type { StackListener } from '../stack/listener.ts';
import { createStack, TcpStack } from '../stack/stack.ts';
import { fromBase64 } from './base64.ts';
import { createInspector } from './inspector.ts';
import type { Envelope } from './protocol.ts';
import type { CallLine, InputLine, RecordEnd, RunRecord, StackRecipe } from './record.ts';
import { connectionInput, optionsOf } from './record-lines.ts';
import { ReplayClock, ReplayDevice, replayRandom } from './replay-parts.ts';
import { essence, RunHash } from './run-hash.ts';

export interface ReplayResult {
  /** Whether the hashes are the same. Undefined when the record was cut off, and has none. */
  readonly same: boolean | undefined;
  readonly recorded: Readonly<Record<string, string>> | undefined;
  readonly replayed: Readonly<Record<string, string>>;
  /** The first thing that went otherwise. */
  readonly difference: Difference | undefined;
}

export interface Difference {
  readonly host: string;
  /** The order number in the record; undefined when the replay did more. */
  readonly order: number | undefined;
  /** What was recorded and what happened now; undefined where nothing did. */
  readonly recorded: string | undefined;
  readonly replayed: string | undefined;
}

/**
 * @throws StackError EINVAL for a record that is for looking at only, with the reason
 */
export function replay(record: RunRecord): ReplayResult {
  const { header } = record;
  if (!header.replayable || !header.stacks) {
    throw new StackError(
      'EINVAL',
      `this record is for looking at only: ${header.why ?? 'it has no inputs'}. Make one with --record, from the start.`,
    );
  }
  const hash = new RunHash();
  const hosts = hostReplays(header.stacks, record, hash);
  let end: RecordEnd | undefined;
  for (const line of record.lines()) {
    if ('end' in line) end = line.end;
    else if ('input' in line) hosts.get(line.host)?.takes(line);
    else if ('host' in line) hosts.get(line.host)?.expects(line);
  }
  const { digests } = hash;
  const replayed = Object.fromEntries(
    [...hosts.keys()].flatMap((host) => (digests[host] === undefined ? [] : [[host, digests[host]]])),
  );
  const recorded = end?.hashes;
  const same = recorded && [...hosts.keys()].every((host) => recorded[host] === replayed[host]);
  let difference: Difference | undefined;
  if (!same) for (const host of hosts.values()) difference ??= host.difference(end !== undefined);
  return { same, recorded, replayed, difference };
}

/** What the stacks were told of before they asked is read first, and small: numbers drawn, and writes that found no room. */
function hostReplays(
  recipes: Readonly<Record<string, StackRecipe>>,
  record: RunRecord,
  hash: RunHash,
): ReadonlyMap<string, HostReplay> {
  const known = new Map(
    Object.keys(recipes).map((host) => [host, { draws: [] as number[], full: new Set<number>() }]),
  );
  for (const line of record.lines()) {
    if (!('input' in line)) continue;
    if (line.input === 'draw') known.get(line.host)?.draws.push(line.value);
    else if (line.input === 'full') known.get(line.host)?.full.add(line.write);
  }
  return new Map(
    Object.entries(recipes).map(([host, recipe]) => {
      const { draws, full } = known.get(host)!;
      return [host, new HostReplay(host, recipe, draws, full, hash)];
    }),
  );
}

/** One host's stack, run again by its inputs; what it does is compared with what was recorded as soon as both are there. */
class HostReplay {
  readonly #host: string;
  readonly #stack: TcpStack;
  readonly #device: ReplayDevice;
  readonly #clock: ReplayClock;
  readonly #listeners: StackListener[] = [];
  /** Of one of the two: what the other has not come to yet. */
  readonly #recorded: { readonly order: number; readonly text: string }[] = [];
  readonly #replayed: string[] = [];
  #difference: Difference | undefined;

  constructor(
    host: string,
    recipe: StackRecipe,
    draws: readonly number[],
    full: ReadonlySet<number>,
    hash: RunHash,
  ) {
    this.#host = host;
    this.#device = new ReplayDevice(recipe.device, full);
    this.#clock = new ReplayClock(recipe.startMs);
    const options = {
      ...optionsOf(recipe.options),
      addresses: recipe.addresses,
      device: this.#device,
      clock: this.#clock,
      random: replayRandom(draws),
    } as StackOptions;
    const stack = createStack(options);
    if (!(stack instanceof TcpStack)) throw new Error('createStack made another kind of stack');
    this.#stack = stack;
    createInspector({ [host]: stack }).listen((entry) => {
      const text = hash.add(entry.envelope('shown'));
      if (text === undefined) return;
      this.#replayed.push(text);
      this.#compare();
    });
    stack.calls.add({
      begins() {},
      ends() {},
      listening: (listener) => void this.#listeners.push(listener),
    });
  }

  takes(line: InputLine): void {
    this.#clock.nowMs = line.at;
    switch (line.input) {
      case 'frame':
        this.#device.frames$.next([fromBase64(line.bytes)]);
        break;
      case 'timer':
        this.#clock.fire(line.dueMs);
        break;
      case 'drained':
        this.#device.drained$.next();
        break;
      case 'gone':
        this.#device.frames$.complete();
        break;
      case 'call':
        call(this.#stack, this.#listeners, line.call);
        break;
    }
  }

  expects(envelope: Envelope): void {
    const text = essence(envelope);
    if (text === undefined) return;
    this.#recorded.push({ order: envelope.order, text });
    this.#compare();
  }

  /** @param isWhole whether what is left on either side counts, too: a record that was cut off has no end */
  difference(isWhole: boolean): Difference | undefined {
    if (this.#difference || !isWhole) return this.#difference;
    const recorded = this.#recorded[0];
    const replayed = this.#replayed[0];
    if (recorded === undefined && replayed === undefined) return undefined;
    return { host: this.#host, order: recorded?.order, recorded: recorded?.text, replayed };
  }

  #compare(): void {
    // Only the first one is told.
    if (this.#difference) {
      this.#recorded.length = 0;
      this.#replayed.length = 0;
    }
    while (this.#recorded.length > 0 && this.#replayed.length > 0) {
      const { order, text } = this.#recorded.shift()!;
      const replayed = this.#replayed.shift()!;
      if (text !== replayed) this.#difference ??= { host: this.#host, order, recorded: text, replayed };
    }
  }
}

function call(stack: TcpStack, listeners: readonly StackListener[], line: CallLine): void {
  switch (line.call) {
    case 'listen':
      return attempt(() => stack.listen(optionsOf(line.options) as unknown as ListenOptions));
    case 'open': {
      const options = optionsOf(line.options) as unknown as ConnectOptions;
      const listener = line.listener === undefined ? undefined : listeners[line.listener - 1];
      if (listener) return attempt(() => listener.open(options).catch(() => {}));
      return attempt(() => stack.open(options));
    }
    case 'accept':
      return listeners[line.listener - 1]?.actor.send({ type: 'accept' });
    case 'close-listener':
      return void listeners[line.listener - 1]?.close();
    case 'input': {
      // Gone already when the stack itself ended it: as a listener that closes does with those that nobody accepted.
      const connection = stack.connectionOf(line.connection);
      if (!connection) return;
      connection.trafficClass = line.trafficClass;
      return stack.send(connection, connectionInput(line.input));
    }
    case 'pause':
      return stack.pause();
    case 'resume':
      return stack.resumeInterface();
    case 'take-held':
      return void stack.takeHeld();
    case 'close-interface':
      return stack.closeInterface();
  }
}

/** A call that was refused is refused again. */
function attempt(act: () => unknown): void {
  try {
    act();
  } catch (error) {
    if (!(error instanceof StackError)) throw error;
  }
}
