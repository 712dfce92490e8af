/**
 * A chart stepped by XState's interpreter and by the table compiled from it, side by side: every configuration that can be
 * reached, every event, every answer that its guards can give.
 */

import type { AnyActorScope, AnyMachineSnapshot, AnyStateMachine, AnyStateNode, EventObject } from 'xstate';
import { compiled } from '../../machines/index.ts';

/** What a step did, in words that can be compared. */
interface Told {
  readonly snapshot: unknown;
  /** In their order: actions with their params and context, timers set and cancelled, inspection events, guards asked. */
  readonly log: readonly unknown[];
  readonly threw: string | undefined;
}

export interface Walked {
  readonly configurations: ReadonlySet<string>;
  readonly steps: number;
  /** Steps in which they differ, told in full. */
  readonly differences: { readonly from: string; readonly event: string; xstate: Told; compiled: Told }[];
}

export interface WalkOptions {
  readonly input?: unknown;
  /** Given to every event beside its type: what params and assignments read. */
  readonly payload?: Record<string, unknown>;
  /** So many configurations at most. */
  readonly limit?: number;
  /** So many ways through a step's guards at most. */
  readonly ways?: number;
}

export function walkBoth(
  machine: AnyStateMachine,
  { input, payload, limit = 5_000, ways = 50 }: WalkOptions = {},
): Walked {
  const answers = new Answers();
  const scripted = machine.provide({ guards: answers.guardsOf(machine) as never });
  const events = eventsOf(scripted).map((type): EventObject => ({ ...payload, type }));
  const bench = new Bench(scripted, answers);
  const configurations = new Set<string>();
  const open: AnyMachineSnapshot[] = [];
  const differences: Walked['differences'][number][] = [];
  let steps = 0;

  const compare = (from: string, event: EventObject, move: (of: AnyStateMachine) => AnyMachineSnapshot) => {
    for (const script of answers.everyScript(ways)) {
      const xstate = bench.run(script, () => move(scripted));
      const other = bench.run(script, () => move(bench.compiled));
      steps++;
      if (JSON.stringify(xstate.told) !== JSON.stringify(other.told))
        differences.push({ from, event: event.type, xstate: xstate.told, compiled: other.told });
      const { snapshot } = other;
      // Nobody steps a machine that has stopped or failed.
      if (!snapshot || snapshot.status === 'stopped' || snapshot.status === 'error') continue;
      if (configurations.size >= limit) continue;
      const key = keyOf(snapshot);
      if (configurations.has(key)) continue;
      configurations.add(key);
      open.push(snapshot);
    }
  };

  compare('(start)', { type: 'xstate.init' }, (of) => of.getInitialSnapshot(bench.scope as never, input));
  for (let from = open.pop(); from; from = open.pop()) {
    const here = from;
    for (const event of events)
      compare(keyOf(here), event, (of) => of.transition(here, event, bench.scope as never));
  }
  return { configurations, steps, differences };
}

/** Every event that some arrow has a name for, one that none has, and those that XState itself sends. */
function eventsOf(machine: AnyStateMachine): string[] {
  const labels = nodesOf(machine.root).flatMap((node) => [...node.transitions.keys()]);
  const words = labels.map((label) => label.replace('*', 'some.thing'));
  return [...new Set([...words, 'no.arrow.has.this', 'xstate.stop', 'xstate.error.actor.other'])];
}

export function nodesOf(node: AnyStateNode): AnyStateNode[] {
  return [node, ...Object.values(node.states).flatMap((child) => nodesOf(child as AnyStateNode))];
}

function keyOf({ status, _nodes }: AnyMachineSnapshot): string {
  return `${status} ${_nodes.map(({ id }) => id).join(' ')}`;
}

/** Guards that answer as a script says, so that all that they can answer is gone through. */
class Answers {
  asked: string[] = [];
  #script: boolean[] = [];

  guardsOf(machine: AnyStateMachine): Record<string, () => boolean> {
    const names = Object.keys(machine.implementations.guards);
    return Object.fromEntries(names.map((name) => [name, () => this.#answer(name)]));
  }

  /** As many scripts as there are ways through the guards that are asked: the next one depends on what was asked under the last. */
  *everyScript(most: number): Generator<readonly boolean[]> {
    let script: boolean[] = [];
    // A chart that asks anew after every yes has ways without end.
    for (let way = 0; way < most; way++) {
      yield script;
      script = [...this.#script];
      while (script.at(-1) === true) script.pop();
      if (script.length === 0) return;
      script[script.length - 1] = true;
    }
  }

  play(script: readonly boolean[]): void {
    this.asked = [];
    this.#script = [...script];
  }

  #answer(name: string): boolean {
    const place = this.asked.push(name) - 1;
    this.#script[place] ??= false;
    return this.#script[place];
  }
}

interface Executed {
  readonly type: string;
  readonly params: unknown;
  readonly info: Readonly<Record<'context' | 'event' | 'self' | 'system', unknown>>;
  readonly exec: ((info: unknown, params: unknown) => void) | undefined;
}

class Bench {
  readonly compiled: AnyStateMachine;
  readonly scope: AnyActorScope;
  readonly #machine: AnyStateMachine;
  readonly #answers: Answers;
  #log: unknown[] = [];

  constructor(machine: AnyStateMachine, answers: Answers) {
    this.#machine = machine;
    this.#answers = answers;
    this.compiled = compiled(machine);
    const log = (entry: unknown) => this.#log.push(entry);
    const system = {
      scheduler: {
        schedule: (_from: unknown, _to: unknown, event: unknown, delay: number, id: string) =>
          log({ set: id, delay, event }),
        cancel: (_from: unknown, id: string) => log({ cancelled: id }),
      },
      _sendInspectionEvent: ({ type, event, snapshot, _transitions }: Record<string, unknown>) =>
        log({
          type,
          event,
          snapshot: this.#told(snapshot as AnyMachineSnapshot),
          arrows: (_transitions as { source: AnyStateNode; target?: AnyStateNode[] }[]).map(
            ({ source, target }) => [source.id, target?.map(({ id }) => id)],
          ),
        }),
    };
    const self = { id: 'self', sessionId: 'x' };
    this.scope = {
      self,
      id: 'self',
      sessionId: 'x',
      system,
      logger: () => {},
      emit: () => {},
      stopChild: () => {},
      defer: (task: () => void) => task(),
      actionExecutor: ({ type, params, info, exec }: Executed) => {
        const isOurs = exec === machine.implementations.actions[type];
        const args = [info.self === self, info.system === system];
        log({ action: type, params, context: info.context, event: info.event, isOurs, args });
        if (type.startsWith('xstate.')) exec?.(info, params);
      },
    } as unknown as AnyActorScope;
  }

  run(
    script: readonly boolean[],
    move: () => AnyMachineSnapshot,
  ): { told: Told; snapshot?: AnyMachineSnapshot } {
    this.#log = [];
    this.#answers.play(script);
    try {
      const snapshot = move();
      return { told: { snapshot: this.#told(snapshot), log: this.#taken(), threw: undefined }, snapshot };
    } catch (error) {
      return { told: { snapshot: undefined, log: this.#taken(), threw: String(error) } };
    }
  }

  #taken(): unknown[] {
    return [...this.#log, { asked: this.#answers.asked }];
  }

  /** All that users and XState itself read of a snapshot, the order of its states included. */
  #told(snapshot: AnyMachineSnapshot): unknown {
    const { status, output, error, value, context, tags, children, historyValue, machine, _nodes } = snapshot;
    return {
      status,
      output,
      error: error === undefined ? undefined : String(error),
      value,
      context,
      tags: [...tags],
      children: Object.keys(children),
      historyValue,
      nodes: _nodes.map(({ id }) => id),
      machine: machine === this.#machine,
      matches: [snapshot.matches(value), snapshot.matches('nowhere')],
      meta: snapshot.getMeta(),
      fields: Object.keys(snapshot),
      json: Object.keys(snapshot.toJSON() as object),
    };
  }
}
