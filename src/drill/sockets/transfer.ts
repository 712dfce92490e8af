/**
 * Reading from and writing to sockets: everything from read() to sendmsg() comes down to these.
 */

import { StackError } from '../../errors.ts';
import { MissingFeature } from '../source.ts';
import { type Attempt, done, failed, type Returned } from './returned.ts';
import type { DrillSocket } from './socket.ts';
import { MSG } from './symbols.ts';

/** Reads `length` bytes at most. */
export function reading(socket: DrillSocket, length: number, flags: number): Attempt {
  if ((flags & MSG.ERRQUEUE) !== 0) throw new MissingFeature('MSG_ERRQUEUE');
  if ((flags & MSG.OOB) !== 0) return () => readUrgent(socket);
  const waits = !socket.nonBlocking && (flags & MSG.DONTWAIT) === 0;
  const atLeast = (flags & MSG.WAITALL) !== 0 ? length : Math.min(length, socket.value('SO_RCVLOWAT', 1));
  return () => {
    const { connection } = socket;
    if (!connection) return failed('ENOTCONN');
    const here = connection.peek(upToMark(socket, length)).length;
    if (here > 0 && (here >= atLeast || socket.atEnd || !waits)) {
      return done((flags & MSG.PEEK) !== 0 ? here : consume(socket, upToMark(socket, length)));
    }
    if (length === 0) return done(0);
    const error = socket.takeError();
    if (error !== undefined) return failed(error);
    if (socket.atEnd) return done(0);
    return waits ? undefined : failed('EAGAIN');
  };
}

/** An urgent octet in the stream is where a read ends, so that SIOCATMARK can find it. */
function upToMark({ connection, options }: DrillSocket, length: number): number {
  const before = connection!.info().urgentBytes - 1;
  return options.oobInline && before > 0 ? Math.min(length, before) : length;
}

function consume(socket: DrillSocket, length: number): number {
  let count = 0;
  while (count < length) {
    // Text stops before the urgent octet; one read does not go beyond it (RFC 9293 section 3.8.5).
    const more = socket.connection!.peek(length - count).length;
    if (more === 0) break;
    for (let left = more; left > 0; ) {
      const bytes = socket.connection!.tryRead(left);
      if (!bytes) return count;
      left -= bytes.length;
      count += bytes.length;
    }
    if (socket.connection!.info().urgentBytes > 0) break;
  }
  return count;
}

function readUrgent(socket: DrillSocket): Returned {
  const { connection } = socket;
  if (!connection) return failed('ENOTCONN');
  if (socket.options.oobInline) return failed('EINVAL');
  const pending = connection.info().urgentBytes > 0;
  const octet = connection.readUrgent();
  if (octet !== undefined) return done(1);
  return failed(pending ? 'EAGAIN' : 'EINVAL');
}

/** Writes `length` bytes of zeros. A call that waits goes on until all are queued. */
export function writing(socket: DrillSocket, length: number, flags: number): Attempt {
  if ((flags & MSG.ZEROCOPY) !== 0) throw new MissingFeature('MSG_ZEROCOPY');
  if ((flags & MSG.FASTOPEN) !== 0) throw new MissingFeature('TCP Fast Open');
  const waits = !socket.nonBlocking && (flags & MSG.DONTWAIT) === 0;
  let written = 0;
  return () => {
    const { connection } = socket;
    if (!connection) return failed(socket.listener ? 'EPIPE' : 'ENOTCONN');
    const error = written === 0 ? socket.takeError() : undefined;
    if (error !== undefined) return failed(error);
    if (socket.connecting && socket.host.profile.writeWhileConnecting !== 'queued') {
      if (socket.host.profile.writeWhileConnecting === 'ENOTCONN') return failed('ENOTCONN');
      return waits ? undefined : failed('EAGAIN');
    }
    if (!socket.mayWrite) return written > 0 ? done(written) : failed('EPIPE');
    try {
      written += write(socket, length - written, flags);
    } catch (refused) {
      if (!(refused instanceof StackError)) throw refused;
      return written > 0 ? done(written) : failed(refused.code);
    }
    if (written === length) return done(written);
    if (waits) return undefined;
    return written > 0 ? done(written) : failed('EAGAIN');
  };
}

/** No send buffer is as large: what a call asks for beyond it waits in any case. */
const LARGEST_PIECE = 2 ** 26;

/** MSG_MORE is a cork for as long as writes have it. */
function write(socket: DrillSocket, length: number, flags: number): number {
  const connection = socket.connection!;
  const more = (flags & MSG.MORE) !== 0 && !socket.options.cork;
  if (more && !socket.heldByMore) connection.set({ cork: true });
  const piece = Math.min(length, LARGEST_PIECE);
  const urgent = (flags & MSG.OOB) !== 0 && piece === length;
  const count = piece <= 0 ? 0 : connection.tryWrite(new Uint8Array(piece), urgent);
  if (!more && socket.heldByMore) connection.set({ cork: false });
  socket.heldByMore = more;
  return count;
}
