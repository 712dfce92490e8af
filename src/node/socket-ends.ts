/**
 * The two ends of a socket's connection, as `net.Socket` names them.
 */

import type { AddressInfo } from 'node:net';
import { Duplex } from 'node:stream';
import type { Connection, ConnectionInfo, ConnectionMemory } from '../stack/api.ts';
import { familyName } from './resolve.ts';

/** As a connection's info, with what the socket itself holds. */
export interface SocketInfo extends ConnectionInfo {
  readonly memory: ConnectionMemory & {
    /** In the stream's own buffers: read and not consumed, or written and not taken by the connection; part of `total`. */
    readonly stream: number;
  };
}

/** What {@link Socket} tells of its connection, apart from what it does with it. */
export abstract class SocketEnds extends Duplex {
  protected current: Connection | undefined;
  /** The peer is remembered beyond the connection's end. */
  protected remote: { readonly address: string; readonly port: number } | undefined;

  /** The core's connection, for its state, `info()` and more. Undefined while there is none. */
  get connection(): Connection | undefined {
    return this.current;
  }

  /** The connection's state, numbers and memory. Undefined while there is none. */
  info(): SocketInfo | undefined {
    const info = this.current?.info();
    if (!info) return undefined;
    const stream = this.readableLength + this.writableLength;
    return { ...info, memory: { ...info.memory, stream, total: info.memory.total + stream } };
  }

  get remoteAddress(): string | undefined {
    return this.remote?.address;
  }

  get remotePort(): number | undefined {
    return this.remote?.port;
  }

  get remoteFamily(): string | undefined {
    return this.remote && familyName(this.remote.address);
  }

  // Undefined before `connect` and after the end, as in Node, whose types don't say so.
  get localAddress(): string {
    return this.current?.localAddress as string;
  }

  get localPort(): number {
    return this.current?.localPort as number;
  }

  get localFamily(): string {
    return (this.current && familyName(this.current.localAddress)) as string;
  }

  /** Bytes that were written and that the connection has not taken yet. */
  get bufferSize(): number {
    return this.writableLength;
  }

  /** `address:port` of each attempt, where a name had several addresses. */
  autoSelectFamilyAttemptedAddresses: string[] = [];

  /** The local end: `{address, family, port}`, or `{}` while there is none. */
  address(): AddressInfo | Record<string, never> {
    const { localAddress: address, localPort: port, localFamily: family } = this;
    return address === undefined ? {} : { address, family, port };
  }
}
