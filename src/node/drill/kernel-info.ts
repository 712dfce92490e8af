/**
 * TCP_INFO as the kernel has it, by the names that code blocks use. Of a connection without a descriptor, such as one in
 * TIME-WAIT, there is only its state, in /proc.
 */

import { readFileSync } from 'node:fs';
import type { Flow } from '../../drill/flow.ts';
import type { Kernel } from './kernel-calls.ts';
import type { Memory } from './libc.ts';
import { optionNumber } from './numbers.ts';

const SOL_TCP = 6;
const TCP_INFO_ROOM = 512;
const [CLOSED, LISTEN] = [7, 10];

/** Of `struct tcp_info`: the fields behind its first eight bytes, and how wide they are. Later kernels have more of them. */
const FIELDS: readonly (readonly [bytes: 2 | 4 | 8, names: string])[] = [
  [4, 'rto ato snd_mss rcv_mss'],
  [4, 'unacked sacked lost retrans fackets'],
  [4, 'last_data_sent last_ack_sent last_data_recv last_ack_recv'],
  [4, 'pmtu rcv_ssthresh rtt rttvar snd_ssthresh snd_cwnd advmss reordering'],
  [4, 'rcv_rtt rcv_space total_retrans'],
  [8, 'pacing_rate max_pacing_rate bytes_acked bytes_received'],
  [4, 'segs_out segs_in notsent_bytes min_rtt data_segs_in data_segs_out'],
  [8, 'delivery_rate busy_time rwnd_limited sndbuf_limited'],
  [4, 'delivered delivered_ce'],
  [8, 'bytes_sent bytes_retrans'],
  [4, 'dsack_dups reord_seen rcv_ooopack snd_wnd rcv_wnd rehash'],
  [2, 'total_rto total_rto_recoveries'],
  [4, 'total_rto_time'],
];

/** What is known of the flow's connection, or of the socket that has none yet. */
export function kernelInfo(kernel: Kernel, flow: Flow | undefined): ReadonlyMap<string, number> {
  const open = kernel.descriptors.all;
  const descriptor = open.findLast(
    ({ kind, remotePort }) => kind === 'connection' && flow !== undefined && remotePort === flow.remotePort,
  );
  if (descriptor) return infoOf(kernel, descriptor.fd);
  if (flow?.localPort !== undefined) return stateAlone(stateOf(flow, flow.localPort));
  return stateAlone(open.some(({ kind }) => kind === 'listener') ? LISTEN : CLOSED);
}

function stateAlone(state: number): ReadonlyMap<string, number> {
  return new Map([['tcpi_state', state]]);
}

function infoOf({ libc }: Kernel, fd: number): ReadonlyMap<string, number> {
  const memory = libc.memory(TCP_INFO_ROOM + 4);
  try {
    memory.view.setUint32(TCP_INFO_ROOM, TCP_INFO_ROOM, true);
    const length = memory.address + BigInt(TCP_INFO_ROOM);
    libc.call('getsockopt', fd, SOL_TCP, optionNumber('TCP_INFO')!, memory.address, length);
    return readInfo(memory, memory.view.getUint32(TCP_INFO_ROOM, true));
  } finally {
    libc.free(memory);
  }
}

function readInfo({ view }: Pick<Memory, 'view'>, length: number): ReadonlyMap<string, number> {
  const info = new Map<string, number>();
  const bytes = ['state', 'ca_state', 'retransmits', 'probes', 'backoff', 'options'];
  bytes.forEach((name, at) => {
    info.set(`tcpi_${name}`, view.getUint8(at));
  });
  info.set('tcpi_snd_wscale', view.getUint8(6) & 0xf);
  info.set('tcpi_rcv_wscale', view.getUint8(6) >>> 4);
  info.set('tcpi_delivery_rate_app_limited', view.getUint8(7) & 1);
  info.set('tcpi_fastopen_client_fail', (view.getUint8(7) >>> 1) & 3);
  let at = 8;
  for (const [width, names] of FIELDS) {
    for (const name of names.split(' ')) {
      if (at + width > length) return info;
      const value =
        width === 8
          ? Number(view.getBigUint64(at, true))
          : width === 4
            ? view.getUint32(at, true)
            : view.getUint16(at, true);
      info.set(`tcpi_${name}`, value);
      at += width;
    }
  }
  return info;
}

/** The state of a connection that nobody has open: the kernel's tables of IPv4 and of IPv6 sockets have it by its ports. */
function stateOf({ remotePort }: Flow, localPort: number): number {
  const hexadecimal = (port: number): string => port.toString(16).toUpperCase().padStart(4, '0');
  for (const file of ['/proc/net/tcp', '/proc/net/tcp6']) {
    for (const line of readFileSync(file, 'latin1').split('\n').slice(1)) {
      const [, local, remote, state] = line.trim().split(/\s+/);
      if (local?.endsWith(`:${hexadecimal(localPort)}`) && remote?.endsWith(`:${hexadecimal(remotePort)}`)) {
        return Number.parseInt(state!, 16);
      }
    }
  }
  return CLOSED!;
}
