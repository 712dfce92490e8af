/** Writes to the log what becomes of connections: their TCBs and timers, their beginning and their end. */

import type { ConnectionSnapshot } from '../../machines/index.ts';
import type { Frame } from '../net/device.ts';
import type { StackConnection } from '../stack/connection.ts';
import { at } from './chart-recorder.ts';
import type { ConnectionEnded, TimerName } from './protocol.ts';
import { recoveryChanges } from './recovery-view.ts';
import { viewConnection } from './snapshot.ts';
import { type Since, UNKNOWN_SINCE, viewTcb } from './tcb-view.ts';
import { firedTimer, timerChanges } from './timers.ts';
import type { ActorLike, WatchedHost } from './watched-host.ts';

/** A connection that is watched. */
export interface Watched {
  readonly name: string;
  readonly connection: StackConnection;
  snapshot: ConnectionSnapshot;
  since: Since;
  /** Undefined: it was there before anybody watched. */
  readonly openedMs: number | undefined;
  /** The last segment with text that was received: what an old duplicate can be made of. */
  lastText: Frame | undefined;
  /** The timer that fired in the step that is under way. */
  fired: TimerName | undefined;
}

/** So many gauges are told at a time of connections that changed while nothing was captured. */
const STALE_AT_ONCE = 200;

export class ConnectionRecorder {
  /** Those that have a TCB, by name. */
  readonly byName = new Map<string, Watched>();
  readonly #host: WatchedHost;
  readonly #byActor = new Map<ActorLike, Watched>();
  /** Changed while nothing was captured, and not told of since. */
  readonly #stale = new Set<Watched>();

  constructor(host: WatchedHost) {
    this.#host = host;
  }

  of(actor: ActorLike): Watched | undefined {
    return this.#byActor.get(actor);
  }

  /** Takes in what is there already. */
  start(): void {
    for (const connection of this.#host.stack.table)
      this.#watch(connection, connection.actor.getSnapshot(), undefined);
  }

  stop(): void {
    this.byName.clear();
    this.#byActor.clear();
    this.#stale.clear();
  }

  /** Catches up with what has happened while nothing was captured. */
  catchUp(): void {
    const { stack } = this.#host;
    for (const watched of [...this.byName.values()]) {
      const { connection } = watched;
      if (stack.connectionOf(connection.id) === connection) continue;
      watched.snapshot = connection.actor.getSnapshot();
      this.#end(watched);
    }
    for (const connection of stack.table) {
      const snapshot = connection.actor.getSnapshot();
      const watched = this.#byActor.get(connection.actor);
      if (!watched) this.#open(connection, snapshot, undefined);
      else if (watched.snapshot !== snapshot) {
        watched.since = sinceAfter(watched.since, watched.snapshot, snapshot);
        watched.snapshot = snapshot;
        this.#stale.add(watched);
      }
    }
  }

  /** Tells the present TCB of some that have changed unseen. */
  tellStale(): void {
    let left = STALE_AT_ONCE;
    for (const watched of this.#stale) {
      if (left-- === 0) return;
      this.#tellTcb(watched);
    }
  }

  /** A delayed event is about to be processed. */
  timerFires(watched: Watched, eventType: string): void {
    const { stack, shared, name: host } = this.#host;
    const fired = firedTimer(eventType, watched.snapshot, stack.clock.now());
    if (!fired) return;
    watched.fired = fired.timer;
    shared.happened('timer', host);
    const { name: connection } = watched;
    this.#host.add((place) => ({ ...at(place), kind: 'timer', host, connection, ...fired }));
  }

  stepped(actor: ActorLike, snapshot: ConnectionSnapshot): void {
    const watched = this.#byActor.get(actor);
    if (!watched) return this.#begins(actor, snapshot);
    const before = watched.snapshot;
    watched.snapshot = snapshot;
    if (snapshot.status !== 'error') {
      this.#tellTimers(watched, before);
      this.#tellRecovery(watched, before);
    }
    if (snapshot.status === 'active') this.#tellTcb(watched);
    else this.#end(watched);
  }

  #begins(actor: ActorLike, snapshot: ConnectionSnapshot): void {
    const { stack } = this.#host;
    const connection = stack.connectionOf(actor.id);
    if (connection && (connection.actor as ActorLike) === actor)
      this.#open(connection, snapshot, stack.clock.now());
  }

  #watch(connection: StackConnection, snapshot: ConnectionSnapshot, openedMs: number | undefined): Watched {
    const watched: Watched = {
      name: this.#host.names.of(connection.actor),
      connection,
      snapshot,
      since: UNKNOWN_SINCE,
      openedMs,
      lastText: undefined,
      fired: undefined,
    };
    this.#byActor.set(connection.actor, watched);
    this.byName.set(watched.name, watched);
    return watched;
  }

  #open(connection: StackConnection, snapshot: ConnectionSnapshot, openedMs: number | undefined): void {
    const { name } = this.#watch(connection, snapshot, openedMs);
    const { name: host } = this.#host;
    this.#host.add(
      (place) => ({
        ...at(place),
        kind: 'connection.opened',
        host,
        connection: name,
        view: viewConnection(host, { name, connection, snapshot, since: UNKNOWN_SINCE, openedMs }),
      }),
      { subject: name, opens: true },
    );
  }

  #end(watched: Watched): void {
    const { name, since, snapshot, connection } = watched;
    this.#byActor.delete(connection.actor);
    this.byName.delete(name);
    this.#stale.delete(watched);
    const how: ConnectionEnded['how'] =
      snapshot.status === 'error' ? 'crashed' : (snapshot.output?.ending ?? 'aborted');
    const { name: host } = this.#host;
    this.#host.add(
      (place) => ({
        ...at(place),
        kind: 'connection.ended',
        host,
        connection: name,
        how,
        tcb: viewTcb(snapshot, since),
      }),
      { subject: name, ends: name },
    );
  }

  #tellTcb(watched: Watched): void {
    if (this.#stale.size > 0) this.#stale.delete(watched);
    const { name: connection, snapshot, since } = watched;
    const { name: host } = this.#host;
    this.#host.add(
      (place) => ({ ...at(place), kind: 'tcb', host, connection, tcb: viewTcb(snapshot, since) }),
      { subject: connection },
    );
  }

  #tellRecovery({ name: connection, snapshot }: Watched, before: ConnectionSnapshot): void {
    const { name: host } = this.#host;
    for (const change of recoveryChanges(before.context.tcb, snapshot.context.tcb)) {
      this.#host.add((place) => ({ ...at(place), kind: 'recovery', host, connection, ...change }));
    }
  }

  #tellTimers(watched: Watched, before: ConnectionSnapshot): void {
    const { name: connection, snapshot, fired } = watched;
    watched.since = sinceAfter(watched.since, before, snapshot);
    watched.fired = undefined;
    const { name: host } = this.#host;
    for (const change of timerChanges(before, snapshot, fired)) {
      this.#host.add((place) => ({ ...at(place), kind: 'timer', host, connection, ...change }));
    }
  }
}

function sinceAfter(since: Since, before: ConnectionSnapshot, after: ConnectionSnapshot): Since {
  const { context: old } = before;
  const { context } = after;
  const { nowMs, timers } = context.tcb;
  const isSendSame = timers.send === old.tcb.timers.send;
  const isAckSame = timers.ackDueMs === old.tcb.timers.ackDueMs;
  const isStateSame = context.armedStateMs === old.armedStateMs;
  if (isSendSame && isAckSame && isStateSame) return since;
  return {
    sendMs: isSendSame ? since.sendMs : nowMs,
    ackMs: isAckSame ? since.ackMs : nowMs,
    stateMs: isStateSame ? since.stateMs : nowMs,
  };
}
