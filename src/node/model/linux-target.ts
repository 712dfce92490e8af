/**
 * This machine's kernel as a target: the words' frames go through a TUN device, the words' calls are real socket calls, all
 * of it in a network namespace that nothing else is in.
 */

import { writeFileSync } from 'node:fs';
import { StackError } from '../../errors.ts';
import type {
  Endpoint,
  Session,
  SessionOptions,
  Situation,
  Target,
  TestSymbol,
  Told,
} from '../../model/index.ts';
import { decodeIp, decodeTcp, parseAddress } from '../../wire/index.ts';
import { type Libc, loadLibc } from '../drill/libc.ts';
import { errno } from '../linux.ts';
import { openTun, type TunDevice } from '../tun.ts';
import { KernelConnections } from './connections.ts';
import { LinuxSession, type LinuxWire } from './linux-session.ts';

const CLONE_NEWNET = 0x4000_0000;
const STACK = '198.18.0.1';
const PEER = parseAddress('198.18.0.2')!;
/** Each word has ports of its own, so that a connection that lingers in TIME-WAIT is in nobody's way. */
const FIRST_PORT = 1_024;
const PORTS = 60_000;
const USER_TIMEOUT_MS = 2_500;
/** Long enough for a delayed ACK, which Linux holds back for 40 ms. */
const ANSWERS_WITHIN_MS = 100;
const SESSIONS = 100;

const CALLS: ReadonlySet<TestSymbol> = new Set(['SEND', 'CLOSE', 'CLOSE both', 'ABORT', 'SET keep-alive']);

/**
 * What the table and the kernel have to be told alike; a fresh namespace has some of its settings from the machine around it.
 */
const SETTINGS: Readonly<Record<string, string>> = {
  tcp_rfc1337: '1',
  tcp_ecn: '0',
  tcp_syncookies: '0',
  // Nothing but the retransmission timer sends again.
  tcp_early_retrans: '0',
  tcp_congestion_control: 'reno',
  tcp_no_metrics_save: '1',
  // Every challenge ACK that the RFC asks for.
  tcp_invalid_ratelimit: '0',
  tcp_challenge_ack_limit: '1000000',
  tcp_max_tw_buckets: '100000',
};

export interface LinuxOptions {
  /**
   * The retransmission timeout at least. Default the kernel's own 200: words that wait for it are then quick. With a long one
   * answers don't depend on how fast a word is played. Needs Linux 6.11; older ones keep to their own.
   */
  readonly rtoMinMs?: number;
}

/**
 * Takes the calling thread to a network namespace of its own, for as long as the process lasts, and opens the target in there.
 *
 * @throws StackError EPERM without CAP_SYS_ADMIN and CAP_NET_ADMIN; ENODEV without Linux, koffi or the TUN driver
 */
export async function linuxTarget({ rtoMinMs }: LinuxOptions = {}): Promise<Target> {
  const libc = await loadLibc();
  const left = libc.call('unshare', CLONE_NEWNET);
  if (left === -errno.EPERM)
    throw new StackError(
      'EPERM',
      'A network namespace can not be made by this process: it lacks CAP_SYS_ADMIN. Run as root.',
    );
  if (left < 0) throw new StackError('ENODEV', `A network namespace could not be made (errno ${-left}).`);
  for (const [name, value] of Object.entries(SETTINGS)) set(name, value);
  if (rtoMinMs !== undefined) set('tcp_rto_min_us', String(rtoMinMs * 1_000));
  const device = await openTun({ name: 'tun0', address: `${STACK}/24` });
  return new LinuxTarget(libc, device);
}

/** A kernel that does not have a setting goes without it: a word tells then. */
function set(name: string, value: string): void {
  try {
    writeFileSync(`/proc/sys/net/ipv4/${name}`, value);
  } catch {
    // Some of them are the whole machine's in older kernels.
  }
}

class LinuxTarget implements Target, LinuxWire {
  readonly name = 'linux';
  readonly realTime = true;
  readonly answersWithinMs = ANSWERS_WITHIN_MS;
  readonly userTimeoutMs = USER_TIMEOUT_MS;
  readonly tells: ReadonlySet<Told> = new Set<Told>([
    'opened',
    'text',
    'closing',
    'reset',
    'refused',
    'timeout',
  ]);
  readonly choosesTimeWaitProtection = false;
  readonly tellsWhoClosed = false;
  readonly slow: ReadonlySet<TestSymbol> = new Set<TestSymbol>(['2 MSL']);
  readonly sessions = SESSIONS;
  readonly libc: Libc;
  readonly connections: KernelConnections;
  readonly #device: TunDevice;
  readonly #sessions = new Map<number, LinuxSession>();

  constructor(libc: Libc, device: TunDevice) {
    this.libc = libc;
    this.connections = new KernelConnections(libc);
    this.#device = device;
    device.frames$.subscribe((frames) => {
      for (const frame of frames) this.#arrives(frame);
    });
  }

  cannot(symbol: TestSymbol, { state, listens, reader }: Situation): string | undefined {
    const isCall = CALLS.has(symbol);
    if (isCall && reader === 'gone') return 'its user has no descriptor any more to call with';
    if (isCall && state === 'SYN-RECEIVED' && listens)
      return 'before ESTABLISHED the user of a listener has no descriptor to call with';
    if (symbol === 'SEND' && (state === 'SYN-SENT' || state === 'SYN-RECEIVED'))
      return 'its send() waits until the connection is ESTABLISHED';
    if (symbol === 'ACK of the probe') return 'its window probes carry no octet';
    return undefined;
  }

  async session(options: SessionOptions): Promise<Session> {
    const port = FIRST_PORT + (options.index % PORTS);
    const stack: Endpoint = { address: parseAddress(STACK)!, port };
    const session = new LinuxSession(this, stack, { address: PEER, port }, options, USER_TIMEOUT_MS);
    this.#sessions.set(port, session);
    return session;
  }

  async close(): Promise<void> {
    for (const session of [...this.#sessions.values()]) await session.end();
    this.#device.close();
    this.connections.close();
  }

  write(packet: Uint8Array): void {
    this.#device.write(packet);
  }

  ended(session: LinuxSession): void {
    if (this.#sessions.get(session.peer.port) === session) this.#sessions.delete(session.peer.port);
  }

  #arrives(frame: Uint8Array): void {
    const packet = decodeIp(frame);
    if (packet.kind !== 'ip') return;
    const segment = decodeTcp(packet);
    // The frame's memory is the device's.
    if (segment.kind === 'tcp') this.#sessions.get(segment.dstPort)?.arrives(frame.slice());
  }
}
