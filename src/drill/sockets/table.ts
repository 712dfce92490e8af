/**
 * The file descriptors of a run, under the numbers that the script gives them.
 */

import type { Clock } from '../../clock.ts';
import type { DrillConfig } from '../config.ts';
import type { Epoll } from './readiness.ts';
import { DrillSocket, type SocketHost } from './socket.ts';

export type Descriptor = DrillSocket | Epoll;

export class SocketTable {
  readonly host: SocketHost;
  readonly clock: Pick<Clock, 'now'>;
  readonly config: DrillConfig;
  readonly #descriptors = new Map<number, Descriptor>();

  constructor(host: SocketHost, clock: Pick<Clock, 'now'>, config: DrillConfig) {
    this.host = host;
    this.clock = clock;
    this.config = config;
  }

  find(fd: number): Descriptor | undefined {
    return this.#descriptors.get(fd);
  }

  /** The script's number for it; where the script expects an error there is none, and any free one will do. */
  add(descriptor: Descriptor, scriptFd: number): number {
    let fd = scriptFd;
    if (fd < 0) for (fd = 3; this.#descriptors.has(fd); ) fd++;
    this.#descriptors.set(fd, descriptor);
    return fd;
  }

  remove(fd: number): void {
    this.#descriptors.delete(fd);
  }

  get sockets(): DrillSocket[] {
    return [...this.#descriptors.values()].filter((descriptor) => descriptor instanceof DrillSocket);
  }
}
