/**
 * A TCB with all that the checker leaves out set to one value, and the key of what is kept.
 *
 * Two TCBs with one key are one state. That is sound because a step always starts from the canonical value: whatever is not
 * in the key can't reach the step. What the checker can't see for it is told beside each field.
 */

import type { CongestionWindow } from '../../tcp/congestion/controller.ts';
import { type RenoState, reno } from '../../tcp/congestion/reno.ts';
import { NOT_MEASURED } from '../../tcp/congestion/validation.ts';
import { NO_TOTALS } from '../../tcp/create-tcb.ts';
import type { ByteQueue, Seq, Settings, Tcb } from '../../tcp/index.ts';
import { distance, le, seq } from '../../tcp/index.ts';
import type { Block } from '../../tcp/reassembly.ts';
import { NO_PROBE } from '../../tcp/recovery/probe.ts';
import { NO_PRR } from '../../tcp/recovery/prr.ts';
import { NO_RACK } from '../../tcp/recovery/rack.ts';
import { emptyScoreboard } from '../../tcp/recovery/scoreboard.ts';

/** Time stands still but for timers: whatever is due, is due then. */
export const NOW_MS = 0;
export const DUE_MS = 1;

const NEVER = Number.POSITIVE_INFINITY;

/**
 * A window of this size is never closed by the few octets of a model, nor does any of them lie beyond it: then it does not
 * matter how wide it is, and it is left out. Smaller windows are kept exactly.
 */
export const WIDE = 65_535;

export function isWide({ receiveBuffer }: Pick<Settings, 'receiveBuffer'>): boolean {
  return receiveBuffer >= WIDE;
}

/** More duplicate ACKs than these change nothing: the third one starts a fast retransmission. */
const MOST_DUPLICATES = 4;

/**
 * Spelled out field by field, so that a new one can't be forgotten: without it this does not compile.
 *
 * Of the congestion window it matters whether a second segment may follow what a timeout has sent again. All the text of a
 * model fits into one segment: two of them hold nothing back, and ssthresh, which is at least that, is never reached.
 */
export function canonicalTcb(tcb: Tcb): Tcb {
  const { snd, rcv, cc, recovery, timers } = tcb;
  const wide = isWide(tcb.settings);
  return {
    nowMs: NOW_MS,
    origin: tcb.origin,
    iss: tcb.iss,
    irs: tcb.irs,
    timestampOffset: tcb.timestampOffset,
    snd: {
      una: snd.una,
      nxt: snd.nxt,
      wnd: wide && snd.wnd > 0 ? WIDE : snd.wnd,
      wl1: wide ? tcb.irs : snd.wl1,
      wl2: wide ? tcb.iss : snd.wl2,
      up: snd.up,
      maxWnd: wide && snd.maxWnd > 0 ? WIDE : snd.maxWnd,
      mss: snd.mss,
      dontFragment: snd.dontFragment,
      shift: snd.shift,
      // Read by the variant `small` of Nagle's algorithm alone.
      smallEnd: tcb.settings.nagle === 'small' ? snd.smallEnd : undefined,
      queue: snd.queue,
      // Fixed, as that of the receiver: see `optionsFor`.
      buffer: snd.buffer,
      text: snd.text,
      // Decides about the restart of an idle congestion window only.
      sentMs: NOW_MS,
      // Read where text is paced alone, which is off.
      pacedMs: NOW_MS,
      unansweredSinceMs: snd.unansweredSinceMs === undefined ? undefined : NOW_MS,
    },
    rcv: {
      nxt: rcv.nxt,
      wnd: wide ? WIDE : rcv.wnd,
      up: rcv.up,
      shift: rcv.shift,
      queue: rcv.queue,
      buffer: rcv.buffer,
      // Read where a buffer may grow alone.
      reading: NO_READING,
      blocks: rcv.blocks.length === 0 ? rcv.blocks : ranked(rcv.blocks),
      fin: rcv.fin,
      largest: rcv.largest,
      quickAcks: rcv.quickAcks,
      // Compared with RCV.NXT alone, to tell whether two full segments have come: all the text of a model is less.
      acked: rcv.nxt,
      ack: rcv.ack,
      ackReason: rcv.ack === 'none' ? 'in order' : rcv.ackReason,
      tsRecent: rcv.tsRecent,
      tsRecentMs: NOW_MS,
      duplicate: rcv.duplicate,
      reader: rcv.reader,
    },
    path: {
      size: snd.mss,
      peerMss: snd.mss,
      searchLow: snd.mss,
      searchHigh: snd.mss,
      searching: false,
      dueMs: NEVER,
      probe: undefined,
      doubtful: snd.mss,
      // No router speaks in a model, and a timeout is never the fourth: what the path takes is never asked.
      proved: snd.mss,
      proving: undefined,
      pending: undefined,
    },
    cc: {
      cwnd: cc.cwnd < 2 * snd.mss ? cc.cwnd : reno.start(snd.mss).cwnd,
      ssthresh: NEVER,
      counted: 0,
    } satisfies RenoState as CongestionWindow,
    // Of a window that is never filled.
    use: { isFull: false, most: 0, end: snd.una },
    // Off: see `optionsFor`.
    validation: NOT_MEASURED,
    recovery: {
      phase: recovery.phase,
      // Counted in phase `open` alone.
      duplicates: recovery.phase === 'open' ? Math.min(recovery.duplicates, MOST_DUPLICATES) : 0,
      inflation: 0,
      // With SACK it only matters whether SND.UNA, which never goes back, has reached it.
      recover: tcb.features.sack && le(recovery.recover, snd.una) ? snd.una : recovery.recover,
      // Read in phase `loss` alone.
      next: recovery.phase === 'loss' ? recovery.next : snd.una,
      // Said of what goes again, and of nothing else.
      cause: 'timeout',
      // The model recovers without a scoreboard: see `optionsFor`.
      window: 0,
      prr: NO_PRR,
      rescued: false,
      frto: 'off',
      undo: undefined,
      probe: NO_PROBE,
    },
    scoreboard: NO_SCOREBOARD,
    rack: NO_RACK,
    // Reno asks for no rates.
    deliveryRate: undefined,
    // How long a timer runs is not modelled, but that it runs.
    rtt: {
      srttMs: undefined,
      rttvarMs: 0,
      rtoMs: tcb.settings.rtoInitialMs,
      backoff: 0,
      timed: undefined,
      synRetransmitted: tcb.rtt.synRetransmitted,
      beforeSpurious: undefined,
    },
    timers: {
      send: { kind: timers.send.kind, dueMs: timers.send.kind === 'idle' ? NEVER : DUE_MS },
      rtoDueMs: undefined,
      ackDueMs: timers.ackDueMs === undefined ? undefined : DUE_MS,
      probes: 0,
      keepAliveProbes: 0,
      heardMs: NOW_MS,
    },
    userTimeout: tcb.userTimeout,
    ecn: tcb.ecn,
    features: tcb.features,
    settings: tcb.settings,
    totals: NO_TOTALS,
    // The bounds of RFC 5961 section 7, of which none is ever reached here: what they keep down must come to its end without.
    answers: NO_ANSWERS,
    softError: tcb.softError,
    timeWait: tcb.timeWait && canonicalTcb(tcb.timeWait),
  };
}

const NO_READING: Tcb['rcv']['reading'] = {
  rttMs: undefined,
  echo: undefined,
  edge: undefined,
  edgeMs: NOW_MS,
  sinceMs: NOW_MS,
  readBefore: 0,
  most: 0,
};

const NO_SCOREBOARD = emptyScoreboard(seq(0));

const NONE = { sinceMs: NOW_MS, count: 0 };
const NO_ANSWERS = { challenges: NONE, empty: NONE, text: NONE };

/** `touched` counts up for ever; only the order counts. */
function ranked(blocks: readonly Block[]): readonly Block[] {
  const order = blocks.map((block) => block.touched).sort((a, b) => a - b);
  return blocks.map((block) => ({ ...block, touched: order.indexOf(block.touched) }));
}

/** Everything of a canonical TCB that differs between states, sequence numbers relative to `base`, the ISS of both ends. */
export function keyOf(tcb: Tcb, base: Seq): string {
  const { snd, rcv, cc, recovery, timers, features } = tcb;
  const relative = (value: Seq | undefined): number | string =>
    value === undefined ? '' : distance(value, base);
  const parts: (number | string)[] = [
    tcb.origin === 'active' ? 'a' : 'p',
    relative(tcb.iss),
    relative(tcb.irs),
    relative(snd.una),
    relative(snd.nxt),
    snd.wnd,
    relative(snd.wl1),
    relative(snd.wl2),
    relative(snd.up),
    snd.maxWnd,
    snd.mss,
    snd.dontFragment ? '' : 'f',
    snd.shift,
    relative(snd.smallEnd),
    bytesOf(snd.queue),
    relative(snd.text),
    snd.unansweredSinceMs === undefined ? '' : 'u',
    relative(rcv.nxt),
    rcv.wnd,
    relative(rcv.up),
    rcv.shift,
    bytesOf(rcv.queue),
    rcv.blocks
      .map(
        ({ left, right, text, touched }) =>
          `${relative(left)}-${relative(right)}:${bytesOf(text)}:${touched}`,
      )
      .join('+'),
    relative(rcv.fin),
    rcv.largest,
    rcv.quickAcks,
    relative(rcv.acked),
    rcv.ack,
    rcv.ackReason,
    rcv.tsRecent ?? '',
    rcv.duplicate ? `${relative(rcv.duplicate.left as Seq)}-${relative(rcv.duplicate.right as Seq)}` : '',
    rcv.reader,
    cc.cwnd,
    tcb.rtt.synRetransmitted ? 'r' : '',
    recovery.phase,
    recovery.duplicates,
    relative(recovery.recover),
    relative(recovery.next),
    timers.send.kind,
    timers.ackDueMs === undefined ? '' : 'd',
    (features.timestamps ? 1 : 0) +
      (features.sack ? 2 : 0) +
      (features.windowScaling ? 4 : 0) +
      (features.ecn ? 8 : 0),
    tcb.userTimeout.announce ? 't' : '',
    tcb.userTimeout.remoteMs ?? '',
    tcb.softError ?? '',
    tcb.timeWait ? `(${keyOf(tcb.timeWait, base)})` : '',
  ];
  return parts.join(',');
}

export function bytesOf(queue: ByteQueue): string {
  let text = '';
  for (const piece of queue.pieces()) for (const octet of piece) text += String.fromCharCode(octet + 64);
  return text;
}
