import type { CongestionWindow, Controller } from './controller.ts';

/** Reno needs no more than the two variables, and the bytes counted towards the next step of congestion avoidance. */
export interface CongestionState extends CongestionWindow {
  /** Bytes acknowledged since cwnd last grew in congestion avoidance. */
  readonly counted: number;
}

/** Slow start, congestion avoidance and the response to loss by RFC 5681, with appropriate byte counting (RFC 3465). */
export const reno: Controller<CongestionState> = {
  name: 'reno',

  start: (mss) => ({ cwnd: initialWindow(mss), ssthresh: Number.POSITIVE_INFINITY, counted: 0 }),

  onMss(state, mss, atStart) {
    return atStart && state.ssthresh === Number.POSITIVE_INFINITY
      ? { ...state, cwnd: initialWindow(mss) }
      : state;
  },

  onAck(state, { bytes, flight, mss }) {
    // RFC 5681 section 3.1 with RFC 2861's care: a window that was not used says nothing about the path.
    if (flight + mss < state.cwnd) return state;
    // Slow start: L = 2 SMSS at most for one ACK (RFC 3465 section 2.2).
    if (state.cwnd < state.ssthresh) return { ...state, cwnd: state.cwnd + Math.min(bytes, 2 * mss) };
    const counted = state.counted + bytes;
    if (counted < state.cwnd) return { ...state, counted };
    return { ...state, cwnd: state.cwnd + mss, counted: counted - state.cwnd };
  },

  // RFC 5681, equation 4.
  onLoss: (_state, flight, mss) => {
    const ssthresh = Math.max(flight / 2, 2 * mss);
    return { cwnd: ssthresh, ssthresh, counted: 0 };
  },

  // RFC 6582 section 3.2, step 3, option 1: no burst when the full ACK empties the path.
  onRecoveryExit: (state, flight, mss) => ({
    ...state,
    cwnd: Math.min(state.ssthresh, Math.max(flight, mss) + mss),
    counted: 0,
  }),

  // RFC 5681 section 3.1: the loss window is one segment; ssthresh is set by the first expiry only.
  onRto: (state, flight, mss, again) => ({
    cwnd: mss,
    ssthresh: again ? state.ssthresh : Math.max(flight / 2, 2 * mss),
    counted: 0,
  }),

  // RFC 5681 section 4.1: the restart window.
  onIdle: (state, mss) => ({ ...state, cwnd: Math.min(initialWindow(mss), state.cwnd), counted: 0 }),
};

/** IW10 (RFC 6928 section 2). */
function initialWindow(mss: number): number {
  return Math.min(10 * mss, Math.max(2 * mss, 14_600));
}
