/** The descriptors of a script, under the numbers that it has for them. */

export interface Descriptor {
  /** The kernel's own number. */
  readonly fd: number;
  kind: 'socket' | 'listener' | 'connection' | 'epoll';
  /** The peer's port, once it has a peer. */
  remotePort?: number;
}

export class Descriptors {
  readonly #byNumber = new Map<number, Descriptor>();

  find(scriptFd: number): Descriptor | undefined {
    return this.#byNumber.get(scriptFd);
  }

  /** The kernel's number; one that it has for nobody where the script has none open. */
  fdOf(scriptFd: number): number {
    return this.#byNumber.get(scriptFd)?.fd ?? -1;
  }

  /** Gives the script's number; any free one where the script expects none. */
  add(descriptor: Descriptor, scriptFd: number): number {
    let number = scriptFd;
    if (number < 0) for (number = 3; this.#byNumber.has(number); ) number++;
    this.#byNumber.set(number, descriptor);
    return number;
  }

  remove(scriptFd: number): void {
    this.#byNumber.delete(scriptFd);
  }

  get all(): Descriptor[] {
    return [...this.#byNumber.values()];
  }
}
