/**
 * What each state of RFC 9293 section 3.3.2 is good for, shown by living on from it: what the peer hears, what the user reads,
 * writes and is told, until the connection is gone. No name of a state is looked at; a connection that calls itself ESTABLISHED
 * and behaves as one in CLOSE-WAIT fails.
 */

import { expect } from 'vitest';
import type { State } from '../../src/tcp/state.ts';
import type { Peer } from './peer.ts';

export type BehavingState = Exclude<State, 'LISTEN'>;

const MSL_MS = 10_000;

/** For the stacks whose connections are shown: 2 MSL are 20 s, and nothing else ends of itself so soon. */
export const BEHAVIOUR_OPTIONS = { mslMs: MSL_MS, finWait2Ms: 3_600_000, userTimeoutMs: 3_600_000 } as const;

/**
 * Shows that the peer's connection is in `state`. All that it has sent has been looked at, and all that it has received was
 * read.
 */
export async function expectBehaviour(peer: Peer, state: BehavingState): Promise<void> {
  await peer.settle();
  peer.expectSilence();
  return SHOWN[state](peer);
}

const SHOWN: Readonly<Record<BehavingState, (peer: Peer) => Promise<void>>> = {
  /** Sends its SYN again, without an ACK; an ACK alone is nothing to it, a SYN,ACK is all that it waits for. */
  async 'SYN-SENT'(peer) {
    const opened = outcome(peer.connection.opened);
    peer.after(1_000);
    peer.expect({ flags: 'SYN', seq: 0 });
    peer.say({ flags: 'ACK', seq: 1 });
    await peer.settle();
    peer.expectSilence();
    expect(opened.is).toBe('pending');
    peer.nxt = 0;
    peer.say({ flags: 'SYN,ACK' });
    peer.expect({ flags: 'ACK', seq: 1, ack: 1, length: 0 });
    await peer.settle();
    expect(opened.is).toBe('fulfilled');
    await established(peer);
  },

  /** Sends its SYN,ACK again, and no text; the ACK opens it. */
  async 'SYN-RECEIVED'(peer) {
    const opened = outcome(peer.connection.opened);
    await peer.wait(1_000);
    peer.expect({ flags: 'SYN,ACK', seq: 0, ack: 1 });
    expect(peer.connection.tryRead()).toBeUndefined();
    expect(opened.is).toBe('pending');
    peer.say();
    await peer.settle();
    peer.expectSilence();
    expect(opened.is).toBe('fulfilled');
    await established(peer);
  },

  ESTABLISHED: established,

  /** Still receives; sends its FIN again; from its ACK on the FIN of the peer is waited for. */
  async 'FIN-WAIT-1'(peer) {
    const fin = peer.expected - 1;
    await takesText(peer, { ack: fin });
    const written = outcome(peer.connection.write(new Uint8Array(1)));
    const closed = outcome(peer.connection.shutdown());
    await sendsFinAgain(peer);
    expect([written, closed]).toMatchObject([{ is: 'rejected', code: 'EPIPE' }, { is: 'pending' }]);
    peer.say();
    await peer.settle();
    peer.expectSilence();
    expect(closed.is).toBe('fulfilled');
    await finWait2(peer);
  },

  'FIN-WAIT-2': finWait2,
  'CLOSE-WAIT': closeWait,

  /** Receives nothing more; sends its FIN again; the ACK of it leads to TIME-WAIT. */
  async CLOSING(peer) {
    const closed = outcome(peer.connection.shutdown());
    expect(await peer.connection.read()).toBeNull();
    await takesNoText(peer, { ack: peer.expected - 1 });
    await sendsFinAgain(peer);
    expect(closed.is).toBe('pending');
    peer.say();
    await peer.settle();
    peer.expectSilence();
    expect(closed.is).toBe('fulfilled');
    await timeWait(peer);
  },

  'LAST-ACK': lastAck,
  'TIME-WAIT': timeWait,
  CLOSED: gone,
};

/** Text goes both ways. The peer's FIN ends one of them. */
async function established(peer: Peer): Promise<void> {
  await takesText(peer);
  await sendsText(peer);
  peer.say({ flags: 'FIN,ACK' });
  peer.after(0);
  peer.expect({ flags: 'ACK', seq: peer.expected, ack: peer.nxt });
  await closeWait(peer);
}

/** Still receives, sends nothing; the FIN of the peer leads to TIME-WAIT. */
async function finWait2(peer: Peer): Promise<void> {
  await peer.wait(60_000);
  peer.expectSilence();
  await takesText(peer);
  peer.say({ flags: 'FIN,ACK' });
  peer.expect({ flags: 'ACK', seq: peer.expected, ack: peer.nxt });
  expect(await peer.connection.read()).toBeNull();
  await timeWait(peer);
}

/** Receives nothing more, still sends. The user's CLOSE sends the FIN. */
async function closeWait(peer: Peer): Promise<void> {
  expect(await peer.connection.read()).toBeNull();
  await takesNoText(peer);
  await sendsText(peer);
  const closed = outcome(peer.connection.shutdown());
  await peer.settle();
  peer.expect({ flags: 'FIN,ACK', seq: peer.expected - 1, ack: peer.nxt, length: 0 });
  await peer.settle();
  expect(closed.is).toBe('pending');
  await lastAck(peer);
}

/** Receives nothing more; sends its FIN again; the ACK of it is the end, at once. */
async function lastAck(peer: Peer): Promise<void> {
  const closed = outcome(peer.connection.shutdown());
  expect(await peer.connection.read()).toBeNull();
  await takesNoText(peer, { ack: peer.expected - 1 });
  await sendsFinAgain(peer);
  expect(closed.is).toBe('pending');
  peer.say();
  await peer.settle();
  peer.expectSilence();
  expect(closed.is).toBe('fulfilled');
  expect(await peer.connection.closed).toEqual({ how: 'closed' });
  await gone(peer);
}

/** Answers the FIN of the peer again, minds no RST, and is gone 2 MSL after the last FIN. */
async function timeWait(peer: Peer): Promise<void> {
  peer.say({ flags: 'RST' });
  await peer.wait(2 * MSL_MS - 1);
  peer.expectSilence();
  peer.say({ flags: 'FIN,ACK', seq: peer.nxt - 1 });
  peer.expect({ flags: 'ACK', seq: peer.expected, ack: peer.nxt, length: 0 });
  const closed = outcome(peer.connection.closed);
  await peer.wait(2 * MSL_MS - 1);
  expect(closed.is).toBe('pending');
  await peer.wait(1);
  peer.expectSilence();
  expect(await peer.connection.closed).toEqual({ how: 'closed' });
  await gone(peer);
}

/** No TCB is left, and no timer: the peer is told so. */
async function gone(peer: Peer): Promise<void> {
  await peer.settle();
  expect(peer.connection.closeReason).toBeDefined();
  expect(peer.stack.connections.size).toBe(0);
  expect(peer.clock.pending).toBe(0);
  peer.say({ ack: 4_711 });
  peer.expect({ flags: 'RST', seq: 4_711 });
  peer.expectSilence();
}

async function takesText(peer: Peer, more: { readonly ack?: number } = {}): Promise<void> {
  peer.say({ text: 'from the peer', ...more });
  expect(new TextDecoder().decode((await peer.connection.read()) ?? undefined)).toBe('from the peer');
  await peer.wait(100);
  expect(peer.heard().at(-1)).toMatchObject({ flags: 'ACK', ack: peer.nxt, length: 0 });
}

/** Text behind the peer's own FIN: there can be none. */
async function takesNoText(peer: Peer, more: { readonly ack?: number } = {}): Promise<void> {
  const before = peer.nxt;
  peer.say({ text: 'too late', ...more });
  peer.nxt = before;
  await peer.wait(500);
  for (const { ack, length } of peer.heard()) expect({ ack, length }).toEqual({ ack: before, length: 0 });
  expect(peer.connection.tryRead()).toBeNull();
}

async function sendsText(peer: Peer): Promise<void> {
  await peer.connection.write(new TextEncoder().encode('from the stack'));
  peer.after(0);
  peer.expect({ flags: 'PSH,ACK', text: 'from the stack', ack: peer.nxt });
  peer.say();
  await peer.settle();
  peer.expectSilence();
}

async function sendsFinAgain(peer: Peer): Promise<void> {
  peer.heard();
  await peer.wait(3_000);
  const again = peer.heard();
  expect(again.length).toBeGreaterThan(0);
  for (const segment of again)
    expect(segment).toMatchObject({ flags: 'FIN,ACK', seq: peer.expected - 1, length: 0 });
}

interface Outcome {
  is: 'pending' | 'fulfilled' | 'rejected';
  code?: string;
}

function outcome(promise: Promise<unknown>): Outcome {
  const found: Outcome = { is: 'pending' };
  promise.then(
    () => {
      found.is = 'fulfilled';
    },
    ({ code }: { code: string }) => {
      found.is = 'rejected';
      found.code = code;
    },
  );
  return found;
}
