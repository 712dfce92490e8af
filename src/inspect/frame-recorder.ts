/** Writes a stack's frames to the log: what it sends, receives and drops, and what the impaired link does to them. */

import type { Frame } from '../net/device.ts';
import { originalOf } from '../net/fates.ts';
import { fatesOf, type ImpairedDevice } from '../net/impairments.ts';
import type { FrameEvent } from '../stack/api.ts';
import type { StackConnection } from '../stack/connection.ts';
import { decodeIp } from '../wire/index.ts';
import { segmentOf, viewFrame } from './frame-view.ts';
import type { FrameEnvelope } from './protocol.ts';
import type { WatchedHost } from './watched-host.ts';

/** The longest headers of a segment without options: IPv6 and TCP. A longer one may carry text. */
const BARE_HEADERS = 60;

export class FrameRecorder {
  readonly #host: WatchedHost;
  readonly #impaired: ImpairedDevice | undefined;
  readonly #received: (connection: StackConnection, frame: Frame) => void;

  /** @param received told of frames that may carry text, and whose they are */
  constructor(
    host: WatchedHost,
    impaired: ImpairedDevice | undefined,
    received: (connection: StackConnection, frame: Frame) => void,
  ) {
    this.#host = host;
    this.#impaired = impaired;
    this.#received = received;
  }

  /** @returns how to stop */
  start(): () => void {
    const untap = this.#host.stack.tap((event) => this.#framed(event));
    const losses = this.#impaired?.lost$.subscribe(({ frame, direction, why }) =>
      this.#onLink(frame, frame, direction, 'lost', why),
    );
    const departures = this.#impaired?.departures$.subscribe(({ frame, original, fates }) => {
      if (fates.length > 0) this.#onLink(frame, original, 'out', 'altered', fates.join(', '));
    });
    return () => {
      untap();
      losses?.unsubscribe();
      departures?.unsubscribe();
    };
  }

  #framed(event: FrameEvent): void {
    const { kind, timeMs, frame, before, after, reason } = event;
    const connection = event.connection as StackConnection | undefined;
    // What an impairment made of a frame goes by the frame's own number; `fates` tells.
    const number = this.#host.shared.numberOf(originalOf(frame));
    if (kind === 'received' && connection && frame.length > BARE_HEADERS) this.#received(connection, frame);
    if (kind !== 'sent') this.#host.shared.happened('frame', this.#host.name);
    this.#host.shared.log.add(timeMs, ({ order }, payload) => {
      const direction = kind === 'sent' ? 'out' : 'in';
      const fates = fatesOf(frame);
      return {
        order,
        timeMs,
        kind: 'frame',
        host: this.#host.name,
        ...(connection ? { connection: this.#host.names.of(connection.actor) } : {}),
        frame: number,
        direction,
        what: kind,
        before,
        after,
        reason,
        ...(kind === 'sent' && reason.includes('retransmission') ? { retransmission: true } : {}),
        ...(direction === 'in' && fates.length > 0 ? { fates } : {}),
        ...viewFrame(frame, direction, connection?.tcb, payload),
      };
    });
  }

  /** The link did something to a frame, of which the stack knows nothing. */
  #onLink(
    frame: Frame,
    original: Frame,
    direction: 'in' | 'out',
    what: 'lost' | 'altered',
    reason: string,
  ): void {
    const number = this.#host.shared.numberOf(original);
    const connection = this.#connectionOf(original, direction);
    const state = connection?.state ?? 'CLOSED';
    const fates = fatesOf(frame);
    const timeMs = this.#host.stack.clock.now();
    this.#host.shared.log.add(
      timeMs,
      ({ order }, payload): FrameEnvelope => ({
        order,
        timeMs,
        kind: 'frame',
        host: this.#host.name,
        ...(connection ? { connection: this.#host.names.of(connection.actor) } : {}),
        frame: number,
        direction,
        what,
        before: state,
        after: state,
        reason,
        ...(fates.length > 0 ? { fates } : {}),
        ...viewFrame(frame, direction, connection?.tcb, payload),
      }),
    );
  }

  #connectionOf(frame: Frame, direction: 'in' | 'out'): StackConnection | undefined {
    const packet = decodeIp(frame);
    const segment = segmentOf(frame);
    if (packet.kind === 'malformed' || !segment) return undefined;
    const { table } = this.#host.stack;
    return direction === 'in'
      ? table.find(packet.dst, segment.dstPort, packet.src, segment.srcPort)
      : table.find(packet.src, segment.srcPort, packet.dst, segment.dstPort);
  }
}
