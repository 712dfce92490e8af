/** A sender whose peer agreed on SACK, unless it is told not to, and reports by number of segment: segments of 1,000 octets, the first one is 0. */

import type { ConnectionOptions } from '../../src/stack/api.ts';
import { Peer, type PeerOptions, pattern } from './peer.ts';

export const MSS = 1_000;

export interface SackSenderOptions {
  readonly stack?: ConnectionOptions;
  readonly timestamps?: boolean;
  /** Default true. */
  readonly sack?: boolean;
  /** The round trip of the handshake, by which SRTT begins. Default 100. */
  readonly rttMs?: number;
  readonly wnd?: number;
  readonly internals?: PeerOptions['internals'];
  readonly queue?: number;
}

export class SackSender {
  readonly peer: Peer;

  private constructor(peer: Peer) {
    this.peer = peer;
  }

  /** ESTABLISHED, with `segments` written and as many of them on their way as the initial window takes. */
  static async with(segments: number, options: SackSenderOptions = {}): Promise<SackSender> {
    const { timestamps = false, sack = true, rttMs = 100 } = options;
    const syn: PeerOptions['syn'] = {
      mss: timestamps ? MSS + 12 : MSS,
      sackPermitted: sack,
      windowScale: 7,
      ...(timestamps ? { timestamps: { value: 1_000, echo: 0 } } : {}),
    };
    const peer = new Peer({
      syn,
      wnd: options.wnd ?? 30_000,
      ...(options.internals ? { internals: options.internals } : {}),
      ...(options.queue === undefined ? {} : { queue: options.queue }),
      stack: { noDelay: true, delayedAckMs: 0, timestamps, congestionControl: 'reno', ...options.stack },
    });
    peer.synReceived();
    peer.after(rttMs);
    peer.say();
    peer.heard();
    const sender = new SackSender(peer);
    if (segments > 0) await sender.write(segments);
    return sender;
  }

  async write(segments: number): Promise<void> {
    const { queued } = this.peer.connection.info().snd;
    await this.peer.connection.write(pattern(1 + queued, Math.round(segments * MSS)));
    this.peer.after(0);
  }

  /** Which segments went out since the last look, by number. */
  sent(): number[] {
    return this.peer
      .heard()
      .filter(({ length }) => length > 0)
      .map(({ seq }) => (seq - 1) / MSS);
  }

  /**
   * An ACK of all before segment `ack`, with a block for each [from, to) of segments.
   *
   * @param echo the timestamp that it echoes; by default that of the last segment heard
   */
  ack(ack: number, blocks: readonly (readonly [number, number])[] = [], echo?: number): void {
    const { peer } = this;
    const sack = blocks.map(([from, to]) => ({
      left: peer.stackIss + 1 + from * MSS,
      right: peer.stackIss + 1 + to * MSS,
    }));
    if (echo !== undefined) peer.tsval = echo;
    peer.say({ ack: 1 + ack * MSS, ...(sack.length > 0 ? { options: { sack } } : {}) });
  }

  /** In flight by the scoreboard, in segments. */
  get pipe(): number {
    const { snd, scoreboard } = this.peer.tcb;
    const { marks } = scoreboard;
    return (snd.nxt - snd.una - (marks?.sacked ?? 0) - (marks?.lost ?? 0)) / MSS;
  }

  get info() {
    return this.peer.connection.info();
  }
}
