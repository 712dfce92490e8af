/** What the checker holds a model to, each by a name and the paragraph that asks for it. */

export const RULES = {
  'unhandled label':
    'every label has an arrow in the present state, or stands in the list of those ignored there (3.10)',
  crash: 'no step of a chart or of the protocol functions throws',
  'state change':
    'a state changes along the arrows of figure 5 alone, and for the reason written there (3.3.2, 3.10)',
  'pair of states': 'no two ends of one connection are in states that exclude each other (3.3.2, 3.5, 3.6)',
  'text in order': 'what is delivered is the beginning of what was sent (3.4)',
  'acknowledged unreceived': 'nothing is acknowledged that has not arrived (3.4)',
  'send variables':
    'SND.UNA =< SND.NXT, and nothing is sent beyond SND.UNA + SND.WND but a probe of a closed window (3.3.1, 3.8.6)',
  'window shrinks': 'the right edge of the receive window never moves to the left (3.8.6, SHLD-14)',
  'false segment':
    'a segment carries what its sender has to say: its SYN, its octets, its FIN, in their places (3.4)',
  'ends disagree':
    'SND.UNA of one end =< RCV.NXT of the other =< SND.NXT of the one =< the right edge of the other (3.4, 3.8.6)',
  'told twice':
    'a user hears once that a connection is open, and once that its CLOSE is acknowledged (3.9.1.8)',
  'end of stream':
    'their FIN counts as received once, when all octets before it are: that is the end of the stream (3.6)',
  'timer without owner': 'a timer runs only while the state lasts that started it (3.8.1, 3.10.7.4)',
  'owner without timer': 'whoever waits for a timer has one running (3.8.1, 3.8.6.3, 3.4.2)',
  '2 MSL': 'TIME-WAIT starts the 2-MSL timer, and a FIN that comes again starts it anew (3.6.1, MUST-13)',
  'reset accepted':
    'only a RST that stands exactly where it must resets a connection (3.10.7.4, RFC 5961 section 3)',
  'reset answered': 'a RST is never answered with a RST (3.5.2)',
  'left over': 'a connection that has ended leaves nothing with its listener, and no timer',
  flood: 'two ends do not answer each other with ever more segments',
  deadlock: 'while there is a connection, something can still happen to it but ABORT',
  'never closed':
    'once both users have closed, both connections can always still come to their end, without further faults (3.6)',
  'endless exchange':
    'two ends do not answer each other for ever without a timer or a user, but for what is bounded by the second (RFC 5961 section 7)',
} as const;

export type Rule = keyof typeof RULES;

export interface Violation {
  readonly rule: Rule;
  /** What was seen. */
  readonly text: string;
}

export type Report = (rule: Rule, text: string) => void;
