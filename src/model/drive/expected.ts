/**
 * What RFC 9293 says that a symbol leads to: rows of the event-processing table (section 3.10), typed by hand and not read
 * from the charts. A test holds the ids, states and replies against the table itself.
 */

import type { State } from '../../tcp/state.ts';
import type { WordOptions } from '../words/meaning.ts';
import type { Situation } from '../words/situation.ts';
import type { TestSymbol } from '../words/symbols.ts';
import { type Expectation, gone, row, STATES_FROM_SYN, SYNCHRONIZED } from './expected-rows.ts';
import { ofAcknowledgments, ofDropped, ofText } from './expected-segments.ts';

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
