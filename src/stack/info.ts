import { controllerOf } from '../tcp/congestion/control.ts';
import { isNonValidated } from '../tcp/congestion/validation.ts';
import type { State, Tcb } from '../tcp/index.ts';
import { pacingRate } from '../tcp/pacing.ts';
import { pathView } from '../tcp/path-mtu.ts';
import { heldOutOfOrder } from '../tcp/reassembly.ts';
import { timeoutMs } from '../tcp/rtt.ts';
import { urgentUnread } from '../tcp/urgent.ts';
import { userTimeoutMs } from '../tcp/user-timeout.ts';
import type { ConnectionInfo, ConnectionMemory } from './api.ts';

/** TCB, actor with its snapshot, places in the tables: as a heap with thousands of connections in it says. A test holds it to that. */
const FIXED_BYTES = 5_000;

/** A TCB in the shape that users read: RFC 9293 section 3.10.6, STATUS. */
export function infoOf(state: State, tcb: Tcb): ConnectionInfo {
  const { snd, rcv, cc, recovery, rtt, totals, features } = tcb;
  return {
    state,
    snd: {
      una: snd.una,
      nxt: snd.nxt,
      wnd: snd.wnd,
      mss: snd.mss,
      queued: snd.queue.length,
      buffer: snd.buffer,
    },
    rcv: {
      nxt: rcv.nxt,
      wnd: rcv.wnd,
      mss: tcb.settings.mss,
      queued: rcv.queue.length,
      buffer: rcv.buffer,
      outOfOrder: heldOutOfOrder(rcv.blocks),
    },
    path: pathView(tcb),
    iss: tcb.iss,
    irs: tcb.irs,
    congestionControl: tcb.settings.congestionControl,
    congestionState: controllerOf(tcb).describe?.(cc),
    cwnd: cc.cwnd,
    ssthresh: cc.ssthresh,
    windowValidated: !isNonValidated(tcb),
    pacingRate: bytesASecond(pacingRate(tcb)),
    srttMs: rtt.srttMs,
    rttvarMs: rtt.srttMs === undefined ? undefined : rtt.rttvarMs,
    rtoMs: timeoutMs(tcb),
    backoff: rtt.backoff,
    userTimeoutMs: userTimeoutMs(tcb),
    recovery: recovery.phase === 'open' && recovery.duplicates > 0 ? 'disorder' : recovery.phase,
    bytesSent: totals.bytesSent,
    bytesReceived: totals.bytesReceived,
    bytesRetransmitted: totals.bytesRetransmitted,
    segmentsSent: totals.segmentsSent,
    segmentsReceived: totals.segmentsReceived,
    retransmissions: totals.retransmissions,
    duplicatesReported: totals.duplicatesReported,
    responsesUndone: totals.responsesUndone,
    options: {
      timestamps: features.timestamps,
      sack: features.sack,
      ecn: features.ecn,
      sndShift: features.windowScaling ? snd.shift : undefined,
      rcvShift: features.windowScaling ? rcv.shift : undefined,
    },
    urgentBytes: urgentUnread(rcv),
    memory: memoryOf(tcb),
  };
}

function bytesASecond(rate: number | undefined): number | undefined {
  return rate === undefined ? undefined : rate * 1_000;
}

function memoryOf({ snd, rcv }: Tcb): ConnectionMemory {
  const sendQueue = snd.queue.held;
  const receiveQueue = rcv.queue.held;
  const reassembly = rcv.blocks.reduce((sum, block) => sum + block.text.held, 0);
  const total = sendQueue + receiveQueue + reassembly + FIXED_BYTES;
  return { sendQueue, receiveQueue, reassembly, fixed: FIXED_BYTES, total };
}
