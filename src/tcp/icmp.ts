/**
 * ICMP errors that name one of our segments (RFC 9293 section 3.9.2.2), with the checks of RFC 5927.
 */

import { largestSent, narrow } from './path-mtu.ts';
import { repairProbe } from './path-probe.ts';
import { hasScoreboard } from './recovery/pipe.ts';
import type { Seq } from './seq.ts';
import { ge, lt } from './seq.ts';
import type { Step } from './step.ts';
import { take } from './step.ts';
import { goBack } from './timeouts.ts';

export interface IcmpError {
  readonly version: 4 | 6;
  readonly what: 'unreachable' | 'packet-too-big' | 'time-exceeded' | 'parameter-problem';
  readonly code: number;
  /** The next hop's MTU; 0 when the router did not say. */
  readonly mtu: number;
  /** The length of the quoted datagram, as it says itself. */
  readonly length: number;
  /** The sequence number of the quoted segment. */
  readonly seq: Seq;
}

/** ICMPv4 protocol (2) and port (3) unreachable; ICMPv6 administratively prohibited (1) and port (4) unreachable. */
const HARD = { 4: [2, 3], 6: [1, 4] } as const;
const NET_UNREACHABLE = { 4: [0, 6, 9, 11], 6: [0] } as const;
/**
 * The MTU below which segments don't get smaller: RFC 8200 section 5 for IPv6, which has no narrower links; for IPv4 what
 * Linux takes (its min_pmtu). Beneath that headers outweigh text, and a forged message would do as much harm as it could.
 */
const SMALLEST_MTU = { 4: 552, 6: 1_280 } as const;
/** What the narrowest link takes (RFC 791 section 3.2, RFC 8200 section 5). */
const NARROWEST_MTU = { 4: 68, 6: 1_280 } as const;

export function icmpArrives(step: Step, error: IcmpError): void {
  const { tcb } = step;
  const { snd } = tcb;
  // RFC 5927 section 4.1: it must quote something that is outstanding; nobody off the path can know that.
  if (!(ge(error.seq, snd.una) && lt(error.seq, snd.nxt))) {
    step.dropped = 'icmp.sequence';
    return;
  }
  if (error.what === 'packet-too-big') return packetTooBig(step, error);

  const opening = step.state === 'SYN-SENT' || step.state === 'SYN-RECEIVED';
  const hard =
    error.what === 'unreachable' && (HARD[error.version] as readonly number[]).includes(error.code);
  // SHLD-26 as RFC 5927 section 4.2 has it: once synchronized, no ICMP error ends a connection.
  if (hard && opening) {
    take(step, 'icmp.hard-error');
    return;
  }
  // MUST-56: soft errors end nothing; they are told, and remembered for the case of a timeout.
  const net = (NET_UNREACHABLE[error.version] as readonly number[]).includes(error.code);
  tcb.softError = net && error.what === 'unreachable' ? 'ENETUNREACH' : 'EHOSTUNREACH';
  step.notices.push('soft-error');
}

/** Path MTU discovery (RFC 1191, RFC 8201): the segments become smaller, and those outstanding go out again. */
function packetTooBig(step: Step, error: IcmpError): void {
  const { tcb } = step;
  const { snd, path } = tcb;
  const header = (error.version === 4 ? 20 : 40) + 20;
  const sent = largestSent(path);
  const named = error.mtu > 0 ? error.mtu : plateauBelow(error.length);
  const mayBeCut = error.version === 4 && named < SMALLEST_MTU[4];
  const size = Math.max(named, SMALLEST_MTU[error.version]) - header;
  const { probe } = path;
  const aboutProbe = probe !== undefined && error.seq === probe.start && size < probe.size;
  const tellsNew = size < snd.mss || (mayBeCut && snd.dontFragment) || aboutProbe;
  // RFC 5927 section 7.2, RFC 8201 section 4: no link is as narrow as that, and nothing that long was ever sent, not even by the
  // handshake; RFC 1191 section 6.4: of a burst that was too big each segment brings a message, and the first one has told it.
  if (named < NARROWEST_MTU[error.version] || named - header >= sent || !tellsNew) {
    step.dropped = 'icmp.packet-too-big';
    return;
  }
  if (aboutProbe && size >= snd.mss) return probeTooBig(tcb, size);
  // RFC 5927 section 7.2: so large segments have arrived before. The path may be another one since, or the message forged: the
  // segment that it quotes will tell, by its acknowledgment or by its timeout.
  if (size < path.proved) {
    tcb.path = { ...path, pending: { size, seq: error.seq, mayBeCut } };
    return;
  }
  narrow(tcb, size, mayBeCut);
  if (snd.text === snd.una) goBack(step, 'packet too big');
}

/** RFC 4821 section 7.6.2: the answer to a probe has come before its loss was found. */
function probeTooBig(tcb: Step['tcb'], size: number): void {
  if (hasScoreboard(tcb)) repairProbe(tcb, size);
  // Without a scoreboard duplicate ACKs will have it sent again; what the path takes is known already.
  else tcb.path = { ...tcb.path, searchHigh: size };
}

/** RFC 1191 section 7.1: the sizes that are common, for routers that don't say which is theirs. */
const PLATEAUS = [32_000, 17_914, 8_166, 4_352, 2_002, 1_492, 1_006, SMALLEST_MTU[4], 296, 68];

/** RFC 1191 section 5: the next size to be tried below that of a datagram of so many octets that was too big. */
function plateauBelow(length: number): number {
  return PLATEAUS.find((size) => size < length) ?? 0;
}
