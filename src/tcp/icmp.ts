/**
 * ICMP errors that name one of our segments (RFC 9293 section 3.9.2.2), with the checks of RFC 5927.
 */

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
  // RFC 5927 section 7.2, RFC 8201 section 4: no link is as narrow as that. An IPv4 router of old names none: 0.
  const narrowest = error.version === 4 ? 68 : 1_280;
  if (error.mtu < narrowest && !(error.version === 4 && error.mtu === 0)) {
    step.dropped = 'icmp.packet-too-big';
    return;
  }
  const header = (error.version === 4 ? 20 : 40) + 20;
  const smallest = SMALLEST_MTU[error.version];
  const mss = Math.max(error.mtu, smallest) - header;
  // The path takes less than the smallest segments, or something unknown and less than they are: routers may cut them up,
  // or nothing would ever get through.
  const mustBeCut = error.version === 4 && (error.mtu === 0 ? mss >= tcb.snd.mss : error.mtu < smallest);
  if (mss >= tcb.snd.mss && !(mustBeCut && tcb.snd.dontFragment)) {
    step.dropped = 'icmp.packet-too-big';
    return;
  }
  tcb.snd.mss = Math.min(mss, tcb.snd.mss);
  if (mustBeCut) tcb.snd.dontFragment = false;
  tcb.settings = { ...tcb.settings, pathMss: tcb.snd.mss };
  if (tcb.snd.text === tcb.snd.una) goBack(step, 'packet too big');
}
