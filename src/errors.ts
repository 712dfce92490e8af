/** The error codes that the stack reports: Node's own names, so that code written for `node:net` understands them. */
export type ErrorCode =
  | 'EACCES'
  | 'EADDRINUSE'
  | 'EADDRNOTAVAIL'
  | 'EALREADY'
  | 'EBUSY'
  | 'ECONNABORTED'
  | 'ECONNREFUSED'
  | 'ECONNRESET'
  | 'EHOSTUNREACH'
  | 'EINVAL'
  | 'EMSGSIZE'
  | 'ENETDOWN'
  | 'ENETUNREACH'
  | 'ENOBUFS'
  | 'ENODEV'
  | 'ENOTCONN'
  | 'EPERM'
  | 'EPIPE'
  | 'ETIMEDOUT';

/** Where an error happened, as far as that is known. */
export interface ErrorPlace {
  /** The call that failed: `connect`, `listen`, `read`, `write` … */
  readonly syscall?: string;
  readonly address?: string;
  readonly port?: number;
  readonly cause?: unknown;
}

/**
 * An error of the network or of a call's arguments. `code` is stable and shaped as Node's.
 *
 * @example
 * ```ts
 * try {
 *   await stack.connect({ host: '198.18.0.2', port: 81 });
 * } catch (error) {
 *   if (error instanceof StackError && error.code === 'ECONNREFUSED') retryLater();
 * }
 * ```
 */
export class StackError extends Error {
  override readonly name = 'StackError';
  readonly code: ErrorCode;
  readonly syscall?: string;
  readonly address?: string;
  readonly port?: number;

  constructor(code: ErrorCode, message: string, place: ErrorPlace = {}) {
    const { syscall, address, port, cause } = place;
    super(message, cause === undefined ? undefined : { cause });
    this.code = code;
    if (syscall !== undefined) this.syscall = syscall;
    if (address !== undefined) this.address = address;
    if (port !== undefined) this.port = port;
  }
}
