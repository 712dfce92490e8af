/**
 * Where Linux does otherwise than the chart or the table, and why. Read off Linux 6.18 and its sources' behaviour; a
 * difference that is not in here is new, and `statewire model test --target linux` ends with a failure.
 */

import type { Difference } from '../../model/index.ts';

export const LINUX_DIFFERENCES: readonly Difference[] = [
  {
    at: /^SYN-RECEIVED .*active/,
    symbol: 'CLOSE',
    says: /linux is in (SYN-RECEIVED|CLOSED)/,
    kind: 'quirk',
    reason: 'shutdown() does nothing before ESTABLISHED, and says that it went well',
  },
  {
    at: /^SYN-RECEIVED .*active/,
    symbol: 'SYN,ACK',
    says: /to be none, and was ACK/,
    kind: 'choice',
    reason: 'a crossing SYN,ACK is acknowledged: its SYN is one that has come before',
  },
  {
    at: /^SYN-RECEIVED .*active/,
    symbol: 'RST',
    says: /told refused/,
    kind: 'choice',
    reason: 'a RST after a simultaneous open is told as a reset connection, not as a refused one',
  },
  {
    at: /^SYN-RECEIVED .*active/,
    symbol: 'ACK of nothing new',
    says: /linux is in ESTABLISHED/,
    kind: 'quirk',
    reason: 'after a simultaneous open an ACK of the ISS, which acknowledges nothing, opens the connection',
  },
  {
    symbol: 'text again',
    says: /linux is in (ESTABLISHED|LISTEN|CLOSED)|to be ACK, and was none/,
    kind: 'quirk',
    reason:
      'the left edge of the window is RCV.NXT as it was told last, and a segment that ends there counts as acceptable: it is not always answered, opens a connection too, and with its ACK an orphan in FIN-WAIT-1 ends',
  },
  {
    at: /^SYN-RECEIVED .*passive/,
    symbol: 'SYN in the window',
    says: /to be none, and was RST,ACK/,
    kind: 'choice',
    reason:
      'a SYN in the window of a request is answered with RST, as RFC 793 had it; the request ends either way',
  },
  {
    at: /^SYN-RECEIVED .*passive/,
    symbol: 'port unreachable',
    says: /linux is in SYN-RECEIVED/,
    kind: 'choice',
    reason: 'a request that nobody has accepted is not given up for an ICMP error',
  },
  {
    at: /^SYN-RECEIVED .*passive/,
    symbol: 'user timeout',
    says: /linux is in SYN-RECEIVED/,
    kind: 'choice',
    reason: 'a request has no user: it ends with the number of its SYN,ACKs',
  },
  {
    at: /^SYN-RECEIVED .*passive/,
    symbol: 'RST',
    says: /the chart goes to TIME-WAIT, linux is in LISTEN/,
    kind: 'choice',
    reason:
      'a connection in TIME-WAIT is given up for good when a SYN takes its place; MAY-2 would have it back after a RST',
  },
  {
    at: /^(LAST-ACK|CLOSING)/,
    symbol: 'ABORT',
    says: /to be none, and was RST/,
    kind: 'choice',
    reason: 'an ABORT that loses what the window held back is told by a RST in these states, too',
  },
  {
    at: /^FIN-WAIT-2 .*nobody reads/,
    says: /./,
    kind: 'quirk',
    reason:
      'an orphan in FIN-WAIT-2 is kept as the same shadow as one in TIME-WAIT: it knows neither challenge ACKs nor what was sent, and a RST or SYN in the window ends it',
  },
  {
    at: /^TIME-WAIT/,
    symbol: 'ABORT',
    says: /linux is in TIME-WAIT/,
    kind: 'choice',
    reason: 'an ABORT in TIME-WAIT gives the descriptor back and leaves TIME-WAIT to its time',
  },
  {
    at: /^TIME-WAIT/,
    symbol: 'text',
    says: /to be none, and was ACK/,
    kind: 'choice',
    reason: 'text in TIME-WAIT is answered with an ACK: whoever sends it has not heard that both have closed',
  },
  {
    at: /^TIME-WAIT/,
    symbol: 'no ACK',
    says: /to be none, and was ACK/,
    kind: 'choice',
    reason: 'text in TIME-WAIT is answered with an ACK, even without the ACK flag',
  },
  {
    at: /^TIME-WAIT/,
    symbol: 'ACK too far',
    says: /to be ACK, and was none/,
    kind: 'quirk',
    reason: 'the shadow of a connection in TIME-WAIT does not look at what is acknowledged',
  },
];
