/**
 * What the path takes: path MTU discovery by ICMP (RFC 1191, RFC 8201), with the checks of RFC 5927, and by what gets through
 * (RFC 4821). How a probe is sent, and what becomes of it, is told in path-probe.ts.
 *
 * Sizes are those of packets less their IP and TCP headers without options, as SND.MSS is.
 */

import { controllerOf } from './congestion/control.ts';
import type { Draft } from './draft.ts';
import { effectiveMss } from './emit.ts';
import type { Seq } from './seq.ts';
import { add, distance, ge, gt } from './seq.ts';
import type { Settings } from './settings.ts';

/** One segment larger than all others, of which it is to be seen whether it arrives (RFC 4821 section 7.5). */
export interface PathProbe {
  readonly size: number;
  readonly start: Seq;
  readonly end: Seq;
}

/** RFC 4821 section 7.1, and what the checks of RFC 5927 section 7.2 remember. */
export interface PathMtu {
  /** eff_pmtu: what segments that are no probes hold at most. SND.MSS is the same. */
  readonly size: number;
  /** What the peer takes at most; unlimited before its SYN. */
  readonly peerMss: number;
  /** search_low and search_high. */
  readonly searchLow: number;
  readonly searchHigh: number;
  /** Whether larger segments than `size` are being tried: `size` is search_low then. */
  readonly searching: boolean;
  /** When the next probe may be sent, or the next search begin. */
  readonly dueMs: number;
  readonly probe: PathProbe | undefined;
  /** search_high before the last probe that was lost: should others turn out to be lost beside it, it has shown nothing. */
  readonly doubtful: number;
  /** maxsizeacked: the largest that is known to have arrived; and a larger one that is on its way. */
  readonly proved: number;
  readonly proving: { readonly size: number; readonly end: Seq } | undefined;
  /** A Packet Too Big that waits for the segment that it quotes to time out. */
  readonly pending: { readonly size: number; readonly seq: Seq; readonly mayBeCut: boolean } | undefined;
}

/** Smaller announcements would leave no room for options beside a useful amount of text (Linux has the same bound). */
const MIN_MSS = 48;
/** RFC 8200 section 5: less text than this no path of IPv6 takes. */
const MIN_MSS_IPV6 = 1_220;
/** A search that may gain less than this is over, as Linux has it (tcp_probe_threshold). */
const CONVERGED = 8;
/** So near to what has never failed, that is tried itself. */
const NEAR = 32;

/** RFC 1191 section 3: the first hop's MTU, until something else is known. */
export function pathOf({ pathMss, baseMss }: Pick<Settings, 'pathMss' | 'baseMss'>): PathMtu {
  return {
    size: pathMss,
    peerMss: Number.POSITIVE_INFINITY,
    searchLow: Math.min(baseMss, pathMss),
    searchHigh: pathMss,
    searching: false,
    dueMs: Number.POSITIVE_INFINITY,
    probe: undefined,
    doubtful: pathMss,
    proved: 0,
    proving: undefined,
    pending: undefined,
  };
}

/** The peer's SYN has told the MSS that it takes: no segment is ever larger, whatever the path takes. */
export function agreeOnMss(tcb: Draft, announced: number): void {
  const { settings } = tcb;
  const path = { ...tcb.path, peerMss: Math.max(MIN_MSS, announced) };
  const searchHigh = largest(settings, path);
  const searchLow = Math.min(initialLow(settings), searchHigh);
  const searching = settings.mtuProbing === 'always' && searchHigh - searchLow >= CONVERGED;
  const size = searching ? searchLow : searchHigh;
  const dueMs = searching ? tcb.nowMs : Number.POSITIVE_INFINITY;
  tcb.path = { ...path, size, searchLow, searchHigh, searching, dueMs, doubtful: searchHigh };
  tcb.snd.mss = size;
}

/** The largest that may ever go: the first hop's, or the peer's if that is less. */
function largest({ pathMss }: Settings, { peerMss }: PathMtu): number {
  return Math.max(MIN_MSS, Math.min(pathMss, peerMss));
}

function initialLow({ baseMss, ipVersion }: Settings): number {
  return ipVersion === 6 ? Math.max(MIN_MSS_IPV6, baseMss) : baseMss;
}

/** The largest segment that was ever sent: nothing larger can have been too big (RFC 5927 section 7.2, maxsizesent). */
export function largestSent({ proved, proving, probe }: PathMtu): number {
  return Math.max(proved, proving?.size ?? 0, probe?.size ?? 0);
}

/** A segment of so much text goes out that is larger than all that have arrived. */
export function provePath(tcb: Draft, size: number, from: Seq, count: number): void {
  const { proving } = tcb.path;
  if (proving !== undefined && size <= proving.size) return;
  tcb.path = { ...tcb.path, proving: { size, end: add(from, count) } };
}

/** SND.UNA has moved on. */
export function pathAcknowledged(tcb: Draft): void {
  const { path, snd } = tcb;
  const { proving, pending, probe } = path;
  if (proving === undefined && pending === undefined && probe === undefined) return;
  // RFC 5927 section 7.2: what the message was about has arrived after all.
  if (pending && gt(snd.una, pending.seq)) tcb.path = { ...tcb.path, pending: undefined };
  // RFC 4821 section 7.1: an implicit probe.
  if (proving && ge(snd.una, proving.end)) {
    const searchLow = Math.max(path.searchLow, proving.size);
    tcb.path = { ...tcb.path, proved: proving.size, proving: undefined, searchLow };
  }
  if (probe && ge(snd.una, probe.end)) probeArrived(tcb, probe.size);
}

/** RFC 4821 section 7.6.1. */
function probeArrived(tcb: Draft, size: number): void {
  resize(tcb, { ...tcb.path, searchLow: size, probe: undefined, proved: size }, size);
  settle(tcb, tcb.nowMs);
}

/** Segments of another size from now on. The congestion window, which counts octets, stays as it is. */
function resize(tcb: Draft, path: PathMtu, size: number): void {
  tcb.path = { ...path, size, proving: undefined };
  tcb.snd.mss = size;
  tcb.cc = controllerOf(tcb).onMss(tcb.cc, effectiveMss(tcb), false);
  if (tcb.cc.cwnd < size) tcb.cc = { ...tcb.cc, cwnd: size };
}

/** RFC 4821 section 7.3: goes on with the search at `dueMs`, or ends it until the path may have become another one. */
export function settle(tcb: Draft, dueMs: number): void {
  const { path, settings, nowMs } = tcb;
  if (path.searchHigh - path.size >= CONVERGED) tcb.path = { ...path, searching: true, dueMs };
  else {
    const isWidest = largest(settings, path) - path.size < CONVERGED;
    const againMs = isWidest ? Number.POSITIVE_INFINITY : nowMs + settings.pathMtuAgeMs;
    tcb.path = { ...path, searching: false, dueMs: againMs };
  }
}

/** RFC 4821 section 7.3: halves the range; or the largest of all, once it is near. */
export function sizeOfNextProbe({ settings, path }: Pick<Draft, 'settings' | 'path'>): number {
  const { searchLow, searchHigh } = path;
  if (searchHigh - searchLow <= NEAR && searchHigh === largest(settings, path)) return searchHigh;
  return (searchLow + searchHigh) >> 1;
}

/** The path takes no more than `size` (RFC 1191 section 3); `mayBeCut`: not even that, so that routers may cut packets up. */
export function narrow(tcb: Draft, size: number, mayBeCut: boolean): void {
  const { path, settings, nowMs } = tcb;
  const searchLow = Math.min(path.searchLow, size);
  const proved = Math.min(path.proved, size);
  const dueMs = nowMs + settings.pathMtuAgeMs;
  const next = { ...path, searchLow, searchHigh: size, searching: false, dueMs, proved };
  resize(tcb, { ...next, probe: undefined, pending: undefined, doubtful: size }, size);
  if (mayBeCut) tcb.snd.dontFragment = false;
}

/**
 * What was found of the path has become old: larger segments are tried again (RFC 1191 section 6.3, RFC 8201 section 5.3). One
 * at a time where there is probing, since on a path that is as narrow as ever each of them is lost.
 */
export function widen(tcb: Draft): void {
  const { path, settings, snd } = tcb;
  const searchHigh = largest(settings, path);
  // Whatever routers have cut up says nothing of the path.
  const proved = snd.dontFragment ? path.proved : 0;
  const next = { ...path, proved, searchHigh, doubtful: searchHigh };
  snd.dontFragment = true;
  if (settings.mtuProbing !== 'off') {
    tcb.path = { ...next, searchLow: path.size, searching: true, dueMs: tcb.nowMs };
  } else resize(tcb, { ...next, dueMs: Number.POSITIVE_INFINITY }, searchHigh);
}

/**
 * The retransmission timer has expired.
 *
 * @param isFullStop nothing was acknowledged for R1
 * @returns why the segments are smaller from now on; undefined when they are not
 */
export function pathTimeout(tcb: Draft, isFullStop: boolean): 'packet too big' | 'black hole' | undefined {
  const { pending } = tcb.path;
  // RFC 5927 section 7.2: nothing speaks against the message any more.
  if (pending) {
    narrow(tcb, pending.size, pending.mayBeCut);
    return 'packet too big';
  }
  return isFullStop && fallBack(tcb) ? 'black hole' : undefined;
}

/** RFC 4821 section 7.7: to search_low, to where that began, and on by halves. False where smaller segments would change nothing. */
function fallBack(tcb: Draft): boolean {
  const { path, settings, snd, nowMs } = tcb;
  if (settings.mtuProbing === 'off') return false;
  const initial = Math.min(initialLow(settings), largest(settings, path));
  const least = settings.ipVersion === 6 ? Math.min(MIN_MSS_IPV6, initial) : MIN_MSS;
  const below = [path.searchLow, initial].find((size) => size < path.size);
  const size = below ?? Math.max(least, path.size >> 1);
  const optionsLength = snd.mss - effectiveMss(tcb);
  const stalled = Math.min(path.size, distance(snd.nxt, snd.una) + optionsLength);
  if (size >= path.size || stalled <= size) return false;
  const proved = Math.min(path.proved, size);
  resize(tcb, { ...path, searchLow: size, probe: undefined, proved }, size);
  settle(tcb, nowMs);
  return true;
}

/** The same in octets of a packet with its headers, as users and viewers read it. */
export function pathView({ path, settings }: Pick<Draft, 'path' | 'settings'>): {
  readonly mtu: number;
  readonly searchLow: number;
  readonly searchHigh: number;
  readonly searching: boolean;
  readonly probe: number | undefined;
} {
  const headers = (settings.ipVersion === 4 ? 20 : 40) + 20;
  return {
    mtu: path.size + headers,
    searchLow: path.searchLow + headers,
    searchHigh: path.searchHigh + headers,
    searching: path.searching,
    probe: path.probe && path.probe.size + headers,
  };
}
