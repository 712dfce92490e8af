/**
 * What differs by taste of the host and not by the RFCs: sizes, delays, and what calls say.
 */

import type { ConnectionOptions } from '../stack/api.ts';

export const PROFILE_NAMES = ['rfc', 'freebsd', 'linux'] as const;

export type ProfileName = (typeof PROFILE_NAMES)[number];

export interface Profile {
  readonly name: ProfileName;
  /** The receive window with its scale, the delay of ACKs, the timeouts. */
  readonly stack: ConnectionOptions;
  /** `write` before the connection is ESTABLISHED: the text is queued, as SEND in SYN-SENT is, or the call says this. */
  readonly writeWhileConnecting: 'queued' | 'EAGAIN' | 'ENOTCONN';
  /** What SO_ERROR says of a RST that came in CLOSE-WAIT, and in the states behind both FINs. */
  readonly resetInCloseWait: 'ECONNRESET' | 'EPIPE';
  readonly resetAfterClose: 'ECONNRESET' | undefined;
  /** shutdown() of both directions is a half-duplex CLOSE: text that comes then is answered by a RST (RFC 9293 section 3.6.1). */
  readonly shutdownIsClose: boolean;
  /** Whether connect() says 0 once, or EISCONN at once, when a connect that would have waited has come to its end. */
  readonly connectTellsOnce: boolean;
  /** Whether an accepted socket has O_NONBLOCK from its listener. */
  readonly acceptInheritsNonBlocking: boolean;
  /** SO_SNDBUF and SO_RCVBUF read back as twice what was set, since the host counts its own overhead. */
  readonly doublesBuffers: boolean;
  /** The name of the congestion control, as TCP_CONGESTION has it. */
  readonly congestion: string;
}

/** Linux's: while a window is opening, ACKs are worth more than what they cost (TCP_MAX_QUICKACKS). */
const QUICK_ACKS = 16;

/** The window of RFC 9293 without scaling: 65,535 at most, and no scale that changes it. */
const UNSCALED_WINDOW = 65_535;

const PROFILES: Readonly<Record<ProfileName, Profile>> = {
  rfc: {
    name: 'rfc',
    // SHLD-18 delays ACKs, and leaves it open from when on. Of Nagle's algorithm, the variant of appendix A.3, as hosts have it.
    stack: {
      receiveBuffer: UNSCALED_WINDOW,
      sendBuffer: 262_144,
      delayedAckMs: 40,
      nagle: 'small',
      quickAcks: QUICK_ACKS,
      congestionControl: 'reno',
      // RFC 6298, 2.4.
      rtoMinMs: 1_000,
      // As the kernels whose scripts these are have it: tcp_mtu_probing turns it on.
      mtuProbing: 'off',
    },
    writeWhileConnecting: 'queued',
    resetInCloseWait: 'ECONNRESET',
    resetAfterClose: 'ECONNRESET',
    shutdownIsClose: false,
    connectTellsOnce: true,
    acceptInheritsNonBlocking: false,
    doublesBuffers: false,
    congestion: 'reno',
  },
  freebsd: {
    name: 'freebsd',
    // net.inet.tcp.recvspace and sendspace, and delacktime of FreeBSD 14.
    stack: {
      receiveBuffer: 65_536,
      sendBuffer: 32_768,
      delayedAckMs: 40,
      nagle: 'small',
      mslMs: 30_000,
      rtoMinMs: 230,
      congestionControl: 'reno',
      mtuProbing: 'off',
    },
    writeWhileConnecting: 'ENOTCONN',
    resetInCloseWait: 'ECONNRESET',
    resetAfterClose: 'ECONNRESET',
    shutdownIsClose: false,
    connectTellsOnce: false,
    acceptInheritsNonBlocking: true,
    doublesBuffers: false,
    congestion: 'newreno',
  },
  linux: {
    name: 'linux',
    // The default of tcp_rmem, of which half is kept for overhead; tcp_wmem; a first window of about 64 KB, whose scale leaves
    // it room to grow to the largest tcp_rmem.
    stack: {
      receiveBuffer: 65_535,
      windowScale: 7,
      sendBuffer: 87_040,
      delayedAckMs: 40,
      nagle: 'small',
      quickAcks: QUICK_ACKS,
      mslMs: 30_000,
      finWait2Ms: 60_000,
      // As `drill --target linux` sets the kernel.
      congestionControl: 'reno',
      mtuProbing: 'off',
    },
    writeWhileConnecting: 'EAGAIN',
    resetInCloseWait: 'EPIPE',
    resetAfterClose: 'ECONNRESET',
    shutdownIsClose: true,
    connectTellsOnce: true,
    acceptInheritsNonBlocking: false,
    doublesBuffers: true,
    congestion: 'cubic',
  },
};

export function profileOf(name: ProfileName): Profile {
  return PROFILES[name];
}
