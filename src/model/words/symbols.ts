/**
 * The alphabet that test words are written in: what can happen to a TCP, told without sequence numbers. A driver makes
 * frames and calls of it (`../drive`); what a symbol means to the chart is in `meaning.ts`.
 */

export type SymbolKind = 'segment' | 'icmp' | 'call' | 'timer';

interface Entry {
  readonly kind: SymbolKind;
  /** What the driver does. "All" is every octet, SYN and FIN that the target has sent so far. */
  readonly does: string;
}

/** In the order in which paths are looked for: of words of one length, those with the plainer symbols come first. */
export const ALPHABET = {
  'OPEN active': { kind: 'call', does: 'the user connects to the peer' },
  'OPEN passive': { kind: 'call', does: 'the user listens, and accepts what comes' },
  SYN: { kind: 'segment', does: 'SYN at the peer’s ISS; said again, an old duplicate' },
  'SYN,ACK': { kind: 'segment', does: 'SYN at the peer’s ISS, with an ACK of all' },
  ACK: { kind: 'segment', does: 'an ACK of all, at the next sequence number' },
  SEND: { kind: 'call', does: 'the user sends an octet' },
  CLOSE: { kind: 'call', does: 'the user closes its direction and goes on reading' },
  'CLOSE both': { kind: 'call', does: 'the user closes its direction and will not read any more' },
  FIN: { kind: 'segment', does: 'FIN at the next sequence number, with an ACK of all' },
  text: { kind: 'segment', does: 'four octets at the next sequence number, with an ACK of all' },
  'retransmission timeout': { kind: 'timer', does: 'the peer is silent until something comes again' },
  ABORT: { kind: 'call', does: 'the user aborts' },
  RST: {
    kind: 'segment',
    does: 'RST at exactly the next sequence number; in SYN-SENT, with an ACK of the SYN',
  },
  'FIN, not ACK of FIN': {
    kind: 'segment',
    does: 'as FIN, with an ACK of all but the FIN: the two have crossed',
  },
  'text, not ACK of FIN': { kind: 'segment', does: 'as text, with an ACK of all but the FIN' },
  'text and FIN': { kind: 'segment', does: 'text, and at once behind it FIN in a segment of its own' },
  'text out of order': { kind: 'segment', does: 'four octets, four beyond the next sequence number' },
  'FIN out of order': { kind: 'segment', does: 'FIN, four beyond the next sequence number' },
  'text again': { kind: 'segment', does: 'the octet before the next sequence number' },
  'FIN again': { kind: 'segment', does: 'the peer’s FIN once more' },
  'text beyond the window': { kind: 'segment', does: 'an octet far beyond the window' },
  'ACK of nothing new': { kind: 'segment', does: 'an ACK of what is acknowledged already' },
  'ACK too far': { kind: 'segment', does: 'an ACK of what was never sent' },
  'no ACK': { kind: 'segment', does: 'an octet of text in a segment without the ACK flag' },
  'SYN,ACK of nothing': { kind: 'segment', does: 'SYN,ACK that acknowledges what was never sent' },
  'SYN in the window': { kind: 'segment', does: 'SYN ten beyond the next sequence number' },
  'RST in the window': {
    kind: 'segment',
    does: 'RST ten beyond the next sequence number; in SYN-SENT, without ACK',
  },
  'RST outside the window': { kind: 'segment', does: 'RST before the next sequence number' },
  'RST of a wrong ACK': { kind: 'segment', does: 'RST that acknowledges what was never sent' },
  'window closes': { kind: 'segment', does: 'an ACK of all that offers no window' },
  'window opens': { kind: 'segment', does: 'an ACK of all that offers a window again' },
  'ACK of the probe': {
    kind: 'segment',
    does: 'an ACK of the octet, or FIN, that a window probe carried; no window',
  },
  'port unreachable': { kind: 'icmp', does: 'an ICMP hard error about what was last sent' },
  'SET keep-alive': { kind: 'call', does: 'the user wants an idle peer asked sooner' },
  'user timeout': {
    kind: 'timer',
    does: 'the peer is silent until the user timeout is over',
  },
  'persist timeout': { kind: 'timer', does: 'the peer is silent until the closed window is probed' },
  'keep-alive timeout': { kind: 'timer', does: 'the peer is silent until it is asked whether it is there' },
  'FIN-WAIT-2 timeout': { kind: 'timer', does: 'the peer is silent until FIN-WAIT-2 is given up' },
  '2 MSL': { kind: 'timer', does: 'twice the maximum segment lifetime passes' },
} as const satisfies Record<string, Entry>;

/** One letter of a word. */
export type TestSymbol = keyof typeof ALPHABET;

export const SYMBOLS = Object.keys(ALPHABET) as TestSymbol[];

export function kindOf(symbol: TestSymbol): SymbolKind {
  return ALPHABET[symbol].kind;
}
