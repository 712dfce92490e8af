/**
 * What a script is played against: a stack of this package on a clock of its own, with the script as the whole network.
 */

import { Subject } from 'rxjs';
import type { Device, Frame } from '../net/device.ts';
import { seededRandom } from '../sim/seeded-random.ts';
import { type VirtualClock, virtualClock } from '../sim/virtual-clock.ts';
import type { Connection, ConnectionOptions, FrameEvent, Stack, State } from '../stack/api.ts';
import { createStack } from '../stack/stack.ts';
import { decodeIp, decodeTcp, FLAG, parseAddress } from '../wire/index.ts';
import type { DrillConfig } from './config.ts';
import type { Profile } from './profile.ts';
import type { SocketHost } from './sockets/socket.ts';

export interface SentFrame {
  readonly timeMs: number;
  readonly frame: Frame;
}

export class StackTarget implements SocketHost {
  readonly clock: VirtualClock;
  readonly stack: Stack;
  readonly profile: Profile;
  defaults: ConnectionOptions;
  readonly values = new Map<string, number>();
  /** Sent by the stack, and not taken by the script yet. */
  readonly sent: SentFrame[] = [];
  /** Every frame of the run, both ways. */
  readonly log: FrameEvent[] = [];
  readonly #arrivals = new Subject<readonly Frame[]>();
  readonly #resetIn = new WeakMap<Connection, State>();

  constructor(config: DrillConfig, profile: Profile, seed: number) {
    this.clock = virtualClock();
    this.profile = profile;
    this.defaults = profile.stack;
    this.stack = createStack({
      ...profile.stack,
      device: this.#device(config.mtu),
      addresses: [config.localAddress],
      clock: this.clock,
      random: seededRandom(seed),
    });
    this.stack.tap((event) => this.#record(event));
  }

  now(): number {
    return this.clock.now();
  }

  inject(frame: Frame): void {
    this.#arrivals.next([frame]);
  }

  /** Lets time pass up to `timeMs`, from one deadline to the next, and stops early when `stop` says so. */
  advanceTo(timeMs: number, stop: () => boolean): void {
    const { clock } = this;
    for (;;) {
      if (stop()) return;
      const next = clock.nextDueMs;
      if (next === undefined || next > timeMs) break;
      clock.step();
    }
    if (timeMs < Number.POSITIVE_INFINITY && timeMs > clock.now()) clock.advanceTo(timeMs);
  }

  resetIn(connection: Connection): State | undefined {
    return this.#resetIn.get(connection);
  }

  /** The connection of a flow, as long as it has a TCB. */
  connectionOf(localPort: number, remoteAddress: string, remotePort: number): Connection | undefined {
    const remote = parseAddress(remoteAddress)?.toString();
    for (const connection of this.stack.connections) {
      const { localPort: local, remotePort: port } = connection;
      if (local === localPort && port === remotePort && connection.remoteAddress === remote)
        return connection;
    }
    return undefined;
  }

  #device(mtu: number): Device {
    return {
      name: 'drill',
      mtu,
      frames$: this.#arrivals.asObservable(),
      drained$: new Subject<void>(),
      write: (frame) => {
        this.sent.push({ timeMs: this.clock.now(), frame });
        return true;
      },
      close() {},
    };
  }

  #record(event: FrameEvent): void {
    this.log.push(event);
    const { connection, kind, before, after } = event;
    if (kind !== 'received' || !connection || after !== 'CLOSED') return;
    const packet = decodeIp(event.frame);
    const segment = packet.kind === 'ip' ? decodeTcp(packet) : undefined;
    if (segment?.kind === 'tcp' && (segment.flags & FLAG.RST) !== 0) this.#resetIn.set(connection, before);
  }
}
