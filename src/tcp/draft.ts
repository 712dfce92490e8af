/** A TCB that a step works on. */

import type { CongestionWindow } from './congestion/controller.ts';
import type { Rcv, Recovery, Rtt, Snd, Tcb, Timers, Totals } from './tcb.ts';

type Mutable<T> = { -readonly [K in keyof T]: T[K] };

/**
 * A TCB that one step is working on: copied once, group by group, then changed in place. It never leaves the step but as a
 * finished `Tcb`, so that outside of a step every TCB is a value.
 */
export interface Draft
  extends Mutable<Omit<Tcb, 'snd' | 'rcv' | 'cc' | 'recovery' | 'rtt' | 'timers' | 'totals'>> {
  snd: Mutable<Snd>;
  rcv: Mutable<Rcv>;
  cc: CongestionWindow;
  recovery: Mutable<Recovery>;
  rtt: Mutable<Rtt>;
  timers: Mutable<Timers>;
  totals: Mutable<Totals>;
}

/**
 * Copies a TCB. Spelled out field by field, since this is done for every segment: an object that is spread takes V8 fifteen
 * times as long when numbers in it are no small integers, as sequence numbers and times are.
 */
export function beginDraft(tcb: Tcb, nowMs: number): Draft {
  return {
    nowMs,
    origin: tcb.origin,
    iss: tcb.iss,
    irs: tcb.irs,
    timestampOffset: tcb.timestampOffset,
    snd: copySnd(tcb.snd),
    rcv: copyRcv(tcb.rcv),
    path: tcb.path,
    cc: tcb.cc,
    use: tcb.use,
    validation: tcb.validation,
    recovery: copyRecovery(tcb.recovery),
    scoreboard: tcb.scoreboard,
    rack: tcb.rack,
    deliveryRate: tcb.deliveryRate,
    rtt: copyRtt(tcb.rtt),
    timers: copyTimers(tcb.timers),
    userTimeout: tcb.userTimeout,
    ecn: tcb.ecn,
    features: tcb.features,
    settings: tcb.settings,
    totals: copyTotals(tcb.totals),
    answers: tcb.answers,
    softError: tcb.softError,
    timeWait: tcb.timeWait,
  };
}

function copySnd(snd: Snd): Mutable<Snd> {
  return {
    una: snd.una,
    nxt: snd.nxt,
    wnd: snd.wnd,
    wl1: snd.wl1,
    wl2: snd.wl2,
    up: snd.up,
    maxWnd: snd.maxWnd,
    mss: snd.mss,
    dontFragment: snd.dontFragment,
    shift: snd.shift,
    smallEnd: snd.smallEnd,
    queue: snd.queue,
    buffer: snd.buffer,
    text: snd.text,
    sentMs: snd.sentMs,
    pacedMs: snd.pacedMs,
    unansweredSinceMs: snd.unansweredSinceMs,
  };
}

function copyRcv(rcv: Rcv): Mutable<Rcv> {
  return {
    nxt: rcv.nxt,
    wnd: rcv.wnd,
    up: rcv.up,
    shift: rcv.shift,
    queue: rcv.queue,
    buffer: rcv.buffer,
    reading: rcv.reading,
    blocks: rcv.blocks,
    fin: rcv.fin,
    largest: rcv.largest,
    quickAcks: rcv.quickAcks,
    acked: rcv.acked,
    ack: rcv.ack,
    ackReason: rcv.ackReason,
    tsRecent: rcv.tsRecent,
    tsRecentMs: rcv.tsRecentMs,
    duplicate: rcv.duplicate,
    reader: rcv.reader,
  };
}

function copyRecovery(recovery: Recovery): Mutable<Recovery> {
  return {
    phase: recovery.phase,
    duplicates: recovery.duplicates,
    inflation: recovery.inflation,
    recover: recovery.recover,
    next: recovery.next,
    cause: recovery.cause,
    window: recovery.window,
    prr: recovery.prr,
    rescued: recovery.rescued,
    frto: recovery.frto,
    undo: recovery.undo,
    probe: recovery.probe,
  };
}

function copyRtt(rtt: Rtt): Mutable<Rtt> {
  return {
    srttMs: rtt.srttMs,
    rttvarMs: rtt.rttvarMs,
    rtoMs: rtt.rtoMs,
    backoff: rtt.backoff,
    timed: rtt.timed,
    synRetransmitted: rtt.synRetransmitted,
    beforeSpurious: rtt.beforeSpurious,
  };
}

function copyTimers(timers: Timers): Mutable<Timers> {
  return {
    send: timers.send,
    rtoDueMs: timers.rtoDueMs,
    ackDueMs: timers.ackDueMs,
    probes: timers.probes,
    keepAliveProbes: timers.keepAliveProbes,
    heardMs: timers.heardMs,
  };
}

function copyTotals(totals: Totals): Mutable<Totals> {
  return {
    segmentsSent: totals.segmentsSent,
    segmentsReceived: totals.segmentsReceived,
    bytesSent: totals.bytesSent,
    bytesReceived: totals.bytesReceived,
    bytesRetransmitted: totals.bytesRetransmitted,
    retransmissions: totals.retransmissions,
    duplicatesReported: totals.duplicatesReported,
    responsesUndone: totals.responsesUndone,
    challengeAcks: totals.challengeAcks,
  };
}
