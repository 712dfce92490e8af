/** One word's connection on the kernel: sockets on one side, the frames of a TUN device on the other. */

import { StackError } from '../../errors.ts';
import type { Endpoint, Session, SessionOptions, Told } from '../../model/index.ts';
import type { State } from '../../tcp/state.ts';
import type { Libc } from '../drill/libc.ts';
import type { KernelConnections } from './connections.ts';
import { KernelSocket } from './kernel-socket.ts';

/** How often it is looked whether something has changed that no frame has told of. */
const LOOK_MS = 10;
const KEEP_ALIVE_S = 1;
const FIN_WAIT_2_S = 2;

const TOLD: Readonly<Record<string, Told>> = {
  ECONNRESET: 'reset',
  EPIPE: 'reset',
  ECONNREFUSED: 'refused',
  ETIMEDOUT: 'timeout',
  EHOSTUNREACH: 'unreachable',
};

export interface LinuxWire {
  readonly libc: Libc;
  readonly connections: KernelConnections;
  write(packet: Uint8Array): void;
  /** Called when the session has ended. */
  ended(session: LinuxSession): void;
}

export class LinuxSession implements Session {
  readonly stack: Endpoint;
  readonly peer: Endpoint;
  readonly #wire: LinuxWire;
  readonly #options: SessionOptions;
  readonly #userTimeoutMs: number;
  #listener: KernelSocket | undefined;
  #socket: KernelSocket | undefined;
  /** What the user of the socket has been told of: that it is open, that the peer has closed, that it failed. */
  #opened = false;
  #ended = false;
  #failed = false;
  #heard: Uint8Array[] = [];
  #told: Told[] = [];
  #read: number[] = [];
  #wake: (() => void) | undefined;

  constructor(
    wire: LinuxWire,
    stack: Endpoint,
    peer: Endpoint,
    options: SessionOptions,
    userTimeoutMs: number,
  ) {
    this.#wire = wire;
    this.stack = stack;
    this.peer = peer;
    this.#options = options;
    this.#userTimeoutMs = userTimeoutMs;
  }

  /** A packet for this session's peer has come out of the device. */
  arrives(packet: Uint8Array): void {
    this.#heard.push(packet);
    this.#wake?.();
  }

  async open(kind: 'active' | 'passive'): Promise<void> {
    const socket = KernelSocket.open(this.#wire.libc);
    try {
      socket.bind(this.stack);
      this.#set(socket);
      if (kind === 'active') {
        socket.connect(this.peer);
        this.#begin(socket);
      } else {
        socket.listen();
        this.#listener = socket;
      }
    } catch (error) {
      socket.close();
      throw new StackError('EADDRINUSE', `OPEN ${kind}: ${(error as Error).message}`, { cause: error });
    }
  }

  async send(bytes: Uint8Array): Promise<void> {
    const error = this.#present().send(bytes);
    if (error !== undefined) throw new StackError('ENOTCONN', `send() failed: ${error}`);
  }

  async close(both: boolean): Promise<void> {
    const socket = this.#socket;
    if (!socket?.isOpen) {
      this.#closeListener();
      return;
    }
    // Before ESTABLISHED there is nothing that shutdown() would close.
    if (both || socket.state() === 'SYN-SENT') socket.close();
    else socket.shutdown();
  }

  async abort(): Promise<void> {
    if (this.#socket?.isOpen) this.#socket.abort();
    else this.#closeListener();
  }

  async keepAliveSooner(): Promise<void> {
    this.#present().keepAlive(KEEP_ALIVE_S);
  }

  inject(packet: Uint8Array): void {
    this.#wire.write(packet);
  }

  async wait(ms: number, until: () => boolean = () => false): Promise<void> {
    const endMs = performance.now() + ms;
    for (;;) {
      this.#look();
      if (until()) return;
      const leftMs = endMs - performance.now();
      if (leftMs <= 0) return;
      await new Promise<void>((resolve) => {
        const timer = setTimeout(resolve, Math.min(leftMs, LOOK_MS));
        this.#wake = () => {
          clearTimeout(timer);
          resolve();
        };
      });
      this.#wake = undefined;
    }
  }

  heard(): readonly Uint8Array[] {
    return this.#heard.splice(0);
  }

  state(): State | undefined {
    const socket = this.#socket;
    const own = socket?.isOpen ? socket.state() : undefined;
    // A socket whose connection went into TIME-WAIT, or has ended, is CLOSED by itself.
    if (own !== undefined && own !== 'CLOSED') return own;
    const other = this.#wire.connections.state(this.stack, this.peer);
    return other ?? (this.#listener ? 'LISTEN' : 'CLOSED');
  }

  told(): readonly Told[] {
    this.#look();
    return this.#told.splice(0);
  }

  read(): Uint8Array {
    this.#look();
    return Uint8Array.from(this.#read);
  }

  async end(): Promise<void> {
    this.#closeListener();
    this.#socket?.abort();
    this.#wire.ended(this);
  }

  #set(socket: KernelSocket): void {
    socket.finWait2(FIN_WAIT_2_S);
    if (this.#options.keepAlive) socket.keepAlive(KEEP_ALIVE_S);
    if (this.#options.userTimeout) socket.userTimeout(this.#userTimeoutMs);
  }

  #begin(socket: KernelSocket): void {
    this.#socket?.close();
    this.#socket = socket;
    this.#opened = false;
    this.#ended = false;
    this.#failed = false;
    this.#read = [];
  }

  #present(): KernelSocket {
    if (this.#socket?.isOpen) return this.#socket;
    throw new StackError('ENOTCONN', 'There is no descriptor of a connection.');
  }

  #closeListener(): void {
    this.#listener?.close();
    this.#listener = undefined;
  }

  /** Sees what a user with a pending accept and a pending RECEIVE would see. */
  #look(): void {
    const accepted = this.#listener?.accept();
    if (accepted) {
      this.#begin(accepted);
      this.#opened = true;
      this.#told.push('opened');
    }
    const socket = this.#socket;
    if (!socket?.isOpen || this.#failed) return;
    if (this.#ended) {
      const error = socket.takeError();
      if (error !== undefined) this.#fail(error);
      return;
    }
    if (!this.#opened) this.#lookForOpened(socket);
    if (this.#opened) this.#receive(socket);
  }

  #lookForOpened(socket: KernelSocket): void {
    const error = socket.takeError();
    const state = socket.state();
    if (error !== undefined) this.#fail(error);
    else if (state !== 'SYN-SENT' && state !== 'SYN-RECEIVED' && state !== 'CLOSED') {
      this.#opened = true;
      this.#told.push('opened');
    }
  }

  #receive(socket: KernelSocket): void {
    for (let received = socket.receive(); received !== 'nothing'; received = socket.receive()) {
      if (received === 'end') {
        this.#told.push('closing');
        this.#ended = true;
        return;
      }
      if ('error' in received) {
        this.#fail(received.error);
        return;
      }
      this.#told.push('text');
      this.#read.push(...received);
    }
  }

  #fail(error: string): void {
    this.#failed = true;
    const told = TOLD[error];
    if (told) this.#told.push(told);
  }
}
