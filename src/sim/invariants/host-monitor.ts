/**
 * Watches one host from both sides of its stack: the frames that cross its device, and each step of its connections. What it
 * finds is told; nothing of the run is changed by it.
 */

import { map, mergeAll } from 'rxjs';
import type { AnyActorRef } from 'xstate';
import type { Ending, StepReport } from '../../../machines/index.ts';
import type { Device, Frame } from '../../net/index.ts';
import type { StackConnection } from '../../stack/connection.ts';
import type { StackObserver } from '../../stack/internals.ts';
import type { TcpStack } from '../../stack/stack.ts';
import type { FourTuple } from '../../tcp/four-tuple.ts';
import { decodeIp, decodeTcp, type IpPacket, PROTOCOL, type TcpSegment } from '../../wire/index.ts';
import type { StackParts } from '../stage.ts';
import { Ledger } from './ledger.ts';
import { MonitoredClock } from './monitored-clock.ts';
import type { Invariant } from './violation.ts';

export interface MonitorHost {
  violated(invariant: Invariant, host: string, connection: string | undefined, message: string): void;
  /** The ledger of a connection that begins; by it the other end is found. */
  opened(tuple: FourTuple, ledger: Ledger): void;
  peerOf(tuple: FourTuple, ledger: Ledger): Ledger | undefined;
}

interface Watched {
  readonly ledger: Ledger;
  readonly connection: StackConnection;
  last: StepReport | undefined;
}

interface Seen {
  readonly packet: IpPacket;
  readonly segment: TcpSegment;
}

export class HostMonitor implements StackObserver {
  readonly #name: string;
  readonly #host: MonitorHost;
  readonly #watched = new Map<StackConnection, Watched>();
  readonly #byTuple = new Map<string, Watched>();
  /** What the stack has sent and no step has accounted for yet. */
  #sent: Seen[] = [];
  /** The segment that came last: it may be the one that opens a connection. */
  #lastArrival: { readonly key: string; readonly segment: TcpSegment } | undefined;
  #clock: MonitoredClock | undefined;
  #stack: TcpStack | undefined;
  #closing = 0;

  constructor(name: string, host: MonitorHost) {
    this.#name = name;
    this.#host = host;
  }

  /** What the host's stack is to be made of. */
  parts({ device, clock, random }: StackParts): StackParts {
    this.#clock = new MonitoredClock(clock);
    return { device: this.#watch(device), clock: this.#clock, random };
  }

  attach(stack: TcpStack): void {
    this.#stack = stack;
    // While a stack waits for its connections to close it has a timer that belongs to none of them.
    const close = stack.close.bind(stack);
    stack.close = async (graceMs) => {
      this.#closing++;
      await close(graceMs).finally(() => this.#closing--);
    };
  }

  stepped(connection: StackConnection, report: StepReport): void {
    const watched = this.#watched.get(connection) ?? this.#open(connection, report);
    watched.last = report;
    watched.ledger.stepped(report);
    this.#account(watched, report);
    this.#checkTimers();
  }

  told(connection: StackConnection, what: string): void {
    this.#watched.get(connection)?.ledger.told(what);
  }

  ended(connection: StackConnection, _: Ending): void {
    const watched = this.#watched.get(connection);
    if (!watched?.last) return;
    watched.ledger.ends(watched.last.before, watched.last.tcb);
    if (this.#byTuple.get(keyOf(connection.tuple)) === watched) this.#byTuple.delete(keyOf(connection.tuple));
    if (this.#stack?.timers.has(connection.actor as unknown as AnyActorRef))
      this.#violate('timer-owner', 'the connection has ended, and a timer of its is armed', connection);
  }

  crashed(actorId: string | undefined, error: unknown): void {
    this.#host.violated('crash', this.#name, actorId, describe(error));
  }

  /** Called once nothing happens any more. */
  checkEnds(): void {
    for (const { ledger, connection } of this.#watched.values()) {
      if (!ledger.ended) this.#violate('ends', `the connection is still in ${connection.state}`, connection);
    }
  }

  checkLeftovers(): void {
    for (const [what, count] of Object.entries(this.#stack?.remains ?? {})) {
      if (count > 0) this.#violate('leftovers', `${count} ${what} are left`);
    }
    const armed = this.#clock?.armed ?? 0;
    if (armed > 0) this.#violate('leftovers', `${armed} timers are left`);
  }

  #watch(device: Device): Device {
    // One by one: the next frame of a batch has not arrived before the stack has seen this one.
    const frames$ = device.frames$.pipe(
      mergeAll(),
      map((frame) => {
        this.#arrives(frame);
        return [frame];
      }),
    );
    return {
      name: device.name,
      mtu: device.mtu,
      frames$,
      drained$: device.drained$,
      write: (frame) => {
        this.#departs(frame, device.mtu);
        return device.write(frame);
      },
      close: () => device.close(),
    };
  }

  #arrives(frame: Frame): void {
    const seen = decode(frame);
    if (!seen) return;
    const { packet, segment } = seen;
    const key = `${packet.dst.w3} ${segment.dstPort} ${packet.src.w3} ${segment.srcPort}`;
    this.#lastArrival = { key, segment };
    this.#byTuple.get(key)?.ledger.arrives(segment);
  }

  #departs(frame: Frame, mtu: number): void {
    if (frame.length > mtu) this.#violate('wire', `a frame of ${frame.length} bytes for a link of ${mtu}`);
    const packet = decodeIp(frame);
    if (packet.kind === 'malformed') return this.#violate('wire', `a frame is malformed: ${packet.reason}`);
    if (packet.protocol !== PROTOCOL.tcp) return;
    const segment = decodeTcp(packet);
    if (segment.kind === 'malformed')
      return this.#violate('wire', `a segment is malformed: ${segment.reason}`);
    this.#sent.push({ packet, segment });
  }

  #open(connection: StackConnection, { tcb }: StepReport): Watched {
    const { tuple } = connection;
    let peer: Ledger | undefined;
    const ledger: Ledger = new Ledger(tcb, {
      ipVersion: tuple.remote.version,
      violate: (invariant, message) => this.#violate(invariant, message, connection),
      peerOf: () => {
        peer ??= this.#host.peerOf(tuple, ledger);
        return peer;
      },
    });
    const watched: Watched = { ledger, connection, last: undefined };
    const key = keyOf(tuple);
    this.#watched.set(connection, watched);
    this.#byTuple.set(key, watched);
    this.#host.opened(tuple, ledger);
    if (tcb.origin === 'passive' && this.#lastArrival?.key === key) ledger.arrives(this.#lastArrival.segment);
    return watched;
  }

  /** The frames of this step. What else was sent since the last one belongs to no connection: RSTs, ICMP. */
  #account({ connection, ledger }: Watched, { tcb }: StepReport): void {
    if (this.#sent.length === 0) return;
    const { remote, remotePort, localPort } = connection.tuple;
    const sent = this.#sent;
    this.#sent = [];
    for (const { packet, segment } of sent) {
      if (segment.dstPort !== remotePort || segment.srcPort !== localPort || !packet.dst.equals(remote))
        continue;
      ledger.sends(segment, tcb);
    }
  }

  #checkTimers(): void {
    if (this.#closing > 0) return;
    const owned = this.#stack?.timers.count ?? 0;
    const { armed } = this.#clock!;
    if (armed !== owned)
      this.#violate(
        'timer-owner',
        `${armed} timers are armed, and the actors that are alive know of ${owned}`,
      );
  }

  #violate(invariant: Invariant, message: string, connection?: StackConnection): void {
    this.#host.violated(invariant, this.#name, connection?.id, message);
  }
}

function decode(frame: Frame): Seen | undefined {
  const packet = decodeIp(frame);
  if (packet.kind === 'malformed' || packet.protocol !== PROTOCOL.tcp) return undefined;
  const segment = decodeTcp(packet);
  return segment.kind === 'malformed' ? undefined : { packet, segment };
}

/** The last words of the addresses suffice: the addresses of a simulation differ in them. */
function keyOf({ local, localPort, remote, remotePort }: FourTuple): string {
  return `${local.w3} ${localPort} ${remote.w3} ${remotePort}`;
}

function describe(error: unknown): string {
  return error instanceof Error ? `${error.name}: ${error.message}` : String(error);
}
