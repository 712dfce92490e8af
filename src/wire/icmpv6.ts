import type { IcmpError } from './icmp.ts';

/** The message types of RFC 4443 that the stack knows. */
export const ICMPV6_TYPE = {
  unreachable: 1,
  packetTooBig: 2,
  timeExceeded: 3,
  parameterProblem: 4,
  echoRequest: 128,
  echoReply: 129,
} as const;

/** RFC 4443 section 2.4(c): an error message quotes what fits into the minimum MTU. */
export const ICMPV6_MAX_ERROR_LENGTH = 1280;

/** What an error message of ICMPv6 says; undefined for a type that is not among those known. */
export function icmpv6ErrorOf(type: number): IcmpError['what'] | undefined {
  switch (type) {
    case ICMPV6_TYPE.unreachable:
      return 'unreachable';
    case ICMPV6_TYPE.packetTooBig:
      return 'packet-too-big';
    case ICMPV6_TYPE.timeExceeded:
      return 'time-exceeded';
    case ICMPV6_TYPE.parameterProblem:
      return 'parameter-problem';
    default:
      return undefined;
  }
}

/** RFC 4443 section 2.1: types below 128 are errors, known or not; redirects count as such (section 2.4(e)). */
export function isIcmpv6ErrorType(type: number): boolean {
  return type < 128 || type === 137;
}
