/** A connection's TCB as viewers get it: numbers and words only, nothing left out but the text. */

import type { ConnectionSnapshot } from '../../machines/index.ts';
import { stateOf } from '../../machines/index.ts';
import { controllerOf } from '../tcp/congestion/control.ts';
import { add, distance, gt, lt, type Seq, type Tcb } from '../tcp/index.ts';
import { pacingRate } from '../tcp/pacing.ts';
import { pathView } from '../tcp/path-mtu.ts';
import { hasScoreboard, pipe } from '../tcp/recovery/pipe.ts';
import { inOrder } from '../tcp/recovery/ranges.ts';
import { seqOf } from '../tcp/recovery/scoreboard.ts';
import { timeoutMs } from '../tcp/rtt.ts';
import { userTimeoutMs } from '../tcp/user-timeout.ts';
import type { ChartValue, OutstandingView, TcbView, TimerName, TimerView } from './protocol.ts';
import { recoveryView } from './recovery-view.ts';

/** When the timers were set to what they stand at; undefined where nobody watched. */
export interface Since {
  readonly sendMs: number | undefined;
  readonly ackMs: number | undefined;
  readonly stateMs: number | undefined;
}

export const UNKNOWN_SINCE: Since = { sendMs: undefined, ackMs: undefined, stateMs: undefined };

export function viewTcb(snapshot: ConnectionSnapshot, since: Since): TcbView {
  const { tcb } = snapshot.context;
  const { snd, rcv, cc, recovery, rtt, features, settings, totals } = tcb;
  const path = pathView(tcb);
  return {
    state: stateOf(snapshot.value),
    value: snapshot.value as ChartValue,
    iss: tcb.iss,
    irs: tcb.irs,
    snd: {
      una: snd.una,
      nxt: snd.nxt,
      wnd: snd.wnd,
      wl1: snd.wl1,
      wl2: snd.wl2,
      up: snd.up ?? null,
      maxWnd: snd.maxWnd,
      mss: snd.mss,
      shift: snd.shift,
      queued: snd.queue.length,
      flight: distance(snd.nxt, snd.una),
      unansweredSinceMs: snd.unansweredSinceMs ?? null,
    },
    path: { ...path, probe: path.probe ?? null },
    rcv: {
      nxt: rcv.nxt,
      wnd: rcv.wnd,
      up: rcv.up ?? null,
      mss: settings.mss,
      shift: rcv.shift,
      queued: rcv.queue.length,
      blocks: rcv.blocks.map(({ left, right }) => ({ left, right })),
      fin: rcv.fin ?? null,
      acked: rcv.acked,
      ack: rcv.ack,
      ackReason: rcv.ackReason,
      reader: rcv.reader,
    },
    retransmissionQueue: retransmissionQueue(tcb),
    cc: {
      name: settings.congestionControl,
      state: controllerOf(tcb).describe?.(cc) ?? null,
      cwnd: cc.cwnd,
      ssthresh: finite(cc.ssthresh),
      pacingRate: bytesASecond(pacingRate(tcb)),
    },
    recovery: {
      phase: recovery.phase,
      duplicates: recovery.duplicates,
      inflation: recovery.inflation,
      recover: recovery.recover,
      next: recovery.next,
      pipe: hasScoreboard(tcb) ? pipe(tcb) : null,
      ...recoveryView(tcb),
    },
    rtt: {
      srttMs: rtt.srttMs ?? null,
      rttvarMs: rtt.srttMs === undefined ? null : rtt.rttvarMs,
      rtoMs: timeoutMs(tcb),
      backoff: rtt.backoff,
    },
    timers: timersOf(snapshot, since),
    features,
    settings: {
      noDelay: settings.noDelay,
      keepAliveMs: settings.keepAliveMs === false ? null : settings.keepAliveMs,
      userTimeoutMs: finite(userTimeoutMs(tcb)),
      sendBuffer: snd.buffer,
      receiveBuffer: rcv.buffer,
      mslMs: settings.mslMs,
      delayedAckMs: settings.delayedAckMs,
    },
    totals,
    softError: tcb.softError ?? null,
  };
}

function bytesASecond(rate: number | undefined): number | null {
  return rate === undefined ? null : finite(Math.round(rate * 1_000));
}

function finite(value: number): number | null {
  return Number.isFinite(value) ? value : null;
}

/** The pieces between SND.UNA and SND.NXT: our SYN, text by what recovery makes of it, our FIN. */
function retransmissionQueue(tcb: Tcb): OutstandingView[] {
  const { snd, recovery } = tcb;
  if (snd.una === snd.nxt) return [];
  const pieces: OutstandingView[] = [];
  const push = (left: Seq, right: Seq, rest: Omit<OutstandingView, 'left' | 'right'>): void => {
    if (lt(left, right)) pieces.push({ left, right, ...rest });
  };
  if (snd.text !== snd.una) push(snd.una, add(snd.una, 1), { is: 'sent', control: 'SYN' });
  const endOfText = add(snd.text, snd.queue.length);
  const end = lt(endOfText, snd.nxt) ? endOfText : snd.nxt;
  if (hasScoreboard(tcb)) {
    for (const { left, right, is } of marksOf(tcb, end)) push(left, right, { is });
  } else if (recovery.phase === 'loss') {
    // All that was out when the timer expired counts as lost until it has gone out again.
    const next = lt(recovery.next, end) ? recovery.next : end;
    const recover = lt(recovery.recover, end) ? recovery.recover : end;
    push(snd.text, next, { is: 'sent' });
    push(next, recover, { is: 'lost' });
    push(gt(recover, next) ? recover : next, end, { is: 'sent' });
  } else {
    push(snd.text, end, { is: 'sent' });
  }
  if (lt(endOfText, snd.nxt)) push(endOfText, snd.nxt, { is: 'sent', control: 'FIN' });
  return pieces;
}

/** The scoreboard between SND.UNA and the end of what was sent of the text. */
function* marksOf(
  { snd, scoreboard }: Tcb,
  end: Seq,
): Generator<{ readonly left: Seq; readonly right: Seq; readonly is: OutstandingView['is'] }> {
  let left = snd.text;
  for (const range of inOrder(scoreboard.marks)) {
    const start = seqOf(scoreboard, range.start);
    const right = seqOf(scoreboard, range.end);
    if (!lt(start, end)) break;
    if (lt(left, start)) yield { left, right: start, is: 'sent' };
    const is = range.mark === 'sacked' ? 'sacked' : range.mark === 'resent' ? 'sent' : 'lost';
    left = lt(right, end) ? right : end;
    yield { left: start, right: left, is };
  }
  if (lt(left, end)) yield { left, right: end, is: 'sent' };
}

const WHY: Readonly<Record<TimerName, string>> = {
  retransmission: 'something is outstanding (RFC 6298, 5.1)',
  persist: 'the window is closed over something to send (3.8.6.1)',
  override: 'less than a full segment waits for company (3.8.6.2.1)',
  'keep-alive': 'nothing is outstanding, and the peer may be gone (3.8.4)',
  'delayed ACK': 'text has arrived that need not be acknowledged at once (3.8.6.3)',
  '2 MSL': 'old segments die out before the 4-tuple is used again (3.4.2)',
  'FIN-WAIT-2': 'nobody reads, and the peer does not close (not in RFC 9293)',
  'tail-loss probe': 'nothing shows what of the last segments has arrived (RFC 8985, 7.2)',
  reordering: 'what was sent later has arrived, and the rest may only be late (RFC 8985, 6.2)',
  pacing: 'the windows let text go, and the pacing rate holds it',
};

/** The delayed events that are under way in the stack's clock, and what the TCB has them wait for. */
export function timersOf({ context, value }: ConnectionSnapshot, since: Since): TimerView[] {
  const timers: TimerView[] = [];
  const { tcb, armedSendMs, armedAckMs, armedStateMs } = context;
  const { send, ackDueMs } = tcb.timers;
  const regions = typeof value === 'string' ? undefined : (value.open as Record<string, unknown>);
  if (regions && Number.isFinite(armedSendMs)) {
    const idle = send.kind === 'idle';
    const kind = idle ? (regions['send timer'] as TimerName) : send.kind;
    timers.push(
      timer(
        sendTimerName(kind, tcb),
        idle ? null : send.dueMs,
        armedSendMs,
        since.sendMs,
        sendBackoff(kind, tcb),
      ),
    );
  }
  if (Number.isFinite(armedAckMs)) {
    timers.push(timer('delayed ACK', ackDueMs ?? null, armedAckMs, since.ackMs, 0));
  }
  if (Number.isFinite(armedStateMs)) {
    const name = stateOf(value) === 'TIME-WAIT' ? '2 MSL' : 'FIN-WAIT-2';
    timers.push(timer(name, armedStateMs, armedStateMs, since.stateMs, 0));
  }
  return timers;
}

/** What the send timer is for: with an open window, "persist" is the override of silly window avoidance. */
export function sendTimerName(kind: string, tcb: Tcb): TimerName {
  return kind === 'persist' && tcb.snd.wnd > 0 ? 'override' : (kind as TimerName);
}

export function sendBackoff(kind: string, { rtt, timers }: Tcb): number {
  if (kind === 'retransmission') return rtt.backoff;
  if (kind === 'persist') return timers.probes;
  return kind === 'keep-alive' ? timers.keepAliveProbes : 0;
}

export function whyOf(name: TimerName, backoff: number): string {
  return backoff === 0
    ? WHY[name]
    : `${WHY[name]}; it has expired ${backoff === 1 ? 'once' : `${backoff} times`}`;
}

function timer(
  name: TimerName,
  dueMs: number | null,
  armedMs: number,
  sinceMs: number | undefined,
  backoff: number,
): TimerView {
  return { timer: name, dueMs, armedMs, sinceMs: sinceMs ?? null, why: whyOf(name, backoff), backoff };
}
