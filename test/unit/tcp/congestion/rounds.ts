import type { CongestionWindow, Controller } from '../../../../src/tcp/index.ts';
import { seq } from '../../../../src/tcp/seq.ts';

export const MSS = 1_000;

/** A connection that always has something to send, as its controller sees it: whole windows, acknowledged a round trip later. */
export class Rounds<S extends CongestionWindow> {
  readonly #controller: Controller<S>;
  state: S;
  nowMs = 0;
  #una = 0;

  constructor(controller: Controller<S>, state = controller.start(MSS)) {
    this.#controller = controller;
    this.state = state;
  }

  get cwnd(): number {
    return this.state.cwnd;
  }

  sending(flight = this.state.cwnd, srttMs: number | undefined = undefined) {
    return { mss: MSS, flight, nowMs: this.nowMs, srttMs };
  }

  /** One window of segments, each acknowledged by itself at even intervals: afterwards a round trip is over. */
  round(rttMs: number, use = 1): this {
    const segments = Math.max(1, Math.floor((this.state.cwnd * use) / MSS));
    const end = this.#una + this.state.cwnd;
    for (let segment = 0; segment < segments; segment++) {
      this.nowMs += rttMs / segments;
      this.#una += MSS;
      const { cwnd } = this.state;
      this.state = this.#controller.onAck(this.state, {
        ...this.sending(Math.floor(cwnd * use), rttMs),
        bytes: MSS,
        rttMs,
        una: seq(this.#una),
        nxt: seq(Math.max(end, this.#una) + cwnd),
      });
    }
    return this;
  }

  loss(): this {
    this.state = this.#controller.onLoss(this.state, this.sending());
    return this;
  }
}
