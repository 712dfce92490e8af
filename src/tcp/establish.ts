/**
 * What the two SYNs settle: initial sequence numbers, the windows, and the options (RFC 9293 sections 3.4.1 and 3.7.1,
 * RFC 7323, RFC 2018).
 */

import { controllerOf } from './congestion/control.ts';
import { DEFAULT_SEND_MSS } from './create-tcb.ts';
import type { Draft } from './draft.ts';
import { agreesOnEcn } from './ecn.ts';
import { effectiveMss, sinceEchoedMs, TIMESTAMPS_LENGTH } from './emit.ts';
import { agreeOnMss } from './path-mtu.ts';
import { acknowledged } from './recovery/scoreboard.ts';
import { restartRttAfterHandshake, sampleRtt } from './rtt.ts';
import type { Segment } from './segment.ts';
import { add } from './seq.ts';
import { ownWindowScale } from './settings.ts';
import type { Step } from './step.ts';
import { rememberUserTimeout } from './user-timeout.ts';

/** A SYN has arrived: IRS, RCV.NXT, the peer's options and its unscaled window. */
export function agree(tcb: Draft, syn: Segment): void {
  const { rcv, snd, settings } = tcb;
  const { options } = syn;
  tcb.irs = syn.seq;
  rcv.nxt = add(syn.seq, 1);
  rcv.acked = syn.seq;
  tcb.features = {
    timestamps: settings.timestamps && options.timestamps !== undefined,
    sack: settings.sack && options.sackPermitted,
    windowScaling: settings.windowScaling && options.windowScale !== undefined,
    ecn: agreesOnEcn(tcb, syn),
  };
  if (tcb.features.timestamps) {
    rcv.tsRecent = options.timestamps?.value;
    rcv.tsRecentMs = tcb.nowMs;
    // A full segment of the peer's holds so much less text (SHLD-19).
    rcv.largest -= TIMESTAMPS_LENGTH;
  }
  if (tcb.features.windowScaling) {
    snd.shift = options.windowScale ?? 0;
    rcv.shift = ownWindowScale(settings);
  }
  // MUST-15, MUST-16: no MSS option means the default; and never more than the path takes.
  agreeOnMss(tcb, options.mss ?? DEFAULT_SEND_MSS[settings.ipVersion]);
  snd.wnd = syn.wnd;
  snd.maxWnd = Math.max(snd.maxWnd, syn.wnd);
  snd.wl1 = syn.seq;
  snd.wl2 = syn.ack;
  rememberUserTimeout(tcb, syn);
}

/** Our SYN is acknowledged: SND.UNA moves on, and the measurements of the handshake count. */
export function establish(step: Step, segment: Segment): void {
  const { tcb } = step;
  const { snd, rtt } = tcb;
  const roundTripMs = handshakeMs(tcb, segment);
  if (roundTripMs !== undefined) sampleRtt(tcb, roundTripMs);
  rtt.timed = undefined;
  const wentAgainTwice = rtt.backoff > 1;
  restartRttAfterHandshake(tcb);
  snd.una = add(tcb.iss, 1);
  snd.wl2 = segment.ack;
  snd.unansweredSinceMs = snd.nxt === snd.una ? undefined : tcb.nowMs;
  // `recover` stays at ISS (RFC 6582 section 3.2, step 1): duplicate ACKs of the very first segment count.
  tcb.recovery.next = snd.una;
  tcb.scoreboard = acknowledged(tcb.scoreboard, snd.una);
  tcb.recovery.probe = { end: undefined, isRetransmission: false, sampled: rtt.srttMs !== undefined };
  tcb.softError = undefined;
  tcb.timeWait = undefined;
  tcb.timers.send = { kind: 'idle', dueMs: Number.POSITIVE_INFINITY };
  tcb.timers.rtoDueMs = undefined;
  const mss = effectiveMss(tcb);
  tcb.cc = controllerOf(tcb).onMss(tcb.cc, mss, true);
  // RFC 5681 section 3.1 has one segment after a lost SYN or SYN,ACK; since a timeout of one second may just mean a long path,
  // RFC 6928 section 2 recommends so only after more than one retransmission.
  if (wentAgainTwice) tcb.cc = { ...tcb.cc, cwnd: mss };
}

/**
 * The round trip that the ACK of our SYN measures. What went again is told apart by its timestamp alone (RFC 7323 section 4.1);
 * one that may be that of an earlier SYN counts for nothing: the timeout would be part of it.
 */
function handshakeMs(tcb: Draft, segment: Segment): number | undefined {
  const { rtt } = tcb;
  if (rtt.timed) return tcb.nowMs - rtt.timed.sentMs;
  const sinceMs = sinceEchoedMs(tcb, segment);
  return sinceMs !== undefined && sinceMs >= 0 && sinceMs < rtt.rtoMs ? sinceMs : undefined;
}
