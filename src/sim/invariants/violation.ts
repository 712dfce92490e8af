/** What holds at every step of every run, by name, with the words in which a report says it. */
export const INVARIANTS = {
  prefix: 'delivered octets are a prefix of what was sent',
  'send-sequence': "SND.UNA =< SND.NXT =< the window's right edge",
  acknowledged: 'nothing is acknowledged that was not received',
  'one-close': 'a user is told once that the connection is open, closing and closed',
  'timer-owner': "every timer's owner is alive",
  leftovers: 'no connection, timer or buffer is left after both ends closed',
  ends: 'every connection ends',
  wire: 'every frame fits its link and its peer, and says the same of the same octets',
  crash: 'nothing throws',
} as const;

export type Invariant = keyof typeof INVARIANTS;

export interface Violation {
  readonly invariant: Invariant;
  readonly timeMs: number;
  readonly host: string | undefined;
  /** The connection's id: its 4-tuple. */
  readonly connection: string | undefined;
  readonly message: string;
}

/** Where a check tells of what it found. */
export type Violate = (invariant: Invariant, message: string) => void;
