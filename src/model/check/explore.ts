/**
 * Breadth first through every state that a model's bounds allow. What each end does is worked out by the ends themselves, and
 * once only; here they are put together with what is under way between them.
 */

import { STATES } from '../../tcp/index.ts';
import { answersOf } from './answers.ts';
import { isWide } from './canonical.ts';
import { Channels, EMPTY, MARK } from './channels.ts';
import { Edges } from './edges.ts';
import { CALLS, TIMERS } from './end.ts';
import { type EndFacts, Ends, INPUT, type Outcome } from './ends.ts';
import type { Arrival, Finding, Successor } from './found.ts';
import { Host } from './host.ts';
import type { Bounds, Model } from './model.ts';
import { isDelivery, isFair, MOVE, moveCode, type Side, unanswered } from './moves.ts';
import { isPairAllowed } from './pairs.ts';
import { Segments } from './segments.ts';
import { StateStore } from './store.ts';
import { areOfOneConnection, disagreement, isHalfOpen } from './together.ts';

const GIVE_UP = TIMERS.indexOf('give up');
const STATE_TIMER = TIMERS.indexOf('state');
const SEND_TIMER = TIMERS.indexOf('send');
const ABORT = CALLS.indexOf('ABORT');

const WORDS = 5;
/** Each budget has eight bits of the fifth word. */
const BUDGET = { losses: 0, duplicates: 8, reorderings: 16, giveUps: 24 } as const;

/** No sound pair of ends ever comes near it. */
const MOST_UNDER_WAY = 40;

export class Explorer {
  readonly ends: Ends;
  readonly segments: Segments;
  readonly channels: Channels;
  readonly store = new StateStore(WORDS);
  readonly edges = new Edges();
  readonly #bounds: Bounds;
  readonly #folds: boolean;
  readonly #pairs = new Set<number>();
  readonly #words = new Uint32Array(WORDS);
  #expanded = 0;
  #levelEnd = 1;
  #depth = 0;
  #transitions = 0;
  #mirrors = 0;
  #mostUnderWay = 0;
  #finding: Finding | undefined;

  // The state that is being expanded, in variables of its own: a million times over, an object would cost more than the rest.
  #a = 0;
  #b = 0;
  #ab = 0;
  #ba = 0;
  #budget = 0;
  #goesOn = false;
  /** The move that is being made is an answer of which only so many are given in a second. */
  #isBounded = false;
  /** While one move is looked at again: its code, and what it led to. */
  #only: number | undefined;
  #successor: Successor | undefined;

  /**
   * @param folds whether a state stands for its mirror image as well
   * @param origin the state to begin with, of another explorer of the same model, and no fault of the network happens from
   *   there on; otherwise where nobody has called anything
   */
  constructor(model: Model, folds: boolean, origin?: { readonly of: Explorer; readonly state: number }) {
    const { bounds, settings, iss, parts } = model;
    this.#bounds = bounds;
    this.#folds = folds;
    this.channels = origin?.of.channels ?? new Channels();
    this.segments = origin?.of.segments ?? new Segments(iss, isWide(settings));
    this.ends =
      origin?.of.ends ?? new Ends(new Host(parts, { iss, settings, bounds }), this.segments, bounds, iss);
    if (origin) {
      const word = (index: number): number => origin.of.store.word(origin.state, index);
      this.#add(word(0), word(1), word(2), word(3), 0, -1, 0);
      this.#judge(0, this.ends.facts(word(0)), this.ends.facts(word(1)));
      this.#countUnderWay(0, word(2), word(3));
      return;
    }
    const budget =
      (bounds.losses << BUDGET.losses) |
      (bounds.duplicates << BUDGET.duplicates) |
      (bounds.reorderings << BUDGET.reorderings) |
      (bounds.giveUps << BUDGET.giveUps);
    this.#add(0, 0, EMPTY, EMPTY, budget, -1, 0);
  }

  get finding(): Finding | undefined {
    return this.#finding;
  }

  get states(): number {
    return this.store.size;
  }

  /** How many states there would be if none stood for its mirror image. */
  get unfolded(): number {
    return this.#folds ? 2 * this.store.size - this.#mirrors : this.store.size;
  }

  get transitions(): number {
    return this.#transitions;
  }

  get depth(): number {
    return this.#depth;
  }

  get mostUnderWay(): number {
    return this.#mostUnderWay;
  }

  get bytes(): number {
    return this.store.bytes + this.edges.bytes;
  }

  /** Pairs of states that were met, each once, as "ESTABLISHED, FIN-WAIT-1". */
  get pairs(): string[] {
    return [...this.#pairs].map((pair) => `${STATES[pair >> 4]}, ${STATES[pair & 15]}`);
  }

  /** Expands so many states more. True when all are, or something was found. */
  run(count: number): boolean {
    for (let left = count; left > 0; left--) {
      if (this.#finding !== undefined || this.#expanded === this.store.size) return true;
      if (this.#expanded === this.#levelEnd) {
        this.#depth++;
        this.#levelEnd = this.store.size;
      }
      this.#expand(this.#expanded++);
    }
    return this.#finding !== undefined || this.#expanded === this.store.size;
  }

  /** What a move led to, or the rule that it breaks; undefined for one that is not possible. */
  follow(state: number, move: number): Successor | Finding | undefined {
    this.#only = move;
    this.#successor = undefined;
    const finding = this.#finding;
    this.#finding = undefined;
    this.#load(state);
    this.#leave(state);
    const broken = this.#finding as Finding | undefined;
    this.#only = undefined;
    this.#finding = finding;
    return this.#successor ?? (broken?.move === move ? broken : undefined);
  }

  #expand(state: number): void {
    this.edges.begin();
    this.#load(state);
    this.#goesOn = false;
    this.#leave(state);
    const { ends } = this;
    const [a, b] = [ends.facts(this.#a), ends.facts(this.#b)];
    if (!this.#goesOn && (a.hasConnection || b.hasConnection) && !isHalfOpen(a, b))
      this.#found({
        rule: 'deadlock',
        text: 'nothing can happen any more but ABORT',
        state,
        move: undefined,
      });
  }

  #load(state: number): void {
    const { store } = this;
    this.#a = store.word(state, 0);
    this.#b = store.word(state, 1);
    this.#ab = store.word(state, 2);
    this.#ba = store.word(state, 3);
    this.#budget = store.word(state, 4);
  }

  /** Every move that leaves the state. */
  #leave(state: number): void {
    this.#callsAndTimers(state, 0, this.ends.facts(this.#a));
    this.#callsAndTimers(state, 1, this.ends.facts(this.#b));
    if (this.#ab !== EMPTY) this.#network(state, 0, this.#ab);
    if (this.#ba !== EMPTY) this.#network(state, 1, this.#ba);
  }

  #callsAndTimers(state: number, side: Side, facts: EndFacts): void {
    for (const call of facts.calls) {
      if (call !== ABORT) this.#goesOn = true;
      this.#step(
        state,
        side,
        INPUT.call + call,
        moveCode(MOVE.call, side, call),
        this.#ab,
        this.#ba,
        this.#budget,
      );
    }
    for (const timer of facts.timers) {
      if (!this.#mayFire(side, timer)) continue;
      const budget = timer === GIVE_UP ? this.#budget - (1 << BUDGET.giveUps) : this.#budget;
      if (timer !== GIVE_UP) this.#goesOn = true;
      this.#step(
        state,
        side,
        INPUT.timer + timer,
        moveCode(MOVE.timer, side, timer),
        this.#ab,
        this.#ba,
        budget,
      );
    }
  }

  #mayFire(side: Side, timer: number): boolean {
    const { channels } = this;
    if (timer === SEND_TIMER)
      return channels.count(this.#ab) + channels.count(this.#ba) < this.#bounds.inFlight;
    if (timer === GIVE_UP) return this.#budget >>> BUDGET.giveUps > 0;
    if (timer !== STATE_TIMER) return true;
    const out = side === 0 ? this.#ab : this.#ba;
    const back = side === 0 ? this.#ba : this.#ab;
    return !channels.isMarked(out, MARK.sender) && !channels.isMarked(back, MARK.receiver);
  }

  /** What the network does with what `sender` has sent. */
  #network(state: number, sender: Side, channel: number): void {
    const { channels } = this;
    this.#goesOn = true;
    const head = channels.head(channel);
    if (head !== undefined) {
      const rest = channels.withoutHead(channel);
      this.#arrives(state, sender, head, rest, moveCode(MOVE.deliver, sender), this.#budget);
      const lost = this.#spend(BUDGET.losses);
      if (lost >= 0) this.#changes(state, sender, rest, moveCode(MOVE.lose, sender), lost);
      const twice = this.#spend(BUDGET.duplicates);
      if (twice >= 0) this.#arrives(state, sender, head, channel, moveCode(MOVE.duplicate, sender), twice);
      const overtaken = this.#spend(BUDGET.reorderings);
      if (overtaken >= 0)
        this.#changes(state, sender, channels.strayHead(channel), moveCode(MOVE.stray, sender), overtaken);
    }
    for (let index = 0; index < channels.stragglers(channel); index++) {
      const rest = channels.withoutStraggler(channel, index);
      const move = moveCode(MOVE.deliver, sender, index + 1);
      this.#arrives(state, sender, channels.straggler(channel, index), rest, move, this.#budget);
    }
  }

  /** The budget with one fault less, or −1 when there is none left. */
  #spend(shift: number): number {
    return ((this.#budget >>> shift) & 255) > 0 ? this.#budget - (1 << shift) : -1;
  }

  #changes(state: number, sender: Side, channel: number, move: number, budget: number): void {
    if (sender === 0) this.#reached(state, this.#a, this.#b, channel, this.#ba, budget, move);
    else this.#reached(state, this.#a, this.#b, this.#ab, channel, budget, move);
  }

  #arrives(state: number, sender: Side, segment: number, rest: number, move: number, budget: number): void {
    const input = INPUT.segment + segment;
    if (sender === 0) this.#step(state, 1, input, move, rest, this.#ba, budget);
    else this.#step(state, 0, input, move, this.#ab, rest, budget);
  }

  #step(
    state: number,
    side: Side,
    input: number,
    move: number,
    ab: number,
    ba: number,
    budget: number,
  ): void {
    const { ends, channels } = this;
    const id = side === 0 ? this.#a : this.#b;
    const outcome: Outcome = ends.outcome(id, input);
    if (outcome.violation) {
      if (this.#only === undefined || this.#only === move) this.#found({ ...outcome.violation, state, move });
      return;
    }
    let out = side === 0 ? ab : ba;
    let back = side === 0 ? ba : ab;
    const quiet = out;
    for (const segment of outcome.sent) out = channels.push(out, segment);
    if (outcome.armsStateTimer) {
      out = channels.marked(out, MARK.sender);
      back = channels.marked(back, MARK.receiver);
    } else if (ends.facts(id).hasStateTimer && !ends.facts(outcome.end).hasStateTimer) {
      out = channels.unmarked(out, MARK.sender);
      back = channels.unmarked(back, MARK.receiver);
    }
    this.#isBounded = outcome.isBoundedAnswer;
    this.#turned(state, side, outcome.end, out, back, budget, move);
    // Two ends that go on answering each other come to the bound, and then there is no answer.
    this.#isBounded = false;
    if (outcome.isBoundedAnswer)
      this.#turned(state, side, outcome.end, quiet, back, budget, unanswered(move));
  }

  #turned(
    from: number,
    side: Side,
    end: number,
    out: number,
    back: number,
    budget: number,
    move: number,
  ): void {
    if (side === 0) this.#reached(from, end, this.#b, out, back, budget, move);
    else this.#reached(from, this.#a, end, back, out, budget, move);
  }

  #reached(from: number, a: number, b: number, ab: number, ba: number, budget: number, move: number): void {
    const { ends } = this;
    if (this.#only !== undefined) return this.#look(a, b, ab, ba, budget, move);
    this.#transitions++;
    if (ab !== EMPTY && ends.facts(b).isDone) [ab, ba] = answersOf(this, b, ab, ba);
    if (ba !== EMPTY && ends.facts(a).isDone) [ba, ab] = answersOf(this, a, ba, ab);
    // What the first end has answered to the second one's answers.
    if (ab !== EMPTY && ends.facts(b).isDone) [ab, ba] = answersOf(this, b, ab, ba);
    const before = this.store.size;
    const state = this.#add(a, b, ab, ba, budget, from, move);
    if (isFair(move)) this.edges.add(state, isDelivery(move) && !this.#isBounded);
    if (state !== before) return;
    this.#countUnderWay(state, ab, ba);
    this.#judge(state, ends.facts(a), ends.facts(b));
  }

  #look(a: number, b: number, ab: number, ba: number, budget: number, move: number): void {
    if (move !== this.#only) return;
    const answered: Arrival[] = [];
    const toldOf = (sender: Side) => (segment: number, isStraggler: boolean) =>
      void answered.push({ sender, segment, isStraggler });
    if (ab !== EMPTY && this.ends.facts(b).isDone) [ab, ba] = answersOf(this, b, ab, ba, toldOf(0));
    if (ba !== EMPTY && this.ends.facts(a).isDone) [ba, ab] = answersOf(this, a, ba, ab, toldOf(1));
    if (ab !== EMPTY && this.ends.facts(b).isDone) [ab, ba] = answersOf(this, b, ab, ba, toldOf(0));
    const state = this.#add(a, b, ab, ba, budget, -1, 0);
    this.#successor = { state, isMirrored: this.#swaps(a, b, ab, ba), answered };
  }

  #swaps(a: number, b: number, ab: number, ba: number): boolean {
    return this.#folds && (a > b || (a === b && ab > ba));
  }

  #add(a: number, b: number, ab: number, ba: number, budget: number, from: number, move: number): number {
    const words = this.#words;
    const swaps = this.#swaps(a, b, ab, ba);
    words[0] = swaps ? b : a;
    words[1] = swaps ? a : b;
    words[2] = swaps ? ba : ab;
    words[3] = swaps ? ab : ba;
    words[4] = budget;
    const before = this.store.size;
    const state = this.store.add(words, from, move);
    if (state === before && a === b && ab === ba) this.#mirrors++;
    return state;
  }

  #countUnderWay(state: number, ab: number, ba: number): void {
    const underWay = this.channels.count(ab) + this.channels.count(ba);
    if (underWay > this.#mostUnderWay) this.#mostUnderWay = underWay;
    if (underWay > MOST_UNDER_WAY)
      this.#found({ rule: 'flood', text: `${underWay} segments are under way`, state, move: undefined });
  }

  /** What two ends are held to together. */
  #judge(state: number, a: EndFacts, b: EndFacts): void {
    this.#pairs.add(a.state < b.state ? (a.state << 4) | b.state : (b.state << 4) | a.state);
    if (!areOfOneConnection(a, b)) return;
    // In the same order for a state and its mirror image.
    const [first, second] = a.state < b.state ? [a, b] : [b, a];
    const [one, other] = [STATES[first.state]!, STATES[second.state]!];
    if (!isPairAllowed(one, other))
      this.#found({ rule: 'pair of states', text: `${one} and ${other}`, state, move: undefined });
    const text = disagreement(a, b) ?? disagreement(b, a);
    if (text !== undefined) this.#found({ rule: 'ends disagree', text, state, move: undefined });
  }

  #found(finding: Finding): void {
    this.#finding ??= finding;
  }
}
