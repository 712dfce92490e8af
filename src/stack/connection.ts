/**
 * A connection as the user holds it: promise calls over the connection actor. It keeps no state of its own but who waits
 * for what; the state is the chart's, and the octets are the TCB's.
 */

import type { Actor } from 'xstate';
import type { ConnectionLogic, Ending, StepReport } from '../../machines/index.ts';
import { stateOf } from '../../machines/index.ts';
import { StackError } from '../errors.ts';
import type { FourTuple } from '../tcp/four-tuple.ts';
import type { ByteQueue, ConnectionInput, State, Tcb } from '../tcp/index.ts';
import { add, distance, maySend, receivesText } from '../tcp/index.ts';
import { nextToRead } from '../tcp/urgent.ts';
import { NO_BYTES } from '../wire/index.ts';
import type { CloseReason, Connection, ConnectionInfo, WriteOptions } from './api.ts';
import { Deferred } from './deferred.ts';
import { infoOf } from './info.ts';
import type { PendingRead, PendingWrite } from './pending.ts';
import { closeReason, softErrorOf } from './reasons.ts';
import { bufferSettings, nameOfController, verifyOptions } from './settings.ts';
import { readableOf, writableOf } from './streams.ts';

/** Sent to the actor in pieces, so that one giant write does not hold a giant copy. */
const WRITE_PIECE = 65_536;

export interface ConnectionParts {
  readonly id: string;
  readonly tuple: FourTuple;
  readonly actor: Actor<ConnectionLogic>;
  readonly trafficClass: number;
  readonly hopLimit: number;
  /** Sends to the actor, and then serves whoever waits for what that brought. */
  send(connection: StackConnection, input: ConnectionInput): void;
}

export class StackConnection implements Connection {
  readonly id: string;
  readonly tuple: FourTuple;
  readonly actor: Actor<ConnectionLogic>;
  trafficClass: number;
  hopLimit: number;
  onUrgent: (() => void) | undefined;
  onSoftError: ((error: StackError) => void) | undefined;

  readonly #opened = new Deferred<void>();
  readonly #closed = new Deferred<CloseReason>();
  readonly #finAcknowledged = new Deferred<void>();
  readonly #timeWait = new Deferred<void>();
  readonly #reads: PendingRead[] = [];
  readonly #writes: PendingWrite[] = [];
  #drained: Deferred<void> | undefined;
  #shutdown: Promise<void> | undefined;
  #reason: CloseReason | undefined;
  #urgentOctet: number | undefined;
  /** What is still unread of a connection that has ended: its actor takes no more calls. */
  #left: ByteQueue | undefined;
  #readable: ReadableStream<Uint8Array> | undefined;
  #writable: WritableStream<Uint8Array> | undefined;

  readonly #sendToActor: ConnectionParts['send'];

  constructor({ id, tuple, actor, trafficClass, hopLimit, send }: ConnectionParts) {
    this.#sendToActor = send;
    this.id = id;
    this.tuple = tuple;
    this.actor = actor;
    this.trafficClass = trafficClass;
    this.hopLimit = hopLimit;
  }

  get state(): State {
    return stateOf(this.actor.getSnapshot().value);
  }

  get tcb(): Tcb {
    return this.actor.getSnapshot().context.tcb;
  }

  get localAddress(): string {
    return this.tuple.local.toString();
  }

  get localPort(): number {
    return this.tuple.localPort;
  }

  get remoteAddress(): string {
    return this.tuple.remote.toString();
  }

  get remotePort(): number {
    return this.tuple.remotePort;
  }

  get opened(): Promise<void> {
    return this.#opened.promise;
  }

  get closed(): Promise<CloseReason> {
    return this.#closed.promise;
  }

  get closeReason(): CloseReason | undefined {
    return this.#reason;
  }

  read(max = Number.POSITIVE_INFINITY): Promise<Uint8Array | null> {
    if (!(max > 0))
      return Promise.reject(new StackError('EINVAL', `read: max is ${max}; give a positive number`));
    return new Promise((resolve, reject) => {
      this.#reads.push({ max, resolve, reject });
      this.#settleReads();
    });
  }

  tryRead(max = Number.POSITIVE_INFINITY): Uint8Array | null | undefined {
    if (!(max > 0)) throw new StackError('EINVAL', `tryRead: max is ${max}; give a positive number`);
    const bytes = this.#reads.length > 0 ? undefined : this.#take(max);
    if (bytes instanceof StackError) throw bytes;
    return bytes;
  }

  peek(max = Number.POSITIVE_INFINITY): Uint8Array {
    this.#takeUrgentOctet();
    const { state } = this;
    if (state === 'SYN-SENT' || state === 'SYN-RECEIVED') return NO_BYTES;
    return this.#unread.slice(0, Math.min(this.#unread.length, max, this.#untilUrgentOctet()));
  }

  write(bytes: Uint8Array, { copy = true }: WriteOptions = {}): Promise<void> {
    return this.#write(bytes, false, !copy);
  }

  tryWrite(bytes: Uint8Array, urgent = false): number {
    const refusal = this.#writeRefusal();
    if (refusal) throw refusal;
    if (this.#writes.length > 0) return 0;
    const { snd } = this.tcb;
    const count = Math.max(0, Math.min(bytes.length, snd.buffer - snd.queue.length));
    if (count === 0) return 0;
    this.#send({ type: 'send', bytes: bytes.subarray(0, count), urgent: urgent && count === bytes.length });
    return count;
  }

  writeUrgent(bytes: Uint8Array): Promise<void> {
    return this.#write(bytes, true, false);
  }

  readUrgent(): number | undefined {
    this.#takeUrgentOctet();
    const octet = this.#urgentOctet;
    this.#urgentOctet = undefined;
    return octet;
  }

  shutdown(): Promise<void> {
    this.#shutdown ??= this.#close('stays');
    return this.#shutdown;
  }

  async close(): Promise<void> {
    if (this.#reason) return;
    if (this.#writes.length > 0) await this.#writesDone();
    this.#send({ type: 'close', reader: 'gone' });
    for (const read of this.#reads.splice(0)) read.reject(this.#closedHere());
    if (this.state !== 'TIME-WAIT') await Promise.race([this.#timeWait.promise, this.closed]);
  }

  abort(): void {
    this.#send({ type: 'abort' });
  }

  set(options: Parameters<Connection['set']>[0]): void {
    verifyOptions(options, 'set');
    const { trafficClass, hopLimit, keepAliveMs, congestionControl, sendBuffer, receiveBuffer, ...settings } =
      options;
    this.trafficClass = trafficClass ?? this.trafficClass;
    this.hopLimit = hopLimit ?? this.hopLimit;
    const keepAlive =
      keepAliveMs === undefined ? {} : { keepAliveMs: keepAliveMs === true ? 7_200_000 : keepAliveMs };
    const controller = congestionControl ? { congestionControl: nameOfController(congestionControl) } : {};
    this.#send({
      type: 'set',
      settings: { ...settings, ...bufferSettings(options), ...keepAlive, ...controller },
    });
  }

  get readable(): ReadableStream<Uint8Array> {
    this.#readable ??= readableOf(this);
    return this.#readable;
  }

  get writable(): WritableStream<Uint8Array> {
    this.#writable ??= writableOf(this);
    return this.#writable;
  }

  info(): ConnectionInfo {
    return infoOf(this.state, this.tcb);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.close();
  }

  /** The actor has finished a step: whoever waits for what it brought is served. */
  stepped(report: StepReport): void {
    if (report.notices.length > 0) this.#notify(report);
    if (this.#reads.length > 0) this.#settleReads();
    if (this.#writes.length > 0) this.#settleWrites();
    if (report.after !== report.before && report.after === 'TIME-WAIT') this.#timeWait.resolve();
  }

  told(what: 'opened' | 'fin-acknowledged' | 'returned'): void {
    if (what === 'opened') this.#opened.resolve();
    else if (what === 'fin-acknowledged') this.#finAcknowledged.resolve();
  }

  /** The actor is done. Text that arrived before the end can still be read. */
  ended(ending: Ending): void {
    const { tcb } = this;
    this.#reason = closeReason(ending, this, tcb.softError);
    const { error } = this.#reason;
    if (error) {
      this.#opened.reject(error);
      this.#finAcknowledged.reject(error);
    } else {
      // CLOSE in SYN-RECEIVED goes past ESTABLISHED: the connection was open to its peer all the same.
      this.#opened.resolve();
      this.#finAcknowledged.resolve();
    }
    this.#timeWait.resolve();
    this.#settleReads();
    this.#settleWrites();
    this.#drained?.resolve();
    this.#closed.resolve(this.#reason);
  }

  /** The actor threw: a programmer's error, which must not leave anybody waiting. */
  crashed(error: unknown): void {
    const reset = new StackError('ECONNABORTED', `the connection's actor crashed: ${String(error)}`, {
      cause: error,
    });
    this.#reason = { how: 'aborted', error: reset };
    for (const waiting of [this.#opened, this.#finAcknowledged]) waiting.reject(reset);
    for (const waiting of [...this.#reads.splice(0), ...this.#writes.splice(0)]) waiting.reject(reset);
    this.#drained?.resolve();
    this.#timeWait.resolve();
    this.#closed.resolve(this.#reason);
  }

  #send(input: ConnectionInput): void {
    if (!this.#reason) this.#sendToActor(this, input);
  }

  #place(syscall: string) {
    return { syscall, address: this.remoteAddress, port: this.remotePort };
  }

  #write(bytes: Uint8Array, urgent: boolean, lent: boolean): Promise<void> {
    return new Promise((resolve, reject) => {
      const refusal = this.#writeRefusal();
      if (refusal) {
        reject(refusal);
        return;
      }
      if (bytes.length === 0) {
        resolve();
        return;
      }
      this.#writes.push({ bytes, done: 0, urgent, lent, resolve, reject });
      this.#settleWrites();
    });
  }

  #writeRefusal(): StackError | undefined {
    if (this.#reason?.error) return this.#reason.error;
    if (!this.#shutdown && !this.#reason && maySend(this.state)) return undefined;
    return new StackError(
      'EPIPE',
      'write: this end has closed its direction of the connection',
      this.#place('write'),
    );
  }

  /** As long as there is room in the send buffer, waiting writes fill it, in their order. */
  #settleWrites(): void {
    for (let write = this.#writes[0]; write; write = this.#writes[0]) {
      if (!this.#reason && this.state === 'CLOSED') return;
      if (this.#reason || !maySend(this.state)) {
        this.#writes.shift();
        const gone = new StackError('EPIPE', 'write: the connection is closed', this.#place('write'));
        write.reject(this.#reason?.error ?? gone);
        continue;
      }
      const { snd } = this.tcb;
      const room = snd.buffer - snd.queue.length;
      const rest = write.bytes.length - write.done;
      // Filling each gap as it opens would cost a step for every ACK: a quarter of the buffer is worth one.
      if (room < rest && room < snd.buffer / 4) return;
      const count = Math.min(rest, room, write.lent ? rest : WRITE_PIECE);
      const piece = write.bytes.subarray(write.done, write.done + count);
      write.done += count;
      const last = write.done === write.bytes.length;
      if (last) this.#writes.shift();
      const { urgent, lent } = write;
      this.#send(
        lent ? { type: 'send', bytes: piece, urgent, lent } : { type: 'send', bytes: piece, urgent },
      );
      if (last) write.resolve();
    }
    this.#drained?.resolve();
    this.#drained = undefined;
  }

  #writesDone(): Promise<void> {
    this.#drained ??= new Deferred();
    return this.#drained.promise;
  }

  async #close(reader: 'stays' | 'gone'): Promise<void> {
    if (this.#writes.length > 0) await this.#writesDone();
    if (this.#reason?.error) throw this.#reason.error;
    this.#send({ type: 'close', reader });
    await this.#finAcknowledged.promise;
  }

  #settleReads(): void {
    // Off the queue before octets are taken: taking them is a step of its own, after which reads are settled again.
    for (let read = this.#reads.shift(); read; read = this.#reads.shift()) {
      const bytes = this.#take(read.max);
      if (bytes === undefined) {
        this.#reads.unshift(read);
        return;
      }
      if (bytes instanceof StackError) read.reject(bytes);
      else read.resolve(bytes);
    }
  }

  /** RECEIVE: octets in order, null at the end of the stream, an error; or undefined when there is nothing yet. */
  #take(max: number): Uint8Array | null | StackError | undefined {
    this.#takeUrgentOctet();
    const { state } = this;
    const unread = this.#unread;
    // R9293-5: what came with a SYN is delivered in ESTABLISHED.
    if (state === 'SYN-SENT' || state === 'SYN-RECEIVED') return undefined;
    const available = Math.min(unread.length, max, this.#untilUrgentOctet());
    if (available > 0) {
      // One piece as it lies, rather than a copy of many; but no crumbs where more is at hand.
      const count =
        unread.firstPiece >= Math.min(available, 4_096) ? Math.min(unread.firstPiece, available) : available;
      const bytes = unread.slice(0, Math.min(count, 262_144));
      this.#receive(bytes.length);
      return bytes;
    }
    if (this.#reason) return this.#reason.error ?? null;
    // CLOSED, and how is about to be told: until then nobody may take it for the end of the stream.
    if (state === 'CLOSED') return undefined;
    if (!receivesText(state)) return null;
    return this.tcb.rcv.reader === 'gone' ? this.#closedHere() : undefined;
  }

  /** What RECEIVE says after a CLOSE of both directions (section 3.6.1): nothing more will ever be read. */
  #closedHere(): StackError {
    return new StackError('ECONNABORTED', 'read: the connection was closed by this end', this.#place('read'));
  }

  /** Without oobInline the octet before the urgent pointer is taken out of the stream once the reader has come to it. */
  #takeUrgentOctet(): void {
    if (this.#untilUrgentOctet() !== 0 || this.#unread.length === 0) return;
    this.#urgentOctet = this.#unread.slice(0, 1)[0];
    this.#receive(1);
  }

  /** Received and not read yet. */
  get #unread(): ByteQueue {
    return this.#left ?? this.tcb.rcv.queue;
  }

  #receive(count: number): void {
    if (this.#reason) this.#left = this.#unread.drop(count);
    else this.#send({ type: 'receive', count });
  }

  #untilUrgentOctet(): number {
    const { rcv, settings } = this.tcb;
    if (settings.oobInline || rcv.up === undefined) return Number.POSITIVE_INFINITY;
    const next = add(nextToRead(rcv), rcv.queue.length - this.#unread.length);
    const until = distance(add(rcv.up, -1), next);
    // Only of a connection that has ended: there the pointer stays where it was.
    return until < 0 ? Number.POSITIVE_INFINITY : until;
  }

  #notify(report: StepReport): void {
    for (const notice of report.notices) {
      if (notice === 'urgent') this.onUrgent?.();
      else this.onSoftError?.(softErrorOf(notice, report.tcb.softError, this));
    }
  }
}
