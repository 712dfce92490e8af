/**
 * What a symbol means where a word has led: the words on the chart's arrows, in the order of RFC 9293's checks, and the
 * facts beside the chart. Which arrow is taken, and whether there is one, the chart itself says.
 */

import type { Label } from '../../tcp/state.ts';
import { awaitsAck, isSynchronized, receives, type Situation } from './situation.ts';
import type { TestSymbol } from './symbols.ts';

/** The chart's own delayed events, which no label stands for. */
export type StateTimer = 'twoMsl' | 'finWait2';

export interface Meaning {
  readonly labels: readonly (Label | StateTimer)[];
  readonly facts: Partial<Omit<Situation, 'state' | 'substate'>>;
  /** The step begins a connection: its SYN was sent, or has come. */
  readonly begins?: 'active' | 'passive';
}

/** How the target was set up, where that changes what a symbol means. */
export interface WordOptions {
  /** RFC 1337: a RST does not end TIME-WAIT. */
  readonly timeWaitProtection: boolean;
}

const NOTHING: Meaning = { labels: [], facts: {} };

/** What `symbol` means in `situation`; undefined where it can't happen, or tells nothing that another does not tell. */
export function meaningOf(
  situation: Situation,
  symbol: TestSymbol,
  options: WordOptions,
): Meaning | undefined {
  switch (situation.state) {
    case 'CLOSED':
      return inClosed(situation, symbol);
    case 'LISTEN':
      return inListen(symbol);
    case 'SYN-SENT':
      return inSynSent(situation, symbol);
    default:
      return calls(situation, symbol) ?? timers(situation, symbol) ?? segments(situation, symbol, options);
  }
}

function inClosed({ over }: Situation, symbol: TestSymbol): Meaning | undefined {
  switch (symbol) {
    case 'OPEN active':
      return over ? undefined : { labels: [], facts: { origin: 'active' }, begins: 'active' };
    case 'OPEN passive':
      return over ? undefined : { labels: [], facts: { listens: true } };
    case 'SYN':
    case 'ACK':
    case 'RST':
    case 'no ACK':
      return over ? NOTHING : undefined;
    default:
      return undefined;
  }
}

function inListen(symbol: TestSymbol): Meaning | undefined {
  switch (symbol) {
    case 'SYN':
      return { labels: [], facts: { origin: 'passive' }, begins: 'passive' };
    case 'CLOSE':
    case 'ABORT':
      return { labels: ['close'], facts: { listens: false, over: true } };
    case 'ACK':
    case 'SYN,ACK':
    case 'RST':
    case 'no ACK':
      return NOTHING;
    default:
      return undefined;
  }
}

function inSynSent(situation: Situation, symbol: TestSymbol): Meaning | undefined {
  switch (symbol) {
    case 'SYN,ACK':
      return { labels: ['rcv.SYN-ACK'], facts: releasedText(situation) };
    case 'SYN':
      return { labels: ['rcv.SYN'], facts: {} };
    case 'RST':
      return { labels: ['rcv.RST'], facts: {} };
    case 'CLOSE':
      return { labels: ['close'], facts: {} };
    case 'ABORT':
      return { labels: ['abort'], facts: {} };
    case 'SEND':
      return situation.text === 'none' ? { labels: [], facts: { text: 'held' } } : undefined;
    case 'port unreachable':
      return { labels: ['icmp.hard-error'], facts: {} };
    case 'user timeout':
      return { labels: ['timeout.user'], facts: {} };
    case 'ACK':
    case 'FIN':
    case 'no ACK':
    case 'SYN,ACK of nothing':
    case 'ACK too far':
    case 'RST in the window':
    case 'RST of a wrong ACK':
    case 'retransmission timeout':
      return NOTHING;
    default:
      return undefined;
  }
}

function calls(situation: Situation, symbol: TestSymbol): Meaning | undefined {
  const { state, substate, text, reader, hole } = situation;
  switch (symbol) {
    case 'SEND':
      if (text !== 'none') return undefined;
      if (substate === 'in progress') return { labels: [], facts: { text: 'held' } };
      if (state !== 'ESTABLISHED' && state !== 'CLOSE-WAIT') return undefined;
      return { labels: [], facts: { text: situation.window === 'open' ? 'outstanding' : 'held' } };
    case 'CLOSE':
      if (substate === 'close queued') return undefined;
      return { labels: mayClose(state) ? ['close'] : [], facts: finQueued(situation) };
    case 'CLOSE both': {
      if (reader === 'gone' || hole !== 'none' || substate === 'close queued') return undefined;
      if (mayClose(state)) return { labels: ['close'], facts: { ...finQueued(situation), reader: 'gone' } };
      if (state === 'FIN-WAIT-1') return { labels: [], facts: { reader: 'gone' } };
      return state === 'FIN-WAIT-2' ? { labels: ['reader.gone'], facts: { reader: 'gone' } } : undefined;
    }
    case 'ABORT':
      return { labels: ['abort'], facts: {} };
    case 'SET keep-alive':
      return state === 'ESTABLISHED' && isIdle(situation) ? NOTHING : undefined;
    default:
      return undefined;
  }
}

function mayClose(state: Situation['state']): boolean {
  return state === 'SYN-RECEIVED' || state === 'ESTABLISHED' || state === 'CLOSE-WAIT';
}

function finQueued({ state, text, window }: Situation): Meaning['facts'] {
  if (!mayClose(state)) return {};
  return { fin: text === 'held' || window === 'closed' ? 'held' : 'outstanding' };
}

function timers(situation: Situation, symbol: TestSymbol): Meaning | undefined {
  const { state, substate, text, fin, window } = situation;
  const isHeldBack = window === 'closed' && (text === 'held' || fin === 'held');
  switch (symbol) {
    case 'retransmission timeout':
      return awaitsAck(situation) ? NOTHING : undefined;
    case 'user timeout':
      return awaitsAck(situation) ? { labels: ['timeout.user'], facts: {} } : undefined;
    case 'persist timeout':
      return isHeldBack ? { labels: [], facts: { probed: true } } : undefined;
    case 'keep-alive timeout':
      return isIdle(situation) ? NOTHING : undefined;
    case 'FIN-WAIT-2 timeout':
      return substate === 'orphaned' ? { labels: ['finWait2'], facts: {} } : undefined;
    case '2 MSL':
      return state === 'TIME-WAIT' ? { labels: ['twoMsl'], facts: {} } : undefined;
    default:
      return undefined;
  }
}

function segments(situation: Situation, symbol: TestSymbol, options: WordOptions): Meaning | undefined {
  const { state, text, fin, hole, window, reader, listens, origin } = situation;
  const crossed = fin === 'outstanding' && text !== 'outstanding';
  const acknowledged = ackOfAll(situation);
  switch (symbol) {
    case 'ACK':
      return acknowledged;
    case 'FIN':
      return hole === 'none' && mayTakeFin(situation) ? and(acknowledged, 'rcv.FIN') : undefined;
    case 'FIN, not ACK of FIN':
      return crossed && hole === 'none' && receives(situation)
        ? { labels: ['rcv.FIN'], facts: {} }
        : undefined;
    case 'text':
      return withText(situation, acknowledged);
    case 'text, not ACK of FIN':
      return crossed && receives(situation) ? withText(situation, NOTHING) : undefined;
    case 'text and FIN':
      return hole === 'none' && reader === 'there' && mayTakeFin(situation)
        ? and(acknowledged, 'rcv.FIN')
        : undefined;
    case 'text out of order':
    case 'FIN out of order': {
      if (hole !== 'none' || reader === 'gone' || !mayTakeFin(situation)) return undefined;
      const held = symbol === 'FIN out of order' ? 'FIN' : 'text';
      return { labels: acknowledged.labels, facts: { ...acknowledged.facts, hole: held } };
    }
    case 'FIN again':
      if (receives(situation) || state === 'SYN-RECEIVED') return undefined;
      return { labels: state === 'TIME-WAIT' ? ['rcv.FIN'] : [], facts: {} };
    case 'SYN in the window':
      if (state === 'TIME-WAIT' && listens)
        return { labels: ['rcv.SYN'], facts: { origin: 'passive', reopened: true }, begins: 'passive' };
      return { labels: state === 'SYN-RECEIVED' && origin === 'passive' ? ['rcv.SYN'] : [], facts: {} };
    case 'RST':
      if (state === 'TIME-WAIT' && options.timeWaitProtection) return NOTHING;
      // The numbers of the old connection again, and nobody who could not read.
      if (situation.reopened)
        return {
          labels: ['rcv.RST-of-old-duplicate'],
          facts: { text: 'none', fin: 'acknowledged', reader: 'there' },
        };
      return { labels: ['rcv.RST'], facts: {} };
    case 'window closes':
      // Beyond a hole SND.WL1 is ahead, and what comes in order is older (3.10.7.4, fifth).
      return isQuiet(situation) && window === 'open' && hole === 'none'
        ? { labels: [], facts: { window: 'closed' } }
        : undefined;
    case 'window opens':
      if (window === 'open' || hole !== 'none') return undefined;
      return {
        labels: [],
        facts: {
          window: 'open',
          probed: false,
          ...(text === 'held' ? { text: 'outstanding' } : {}),
          ...(fin === 'held' ? { fin: 'outstanding' } : {}),
        },
      };
    case 'ACK of the probe':
      if (!situation.probed || hole !== 'none') return undefined;
      if (text === 'held') return { labels: [], facts: { text: 'none', probed: false } };
      return { labels: ['rcv.ACK-of-FIN'], facts: { fin: 'acknowledged', probed: false } };
    case 'port unreachable':
      if (!awaitsAck(situation)) return undefined;
      return { labels: state === 'SYN-RECEIVED' ? ['icmp.hard-error'] : [], facts: {} };
    case 'SYN,ACK':
      // The last line of figure 8: it says once more what their SYN said, and acknowledges ours.
      return state === 'SYN-RECEIVED' && origin === 'active' ? acknowledged : NOTHING;
    case 'text again':
      // It ends where the target has arrived: what was sent last, once more, whose ACK counts.
      return isSynchronized(situation) && state !== 'TIME-WAIT' ? acknowledged : NOTHING;
    case 'text beyond the window':
    case 'ACK of nothing new':
    case 'ACK too far':
    case 'no ACK':
    case 'SYN':
    case 'RST in the window':
    case 'RST outside the window':
      return NOTHING;
    default:
      return undefined;
  }
}

/** An ACK of all that was sent, at the next sequence number. */
function ackOfAll(situation: Situation): Meaning {
  const { state, fin, substate } = situation;
  const facts: { -readonly [K in keyof Meaning['facts']]: Meaning['facts'][K] } = {};
  if (situation.text === 'outstanding') facts.text = 'none';
  if (state === 'SYN-RECEIVED') {
    Object.assign(facts, releasedText(situation));
    if (substate === 'close queued') facts.fin = 'outstanding';
    return { labels: ['rcv.ACK-of-SYN'], facts };
  }
  if (fin !== 'outstanding') return { labels: [], facts };
  return { labels: ['rcv.ACK-of-FIN'], facts: { ...facts, fin: 'acknowledged' } };
}

/** Text that waited for ESTABLISHED goes out. */
function releasedText({ text }: Situation): Meaning['facts'] {
  return text === 'held' ? { text: 'outstanding' } : {};
}

function withText(situation: Situation, acknowledged: Meaning): Meaning {
  const { hole, reader } = situation;
  if (!mayTakeFin(situation)) return acknowledged;
  if (reader === 'gone') return and(acknowledged, 'rcv.text-nobody-reads');
  const filled: Meaning = { labels: acknowledged.labels, facts: { ...acknowledged.facts, hole: 'none' } };
  return hole === 'FIN' ? and(filled, 'rcv.FIN') : filled;
}

function mayTakeFin(situation: Situation): boolean {
  return situation.state === 'SYN-RECEIVED' || receives(situation);
}

/** Nothing waits and nothing is on its way: what keep-alive is for. */
function isIdle({ state, text, window }: Situation): boolean {
  return text === 'none' && window === 'open' && (state === 'ESTABLISHED' || state === 'CLOSE-WAIT');
}

function isQuiet(situation: Situation): boolean {
  const { state, text } = situation;
  return isSynchronized(situation) && text === 'none' && (state === 'ESTABLISHED' || state === 'CLOSE-WAIT');
}

function and(before: Meaning, label: Label): Meaning {
  return { labels: [...before.labels, label], facts: before.facts };
}
