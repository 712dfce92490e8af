/** A script that was written for a counterexample, played again: in the model, where the rules are, and on two real stacks. */

import type { Step, StepScript, StepsPlayed } from '../../sim/index.ts';
import { playSteps } from '../../sim/index.ts';
import type { State } from '../../tcp/index.ts';
import { CALLS, TIMERS } from './end.ts';
import { Explorer } from './explore.ts';
import type { Finding, Successor } from './found.ts';
import type { Parts } from './host.ts';
import { livenessOf } from './liveness.ts';
import { type Bounds, type Model, modelOf } from './model.ts';
import { MOVE, moveCode, type Side, unanswered } from './moves.ts';
import type { Violation } from './violation.ts';

export interface Replayed {
  /** The rule that is broken at the end of the script, or on the way there. */
  readonly violation: Violation | undefined;
  /** The steps that were taken; fewer than the script has where one is not possible any more, or a stack threw. */
  readonly stepsTaken: number;
  /** What the two stacks did; undefined where they can't take a step of the script. */
  readonly played: StepsPlayed | undefined;
  /** Whether the stacks were in the states that the model says, step by step. */
  readonly agrees: boolean;
  /** Why the script did not come to its end, if it did not. */
  readonly stopped: string | undefined;
}

/** No script of a shortest counterexample leads to a state from which more can be reached without a fault of the network. */
const MOST_STATES = 2_000_000;

/**
 * Plays a script again, with the product's charts and protocol functions or with others in their place.
 *
 * @param bounds those that the script was found within
 * Throws a StackError EINVAL for a bound that is outside of its range.
 */
export function replayScript(
  script: StepScript,
  bounds: Partial<Bounds>,
  parts: Partial<Parts> = {},
): Replayed {
  const model = modelOf({ ...bounds, iss: script.iss }, parts);
  const follower = new Follower(model);
  const { violation, stepsTaken, stopped } = follower.go(script.steps);
  try {
    const played = playSteps(script, parts);
    const agrees = [...follower.states].every(([index, states]) => {
      const real = played.steps[index]?.states;
      return real?.A === states[0] && real.B === states[1];
    });
    return { violation, stepsTaken, stopped, played, agrees };
  } catch (error) {
    const text = error instanceof Error ? error.message : String(error);
    return { violation, stepsTaken, stopped: stopped ?? text, played: undefined, agrees: false };
  }
}

/** Takes an explorer along a script, without folding, so that sides stay what they are. */
class Follower {
  /** Of both ends, by the step that led to them. */
  readonly states = new Map<number, readonly [State, State]>();
  readonly #model: Model;
  readonly #explorer: Explorer;
  /** The segments that were overtaken, in that order, by numbers. */
  readonly #stragglers: Readonly<Record<Side, number[]>> = { 0: [], 1: [] };
  #state = 0;

  constructor(model: Model) {
    this.#model = model;
    this.#explorer = new Explorer(model, false);
  }

  go(steps: readonly Step[]): Pick<Replayed, 'violation' | 'stepsTaken' | 'stopped'> {
    for (let index = 0; index < steps.length; index++) {
      const step = steps[index]!;
      const code = this.#codeOf(step);
      const found: Successor | Finding | undefined =
        code === undefined ? undefined : this.#explorer.follow(this.#state, code);
      if (found === undefined) {
        const stopped = `step ${index + 1}, ${JSON.stringify(step)}, is not possible any more`;
        return { violation: undefined, stepsTaken: index, stopped };
      }
      if ('rule' in found)
        return {
          violation: { rule: found.rule, text: found.text },
          stepsTaken: index + 1,
          stopped: undefined,
        };
      this.#state = found.state;
      // An end that is done has answered at once: the script has these deliveries as steps of their own.
      for (const { sender, segment, isStraggler } of found.answered) {
        if (isStraggler) this.#took(sender, segment);
        index++;
        const next = steps[index];
        if (next && !isDelivery(next, sender)) {
          const stopped = `step ${index + 1}, ${JSON.stringify(next)}, is not what happens next any more`;
          return { violation: undefined, stepsTaken: index, stopped };
        }
      }
      const { ends, store } = this.#explorer;
      const stateOf = (side: Side): State => ends.stateOf(store.word(this.#state, side));
      if (index < steps.length) this.states.set(index, [stateOf(0), stateOf(1)]);
    }
    return { violation: this.#violationHere(), stepsTaken: steps.length, stopped: undefined };
  }

  #codeOf(step: Step): number | undefined {
    if ('call' in step) return moveCode(MOVE.call, sideOf(step.at), CALLS.indexOf(step.call));
    if ('timer' in step) return moveCode(MOVE.timer, sideOf(step.at), TIMERS.indexOf(step.timer));
    const side = sideOf(step.from);
    const { store, channels } = this.#explorer;
    const channel = store.word(this.#state, 2 + side);
    switch (step.network) {
      case 'delivers':
        return moveCode(MOVE.deliver, side);
      case 'delivers unanswered':
        return unanswered(moveCode(MOVE.deliver, side));
      case 'duplicates':
        return moveCode(MOVE.duplicate, side);
      case 'loses':
        return moveCode(MOVE.lose, side);
      case 'lets others overtake': {
        const head = channels.head(channel);
        if (head === undefined) return undefined;
        this.#stragglers[side].push(head);
        return moveCode(MOVE.stray, side);
      }
      case 'delivers late': {
        const [segment] = this.#stragglers[side].splice(step.which, 1);
        for (let index = 0; index < channels.stragglers(channel); index++)
          if (channels.straggler(channel, index) === segment) return moveCode(MOVE.deliver, side, index + 1);
        return undefined;
      }
    }
  }

  #took(side: Side, segment: number): void {
    const stragglers = this.#stragglers[side];
    stragglers.splice(stragglers.indexOf(segment), 1);
  }

  /** What is wrong with the state that the script has led to, or with all that can follow it. */
  #violationHere(): Violation | undefined {
    const from = new Explorer(this.#model, false, { of: this.#explorer, state: this.#state });
    if (!from.finding) from.run(1);
    if (from.finding?.state === 0) return { rule: from.finding.rule, text: from.finding.text };
    if (!from.run(MOST_STATES) || from.finding) return undefined;
    const finding = livenessOf(from);
    return finding?.state === 0 ? { rule: finding.rule, text: finding.text } : undefined;
  }
}

function isDelivery(step: Step, sender: Side): boolean {
  return 'network' in step && step.network.startsWith('delivers') && sideOf(step.from) === sender;
}

function sideOf(end: 'A' | 'B'): Side {
  return end === 'A' ? 0 : 1;
}
