/**
 * One way through a model, step by step: for whoever wants to see what the ends do and send on it. The explorer goes all ways
 * at once, and remembers of each state no more than numbers.
 */

import type { Outgoing, Segment } from '../../tcp/index.ts';
import { isWide } from './canonical.ts';
import { callsOf, type End, eventOf, FRESH_END, type LocalInput, TIMERS } from './end.ts';
import { Host, type LocalStep } from './host.ts';
import type { Model } from './model.ts';
import { type Move, otherSide, type Side } from './moves.ts';
import { Segments } from './segments.ts';

/** One segment under way, told apart from others that are equal. */
export interface UnderWay {
  readonly segment: Segment;
  readonly why: Outgoing['why'];
  readonly isCopy: boolean;
}

/** What the network holds of what one end has sent. */
interface Line {
  line: readonly UnderWay[];
  stragglers: readonly UnderWay[];
}

export interface Walked {
  readonly move: Move;
  /** What happened at an end, if this was a move of an end. */
  readonly step: LocalStep | undefined;
  readonly side: Side;
  /** What arrived, or was lost, delayed or copied. */
  readonly underWay: UnderWay | undefined;
  readonly sent: readonly UnderWay[];
}

/**
 * Walks through a model by its moves.
 *
 * @example
 * ```ts
 * const walk = new Walk(modelOf());
 * for (const move of moves) console.log(walk.take(move).sent.length, walk.ends[0], walk.ends[1]);
 * ```
 */
export class Walk {
  readonly #host: Host;
  readonly #model: Model;
  readonly #segments: Segments;
  readonly #ends: [End, End] = [FRESH_END, FRESH_END];
  readonly #lines: readonly [Line, Line] = [
    { line: [], stragglers: [] },
    { line: [], stragglers: [] },
  ];

  constructor(model: Model) {
    const { parts, bounds, settings, iss } = model;
    this.#model = model;
    this.#host = new Host(parts, { iss, settings, bounds });
    this.#segments = new Segments(iss, isWide(settings));
  }

  get ends(): readonly [End, End] {
    return this.#ends;
  }

  /** What is under way from an end, those in line first. */
  from(side: Side): readonly UnderWay[] {
    const { line, stragglers } = this.#lines[side];
    return [...line, ...stragglers];
  }

  /** Takes a move. Throws what the charts or the protocol functions throw, and a RangeError for a move that is not possible. */
  take(move: Move): Walked {
    const { side } = move;
    if (move.kind === 'call' || move.kind === 'timer') {
      const input: LocalInput =
        move.kind === 'call' ? { kind: 'call', call: move.call } : { kind: 'timer', timer: move.timer };
      if (!this.#isPossible(move)) throw new RangeError(`${JSON.stringify(move)} is not possible now`);
      return this.#step(move, side, input, undefined);
    }
    const lane = this.#lines[side];
    const index = move.kind === 'deliver' ? move.straggler : undefined;
    const underWay = index === undefined ? lane.line[0] : lane.stragglers[index];
    if (!underWay) throw new RangeError(`nothing is there for ${JSON.stringify(move)}`);
    if (index !== undefined) lane.stragglers = lane.stragglers.toSpliced(index, 1);
    else if (move.kind !== 'duplicate') lane.line = lane.line.slice(1);
    else lane.line = [{ ...underWay, isCopy: true }, ...lane.line.slice(1)];
    if (move.kind === 'stray') lane.stragglers = [...lane.stragglers, underWay];
    if (move.kind === 'lose' || move.kind === 'stray')
      return { move, step: undefined, side, underWay, sent: [] };
    const isUnanswered = move.kind === 'deliver' && move.isUnanswered;
    return this.#step(move, otherSide(side), { kind: 'segment', segment: 0 }, underWay, isUnanswered);
  }

  /** The moves that are possible now, budgets aside. */
  possible(): Move[] {
    const moves: Move[] = [];
    for (const side of [0, 1] as const) {
      const end = this.#ends[side];
      for (const call of callsOf(end, this.#model.bounds)) moves.push({ kind: 'call', side, call });
      for (const timer of TIMERS) {
        const move: Move = { kind: 'timer', side, timer };
        if (this.#isPossible(move)) moves.push(move);
      }
      const { line, stragglers } = this.#lines[side];
      if (line.length > 0)
        moves.push(
          { kind: 'deliver', side, straggler: undefined, isUnanswered: false },
          { kind: 'duplicate', side },
          { kind: 'lose', side },
          { kind: 'stray', side },
        );
      for (const straggler of stragglers.keys())
        moves.push({ kind: 'deliver', side, straggler, isUnanswered: false });
    }
    return moves;
  }

  #isPossible(move: Move): boolean {
    const end = this.#ends[move.side];
    if (move.kind === 'call') return callsOf(end, this.#model.bounds).includes(move.call);
    if (move.kind !== 'timer' || eventOf(end, move.timer) === undefined) return false;
    return move.timer !== 'give up' || end.connection?.context.tcb.snd.unansweredSinceMs !== undefined;
  }

  #step(
    move: Move,
    side: Side,
    input: LocalInput,
    underWay: UnderWay | undefined,
    isUnanswered = false,
  ): Walked {
    const step = this.#host.step(this.#ends[side], input, underWay?.segment);
    this.#ends[side] = step.after;
    const sent = (isUnanswered ? [] : step.sent).map((outgoing) => ({
      segment: this.#segments.of(this.#segments.idOf(outgoing)),
      why: outgoing.why,
      isCopy: false,
    }));
    this.#lines[side].line = [...this.#lines[side].line, ...sent];
    return { move, step, side, underWay, sent };
  }
}
