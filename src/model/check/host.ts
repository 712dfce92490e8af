/**
 * What a stack is to its connection and its listener, for one end of the model: where a segment goes, who is told of what,
 * and what the user's calls come to. The counterparts are `src/stack/route.ts` and `src/stack/stack.ts`; that they do the
 * same is held by playing paths of the model on two real stacks.
 */

import {
  type Arrival,
  type connectionMachine,
  type ListenerEvent,
  type listenerMachine,
  listeningOf,
  type Protocol,
  type StepReport,
} from '../../../machines/index.ts';
import type { Label, Outgoing, Segment, Seq, Settings, State, Tcb } from '../../tcp/index.ts';
import {
  add,
  createTcb,
  passiveTcb,
  segmentArrivesInClosed,
  segmentArrivesInListen,
} from '../../tcp/index.ts';
import { FLAG } from '../../wire/index.ts';
import { ConnectionRunner, type Stepped, type Told } from './actors.ts';
import { canonicalTcb, DUE_MS, NOW_MS } from './canonical.ts';
import type { Call, End, ListenerSnapshot, LocalInput, Timer, User } from './end.ts';
import { eventAmong, eventOf, FRESH_USER, hasTextToRead } from './end.ts';
import { ListenerRunner } from './listener-runner.ts';
import type { Bounds } from './model.ts';

/** What a model runs: the product's own, unless somebody asks what another would do. */
export interface Parts {
  readonly chart: typeof connectionMachine;
  readonly listener: typeof listenerMachine;
  readonly protocol: Protocol;
}

export interface HostOptions {
  readonly iss: Seq;
  readonly settings: Settings;
  readonly bounds: Pick<Bounds, 'calls' | 'staleTimers'>;
}

/** What happened at one end in one move. */
export interface LocalStep {
  readonly before: End;
  readonly input: LocalInput;
  /** The segment that has arrived, if one has. */
  readonly segment: Segment | undefined;
  readonly after: End;
  readonly sent: readonly Outgoing[];
  readonly reports: readonly StepReport[];
  readonly told: readonly Told[];
  readonly ignored: readonly (readonly [State, Label])[];
  readonly armed: readonly string[];
  /** The octets that the user was given. */
  readonly received: readonly number[];
  /** Delayed events that are left of a connection that has ended. */
  readonly orphans: readonly string[];
  /** It gave an answer of a kind that is given so often a second at most (RFC 5961 section 7). */
  readonly isBoundedAnswer: boolean;
}

/** Between the initial sequence numbers of two connections that one end has had. */
export const ISS_STEP = 1_000;
const ID = 'c';

export class Host {
  readonly #options: HostOptions;
  readonly #runner: ConnectionRunner;
  readonly #listener: ListenerRunner;

  constructor(parts: Parts, options: HostOptions) {
    this.#options = options;
    this.#runner = new ConnectionRunner(
      parts.chart,
      parts.protocol,
      createTcb('active', options.iss, options.settings, NOW_MS),
    );
    this.#listener = new ListenerRunner(parts.listener);
  }

  /** One move of an end. Throws what the charts or the protocol functions throw. */
  step(before: End, input: LocalInput, segment: Segment | undefined): LocalStep {
    const work = new Work(before, this.#runner, this.#listener, this.#options);
    if (input.kind === 'call') work.call(input.call);
    else if (input.kind === 'timer') work.fire(input.timer);
    else work.arrives(segment!);
    return work.done(input, segment);
  }
}

/** The ISS of an end's connections, by how many it had before. */
export function issOf(base: Seq, lives: number): Seq {
  return add(base, lives * ISS_STEP);
}

/** Which of the other end's connections an ISS belongs to. */
export function lifeOf(base: Seq, iss: Seq): number {
  return ((iss - base) | 0) / ISS_STEP;
}

/** The octet at an offset of what the user of a connection sends: told apart by place, and by connection. */
export function octetOf(life: number, offset: number): number {
  return 1 + life * OCTETS_OF_A_LIFE + offset;
}

export const OCTETS_OF_A_LIFE = 32;

class Work {
  readonly #before: End;
  readonly #runner: ConnectionRunner;
  readonly #listenerRunner: ListenerRunner;
  readonly #options: HostOptions;
  #connection: End['connection'];
  #timers: readonly string[];
  #listener: ListenerSnapshot | undefined;
  #user: User;
  readonly #sent: Outgoing[] = [];
  readonly #reports: StepReport[] = [];
  readonly #told: Told[] = [];
  readonly #ignored: (readonly [State, Label])[] = [];
  readonly #armed: string[] = [];
  readonly #received: number[] = [];
  #orphans: readonly string[] = [];

  constructor(before: End, runner: ConnectionRunner, listener: ListenerRunner, options: HostOptions) {
    this.#before = before;
    this.#runner = runner;
    this.#listenerRunner = listener;
    this.#options = options;
    this.#connection = before.connection;
    this.#timers = before.timers;
    this.#listener = before.listener;
    this.#user = before.user;
  }

  done(input: LocalInput, segment: Segment | undefined): LocalStep {
    if (!this.#options.bounds.calls.has('RECEIVE')) this.#receiveAtOnce();
    if (!this.#options.bounds.staleTimers) this.#fireStaleTimers();
    const connection = this.#connection && canonical(this.#connection, this.#timers);
    return {
      before: this.#before,
      input,
      segment,
      after: { connection, timers: this.#timers, listener: this.#listener, user: this.#user },
      sent: this.#sent,
      reports: this.#reports,
      told: this.#told,
      ignored: this.#ignored,
      armed: this.#armed,
      received: this.#received,
      orphans: this.#orphans,
      isBoundedAnswer: this.#reports.some(({ tcb }) =>
        Object.values(tcb.answers).some(({ count }) => count > 0),
      ),
    };
  }

  call(call: Call): void {
    const user = this.#user;
    switch (call) {
      case 'OPEN passive':
        this.#user = { ...user, opens: user.opens + 1 };
        this.#listener = this.#listenerRunner.start();
        break;
      case 'OPEN active':
      case 'OPEN in LISTEN':
        this.#openActively();
        break;
      case 'SEND': {
        const octet = octetOf(user.lives - 1, user.sent);
        this.#user = { ...user, sent: user.sent + 1 };
        this.#send({ type: 'send', bytes: Uint8Array.of(octet), urgent: false });
        break;
      }
      case 'RECEIVE':
        this.#receive();
        break;
      case 'CLOSE our direction':
        this.#user = { ...user, closed: 'our direction' };
        this.#send({ type: 'close', reader: 'stays' });
        break;
      case 'CLOSE both directions':
        this.#user = { ...user, closed: 'both directions' };
        this.#send({ type: 'close', reader: 'gone' });
        break;
      case 'ABORT':
        this.#send({ type: 'abort' });
        break;
      case 'CLOSE listener':
        this.#closeListener();
        break;
    }
  }

  /** The user's RECEIVE is always waiting: text is read as soon as it is there. */
  #receiveAtOnce(): void {
    if (hasTextToRead({ connection: this.#connection, user: this.#user })) this.#receive();
  }

  /**
   * Timers are re-armed lazily: one may run though nothing is due any more, and fires into nothing. When it does that makes
   * no difference to anything but itself.
   */
  #fireStaleTimers(): void {
    for (const timer of ['send', 'ack'] as const) {
      if (!this.#connection) return;
      const { send, ackDueMs } = this.#connection.context.tcb.timers;
      const isStale = timer === 'send' ? send.kind === 'idle' : ackDueMs === undefined;
      const type = isStale ? eventAmong(this.#timers, timer) : undefined;
      if (type !== undefined) this.#send({ type }, DUE_MS);
    }
  }

  #receive(): void {
    const { queue } = this.#connection!.context.tcb.rcv;
    for (const piece of queue.pieces()) this.#received.push(...piece);
    this.#user = { ...this.#user, delivered: this.#user.delivered + queue.length };
    this.#send({ type: 'receive', count: queue.length });
  }

  fire(timer: Timer): void {
    const type = eventOf(this.#before, timer)!;
    const late = timer === 'give up' ? this.#options.settings.userTimeoutMs : 0;
    this.#send({ type }, DUE_MS + late);
  }

  /** As `routeSegment` does: to the connection, else to the listener, else nobody is there. */
  arrives(segment: Segment): void {
    if (!this.#connection) {
      if (this.#listener) return this.#toListener(segment, undefined);
      const answer = segmentArrivesInClosed(segment);
      if (answer) this.#sent.push(answer);
      return;
    }
    const listener = (segment.flags & FLAG.SYN) === 0 ? undefined : this.#listener;
    const listening = listener ? listeningOf(listener.context) : 'none';
    const stepped = this.#send({ type: 'segment.arrives', segment, listening });
    if (listener && stepped.snapshot.output?.ending === 'reopened')
      this.#toListener(segment, stepped.snapshot.context.tcb);
  }

  #openActively(): void {
    const user = this.#user;
    const turned = this.#listener !== undefined || user.turned;
    if (this.#listener) this.#listener = this.#listenerRunner.send(this.#listener, { type: 'open' }).snapshot;
    const opens = this.#listener ? user.opens : user.opens + 1;
    const tcb = createTcb('active', issOf(this.#options.iss, user.lives), this.#options.settings, NOW_MS);
    this.#begin(tcb, { ...FRESH_USER, opens, turned, lives: user.lives + 1, holds: true });
  }

  #toListener(segment: Segment, timeWait: Tcb | undefined): void {
    const verdict = segmentArrivesInListen(segment);
    if (verdict.kind === 'reset') this.#sent.push(verdict.segment);
    if (verdict.kind !== 'rcv.SYN') return;
    const arrival = { id: ID, tuple: undefined as unknown as Arrival['tuple'], segment, timeWait };
    const { snapshot, spawned } = this.#listenerRunner.send(this.#listener!, { type: 'rcv.SYN', arrival });
    this.#listener = snapshot;
    if (!spawned) return;
    const user = this.#user;
    const iss = issOf(this.#options.iss, user.lives);
    const tcb = passiveTcb(spawned.segment, iss, this.#options.settings, NOW_MS, timeWait);
    this.#begin(tcb, { ...FRESH_USER, opens: user.opens, turned: user.turned, lives: user.lives + 1 });
  }

  #begin(tcb: Tcb, user: User): void {
    this.#user = user;
    const started = this.#runner.start(tcb);
    this.#connection = started.snapshot;
    this.#timers = started.timers;
    this.#armed.push(...started.armed);
    this.#send({ type: 'open' });
  }

  #closeListener(): void {
    const { reset } = this.#listenerRunner.send(this.#listener!, { type: 'close' });
    if (reset && this.#connection) this.#send({ type: 'abort' });
    this.#listener = undefined;
  }

  /** A step of the connection, and then whoever is to hear of it. */
  #send(event: Parameters<ConnectionRunner['step']>[2], nowMs = NOW_MS): Stepped {
    const stepped = this.#runner.step(this.#connection!, this.#timers, event, nowMs);
    this.#connection = stepped.snapshot;
    this.#timers = stepped.timers;
    this.#sent.push(...stepped.sent);
    this.#told.push(...stepped.told);
    this.#ignored.push(...stepped.ignored);
    this.#armed.push(...stepped.armed);
    if (stepped.report) this.#reports.push(stepped.report);
    for (const what of stepped.told) this.#tell(what);
    if (stepped.snapshot.status === 'done') this.#forget();
    return stepped;
  }

  #tell(what: Told): void {
    const user = this.#user;
    if (what === 'fin-acknowledged') this.#user = { ...user, toldFinAcknowledged: true };
    else if (what === 'opened') this.#opened();
    else if (this.#listener)
      this.#listener = this.#listenerRunner.send(this.#listener, {
        type: 'connection.returned',
        id: ID,
      }).snapshot;
  }

  /** A passive connection that is open is accepted at once: the model's users wait in accept. */
  #opened(): void {
    this.#user = { ...this.#user, toldOpened: true };
    if (!this.#listener || this.#connection!.context.tcb.origin !== 'passive') return;
    const opened = this.#listenerRunner.send(this.#listener, { type: 'connection.opened', id: ID });
    this.#listener = opened.snapshot;
    if (opened.snapshot.context.acceptQueue.length === 0) return;
    const accepted = this.#listenerRunner.send(this.#listener, { type: 'accept' });
    this.#listener = accepted.snapshot;
    this.#user = { ...this.#user, holds: accepted.handedOut };
  }

  #forget(): void {
    const { output, context } = this.#connection!;
    const wasPassive = context.tcb.origin === 'passive';
    const wasCutOff = output?.ending !== 'closed' && output?.ending !== 'reopened';
    this.#connection = undefined;
    this.#orphans = this.#timers;
    this.#timers = [];
    // What the user of a connection that is gone has sent and heard decides about nothing any more.
    const { opens, turned, lives } = this.#user;
    this.#user = { ...FRESH_USER, opens, turned, lives, wasCutOff };
    if (!this.#listener || !wasPassive) return;
    const event: ListenerEvent = { type: `xstate.done.actor.${ID}`, actorId: ID };
    this.#listener = this.#listenerRunner.send(this.#listener, event).snapshot;
  }
}

/** The chart's context with canonical times: a timer that runs is due, whenever it was armed. */
function canonical(
  snapshot: NonNullable<End['connection']>,
  timers: readonly string[],
): NonNullable<End['connection']> {
  const armed = (timer: 'send' | 'ack'): number =>
    eventAmong(timers, timer) === undefined ? Number.POSITIVE_INFINITY : DUE_MS;
  return {
    ...snapshot,
    context: {
      tcb: canonicalTcb(snapshot.context.tcb),
      armedSendMs: armed('send'),
      armedAckMs: armed('ack'),
      armedStateMs: Number.isFinite(snapshot.context.armedStateMs) ? DUE_MS : Number.POSITIVE_INFINITY,
      ending: snapshot.context.ending,
    },
  };
}
