/**
 * What RFC 9293 says that a symbol leads to: rows of the event-processing table (section 3.10), typed by hand and not read
 * from the charts. A test holds the ids, states and replies against the table itself.
 */

import type { State } from '../../tcp/state.ts';
import type { WordOptions } from '../words/meaning.ts';
import { receives, type Situation } from '../words/situation.ts';
import type { TestSymbol } from '../words/symbols.ts';
import type { Told } from './target.ts';

export interface Expectation {
  /** The rows that apply, in the order of the RFC's checks. */
  readonly rows: readonly string[];
  /**
   * What the target may answer: names of segments joined by `+`, alternatives by `|`; `none` for nothing, `again` for
   * anything that was sent before, `*` where the table leaves it open.
   */
  readonly reply: string;
  readonly next: State;
  /** What the user is told, where the table has it told at once. */
  readonly told?: readonly Told[];
}

/** The order in which the table goes through the states of a connection that has had a SYN. */
const STATES_FROM_SYN: readonly State[] = [
  'SYN-RECEIVED',
  'ESTABLISHED',
  'FIN-WAIT-1',
  'FIN-WAIT-2',
  'CLOSE-WAIT',
  'CLOSING',
  'LAST-ACK',
  'TIME-WAIT',
];
const SYNCHRONIZED = STATES_FROM_SYN.slice(1);

/** The row for `state`, where the rows for `states` stand one behind the other from `first` on. */
function row(first: number, states: readonly State[], state: State): string {
  const at = states.indexOf(state);
  if (at < 0) throw new RangeError(`there is no row for ${state} behind EP-${first}`);
  return `EP-${String(first + at).padStart(3, '0')}`;
}

/** What the table says of `symbol` in `situation`; undefined where it has no row. */
export function expected(
  situation: Situation,
  symbol: TestSymbol,
  options: WordOptions,
): Expectation | undefined {
  switch (situation.state) {
    case 'CLOSED':
      return OF_CLOSED[symbol];
    case 'LISTEN':
      return OF_LISTEN[symbol];
    case 'SYN-SENT':
      return ofSynSent(situation, symbol);
    default:
      return (
        ofCalls(situation, symbol) ??
        ofTimers(situation, symbol) ??
        ofResets(situation, symbol, options) ??
        ofDropped(situation, symbol) ??
        ofAcknowledgments(situation, symbol) ??
        ofText(situation, symbol)
      );
  }
}

type Rows = { readonly [S in TestSymbol]?: Expectation };

const OF_CLOSED: Rows = {
  'OPEN active': { rows: ['EP-002'], reply: 'SYN', next: 'SYN-SENT' },
  'OPEN passive': { rows: ['EP-001'], reply: 'none', next: 'LISTEN' },
  SYN: { rows: ['EP-108'], reply: 'RST,ACK', next: 'CLOSED' },
  ACK: { rows: ['EP-107'], reply: 'RST', next: 'CLOSED' },
  'no ACK': { rows: ['EP-108'], reply: 'RST,ACK', next: 'CLOSED' },
  RST: { rows: ['EP-106'], reply: 'none', next: 'CLOSED' },
};

const OF_LISTEN: Rows = {
  SYN: { rows: ['EP-112'], reply: 'SYN,ACK', next: 'SYN-RECEIVED' },
  ACK: { rows: ['EP-110'], reply: 'RST', next: 'LISTEN' },
  'SYN,ACK': { rows: ['EP-110'], reply: 'RST', next: 'LISTEN' },
  'no ACK': { rows: ['EP-114'], reply: 'none', next: 'LISTEN' },
  RST: { rows: ['EP-109'], reply: 'none', next: 'LISTEN' },
  CLOSE: { rows: ['EP-072'], reply: 'none', next: 'CLOSED' },
  ABORT: { rows: ['EP-086'], reply: 'none', next: 'CLOSED' },
};

function ofSynSent({ text }: Situation, symbol: TestSymbol): Expectation | undefined {
  const stays = (id: string, reply: string): Expectation => ({ rows: [id], reply, next: 'SYN-SENT' });
  switch (symbol) {
    case 'SYN,ACK': {
      const reply = text === 'held' ? 'text|ACK+text' : 'ACK';
      return { rows: ['EP-122'], reply, next: 'ESTABLISHED', told: ['opened'] };
    }
    case 'SYN':
      return { rows: ['EP-123'], reply: 'SYN,ACK', next: 'SYN-RECEIVED' };
    case 'RST':
      return { rows: ['EP-117'], reply: 'none', next: 'CLOSED', told: ['refused'] };
    case 'RST in the window':
      return stays('EP-118', 'none');
    case 'RST of a wrong ACK':
      return stays('EP-116', 'none');
    case 'SYN,ACK of nothing':
    case 'ACK too far':
      return stays('EP-115', 'RST');
    case 'ACK':
    case 'no ACK':
      return stays('EP-124', 'none');
    case 'FIN':
      return stays('EP-309', 'none');
    case 'SEND':
      return stays('EP-034', 'none');
    case 'CLOSE':
      return { rows: ['EP-073'], reply: 'none', next: 'CLOSED' };
    case 'ABORT':
      return { rows: ['EP-087'], reply: 'none', next: 'CLOSED' };
    case 'retransmission timeout':
      return stays('EP-329', 'again');
    case 'user timeout':
      return { rows: ['EP-320'], reply: '*', next: 'CLOSED', told: ['timeout'] };
    default:
      return undefined;
  }
}

function ofCalls(situation: Situation, symbol: TestSymbol): Expectation | undefined {
  const { state, text, window } = situation;
  switch (symbol) {
    case 'SEND': {
      const id = row(35, ['SYN-RECEIVED', 'CLOSED', 'CLOSED', 'ESTABLISHED', 'CLOSE-WAIT'], state);
      const waits = state === 'SYN-RECEIVED' || window === 'closed';
      return { rows: [id], reply: waits ? 'none' : 'text', next: state };
    }
    case 'CLOSE':
    case 'CLOSE both':
      return ofClose(situation);
    case 'ABORT': {
      const id = row(88, STATES_FROM_SYN, state);
      const silent = state === 'CLOSING' || state === 'LAST-ACK' || state === 'TIME-WAIT';
      return { rows: [id], reply: silent ? 'none' : 'RST', next: gone(situation) };
    }
    default:
      return undefined;
  }

  function ofClose({ state }: Situation): Expectation {
    // Behind text that waits for ESTABLISHED, or for a window, the FIN waits too.
    const waits = text === 'held' || window === 'closed';
    const reply = waits ? 'none' : 'FIN';
    switch (state) {
      case 'SYN-RECEIVED':
        return waits
          ? { rows: ['EP-075'], reply: 'none', next: 'SYN-RECEIVED' }
          : { rows: ['EP-074'], reply, next: 'FIN-WAIT-1' };
      case 'ESTABLISHED':
        return { rows: [waits ? 'EP-077' : 'EP-076'], reply, next: 'FIN-WAIT-1' };
      case 'CLOSE-WAIT':
        return { rows: [waits ? 'EP-082' : 'EP-081'], reply, next: 'LAST-ACK' };
      default: {
        const states: readonly State[] = [
          'FIN-WAIT-1',
          'FIN-WAIT-2',
          'CLOSED',
          'CLOSED',
          'CLOSING',
          'LAST-ACK',
          'TIME-WAIT',
        ];
        return { rows: [row(79, states, state)], reply: 'none', next: state };
      }
    }
  }
}

function ofTimers(situation: Situation, symbol: TestSymbol): Expectation | undefined {
  const { state } = situation;
  switch (symbol) {
    case 'retransmission timeout':
      return { rows: [row(330, STATES_FROM_SYN, state)], reply: 'again', next: state };
    case 'user timeout':
      return {
        rows: [row(321, STATES_FROM_SYN, state)],
        reply: '*',
        next: gone(situation),
        ...(state === 'SYN-RECEIVED' ? {} : { told: ['timeout'] }),
      };
    case 'persist timeout': {
      const states: readonly State[] = ['ESTABLISHED', 'FIN-WAIT-1', 'CLOSE-WAIT', 'CLOSING', 'LAST-ACK'];
      return { rows: [row(350, states, state)], reply: 'probe', next: state };
    }
    case '2 MSL':
      return { rows: ['EP-355'], reply: 'none', next: gone(situation) };
    default:
      return undefined;
  }
}

function ofResets(
  situation: Situation,
  symbol: TestSymbol,
  { timeWaitProtection }: WordOptions,
): Expectation | undefined {
  const { state, origin } = situation;
  const isProtected = state === 'TIME-WAIT' && timeWaitProtection;
  switch (symbol) {
    case 'RST':
      if (isProtected) return { rows: ['EP-212'], reply: 'none', next: state };
      // MAY-2, which the table has no row for: section 3.6.1 goes back to TIME-WAIT.
      if (situation.reopened) return { rows: [], reply: 'none', next: 'TIME-WAIT' };
      if (state === 'SYN-RECEIVED')
        return origin === 'passive'
          ? { rows: ['EP-203'], reply: 'none', next: 'LISTEN' }
          : { rows: ['EP-204'], reply: 'none', next: 'CLOSED', told: ['refused'] };
      return {
        rows: [row(205, SYNCHRONIZED, state)],
        reply: 'none',
        next: gone(situation),
        ...(['CLOSING', 'LAST-ACK', 'TIME-WAIT'].includes(state) ? {} : { told: ['reset'] }),
      };
    case 'RST in the window':
      if (isProtected) return { rows: ['EP-212'], reply: 'none|ACK', next: state };
      return { rows: [row(195, STATES_FROM_SYN, state)], reply: 'ACK', next: state };
    case 'RST outside the window':
      return { rows: [row(187, STATES_FROM_SYN, state)], reply: 'none', next: state };
    default:
      return undefined;
  }
}

/** What does not get beyond the checks of sequence number, SYN and the ACK flag. */
function ofDropped(situation: Situation, symbol: TestSymbol): Expectation | undefined {
  const { state, origin, listens } = situation;
  switch (symbol) {
    case 'text again': {
      const unacceptable = row(157, STATES_FROM_SYN, state);
      if (state === 'SYN-RECEIVED' || state === 'TIME-WAIT')
        return { rows: [unacceptable], reply: 'ACK', next: state };
      // Beyond the table: the ACK of what ends at RCV.NXT is taken (docs/decisions/deviations.md).
      const taken = acknowledged(situation);
      // With its last ACK the connection is gone, before it could answer.
      const reply = state === 'LAST-ACK' && situation.fin === 'outstanding' ? 'none' : 'ACK';
      return { ...taken, rows: [unacceptable, ...taken.rows], reply };
    }
    case 'text beyond the window':
      return { rows: [row(157, STATES_FROM_SYN, state)], reply: 'ACK', next: state };
    case 'FIN again':
      return { rows: [row(315, STATES_FROM_SYN.slice(4), state)], reply: 'ACK', next: state };
    case 'SYN':
    case 'SYN,ACK':
      // Figure 8 takes the ACK of the crossing SYN,ACK, whose SYN the row of the first check would not let pass.
      if (state === 'SYN-RECEIVED' && origin === 'active' && symbol === 'SYN,ACK')
        return acknowledged(situation);
      // The SYN,ACK again says no less than the ACK that the row asks for, should the first have been lost.
      if (state === 'SYN-RECEIVED') return { rows: ['EP-157'], reply: 'ACK|SYN,ACK again', next: state };
      return { rows: [row(223, SYNCHRONIZED, state)], reply: 'ACK', next: state };
    case 'SYN in the window':
      if (state === 'SYN-RECEIVED')
        return origin === 'passive'
          ? { rows: ['EP-221'], reply: 'none', next: 'LISTEN' }
          : { rows: ['EP-222'], reply: 'ACK', next: state };
      if (state === 'TIME-WAIT' && listens)
        return { rows: ['EP-238'], reply: 'SYN,ACK', next: 'SYN-RECEIVED' };
      return { rows: [row(223, SYNCHRONIZED, state)], reply: 'ACK', next: state };
    case 'no ACK':
      return { rows: [row(239, STATES_FROM_SYN, state)], reply: 'none', next: state };
    default:
      return undefined;
  }
}

function ofAcknowledgments(situation: Situation, symbol: TestSymbol): Expectation | undefined {
  const { state, text, fin } = situation;
  switch (symbol) {
    case 'ACK':
      return state === 'TIME-WAIT' ? undefined : acknowledged(situation);
    case 'ACK too far':
      // The row of the RFC asks for a RST, that of RFC 5961 section 5.2 for an ACK.
      if (state === 'SYN-RECEIVED') return { rows: ['EP-256'], reply: 'RST|ACK', next: state };
      if (state === 'TIME-WAIT') return { rows: ['EP-254'], reply: 'ACK', next: state };
      return { rows: [row(272, SYNCHRONIZED, state)], reply: 'ACK', next: state };
    case 'ACK of nothing new':
      if (state === 'SYN-RECEIVED') return { rows: ['EP-256'], reply: 'RST', next: state };
      if (state === 'TIME-WAIT') return undefined;
      if (state === 'LAST-ACK') return { rows: ['EP-283'], reply: 'none', next: state };
      return { rows: [row(267, SYNCHRONIZED, state)], reply: 'none', next: state };
    case 'window closes':
      return { rows: [row(262, SYNCHRONIZED, state)], reply: 'none', next: state };
    case 'ACK of the probe': {
      const id = state === 'LAST-ACK' ? 'EP-283' : row(257, SYNCHRONIZED, state);
      if (text === 'held') return { rows: [id], reply: 'none', next: state };
      return acknowledged({ ...situation, fin: 'outstanding' });
    }
    case 'window opens': {
      if (state === 'TIME-WAIT') return undefined;
      const id = state === 'LAST-ACK' ? 'EP-283' : row(262, SYNCHRONIZED, state);
      const behindText = fin === 'held' ? 'text,FIN|text+FIN' : 'text';
      const alone = fin === 'held' ? 'FIN' : 'none';
      return { rows: [id], reply: text === 'held' ? behindText : alone, next: state };
    }
    default:
      return undefined;
  }
}

/** The fifth check, for an ACK of all that was sent. */
function acknowledged(situation: Situation): Expectation {
  const { state, text, fin, substate } = situation;
  if (state === 'SYN-RECEIVED') {
    if (substate === 'close queued')
      return {
        rows: ['EP-255', 'EP-075', 'EP-077'],
        reply: 'text,FIN|text+FIN',
        next: 'FIN-WAIT-1',
        told: ['opened'],
      };
    const reply = text === 'held' ? 'text' : 'none';
    return { rows: ['EP-255'], reply, next: 'ESTABLISHED', told: ['opened'] };
  }
  const finNow = fin === 'outstanding';
  if (state === 'FIN-WAIT-1' && finNow) return { rows: ['EP-278'], reply: 'none', next: 'FIN-WAIT-2' };
  if (state === 'CLOSING')
    return finNow
      ? { rows: ['EP-280'], reply: 'none', next: 'TIME-WAIT' }
      : { rows: ['EP-281'], reply: 'none', next: state };
  if (state === 'LAST-ACK')
    return finNow
      ? { rows: ['EP-282'], reply: 'none', next: gone(situation) }
      : { rows: ['EP-283'], reply: 'none', next: state };
  const id = row(text === 'outstanding' ? 257 : 267, SYNCHRONIZED, state);
  return { rows: [id], reply: 'none', next: state };
}

/** The seventh and eighth checks, behind the fifth. */
function ofText(situation: Situation, symbol: TestSymbol): Expectation | undefined {
  const acksAll = symbol === 'text' || symbol === 'FIN' || symbol === 'text and FIN' || isBeyond(symbol);
  const first =
    acksAll && situation.state !== 'TIME-WAIT'
      ? acknowledged(situation)
      : ({ rows: [], reply: 'none', next: situation.state } as const satisfies Expectation);
  // What the ACK let out of us carries our ACK with it.
  const reply = first.reply === 'none' ? 'ACK' : withAck(first.reply);
  const changes = first.next !== situation.state || first.rows.includes('EP-255');
  const before = { ...first, rows: changes ? first.rows : [] };
  switch (symbol) {
    case 'text':
    case 'text, not ACK of FIN':
      return textIn(situation, before, reply);
    case 'text out of order':
    case 'FIN out of order':
      if (!RECEIVE.includes(before.next)) return undefined;
      return {
        ...before,
        rows: [...before.rows, row(298, RECEIVE, before.next)],
        reply: first.reply === 'none' ? 'none|ACK' : reply,
      };
    case 'FIN':
    case 'FIN, not ACK of FIN':
    case 'text and FIN':
      return finIn(before, symbol === 'text and FIN' ? `${reply}|ACK+ACK` : reply, situation);
    default:
      return undefined;
  }
}

/** What goes out anyway carries the ACK with it, or comes before or behind it. */
function withAck(reply: string): string {
  return reply
    .split('|')
    .flatMap((each) => [each, `${each}+ACK`, `ACK+${each}`])
    .join('|');
}

const RECEIVE: readonly State[] = ['ESTABLISHED', 'FIN-WAIT-1', 'FIN-WAIT-2'];

function isBeyond(symbol: TestSymbol): boolean {
  return symbol === 'text out of order' || symbol === 'FIN out of order';
}

function textIn(situation: Situation, before: Expectation, reply: string): Expectation {
  const { state, reader, hole } = situation;
  const at = before.next;
  if (!receives({ ...situation, state: at })) {
    // Text behind the peer's FIN (seventh check): it should not come, and is ignored.
    if (before.rows.length > 0) return before;
    return { rows: [row(303, STATES_FROM_SYN.slice(4), state)], reply: 'none', next: state };
  }
  if (reader === 'gone')
    return { rows: [at === 'FIN-WAIT-1' ? 'EP-301' : 'EP-302'], reply: 'RST', next: gone(situation) };
  const arrived = { ...before, rows: [...before.rows, row(295, RECEIVE, at)], reply };
  return hole === 'FIN' ? finIn(arrived, reply, situation) : arrived;
}

function finIn(before: Expectation, reply: string, situation: Situation): Expectation {
  const told: readonly Told[] = [...(before.told ?? []), 'closing'];
  const end = (id: string, next: State): Expectation => ({ rows: [...before.rows, id], reply, next, told });
  switch (before.next) {
    case 'ESTABLISHED':
      return end(situation.state === 'SYN-RECEIVED' ? 'EP-310' : 'EP-311', 'CLOSE-WAIT');
    case 'FIN-WAIT-1':
      return end('EP-313', 'CLOSING');
    case 'FIN-WAIT-2':
      return situation.state === 'FIN-WAIT-1' ? end('EP-312', 'TIME-WAIT') : end('EP-314', 'TIME-WAIT');
    default:
      throw new RangeError(`no FIN is expected in ${before.next}`);
  }
}

/** Where a connection's end leads: for the user of a listener, back to LISTEN. */
function gone({ listens }: Situation): State {
  return listens ? 'LISTEN' : 'CLOSED';
}
