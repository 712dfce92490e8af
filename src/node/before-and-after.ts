/**
 * Writes to a socket at the wrong time, answered as Node answers them: before it is connected, and after the peer's FIN
 * has ended it.
 */

import process from 'node:process';
import { Duplex } from 'node:stream';
import { errors } from './node-errors.ts';

type Callback = (error?: Error | null) => void;

/** Calls `write` when the socket is connected, or `callback` with an error when it closes before that. */
export function whenConnected(socket: Duplex, write: () => void, callback: Callback): void {
  const connected = (): void => {
    socket.off('close', closed);
    write();
  };
  const closed = (): void => {
    socket.off('connect', connected);
    callback(errors.closedBeforeConnection());
  };
  socket.once('connect', connected);
  socket.once('close', closed);
}

/** The peer's FIN ends our direction too: whoever writes afterwards is told why that is no use. */
export function refuseWrites(socket: Duplex): void {
  socket.write = (...args: unknown[]): boolean => {
    if (!socket.writableEnded)
      return Duplex.prototype.write.apply(socket, args as Parameters<Duplex['write']>);
    const error = errors.endedByPeer();
    const callback = args.findLast((value) => typeof value === 'function') as Callback | undefined;
    if (callback) process.nextTick(callback, error);
    socket.destroy(error);
    return false;
  };
}
