/** What RFC 9293 section 3.10.7.4 says of a segment that is no RST: its first, fourth, fifth, seventh and eighth checks. */

import type { State } from '../../tcp/state.ts';
import { receives, type Situation } from '../words/situation.ts';
import type { TestSymbol } from '../words/symbols.ts';
import { type Expectation, gone, row, STATES_FROM_SYN, SYNCHRONIZED } from './expected-rows.ts';
import type { Told } from './target.ts';

/** What does not get beyond the checks of sequence number, SYN and the ACK flag. */
export function ofDropped(situation: Situation, symbol: TestSymbol): Expectation | undefined {
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

export function ofAcknowledgments(situation: Situation, symbol: TestSymbol): Expectation | undefined {
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
export function ofText(situation: Situation, symbol: TestSymbol): Expectation | undefined {
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
