/**
 * Making segments: what every segment of a connection carries, whatever sent it.
 */

import type { TcpOptions } from '../wire/index.ts';
import { encodedTcpOptionsLength, FLAG, NO_OPTIONS } from '../wire/index.ts';
import type { Draft } from './draft.ts';
import { ecnOfSyn, isEcnCapable, takeEcnFlags } from './ecn.ts';
import { countPaced } from './pacing.ts';
import { provePath } from './path-mtu.ts';
import { sackBlocks } from './reassembly.ts';
import { hasScoreboard } from './recovery/pipe.ts';
import { positionOf, transmitted } from './recovery/scoreboard.ts';
import { countRetransmission } from './recovery/undo.ts';
import type { Outgoing, Segment, Why } from './segment.ts';
import { WHY } from './segment.ts';
import type { Seq } from './seq.ts';
import { add, distance, gt, lt, max, min, seq } from './seq.ts';
import { ownWindowScale } from './settings.ts';
import type { Tcb } from './tcb.ts';
import { userTimeoutAnnounced, userTimeoutOption } from './user-timeout.ts';
import { offerWindow, windowField } from './window.ts';

const NO_TEXT = new Uint8Array(0);
/** The timestamps option with its padding. */
export const TIMESTAMPS_LENGTH = 12;

/** TSval: milliseconds, from an offset of the connection's own (RFC 7323 section 4.1). */
export function timestampNow(tcb: Pick<Tcb, 'nowMs' | 'timestampOffset'>): number {
  return (Math.floor(tcb.nowMs) + tcb.timestampOffset) >>> 0;
}

/** How long ago the segment that an ACK echoes was sent, in whole milliseconds; undefined where it does not tell. */
export function sinceEchoedMs(tcb: Draft, { options }: Segment): number | undefined {
  const echo = tcb.features.timestamps ? options.timestamps?.echo : undefined;
  return echo === undefined || echo === 0 ? undefined : (timestampNow(tcb) - echo) | 0;
}

/** When that was, by the clock. */
export function echoedMs(tcb: Draft, segment: Segment): number | undefined {
  const sinceMs = sinceEchoedMs(tcb, segment);
  return sinceMs === undefined ? undefined : Math.floor(tcb.nowMs) - sinceMs;
}

/** The options of a segment without SYN: timestamps, then as many SACK blocks as fit. */
function options(tcb: Draft): TcpOptions {
  const { features, rcv } = tcb;
  const announces = announcesUserTimeout(tcb);
  const reportsHoles = holesToReport(tcb);
  if (!features.timestamps && !reportsHoles && !announces) return NO_OPTIONS;
  return {
    ...NO_OPTIONS,
    timestamps: features.timestamps ? { value: timestampNow(tcb), echo: rcv.tsRecent ?? 0 } : undefined,
    // RFC 2018 section 3: four blocks fit, three beside timestamps.
    sack: reportsHoles ? sackBlocks(rcv.blocks, rcv.duplicate, features.timestamps ? 3 : 4) : NO_OPTIONS.sack,
    userTimeout: announces ? userTimeoutOption(tcb.settings) : undefined,
  };
}

function holesToReport({ features, rcv }: Draft): boolean {
  return features.sack && (rcv.blocks.length > 0 || rcv.duplicate !== undefined);
}

/** The user timeout waits for a segment without SACK blocks: those are urgent, and need the room. */
function announcesUserTimeout(tcb: Draft): boolean {
  return tcb.userTimeout.announce && !holesToReport(tcb);
}

/** The options of a SYN, or of a SYN,ACK, which repeats only what the SYN offered (RFC 7323 section 2.2, RFC 2018 section 2). */
function synOptions(tcb: Draft, answers: boolean): TcpOptions {
  const { settings, features } = tcb;
  const offers = answers ? features : settings;
  return {
    mss: settings.mss,
    sackPermitted: offers.sack,
    windowScale: offers.windowScaling ? ownWindowScale(settings) : undefined,
    timestamps: offers.timestamps
      ? { value: timestampNow(tcb), echo: answers ? (tcb.rcv.tsRecent ?? 0) : 0 }
      : undefined,
    sack: NO_OPTIONS.sack,
    // RFC 5482 section 3: nothing is negotiated; on every SYN and SYN,ACK.
    userTimeout: settings.userTimeoutEnabled ? userTimeoutOption(settings) : undefined,
  };
}

/** How much text a full-sized segment holds now: Eff.snd.MSS (RFC 9293 section 3.7.1, R9293-11). */
export function effectiveMss(tcb: Draft): number {
  const { features, snd } = tcb;
  if (holesToReport(tcb) || tcb.userTimeout.announce) return snd.mss - encodedTcpOptionsLength(options(tcb));
  return features.timestamps ? snd.mss - TIMESTAMPS_LENGTH : snd.mss;
}

/**
 * How much text may go to the device at once, in segments of `mss` that it cuts itself: a multiple of `mss`. A segment that
 * has more to say than the others (SACK blocks, an urgent pointer, a user timeout), or that routers may cut up, goes by itself.
 */
export function largestText(tcb: Draft, mss: number): number {
  const { settings, snd } = tcb;
  if (settings.largestText <= mss || !snd.dontFragment || snd.up !== undefined) return mss;
  if (holesToReport(tcb) || tcb.userTimeout.announce) return mss;
  return settings.largestText - (settings.largestText % mss);
}

/** Sends our SYN (`answers`: with the ACK of theirs). The same again is a retransmission. */
export function emitSyn(tcb: Draft, segments: Outgoing[], answers: boolean, why: Why): void {
  const { snd, rcv, totals } = tcb;
  segments.push({
    seq: tcb.iss,
    ack: answers ? rcv.nxt : seq(0),
    flags: FLAG.SYN | (answers ? FLAG.ACK : 0) | ecnOfSyn(tcb, answers, snd.nxt !== tcb.iss),
    wnd: Math.min(rcv.wnd, 65_535),
    up: 0,
    options: synOptions(tcb, answers),
    text: NO_TEXT,
    why,
  });
  if (snd.nxt === tcb.iss) {
    snd.nxt = add(tcb.iss, 1);
    tcb.rtt.timed = { end: snd.nxt, sentMs: tcb.nowMs };
  } else {
    tcb.rtt.timed = undefined;
    totals.retransmissions++;
  }
  snd.unansweredSinceMs ??= tcb.nowMs;
  totals.segmentsSent++;
  if (answers) acknowledged(tcb);
}

/**
 * Sends a segment of a connection whose handshake is under way or over: text, FIN or nothing but the ACK, from `from` on.
 * SND.NXT moves on when it is new.
 */
export function emit(
  tcb: Draft,
  segments: Outgoing[],
  from: Seq,
  text: Uint8Array,
  flags: number,
  why: Why,
): void {
  const { snd, rcv, totals } = tcb;
  const urgent = snd.up !== undefined && lt(from, snd.up) && text.length > 0;
  const wnd = windowField(offerWindow(tcb), rcv.shift);
  const carried = options(tcb);
  const full = effectiveMss(tcb);
  const ecnCapable = isEcnCapable(tcb, from, text);
  const ecnFlags = (flags & FLAG.RST) === 0 ? takeEcnFlags(tcb, ecnCapable) : 0;
  const outgoing: { -readonly [K in keyof Outgoing]: Outgoing[K] } = {
    seq: from,
    ack: rcv.nxt,
    flags: flags | FLAG.ACK | (urgent ? FLAG.URG : 0) | ecnFlags,
    wnd,
    // RFC 9293 section 3.8.5, MUST-62: it points behind the last urgent octet; 16 bits reach no further than this.
    up: urgent ? Math.min(65_535, distance(snd.up as Seq, from)) : 0,
    options: carried,
    text,
    why,
  };
  if (ecnCapable) outgoing.ecnCapable = true;
  const joined = text.length > full && why !== WHY.pathProbe;
  if (joined) outgoing.segmentSize = full;
  segments.push(outgoing);
  const length = text.length + ((flags & FLAG.FIN) !== 0 ? 1 : 0);
  totals.segmentsSent += joined ? Math.ceil(text.length / full) : 1;
  acknowledged(tcb);
  if (carried.userTimeout !== undefined) userTimeoutAnnounced(tcb);
  if (length === 0) return;

  // Who answers will answer again, and the ACK can ride on that.
  const answers = totals.bytesReceived > 0 && tcb.nowMs - tcb.timers.heardMs < tcb.settings.delayedAckMs;
  if (text.length > 0 && answers) rcv.quickAcks = 0;

  const inOne = joined ? full : text.length;
  const size = inOne + snd.mss - full;
  if (size > tcb.path.proved && text.length > 0 && size <= snd.mss) provePath(tcb, size, from, inOne);

  const end = add(from, length);
  if (hasScoreboard(tcb)) recordTransmission(tcb, from, end);
  if (text.length > 0) countPaced(tcb, text.length, full);
  snd.sentMs = tcb.nowMs;
  snd.unansweredSinceMs ??= tcb.nowMs;
  totals.bytesSent += text.length;
  if (gt(end, snd.nxt)) {
    if (text.length % full !== 0 && why !== WHY.pathProbe) snd.smallEnd = end;
    // Karn (RFC 6298 section 3): a segment that repeats old octets is not timed, even if it brings new ones.
    if (from === snd.nxt && tcb.rtt.timed === undefined) tcb.rtt.timed = { end, sentMs: tcb.nowMs };
  }
  if (lt(from, snd.nxt)) {
    tcb.rtt.timed = undefined;
    rememberRetransmission(tcb, from, end);
    totals.retransmissions++;
    totals.bytesRetransmitted += text.length;
  }
  snd.nxt = max(snd.nxt, end);
}

/** RFC 8985 section 6.1: every transmission is remembered with its time. */
function recordTransmission(tcb: Draft, from: Seq, end: Seq): void {
  const { snd, recovery, scoreboard } = tcb;
  const start = positionOf(scoreboard, from);
  const next = positionOf(scoreboard, snd.nxt);
  tcb.scoreboard = transmitted(scoreboard, start, positionOf(scoreboard, end), next, tcb.nowMs);
  if (recovery.phase === 'open') return;
  if (recovery.phase === 'fast') {
    const { delivered, out, recoverFlight } = recovery.prr;
    recovery.prr = { delivered, out: out + distance(end, from), recoverFlight };
  }
}

/** What would have to be taken back if it was sent again for nothing. */
function rememberRetransmission(tcb: Draft, from: Seq, end: Seq): void {
  const { recovery, scoreboard, snd, nowMs } = tcb;
  if (recovery.undo === undefined || recovery.phase === 'open') return;
  const isKept = hasScoreboard(tcb);
  const start = isKept ? positionOf(scoreboard, from) : 0;
  const behind = isKept ? positionOf(scoreboard, min(end, snd.nxt)) : 0;
  recovery.undo = countRetransmission(recovery.undo, nowMs, start, behind);
}

/** An ACK and nothing else: <SEQ=SND.NXT><ACK=RCV.NXT><CTL=ACK>. */
export function emitAck(tcb: Draft, segments: Outgoing[], why: Why): void {
  emit(tcb, segments, withinWindow(tcb.snd), NO_TEXT, 0, why);
}

/**
 * SND.NXT, or the window's right edge where that lies before it: after a probe of a closed window, or when the peer shrank
 * it. Beyond the edge the segment would be unacceptable, and not even its ACK would be looked at; with two such ends each
 * answer would bring another one, for ever.
 */
function withinWindow({ text, nxt, wnd }: Draft['snd']): Seq {
  return min(nxt, add(text, wnd));
}

/** A RST of our own making, for ABORT: <SEQ=SND.NXT><ACK=RCV.NXT><CTL=RST,ACK>, timestamps on it (RFC 7323 section 5.2). */
export function emitReset(tcb: Draft, segments: Outgoing[], why: Why): void {
  emit(tcb, segments, withinWindow(tcb.snd), NO_TEXT, FLAG.RST, why);
}

/** Every segment that carries ACK pays what was owed. */
function acknowledged(tcb: Draft): void {
  tcb.rcv.acked = tcb.rcv.nxt;
  tcb.rcv.ack = 'none';
  tcb.rcv.duplicate = undefined;
  tcb.timers.ackDueMs = undefined;
}
