/**
 * The ends of the model, each different one once, by a number; and what each does with each input, worked out once.
 *
 * Most states of the model differ in one end only, so that an end in one state meets the same segment many times over. What
 * it does then depends on its canonical value alone.
 */

import type { Seq, State } from '../../tcp/index.ts';
import { distance, STATES, segmentLength } from '../../tcp/index.ts';
import type { End, LocalInput, Timer, UserBounds } from './end.ts';
import { CALLS, callsOf, eventOf, FRESH_END, keyOfEnd, stateOfEnd, TIMERS } from './end.ts';
import type { Host, LocalStep } from './host.ts';
import { violationOfThrow, violationsOf } from './rules.ts';
import type { Segments } from './segments.ts';
import type { Violation } from './violation.ts';

/** The outcome of one input at one end. */
export interface Outcome {
  readonly end: number;
  readonly sent: readonly number[];
  /** The timer of TIME-WAIT or FIN-WAIT-2 was started, for the first time or again. */
  readonly armsStateTimer: boolean;
  /** It answered an empty segment with what is given so often a second at most (RFC 5961 section 7). */
  readonly isBoundedAnswer: boolean;
  readonly violation: Violation | undefined;
}

export const INPUT = { call: 0, timer: CALLS.length, segment: CALLS.length + TIMERS.length } as const;

/** What the explorer asks of an end, again and again. */
export interface EndFacts {
  readonly state: number;
  readonly calls: readonly number[];
  /** Numbers of timers that run, `give up` among them when the user timeout is running. */
  readonly timers: readonly number[];
  readonly hasStateTimer: boolean;
  readonly hasConnection: boolean;
  /** It has no connection and will make none of its own accord: all that it can do is to answer, and a listener to take a SYN. */
  readonly isDone: boolean;
  /** Its user wants nothing more: there is no connection, or the user has closed it. */
  readonly hasClosed: boolean;
  /** It had a connection, which ended by ABORT, a RST or a timeout. */
  readonly wasCutOff: boolean;
  /** There is a connection that no user has in hand yet. */
  readonly isUnclaimed: boolean;
  /** Sequence variables, counted from the first ISS; IRS is −1 while it is not known, and all are without a connection. */
  readonly iss: number;
  readonly irs: number;
  readonly una: number;
  readonly nxt: number;
  readonly rcvNxt: number;
  /** The right edge of the receive window. */
  readonly edge: number;
}

export class Ends {
  readonly #host: Host;
  readonly #segments: Segments;
  readonly #bounds: UserBounds;
  readonly #base: Seq;
  readonly #byKey = new Map<string, number>();
  readonly #values: End[] = [];
  readonly #facts: EndFacts[] = [];
  readonly #outcomes: Map<number, Outcome>[] = [];
  #steps = 0;

  constructor(host: Host, segments: Segments, bounds: UserBounds, base: Seq) {
    this.#host = host;
    this.#segments = segments;
    this.#bounds = bounds;
    this.#base = base;
    this.idOf(FRESH_END);
  }

  get size(): number {
    return this.#values.length;
  }

  /** How many steps of charts and protocol functions were really run. */
  get steps(): number {
    return this.#steps;
  }

  value(id: number): End {
    return this.#values[id]!;
  }

  facts(id: number): EndFacts {
    return this.#facts[id]!;
  }

  stateOf(id: number): State {
    return STATES[this.#facts[id]!.state]!;
  }

  outcome(id: number, input: number): Outcome {
    const outcomes = this.#outcomes[id]!;
    let outcome = outcomes.get(input);
    if (outcome === undefined) {
      outcome = this.#workOut(id, input);
      outcomes.set(input, outcome);
    }
    return outcome;
  }

  /** The step behind an outcome, run again: for whoever wants to tell of it. */
  replay(id: number, input: number): LocalStep {
    const local = inputOf(input);
    const segment = local.kind === 'segment' ? this.#segments.of(local.segment) : undefined;
    return this.#host.step(this.#values[id]!, local, segment);
  }

  #workOut(id: number, input: number): Outcome {
    this.#steps++;
    let step: LocalStep;
    try {
      step = this.replay(id, input);
    } catch (error) {
      return {
        end: id,
        sent: [],
        armsStateTimer: false,
        isBoundedAnswer: false,
        violation: violationOfThrow(error),
      };
    }
    return {
      end: this.idOf(step.after),
      sent: step.sent.map((segment) => this.#segments.idOf(segment)),
      armsStateTimer: step.armed.some((type) => type === eventOf(step.after, 'state')),
      isBoundedAnswer: step.isBoundedAnswer && segmentLength(step.segment!) === 0,
      violation: violationsOf(step, this.#base)[0],
    };
  }

  idOf(end: End): number {
    const key = keyOfEnd(end, this.#base);
    let id = this.#byKey.get(key);
    if (id === undefined) {
      id = this.#values.length;
      this.#values.push(end);
      this.#facts.push(this.#factsOf(end));
      this.#outcomes.push(new Map());
      this.#byKey.set(key, id);
    }
    return id;
  }

  #factsOf(end: End): EndFacts {
    const { connection, user } = end;
    const tcb = connection?.context.tcb;
    const calls = callsOf(end, this.#bounds).map((call) => CALLS.indexOf(call));
    const state = stateOfEnd(end);
    const from = (value: Seq | undefined): number => (value === undefined ? -1 : distance(value, this.#base));
    const isKnown = tcb !== undefined && state !== 'SYN-SENT';
    return {
      state: STATES.indexOf(state),
      calls,
      timers: TIMERS.flatMap((timer, index) => (canFire(end, timer) ? [index] : [])),
      hasStateTimer: eventOf(end, 'state') !== undefined,
      hasConnection: connection !== undefined,
      isDone: !connection && calls.length === 0,
      hasClosed: !connection || user.closed !== 'no',
      wasCutOff: !connection && user.wasCutOff,
      isUnclaimed: connection !== undefined && !user.holds,
      iss: from(tcb?.iss),
      irs: isKnown ? from(tcb.irs) : -1,
      una: from(tcb?.snd.una),
      nxt: from(tcb?.snd.nxt),
      rcvNxt: isKnown ? from(tcb.rcv.nxt) : -1,
      edge: isKnown ? from(tcb.rcv.nxt) + tcb.rcv.wnd : -1,
    };
  }
}

function canFire(end: End, timer: Timer): boolean {
  if (eventOf(end, timer) === undefined) return false;
  return timer !== 'give up' || end.connection?.context.tcb.snd.unansweredSinceMs !== undefined;
}

export function inputOf(code: number): LocalInput {
  if (code >= INPUT.segment) return { kind: 'segment', segment: code - INPUT.segment };
  if (code >= INPUT.timer) return { kind: 'timer', timer: TIMERS[code - INPUT.timer]! };
  return { kind: 'call', call: CALLS[code]! };
}
