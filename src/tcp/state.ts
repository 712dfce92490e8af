/**
 * The names of the states (RFC 9293 section 3.3.2) and what the protocol functions ask of them. The chart hands its state
 * in; nothing here or beside it stores one.
 */

export const STATES = [
  'CLOSED',
  'LISTEN',
  'SYN-SENT',
  'SYN-RECEIVED',
  'ESTABLISHED',
  'FIN-WAIT-1',
  'FIN-WAIT-2',
  'CLOSE-WAIT',
  'CLOSING',
  'LAST-ACK',
  'TIME-WAIT',
] as const;

/** A connection's state, spelled as RFC 9293 spells it. */
export type State = (typeof STATES)[number];

/** The words on the arrows: what a segment, a call or a timer means to a connection in its present state. */
export type Label =
  | 'rcv.SYN'
  | 'rcv.SYN-ACK'
  | 'rcv.ACK-of-SYN'
  | 'rcv.ACK-of-FIN'
  | 'rcv.FIN'
  | 'rcv.RST'
  | 'rcv.RST-of-old-duplicate'
  | 'rcv.text-nobody-reads'
  | 'icmp.hard-error'
  | 'close'
  | 'reader.gone'
  | 'abort'
  | 'timeout.user';

/**
 * The chart, as the protocol functions see it: where the arrow with this label leads from this state, or undefined when
 * there is none. It is read from the machine's own definition (`machines/connection/arrows.ts`), so that one segment that
 * takes several arrows is processed by the very states that the chart will pass through.
 */
export type Arrows = (state: State, label: Label) => State | undefined;

/** States in which the user may still SEND (RFC 9293 section 3.10.2). */
export function maySend(state: State): boolean {
  return (
    state === 'SYN-SENT' || state === 'SYN-RECEIVED' || state === 'ESTABLISHED' || state === 'CLOSE-WAIT'
  );
}

/** States in which queued text goes out: those that follow the handshake and in which our FIN is not acknowledged. */
export function sendsText(state: State): boolean {
  return state === 'ESTABLISHED' || state === 'CLOSE-WAIT' || hasFinToSend(state);
}

/** States that a CLOSE has led to and that the ACK of our FIN leaves: the FIN stands behind the last queued octet. */
export function hasFinToSend(state: State): boolean {
  return state === 'FIN-WAIT-1' || state === 'CLOSING' || state === 'LAST-ACK';
}

/** States in which text is still to come from the other end: its FIN has not arrived. */
export function receivesText(state: State): boolean {
  return state === 'ESTABLISHED' || state === 'FIN-WAIT-1' || state === 'FIN-WAIT-2';
}

/** States in which both ends know both sequence numbers. */
export function isSynchronized(state: State): boolean {
  return state !== 'CLOSED' && state !== 'LISTEN' && state !== 'SYN-SENT' && state !== 'SYN-RECEIVED';
}
