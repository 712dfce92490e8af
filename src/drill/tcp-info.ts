/**
 * TCP_INFO as code blocks see it: `tcpi_…` in the units of Linux's `struct tcp_info`, and the names of its constants.
 */

import type { ConnectionInfo, State } from '../stack/api.ts';

const STATE_NUMBERS: Readonly<Record<State, number>> = {
  ESTABLISHED: 1,
  'SYN-SENT': 2,
  'SYN-RECEIVED': 3,
  'FIN-WAIT-1': 4,
  'FIN-WAIT-2': 5,
  'TIME-WAIT': 6,
  CLOSED: 7,
  'CLOSE-WAIT': 8,
  'LAST-ACK': 9,
  LISTEN: 10,
  CLOSING: 11,
};

const STATE_NAMES: Readonly<Record<string, number>> = {
  ESTABLISHED: 1,
  SYN_SENT: 2,
  SYN_RECV: 3,
  SYN_RECEIVED: 3,
  FIN_WAIT1: 4,
  FIN_WAIT_1: 4,
  FIN_WAIT2: 5,
  FIN_WAIT_2: 5,
  TIME_WAIT: 6,
  CLOSE: 7,
  CLOSED: 7,
  CLOSE_WAIT: 8,
  LAST_ACK: 9,
  LISTEN: 10,
  CLOSING: 11,
};

const CA_STATES = { Open: 0, Disorder: 1, CWR: 2, Recovery: 3, Loss: 4 } as const;

const OPTION_BITS = { TIMESTAMPS: 1, SACK: 2, WSCALE: 4, ECN: 8, ECN_SEEN: 16, SYN_DATA: 32 } as const;

/** Linux says this of a slow start threshold that is not set yet. */
const NO_THRESHOLD = 0x7fff_ffff;

/** `TCP_ESTABLISHED`, `TCP_CA_Open`, `TCPI_OPT_SACK` … */
export const INFO_CONSTANTS: ReadonlyMap<string, number> = new Map([
  ...Object.entries(STATE_NAMES).flatMap(([name, value]): [string, number][] => [
    [`TCP_${name}`, value],
    [`TCPI_${name}`, value],
    [`TCPS_${name}`, value],
  ]),
  ...Object.entries(CA_STATES).map(([name, value]): [string, number] => [`TCP_CA_${name}`, value]),
  ...Object.entries(OPTION_BITS).map(([name, value]): [string, number] => [`TCPI_OPT_${name}`, value]),
]);

const RECOVERY = {
  open: CA_STATES.Open,
  disorder: CA_STATES.Disorder,
  fast: CA_STATES.Recovery,
  loss: CA_STATES.Loss,
};

/** A socket without a connection: LISTEN or CLOSED. */
export function infoWithoutConnection(state: State): ReadonlyMap<string, number> {
  return new Map([['tcpi_state', STATE_NUMBERS[state]]]);
}

/** The variables of one moment. Windows are in segments and times in microseconds, as Linux has them. */
export function infoVariables(info: ConnectionInfo, advertisedMss: number): ReadonlyMap<string, number> {
  const { snd, rcv, options } = info;
  const outstanding = (snd.nxt - snd.una) >>> 0;
  // As Linux has it: what a segment takes beside its timestamps.
  const size = options.timestamps ? snd.mss - 12 : snd.mss;
  const segments = (bytes: number): number => Math.ceil(bytes / size);
  const microseconds = (ms: number | undefined): number => Math.round((ms ?? 0) * 1_000);
  const variables: Readonly<Record<string, number>> = {
    state: STATE_NUMBERS[info.state],
    ca_state: RECOVERY[info.recovery],
    retransmits: info.backoff,
    backoff: info.backoff,
    options:
      (options.timestamps ? OPTION_BITS.TIMESTAMPS : 0) |
      (options.sack ? OPTION_BITS.SACK : 0) |
      (options.sndShift === undefined ? 0 : OPTION_BITS.WSCALE),
    snd_wscale: options.sndShift ?? 0,
    rcv_wscale: options.rcvShift ?? 0,
    rto: microseconds(info.rtoMs),
    rtt: microseconds(info.srttMs),
    rttvar: microseconds(info.rttvarMs),
    snd_mss: size,
    advmss: advertisedMss,
    unacked: segments(outstanding),
    retrans: info.recovery === 'open' ? 0 : Math.min(1, info.retransmissions),
    total_retrans: info.retransmissions,
    snd_ssthresh: Number.isFinite(info.ssthresh) ? Math.floor(info.ssthresh / size) : NO_THRESHOLD,
    snd_cwnd: Math.floor(info.cwnd / size),
    snd_wnd: snd.wnd,
    rcv_wnd: rcv.wnd,
    notsent_bytes: Math.max(0, snd.queued - outstanding),
    bytes_acked: Math.max(0, info.bytesSent - info.bytesRetransmitted - outstanding),
    bytes_received: info.bytesReceived,
    bytes_sent: info.bytesSent,
    bytes_retrans: info.bytesRetransmitted,
    segs_out: info.segmentsSent,
    segs_in: info.segmentsReceived,
  };
  return new Map(Object.entries(variables).map(([name, value]) => [`tcpi_${name}`, value]));
}
