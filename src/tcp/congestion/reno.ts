import type { CongestionWindow, Controller, Sending } from './controller.ts';
import { bytesInSlowStart, initialWindow, isWindowLimited } from './controller.ts';

/** Reno needs no more than the two variables, and the bytes counted towards the next step of congestion avoidance. */
export interface RenoState extends CongestionWindow {
  /** Bytes acknowledged since cwnd last grew in congestion avoidance. */
  readonly counted: number;
}

/** Slow start, congestion avoidance and the response to loss by RFC 5681, with appropriate byte counting (RFC 3465). */
export const reno: Controller<RenoState> = {
  name: 'reno',

  start: (mss) => ({ cwnd: initialWindow(mss), ssthresh: Number.POSITIVE_INFINITY, counted: 0 }),

  onMss(state, mss, atStart) {
    return atStart && state.ssthresh === Number.POSITIVE_INFINITY
      ? { ...state, cwnd: initialWindow(mss) }
      : state;
  },

  onAck(state, ack) {
    if (!isWindowLimited(state, ack)) return state;
    const { bytes, mss } = ack;
    const { cwnd, ssthresh } = state;
    // RFC 3465 section 2.2: L = 2 SMSS.
    if (cwnd < ssthresh) return { cwnd: cwnd + bytesInSlowStart(ack, 2), ssthresh, counted: state.counted };
    const counted = state.counted + bytes;
    if (counted < cwnd) return { cwnd, ssthresh, counted };
    return { cwnd: cwnd + mss, ssthresh, counted: counted - cwnd };
  },

  onLoss: (_state, sending) => {
    const ssthresh = halved(sending);
    return { cwnd: ssthresh, ssthresh, counted: 0 };
  },

  // RFC 6582 section 3.2, step 3, option 1: no burst when the full ACK empties the path.
  onRecoveryExit: ({ ssthresh }, { flight, mss }) => ({
    cwnd: Math.min(ssthresh, Math.max(flight, mss) + mss),
    ssthresh,
    counted: 0,
  }),

  // RFC 5681 section 3.1: the loss window is one segment; ssthresh is set by the first expiry only.
  onRto: (state, sending, again) => ({
    cwnd: sending.mss,
    ssthresh: again ? state.ssthresh : halved(sending),
    counted: 0,
  }),

  // RFC 3168 section 6.1.2: as to a single lost packet, but that nothing has to be sent again: down to one segment.
  onEcn: ({ cwnd }, sending) => ({
    cwnd: Math.max(sending.mss, Math.min(cwnd, Math.floor(sending.flight / 2))),
    ssthresh: halved(sending),
    counted: 0,
  }),

  // RFC 5681 section 4.1: the restart window.
  onIdle: (state, { mss }) => ({ ...state, cwnd: Math.min(initialWindow(mss), state.cwnd), counted: 0 }),
};

/** RFC 5681, equation 4. */
function halved({ flight, mss }: Sending): number {
  return Math.max(Math.floor(flight / 2), 2 * mss);
}
