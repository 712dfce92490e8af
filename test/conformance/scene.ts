/**
 * A connection that real segments have brought to a state, the user who watches it, and what rows of the event-processing
 * table ask of both afterwards.
 */

import { expect } from 'vitest';
import type { StackError } from '../../src/errors.ts';
import type { CloseReason, Connection, State } from '../../src/stack/api.ts';
import { type Expected, Peer, type PeerOptions } from '../support/peer.ts';

export type ConnectedState = Exclude<State, 'CLOSED' | 'LISTEN'>;

/** What the user of a connection has been told since this began to watch. */
export class User {
  opened: string | undefined;
  closed: CloseReason | undefined;
  urgent = 0;
  readonly softErrors: string[] = [];

  constructor(connection: Connection) {
    connection.opened.then(
      () => {
        this.opened = 'opened';
      },
      (error: StackError) => {
        this.opened = error.code;
      },
    );
    void connection.closed.then((reason) => {
      this.closed = reason;
    });
    connection.onUrgent = () => {
      this.urgent++;
    };
    connection.onSoftError = (error) => this.softErrors.push(error.code);
  }
}

export type Outcome<T> =
  | { readonly is: 'waiting' }
  | { readonly is: 'fulfilled'; readonly value: T }
  | { readonly is: 'rejected'; readonly code: string };

export const WAITING = { is: 'waiting' } as const;

/** A call that may take its time: `outcome()` tells how it stands. */
export class Call<T> {
  #outcome: Outcome<T> = WAITING;
  readonly #peer: Peer;

  constructor(peer: Peer, promise: Promise<T>) {
    this.#peer = peer;
    promise.then(
      (value) => {
        this.#outcome = { is: 'fulfilled', value };
      },
      (error: StackError) => {
        this.#outcome = { is: 'rejected', code: error.code };
      },
    );
  }

  async outcome(): Promise<Outcome<T>> {
    await this.#peer.settle();
    return this.#outcome;
  }
}

/** Long enough a timeout that nothing is sent again while a row is about something else. */
const PATIENCE = { rtoInitialMs: 30_000, rtoMinMs: 30_000 };

function patient(options: PeerOptions): PeerOptions {
  return { ...options, stack: { ...PATIENCE, ...options.stack } };
}

export class Scene {
  readonly peer: Peer;
  readonly user: User;
  /** SND.NXT and RCV.NXT as they stood when the scene began; relative to the two ISS. */
  readonly sndNxt: number;
  readonly rcvNxt: number;
  readonly rcvWnd: number;
  #before: { readonly opened: string | undefined } = { opened: undefined };

  constructor(peer: Peer) {
    this.peer = peer;
    this.user = new User(peer.connection);
    this.sndNxt = peer.expected;
    this.rcvNxt = peer.nxt;
    this.rcvWnd = peer.connection.info().rcv.wnd;
  }

  /** A scene of its own in `state`. */
  static async at(state: string, options: PeerOptions = {}): Promise<Scene> {
    const peer = await new Peer(patient(options)).reach(state as ConnectedState);
    return Scene.of(peer);
  }

  /** SYN-RECEIVED by a simultaneous open. */
  static async openedByUs(options: PeerOptions = {}): Promise<Scene> {
    return Scene.of(new Peer(patient(options)).synReceivedActively());
  }

  static async of(peer: Peer): Promise<Scene> {
    const scene = new Scene(peer);
    await peer.settle();
    scene.#before = { opened: scene.user.opened };
    peer.expectSilence();
    return scene;
  }

  get connection(): Connection {
    return this.peer.connection;
  }

  /** <SEQ=SND.NXT><ACK=RCV.NXT><CTL=ACK> as they stood at the scene's beginning, and nothing else. */
  expectAck(more: Expected = {}): void {
    this.peer.expect({ flags: 'ACK', seq: this.sndNxt, ack: this.rcvNxt, length: 0, ...more });
    this.peer.expectSilence();
  }

  call<T>(promise: Promise<T>): Call<T> {
    return new Call(this.peer, promise);
  }

  /** Nothing was said to the peer, even when an ACK might only have been delayed. */
  async silent(): Promise<void> {
    await this.peer.wait(100);
    this.peer.expectSilence();
  }

  /** The user has heard of nothing. */
  async toldNothing(): Promise<void> {
    await this.peer.settle();
    const { opened, closed, urgent, softErrors } = this.user;
    expect({ opened, closed, urgent, softErrors }).toEqual({
      ...this.#before,
      closed: undefined,
      urgent: 0,
      softErrors: [],
    });
  }

  async toldClosed(how: CloseReason['how'], code?: string): Promise<void> {
    await this.peer.settle();
    expect({ how: this.user.closed?.how, code: this.user.closed?.error?.code }).toEqual({ how, code });
  }
}

/** The state of the peer's connection is the one that a row names: told by the chart, and shown on the wire. */
export async function expectState(peer: Peer, state: string): Promise<void> {
  await peer.settle();
  peer.expectSilence();
  if (state === 'LISTEN') return expectListening(peer);
  if (state === 'CLOSED') return expectClosed(peer);
  expect(currentState(peer)).toBe(state);
}

export function currentState(peer: Peer): State {
  return [...peer.stack.connections].at(-1)?.state ?? 'CLOSED';
}

/** No TCB is left: what would have been an acknowledgment is answered with a RST (section 3.10.7.1). */
async function expectClosed(peer: Peer): Promise<void> {
  expect(peer.stack.connections.size).toBe(0);
  peer.say({ flags: 'ACK', seq: 77, ack: 4_711 });
  peer.expect({ flags: 'RST', seq: 4_711, ack: undefined });
}

/** The listener holds nothing, and the next SYN begins a connection. */
async function expectListening(peer: Peer): Promise<void> {
  expect(peer.stack.connections.size).toBe(0);
  expect(peer.listener?.halfOpen).toBe(0);
  peer.say({ flags: 'SYN', seq: 3_000_000, srcPort: 61_000 });
  peer.expect({ flags: 'SYN,ACK', seq: 0, ack: 3_000_001, dstPort: 61_000 } as Expected);
}

/** How much the receive buffer of a scene with a closed window holds. */
const BUFFER = 100;

/** `state` with a receive window of zero: nobody reads, and the buffer is full. */
export async function closedWindow(state: string, options: PeerOptions = {}): Promise<Scene> {
  const peer = new Peer(patient({ ...options, stack: { ...options.stack, receiveBuffer: BUFFER } }));
  peer.establish();
  const finComes = ['CLOSE-WAIT', 'CLOSING', 'LAST-ACK', 'TIME-WAIT'].includes(state);
  // A FIN takes the last number of the window.
  peer.say({ text: finComes ? BUFFER - 1 : BUFFER });
  await passOn(peer, state);
  await peer.wait(100);
  expect(peer.heard().at(-1)).toMatchObject({ wnd: 0, ack: BUFFER + 1 });
  expect(peer.state).toBe(state);
  return Scene.of(peer);
}

/** From ESTABLISHED to `state`, our FIN and theirs behind whatever text there was. */
async function passOn(peer: Peer, state: string): Promise<void> {
  const shutdown = async (): Promise<void> => {
    void peer.connection.shutdown().catch(() => {});
    await peer.settle();
  };
  switch (state) {
    case 'FIN-WAIT-1':
      return shutdown();
    case 'FIN-WAIT-2':
      await shutdown();
      return peer.say();
    case 'CLOSE-WAIT':
      return peer.say({ flags: 'FIN,ACK' });
    case 'CLOSING':
      await shutdown();
      return peer.say({ flags: 'FIN,ACK', ack: 1 });
    case 'LAST-ACK':
      peer.say({ flags: 'FIN,ACK' });
      return shutdown();
    case 'TIME-WAIT':
      await shutdown();
      peer.say();
      return peer.say({ flags: 'FIN,ACK' });
  }
}

/**
 * A state in which text is outstanding and more is queued: the peer's window is `wnd`, the user has written `bytes`, and
 * in the states behind a CLOSE our FIN waits behind them.
 */
export async function sending(
  state: string,
  { bytes, wnd, ...options }: { readonly bytes: number; readonly wnd: number } & PeerOptions,
): Promise<Scene> {
  const peer = new Peer(patient({ ...options, stack: { noDelay: true, ...options.stack }, wnd }));
  peer.establish();
  const write = async (): Promise<void> => {
    void peer.connection.write(new Uint8Array(bytes).fill(0x61)).catch(() => {});
    await peer.settle();
  };
  const shutdown = async (): Promise<void> => {
    void peer.connection.shutdown().catch(() => {});
    await peer.settle();
  };
  if (state === 'CLOSE-WAIT' || state === 'LAST-ACK') peer.say({ flags: 'FIN,ACK' });
  await write();
  if (state === 'FIN-WAIT-1' || state === 'CLOSING' || state === 'LAST-ACK') await shutdown();
  if (state === 'CLOSING') peer.say({ flags: 'FIN,ACK', ack: 1 });
  peer.heard();
  expect(peer.state).toBe(state);
  return Scene.of(peer);
}
