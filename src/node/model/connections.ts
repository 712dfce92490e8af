/** The kernel's connections of this network namespace, those without a descriptor as well: one is asked for by sock_diag. */

import type { Endpoint } from '../../model/index.ts';
import type { State } from '../../tcp/state.ts';
import type { Libc, Memory } from '../drill/libc.ts';
import { AF_INET, AF_NETLINK, SOCK_CLOEXEC, SOCK_NONBLOCK, SOCK_RAW } from '../linux.ts';
import { KERNEL_STATES } from './kernel-socket.ts';

const NETLINK_SOCK_DIAG = 4;
const SOCK_DIAG_BY_FAMILY = 20;
const NLM_F_REQUEST = 1;
const NLMSG_ERROR = 2;
const IPPROTO_TCP = 6;
/** `struct nlmsghdr`, and `struct inet_diag_req_v2` behind it. */
const HEADER = 16;
const REQUEST = HEADER + 56;
const ROOM = 1_024;
const AT = {
  family: 16,
  protocol: 17,
  states: 20,
  srcPort: 24,
  dstPort: 26,
  src: 28,
  dst: 44,
  cookie: 64,
} as const;

export class KernelConnections {
  readonly #libc: Libc;
  readonly #fd: number;
  readonly #memory: Memory;

  constructor(libc: Libc) {
    this.#libc = libc;
    this.#fd = libc.call('socket', AF_NETLINK, SOCK_RAW | SOCK_NONBLOCK | SOCK_CLOEXEC, NETLINK_SOCK_DIAG);
    this.#memory = libc.memory(ROOM);
  }

  /** The state of the connection between the two; undefined where there is none. */
  state(local: Endpoint, remote: Endpoint): State | undefined {
    this.#ask(local, remote);
    const length = this.#libc.call('recv', this.#fd, this.#memory.address, ROOM, 0);
    const { view } = this.#memory;
    if (length < HEADER + 4 || view.getUint16(4, true) === NLMSG_ERROR) return undefined;
    const state = KERNEL_STATES[view.getUint8(HEADER + 1)];
    // Where there is no connection, the listener is found.
    return state === 'LISTEN' ? undefined : state;
  }

  close(): void {
    this.#libc.call('close', this.#fd);
    this.#libc.free(this.#memory);
  }

  #ask(local: Endpoint, remote: Endpoint): void {
    const { view, bytes, address } = this.#memory;
    bytes.fill(0, 0, REQUEST);
    view.setUint32(0, REQUEST, true);
    view.setUint16(4, SOCK_DIAG_BY_FAMILY, true);
    view.setUint16(6, NLM_F_REQUEST, true);
    view.setUint8(AT.family, AF_INET);
    view.setUint8(AT.protocol, IPPROTO_TCP);
    view.setUint32(AT.states, 0xffff_ffff, true);
    view.setUint16(AT.srcPort, local.port);
    view.setUint16(AT.dstPort, remote.port);
    view.setInt32(AT.src, local.address.w3);
    view.setInt32(AT.dst, remote.address.w3);
    // No cookie: whichever connection it is.
    bytes.fill(0xff, AT.cookie, AT.cookie + 8);
    this.#libc.call('send', this.#fd, address, REQUEST, 0);
  }
}
