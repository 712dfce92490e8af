/**
 * Congestion control behind one small interface: pure functions over a value, so that a controller is replaced by naming
 * another one. All sizes in bytes, all times in milliseconds.
 */

/** What every controller keeps; one of its own may add to it. */
export interface CongestionWindow {
  readonly cwnd: number;
  readonly ssthresh: number;
}

/** What a controller is told about an acknowledgment. */
export interface Acknowledged {
  /** Bytes newly acknowledged by this ACK. */
  readonly bytes: number;
  /** Bytes in flight before it. */
  readonly flight: number;
  /** SMSS. */
  readonly mss: number;
  readonly nowMs: number;
  readonly srttMs: number | undefined;
}

export interface Controller<S extends CongestionWindow> {
  readonly name: string;
  start(mss: number): S;
  /** The MSS became known, or changed with the path, before or while text is sent. */
  onMss(state: S, mss: number, atStart: boolean): S;
  /** New data was acknowledged outside of fast recovery. */
  onAck(state: S, ack: Acknowledged): S;
  /** A loss was found by duplicate ACKs: once for each window. */
  onLoss(state: S, flight: number, mss: number): S;
  /** All that was outstanding at the loss is acknowledged. */
  onRecoveryExit(state: S, flight: number, mss: number): S;
  /** The retransmission timer expired; `again` when it is not for the first time for the same segment. */
  onRto(state: S, flight: number, mss: number, again: boolean): S;
  /** Nothing was sent for longer than an RTO. */
  onIdle(state: S, mss: number): S;
}
