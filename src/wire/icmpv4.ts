import type { IcmpError } from './icmp.ts';

/** The message types of RFC 792 that the stack knows. */
export const ICMPV4_TYPE = {
  echoReply: 0,
  unreachable: 3,
  echoRequest: 8,
  timeExceeded: 11,
  parameterProblem: 12,
} as const;

/** RFC 1191: the code of an unreachable message that tells a path's MTU. */
export const ICMPV4_FRAGMENTATION_NEEDED = 4;

/** RFC 1812 section 4.3.2.3: an error message quotes what keeps it within 576 bytes. */
export const ICMPV4_MAX_ERROR_LENGTH = 576;

/** What an error message of ICMP says; undefined for a type that is not among those known. */
export function icmpv4ErrorOf(type: number, code: number): IcmpError['what'] | undefined {
  switch (type) {
    case ICMPV4_TYPE.unreachable:
      return code === ICMPV4_FRAGMENTATION_NEEDED ? 'packet-too-big' : 'unreachable';
    case ICMPV4_TYPE.timeExceeded:
      return 'time-exceeded';
    case ICMPV4_TYPE.parameterProblem:
      return 'parameter-problem';
    default:
      return undefined;
  }
}

/** RFC 1122 section 3.2.2: unreachable, source quench, redirect, time exceeded and parameter problem are errors. */
export function isIcmpv4ErrorType(type: number): boolean {
  return type === 3 || type === 4 || type === 5 || type === 11 || type === 12;
}
