/** Plays a word on a target, and compares three: what the target did, what the chart says and what the RFC's table says. */

import { StackError } from '../../errors.ts';
import { follow, type Place, START } from '../words/connection-model.ts';
import type { WordOptions } from '../words/meaning.ts';
import { isSynchronized, serialize } from '../words/situation.ts';
import { kindOf, type TestSymbol } from '../words/symbols.ts';
import { expected } from './expected.ts';
import type { Expectation } from './expected-rows.ts';
import { type Heard, RawPeer } from './raw-peer.ts';
import type { Session, Target, Told } from './target.ts';

/** What one symbol of a word led to. */
export interface StepResult {
  readonly symbol: string;
  /** Where the word stood, in one line, and the chart's state there. */
  readonly situation: string;
  readonly before: string;
  /** Where the chart's arrow leads. */
  readonly chart: string;
  /** Where the target went; undefined if it can't be told. */
  readonly state: string | undefined;
  /** The rows of the event-processing table that it was held against. */
  readonly rows: readonly string[];
  /** What the target answered: names of segments joined by `+`, or `none`. */
  readonly reply: string;
  readonly told: readonly Told[];
  /** Each a sentence that names both sides; empty when all agree. */
  readonly disagreements: readonly string[];
}

export type Verdict = 'agreed' | 'disagreed' | 'unobservable' | 'not run';

export interface WordResult {
  readonly symbols: readonly string[];
  readonly verdict: Verdict;
  /** Why it was not run, or not to its end. */
  readonly because: string | undefined;
  readonly steps: readonly StepResult[];
}

export interface PlayOptions extends WordOptions {
  readonly index: number;
  /** Play what has to wait long on a target whose time is real. Default false. */
  readonly slow?: boolean;
}

/** Virtual time at most that a timer is waited for; on real time, what it is without `slow`. */
const PATIENCE_MS = 1_000_000_000;
const REAL_PATIENCE_MS = 5_000;
const SLOW_PATIENCE_MS = 130_000;
/** How much later than its answers should be a target may answer on a busy machine. */
const LATE_MS = 2_000;

/** Plays one word. Never rejects for what a target does wrong: that is in the result. */
export async function playWord(
  target: Target,
  symbols: readonly TestSymbol[],
  options: PlayOptions,
): Promise<WordResult> {
  const early = whyNot(target, symbols, options);
  if (early !== undefined) return { symbols, verdict: 'not run', because: early, steps: [] };
  const session = await target.session({
    index: options.index,
    timeWaitProtection: options.timeWaitProtection,
    userTimeout: symbols.includes('user timeout'),
    keepAlive: wantsKeepAlive(target, symbols, options.index),
  });
  try {
    return await new Play(target, session, options).all(symbols);
  } finally {
    await session.end();
  }
}

/** Why a word is not run at all. */
function whyNot(target: Target, symbols: readonly TestSymbol[], options: PlayOptions): string | undefined {
  let place: Place | undefined = START;
  for (const symbol of symbols) {
    if (!options.slow && target.slow.has(symbol))
      return `${symbol} waits for over five seconds: play it with --slow`;
    const because = target.cannot(symbol, place.situation);
    if (because !== undefined) return because;
    place = follow(place, symbol, options);
    if (place === undefined)
      throw new RangeError(`${symbols.join(' · ')} is no word: ${symbol} can't happen there`);
  }
  return undefined;
}

class Play {
  readonly #target: Target;
  readonly #session: Session;
  readonly #options: PlayOptions;
  readonly #peer: RawPeer;
  #heard: Heard[] = [];
  #told: Told[] = [];

  constructor(target: Target, session: Session, options: PlayOptions) {
    this.#target = target;
    this.#session = session;
    this.#options = options;
    this.#peer = new RawPeer(session, 100_000 + options.index * 7_919);
  }

  async all(symbols: readonly TestSymbol[]): Promise<WordResult> {
    const steps: StepResult[] = [];
    let place = START;
    let unseen = 0;
    for (const symbol of symbols) {
      const step = await this.#step(place, symbol);
      steps.push(step);
      if (step.state === undefined) unseen++;
      if (step.disagreements.length > 0) {
        const rest = symbols.length - steps.length;
        const because = rest > 0 ? `${rest} more symbols were not played` : undefined;
        return { symbols, verdict: 'disagreed', because, steps };
      }
      place = follow(place, symbol, this.#options)!;
    }
    const verdict = unseen === steps.length ? 'unobservable' : 'agreed';
    return { symbols, verdict, because: undefined, steps };
  }

  async #step(place: Place, symbol: TestSymbol): Promise<StepResult> {
    this.#heard = [];
    this.#told = [];
    const failed = await this.#do(symbol, place).catch(reasonOf);
    const next = follow(place, symbol, this.#options)!;
    const look = (): StepResult => this.#seen(symbol, place, next, failed);
    let seen = look();
    // A busy machine may be late to answer, to let go of a state or to tell: what is so already is not waited for.
    if (this.#target.realTime && seen.disagreements.length > 0) {
      await this.#session.wait(LATE_MS, () => {
        seen = look();
        return seen.disagreements.length === 0;
      });
    }
    return seen;
  }

  #seen(symbol: TestSymbol, place: Place, next: Place, failed: string | undefined): StepResult {
    this.#take();
    const { situation } = place;
    const expectation = expected(situation, symbol, this.#options);
    const outcome = {
      symbol,
      situation: serialize(situation),
      before: situation.state,
      chart: next.situation.state,
      state: this.#session.state(),
      rows: expectation?.rows ?? [],
      reply: this.#heard.length === 0 ? 'none' : this.#heard.map(({ name }) => name).join('+'),
      told: [...this.#told],
    };
    const disagreements = [
      ...(failed === undefined ? [] : [failed]),
      ...this.#compare(outcome, expectation, [place, next]),
    ];
    return { ...outcome, disagreements };
  }

  async #do(symbol: TestSymbol, place: Place): Promise<undefined> {
    const session = this.#session;
    const isThere = () => this.#take();
    switch (kindOf(symbol)) {
      case 'call':
        await this.#call(symbol);
        break;
      case 'timer':
        await this.#wait(symbol);
        return undefined;
      default:
        this.#peer.say(symbol, place.situation);
    }
    isThere();
    await session.wait(this.#target.answersWithinMs, isThere);
    return undefined;
  }

  async #call(symbol: TestSymbol): Promise<void> {
    const session = this.#session;
    switch (symbol) {
      case 'OPEN active':
        return session.open('active');
      case 'OPEN passive':
        return session.open('passive');
      case 'SEND':
        return session.send(Uint8Array.of(1));
      case 'CLOSE':
        return session.close(false);
      case 'CLOSE both':
        return session.close(true);
      case 'ABORT':
        return session.abort();
      case 'SET keep-alive':
        return session.keepAliveSooner();
      default:
        throw new RangeError(`${symbol} is no call`);
    }
  }

  async #wait(symbol: TestSymbol): Promise<void> {
    const before = this.#session.state();
    const wanted =
      symbol === 'retransmission timeout'
        ? () => this.#heard.some(({ name }) => name.endsWith(' again'))
        : symbol === 'persist timeout' || symbol === 'keep-alive timeout'
          ? () => this.#heard.length > 0
          : () => this.#session.state() !== before;
    const real = this.#options.slow ? SLOW_PATIENCE_MS : REAL_PATIENCE_MS;
    await this.#session.wait(this.#target.realTime ? real : PATIENCE_MS, () => {
      this.#take();
      return wanted();
    });
  }

  /** Takes in what the target has said since; false, since nobody need stop for it. */
  #take(): boolean {
    for (const frame of this.#session.heard()) {
      const heard = this.#peer.hear(frame);
      if (heard) this.#heard.push(heard);
    }
    this.#told.push(...this.#session.told());
    return false;
  }

  *#compare(
    { chart, state, reply }: Omit<StepResult, 'disagreements'>,
    expectation: Expectation | undefined,
    [{ situation }, next]: readonly [Place, Place],
  ): Generator<string> {
    if (state !== undefined && state !== chart)
      yield `the chart goes to ${chart}, ${this.#target.name} is in ${state}`;
    for (const { name, wrong } of this.#heard) if (wrong !== undefined) yield `${name}: ${wrong}`;
    if (expectation) {
      const rows = expectation.rows.join(', ');
      if (expectation.next !== chart)
        yield `${rows}: the table goes to ${expectation.next}, the chart to ${chart}`;
      if (!this.#isExpected(expectation))
        yield `${rows}: the answer is to be ${expectation.reply}, and was ${reply}`;
      const listens = situation.reader === 'there' || this.#target.tellsWhoClosed;
      const untold = (listens ? (expectation.told ?? []) : []).filter(
        (told) => this.#target.tells.has(told) && !this.#told.includes(told),
      );
      if (untold.length > 0) yield `${rows}: the user is to be told ${untold.join(', ')}, and was not`;
    }
    yield* this.#compareText(next);
  }

  #isExpected({ reply }: Expectation): boolean {
    if (reply === '*') return true;
    const heard = this.#heard.map(({ name }) => name);
    if (reply === 'again') return heard.some((name) => name.endsWith(' again'));
    if (reply === 'probe') return heard.includes('probe');
    // What comes again by itself meanwhile is no answer, and a closed window is probed at any time.
    const answers = heard.filter((name) => !name.endsWith(' again') && name !== 'probe');
    const alternatives = reply.split('|');
    // What comes again just then carries the ACK that is owed.
    if (answers.length === 0 && heard.length > 0 && alternatives.includes('ACK')) return true;
    return (
      alternatives.includes(answers.length === 0 ? 'none' : answers.join('+')) ||
      alternatives.includes(heard.join('+'))
    );
  }

  /** The octets that the user has read are the first of those that the peer has sent: all of them, while he reads. */
  *#compareText({ situation }: Place): Generator<string> {
    const read = this.#session.read();
    const { sent } = this.#peer;
    const isPrefix = read.length <= sent.length && read.every((octet, at) => octet === sent[at]);
    if (!isPrefix) yield `the user has read ${read.join(' ')}, and ${sent.join(' ')} was sent`;
    else if (isSynchronized(situation) && situation.reader === 'there' && read.length < sent.length)
      yield `the user has read ${read.length} of ${sent.length} octets that have come in order`;
  }
}

/** A call that the target refuses is no fault of the driver's. */
function reasonOf(error: unknown): string {
  if (error instanceof StackError) return error.message;
  throw error;
}

/** On virtual time it costs nothing, and its timer runs beside all else: half of the words have it. */
function wantsKeepAlive(target: Target, symbols: readonly TestSymbol[], index: number): boolean {
  return (
    symbols.includes('keep-alive timeout') ||
    symbols.includes('SET keep-alive') ||
    (!target.realTime && index % 2 === 1)
  );
}
