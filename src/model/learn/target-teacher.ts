/** A target as a teacher: any symbol may come at any time, and the answer is what can be seen from outside. */

import { StackError } from '../../errors.ts';
import type { State } from '../../tcp/state.ts';
import { RawPeer } from '../drive/raw-peer.ts';
import type { Session, Target } from '../drive/target.ts';
import { NOWHERE, type Situation } from '../words/situation.ts';
import { kindOf, type TestSymbol } from '../words/symbols.ts';
import type { Teacher } from './l-star.ts';

/** What is learned unless one says otherwise: what figure 5 is about, without timers and without segments that only are dropped. */
export const LEARN_ALPHABET: readonly TestSymbol[] = [
  'OPEN active',
  'OPEN passive',
  'SYN',
  'SYN,ACK',
  'ACK',
  'text',
  'FIN',
  'RST',
  'SEND',
  'CLOSE',
  'ABORT',
];

/** The answer to a call that is not possible there. */
const REFUSED = '–';

/** @param target what is asked; as many words at once as it has sessions */
export function targetTeacher(target: Target): Teacher {
  let index = 0;
  return {
    async ask(words) {
      const answers: (readonly string[])[] = new Array(words.length);
      let next = 0;
      const lane = async (): Promise<void> => {
        for (let at = next++; at < words.length; at = next++)
          answers[at] = await answersTo(target, words[at] as readonly TestSymbol[], index++);
      };
      await Promise.all(Array.from({ length: Math.min(target.sessions, words.length) }, lane));
      return answers;
    },
  };
}

async function answersTo(target: Target, word: readonly TestSymbol[], index: number): Promise<string[]> {
  const session = await target.session({
    index,
    timeWaitProtection: true,
    userTimeout: false,
    keepAlive: false,
  });
  try {
    const pupil = new Pupil(target, session, index);
    const answers: string[] = [];
    for (const symbol of word) answers.push(await pupil.answer(symbol));
    return answers;
  } finally {
    await session.end();
  }
}

class Pupil {
  readonly #target: Target;
  readonly #session: Session;
  readonly #peer: RawPeer;
  #listens = false;
  #heard: string[] = [];

  constructor(target: Target, session: Session, index: number) {
    this.#target = target;
    this.#session = session;
    this.#peer = new RawPeer(session, 100_000 + index * 7_919);
  }

  /** What the target says, where it is then, and what its user is told. */
  async answer(symbol: TestSymbol): Promise<string> {
    this.#heard = [];
    const before = this.#session.state() ?? 'CLOSED';
    const done = await this.#do(symbol, before);
    await this.#session.wait(this.#target.answersWithinMs, () => this.#take());
    this.#take();
    const state = this.#session.state();
    const told = this.#session.told().filter((each) => this.#target.tells.has(each));
    const said = done ? (this.#heard.length === 0 ? 'none' : this.#heard.join('+')) : REFUSED;
    return [
      said,
      ...(state === undefined ? [] : [state]),
      ...(told.length === 0 ? [] : [`(${told.join(', ')})`]),
    ].join(' ');
  }

  /** False when a call was refused. */
  async #do(symbol: TestSymbol, state: State): Promise<boolean> {
    if (this.#target.cannot(symbol, this.#situation(state)) !== undefined) return false;
    if (kindOf(symbol) !== 'call') {
      this.#peer.say(symbol, this.#situation(state));
      return true;
    }
    try {
      await this.#call(symbol, state);
      return true;
    } catch (error) {
      if (error instanceof StackError) return false;
      throw error;
    }
  }

  async #call(symbol: TestSymbol, state: State): Promise<void> {
    const session = this.#session;
    if (symbol === 'OPEN active') return session.open('active');
    if (symbol === 'OPEN passive') {
      await session.open('passive');
      this.#listens = true;
      return;
    }
    if (state === 'CLOSED' || (state === 'LISTEN' && symbol === 'SEND'))
      throw new StackError('ENOTCONN', `${symbol}: there is no connection`, {});
    if (symbol === 'SEND') return session.send(Uint8Array.of(1));
    if (state === 'LISTEN') this.#listens = false;
    return symbol === 'ABORT' ? session.abort() : session.close(symbol === 'CLOSE both');
  }

  /** What a peer can know of where things stand. */
  #situation(state: State): Situation {
    return { ...NOWHERE, state, listens: this.#listens };
  }

  #take(): boolean {
    for (const frame of this.#session.heard()) {
      const heard = this.#peer.hear(frame);
      // What comes again by itself depends on the time that has passed.
      if (heard && !heard.name.endsWith(' again')) this.#heard.push(heard.name);
    }
    return false;
  }
}
