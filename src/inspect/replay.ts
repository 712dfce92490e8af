/** Runs a record again: the same stack, the same inputs, and, if all is well, the same doings. */

import { StackError } from '../errors.ts';
import type { ConnectOptions, ListenOptions, StackOptions } from '../stack/api.ts';
import type { StackListener } from '../stack/listener.ts';
import { createStack, TcpStack } from '../stack/stack.ts';
import { fromBase64 } from './base64.ts';
import { createInspector } from './inspector.ts';
import type { Envelope } from './protocol.ts';
import type { CallLine, InputLine, RunRecord, StackRecipe } from './record.ts';
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
  const { header, inputs, envelopes, end } = record;
  if (!header.replayable || !header.stacks) {
    throw new StackError(
      'EINVAL',
      `this record is for looking at only: ${header.why ?? 'it has no inputs'}. Make one with --record, from the start.`,
    );
  }
  const hash = new RunHash();
  let difference: Difference | undefined;
  for (const [host, recipe] of Object.entries(header.stacks)) {
    const expected = envelopes.filter((envelope) => 'host' in envelope && envelope.host === host);
    const compare = comparer(host, expected);
    replayHost(
      host,
      recipe,
      inputs.filter((line) => line.host === host),
      (envelope) => {
        hash.add(envelope);
        difference ??= compare(envelope);
      },
    );
    difference ??= end && compare(undefined);
  }
  const replayed = hash.digests;
  const recorded = end?.hashes;
  const same = recorded && Object.keys(header.stacks).every((host) => recorded[host] === replayed[host]);
  return { same, recorded, replayed, difference: same ? undefined : difference };
}

function replayHost(
  host: string,
  recipe: StackRecipe,
  inputs: readonly InputLine[],
  happened: (envelope: Envelope) => void,
): void {
  const full = new Set(inputs.flatMap((line) => (line.input === 'full' ? [line.write] : [])));
  const device = new ReplayDevice(recipe.device, full);
  const clock = new ReplayClock(recipe.startMs);
  const options = {
    ...optionsOf(recipe.options),
    addresses: recipe.addresses,
    device,
    clock,
    random: replayRandom(inputs),
  } as StackOptions;
  const stack = createStack(options);
  if (!(stack instanceof TcpStack)) throw new Error('createStack made another kind of stack');
  createInspector({ [host]: stack }).listen((entry) => happened(entry.envelope('shown')));
  const listeners: StackListener[] = [];
  stack.calls.add({ begins() {}, ends() {}, listening: (listener) => void listeners.push(listener) });

  for (const line of inputs) {
    clock.nowMs = line.at;
    switch (line.input) {
      case 'frame':
        device.frames$.next([fromBase64(line.bytes)]);
        break;
      case 'timer':
        clock.fire(line.dueMs);
        break;
      case 'drained':
        device.drained$.next();
        break;
      case 'gone':
        device.frames$.complete();
        break;
      case 'call':
        call(stack, listeners, line.call);
        break;
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

/** Compares what happens with what was recorded, one by one; `undefined` says that nothing more will. */
function comparer(
  host: string,
  expected: readonly Envelope[],
): (happened: Envelope | undefined) => Difference | undefined {
  let next = 0;
  return (happened) => {
    const replayed = happened && essence(happened);
    if (happened && replayed === undefined) return undefined;
    while (next < expected.length && essence(expected[next]!) === undefined) next++;
    const envelope = expected[next++];
    const recorded = envelope && essence(envelope);
    if (recorded === replayed) return undefined;
    return { host, order: envelope?.order, recorded, replayed };
  };
}
