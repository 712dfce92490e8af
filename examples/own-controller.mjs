/**
 * A congestion controller of one's own, beside CUBIC on one narrow link: Scalable TCP (T. Kelly, 2003), which grows by a
 * hundredth of what is acknowledged, and gives up an eighth for a loss.
 *
 *     npx statewire sim examples/own-controller.mjs --series cwnd.csv
 */
import { initialWindow, isWindowLimited } from 'statewire';
import { dumbbell } from 'statewire/sim';

const GROWTH = 0.01;
const LEFT = 0.875;

const lessAfterLoss = (_state, { flight, mss }) => {
  const cwnd = Math.max(2 * mss, Math.floor(flight * LEFT));
  return { cwnd, ssthresh: cwnd };
};

const scalable = {
  name: 'scalable',
  start: (mss) => ({ cwnd: initialWindow(mss), ssthresh: Number.POSITIVE_INFINITY }),
  onMss: (state, mss, atStart) => (atStart ? { ...state, cwnd: initialWindow(mss) } : state),
  onAck(state, ack) {
    if (!isWindowLimited(state, ack)) return state;
    const growth = state.cwnd < state.ssthresh ? ack.bytes : Math.ceil(GROWTH * ack.bytes);
    return { cwnd: state.cwnd + growth, ssthresh: state.ssthresh };
  },
  onLoss: lessAfterLoss,
  onEcn: lessAfterLoss,
  onRecoveryExit: (state) => ({ cwnd: state.ssthresh, ssthresh: state.ssthresh }),
  onRto: (state, { mss }) => ({ cwnd: mss, ssthresh: Math.max(2 * mss, Math.floor(state.cwnd * LEFT)) }),
  onIdle: (state, { mss }) => ({ ...state, cwnd: Math.min(state.cwnd, initialWindow(mss)) }),
};

const transfer = (n, client) => ({
  kind: 'bulk',
  from: `left${n}`,
  to: `right${n}`,
  bytes: 2_000_000,
  client,
});

export default {
  seed: 1,
  topology: dumbbell({ pairs: 2, bottleneck: { both: { rate: 10e6, delayMs: 20 } } }),
  workloads: [transfer(1, { congestionControl: scalable }), transfer(2, { congestionControl: 'cubic' })],
};
