/**
 * This machine's own kernel as the target of a script, in real time: frames go through a TUN device, and calls are made on
 * real sockets. It never returns to the event loop, so that nothing else comes between.
 */

import { readCommand } from '../../drill/commands.ts';
import type { DrillConfig } from '../../drill/config.ts';
import type { Flow } from '../../drill/flow.ts';
import type { Arguments } from '../../drill/sockets/arguments.ts';
import type { Pending } from '../../drill/sockets/returned.ts';
import type { PlayedFrame, SentFrame, Target } from '../../drill/target.ts';
import { StackError } from '../../errors.ts';
import type { Frame } from '../../net/device.ts';
import { decodeIp } from '../../wire/index.ts';
import { errno } from '../linux.ts';
import { CallThread } from './call-thread.ts';
import { type Kernel, type KernelCall, kernel, prepareCall, returnedBy } from './kernel-calls.ts';
import { kernelInfo } from './kernel-info.ts';
import { errnoText, type Libc, type Memory } from './libc.ts';
import { type DrillNamespace, writeSysctl } from './namespace.ts';

const EFD_NONBLOCK = 0x800;
const POLLIN = 1;
const SCHED_RR = 2;
/** Two descriptors to wait for: the device's, and the one to which the threads write. */
const POLL_ENTRY = 8;
const POLL_ENTRIES = 2;
const FRAME_ROOM = 65_536;

/** One call may wait, and the script may make another meanwhile. */
const THREADS = 2;

/** Nothing that a kernel does by itself takes longer: its longest retransmission timeout is two minutes. */
const LONGEST_WAIT_MS = 180_000;

export class LinuxTarget implements Target {
  readonly name = 'Linux';
  readonly longestWaitMs = LONGEST_WAIT_MS;
  readonly idle = false;
  readonly sent: SentFrame[] = [];
  readonly log: PlayedFrame[] = [];
  readonly #libc: Libc;
  readonly #kernel: Kernel;
  readonly #tunFd: number;
  readonly #wakeFd: number;
  readonly #threads: readonly CallThread[];
  readonly #frame: Memory;
  readonly #polled: Memory;
  readonly #interval: Memory;
  #startMs = performance.now();
  #stopsMs: number[] = [];

  private constructor(
    libc: Libc,
    config: DrillConfig,
    { tunFd }: DrillNamespace,
    wakeFd: number,
    threads: readonly CallThread[],
  ) {
    this.#libc = libc;
    this.#kernel = kernel(libc, config);
    this.#tunFd = tunFd;
    this.#wakeFd = wakeFd;
    this.#threads = threads;
    this.#frame = libc.memory(FRAME_ROOM);
    this.#polled = libc.memory(POLL_ENTRY * POLL_ENTRIES);
    this.#interval = libc.memory(16);
    [tunFd, wakeFd].forEach((fd, index) => {
      this.#polled.view.setInt32(POLL_ENTRY * index, fd, true);
      this.#polled.view.setInt16(POLL_ENTRY * index + 4, POLLIN, true);
    });
  }

  /** The calling thread has to be in the namespace. */
  static async open(libc: Libc, config: DrillConfig, namespace: DrillNamespace): Promise<LinuxTarget> {
    const wakeFd = libc.call('eventfd', 0, EFD_NONBLOCK);
    if (wakeFd < 0) throw new StackError('ENODEV', `eventfd: ${errnoText(-wakeFd)}.`);
    const threads = await Promise.all(Array.from({ length: THREADS }, () => CallThread.start(wakeFd)));
    return new LinuxTarget(libc, config, namespace, wakeFd, threads);
  }

  /**
   * Lets what plays the script come before other processes, which would make it late. Without the right to, being on time is a
   * matter of luck. Not before all is ready: what takes long would make the scripts late that play at the same time.
   */
  hurry(): void {
    const priority = this.#libc.memory(4);
    priority.view.setInt32(0, 1, true);
    for (const id of [0, ...this.#threads.map((thread) => thread.id)])
      this.#libc.call('sched_setscheduler', id, SCHED_RR, priority.address);
    this.#libc.free(priority);
  }

  start(): void {
    this.#startMs = performance.now();
  }

  now(): number {
    return Math.round((performance.now() - this.#startMs) * 1_000) / 1_000;
  }

  inject(frame: Frame): void {
    this.#frame.bytes.set(frame);
    this.log.push({ kind: 'received', timeMs: this.now(), frame });
    const written = this.#libc.call('write', this.#tunFd, this.#frame.address, frame.length);
    if (written < 0)
      throw new StackError('ENETDOWN', `The TUN device took no frame: ${errnoText(-written)}.`);
    this.#takeFrames();
  }

  advanceTo(timeMs: number, stop: () => boolean): void {
    const untilMs = Math.min(timeMs, this.now() + LONGEST_WAIT_MS);
    for (;;) {
      this.#takeFrames();
      if (stop()) return;
      const nowMs = this.now();
      if (nowMs >= untilMs) return;
      this.#stopsMs = this.#stopsMs.filter((stopMs) => stopMs > nowMs);
      this.#sleep(Math.min(untilMs, ...this.#stopsMs) - nowMs);
    }
  }

  stopAt(timeMs: number): void {
    this.#stopsMs.push(timeMs);
  }

  begin(args: Arguments, expectedFd: number): Pending {
    const call = prepareCall(this.#kernel, args, expectedFd);
    if (call.waits) return this.#beginOnThread(call);
    const returned = returnedBy(this.#kernel, call, this.#libc.call(call.name, ...call.words));
    this.#takeFrames();
    return { attempt: () => returned };
  }

  mayConnect(fd: number): boolean {
    return this.#kernel.descriptors.find(fd)?.kind === 'socket';
  }

  command(text: string): ReturnType<Target['command']> {
    const { settings, sleepMs, ignored } = readCommand(text);
    const notes = settings.flatMap(({ name, value }) => {
      const error = writeSysctl(name, value);
      if (name === 'net.ipv4.tcp_congestion_control') {
        // Namespaces may have those alone that the machine lets anybody use, and sockets of root any.
        this.#kernel.congestionControl = error === 'EPERM' ? value : undefined;
        if (error === 'EPERM') return [];
      }
      if (error === undefined) return [];
      return [error === 'ENOENT' ? `not here: ${name}=${value}` : `can't be set: ${name}=${value}: ${error}`];
    });
    return { sleepMs, notes: [...notes, ...ignored.map((line) => `no effect here: ${line}`)] };
  }

  info(flow: Flow | undefined): ReadonlyMap<string, number> {
    return kernelInfo(this.#kernel, flow);
  }

  #beginOnThread(call: KernelCall): Pending {
    const thread = this.#threads.find(({ busy }) => !busy);
    if (!thread) throw new Error(`${call.name}: ${THREADS} calls wait already`);
    thread.begin(call.name, call.words);
    thread.settle((ms) => this.#sleep(ms, 1));
    this.#takeFrames();
    return {
      attempt: () => {
        const { result } = thread;
        if (result === undefined) return undefined;
        thread.release();
        return returnedBy(this.#kernel, call, result);
      },
    };
  }

  /** Waits for a frame or for a call that comes back, so long at most. `from` 1: for a call alone. */
  #sleep(ms: number, from: 0 | 1 = 0): void {
    const nanoseconds = BigInt(Math.max(0, Math.round(ms * 1e6)));
    this.#interval.view.setBigInt64(0, nanoseconds / 1_000_000_000n, true);
    this.#interval.view.setBigInt64(8, nanoseconds % 1_000_000_000n, true);
    const polled = this.#polled.address + BigInt(POLL_ENTRY * from);
    this.#libc.call('ppoll', polled, POLL_ENTRIES - from, this.#interval.address, 0);
    // Whoever wrote there is looked at by itself.
    this.#libc.call('read', this.#wakeFd, this.#frame.address, 8);
  }

  /** Everything that the kernel has sent until now. */
  #takeFrames(): void {
    for (;;) {
      const count = this.#libc.call('read', this.#tunFd, this.#frame.address, FRAME_ROOM);
      if (count === -errno.EINTR) continue;
      if (count <= 0) return;
      const timeMs = this.now();
      const frame = this.#frame.bytes.slice(0, count);
      if (isAboutGroups(frame)) continue;
      this.sent.push({ timeMs, frame });
      this.log.push({ kind: 'sent', timeMs, frame });
    }
  }
}

/** What a kernel tells its neighbours of itself: reports of multicast groups, solicitations. No script is about those. */
function isAboutGroups(frame: Frame): boolean {
  const packet = decodeIp(frame);
  return packet.kind === 'ip' && packet.dst.isMulticast;
}
