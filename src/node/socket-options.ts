/**
 * What sockets and servers may be given, and the many ways in which Node's calls take it.
 */

import type { LookupAddress, LookupOptions } from 'node:dns';
import type { Connection, ConnectionOptions, Stack } from '../stack/api.ts';
import { errors } from './node-errors.ts';

/** Resolves a name, as `dns.lookup` does. */
export type Lookup = (
  hostname: string,
  options: LookupOptions,
  callback: (error: NodeJS.ErrnoException | null, address: string | LookupAddress[], family?: number) => void,
) => void;

/** Options of the stack's connections that Node has no name for; see `ConnectionOptions`. */
export type StackSocketOptions = Omit<ConnectionOptions, 'noDelay' | 'keepAliveMs' | 'iss'>;

/** Options that are Node's. */
export interface NodeSocketOptions {
  /** Keep our direction open when the peer has closed theirs. Default false: the socket then ends by itself. */
  readonly allowHalfOpen?: boolean | undefined;
  readonly noDelay?: boolean | undefined;
  readonly keepAlive?: boolean | undefined;
  /** Milliseconds of idle time before the first keep-alive probe; 0 means the default of two hours. */
  readonly keepAliveInitialDelay?: number | undefined;
  readonly highWaterMark?: number | undefined;
}

export interface SocketOptions extends NodeSocketOptions, StackSocketOptions {
  readonly stack: Stack;
  /** Destroys the socket when it aborts. */
  readonly signal?: AbortSignal | undefined;
  /** See {@link Socket.linger}. */
  readonly linger?: number | undefined;
}

/** How a server makes a socket of a connection that it has accepted. */
export interface AdoptOptions extends SocketOptions {
  /** ESTABLISHED, or further. */
  readonly connection: Connection;
  /** Leaves what arrives in the connection until somebody reads. */
  readonly pauseOnCreate?: boolean | undefined;
  /** Called when the socket is destroyed, before 'close'. */
  readonly destroyed?: (() => void) | undefined;
}

/** What may be changed while the connection lives. */
export interface LivingSettings {
  noDelay: boolean;
  keepAliveMs: number | boolean;
  oobInline: boolean;
}

export interface SocketConnectOptions {
  readonly port: number;
  /** A name or an address. Default `localhost`. */
  readonly host?: string | undefined;
  /** One of the stack's own addresses. */
  readonly localAddress?: string | undefined;
  readonly localPort?: number | undefined;
  /** Which IP version names are resolved to: 4, 6, or 0 for both. Default: those that the stack has an address of. */
  readonly family?: number | undefined;
  /** Passed on to `lookup`. */
  readonly hints?: number | undefined;
  /**
   * Whether all addresses of a name are tried, one after the other and IPv4 and IPv6 by turns, until one answers. Default
   * true, unless `family` or `localAddress` is given.
   */
  readonly autoSelectFamily?: boolean | undefined;
  /** How long an address is tried while there are others, in milliseconds: 10 at least. Default 250. */
  readonly autoSelectFamilyAttemptTimeout?: number | undefined;
  /** Resolves names. Default `dns.lookup`, which asks the host's resolver: not through the stack. */
  readonly lookup?: Lookup | undefined;
}

export interface ServerOptions extends NodeSocketOptions, StackSocketOptions {
  readonly stack: Stack;
  /** Connections are handed out paused, with nothing read from them yet. */
  readonly pauseOnConnect?: boolean | undefined;
  /** See {@link Socket.linger}. */
  readonly linger?: number | undefined;
}

export interface ServerListenOptions {
  /** Default 0: any free one. */
  readonly port?: number | string | null | undefined;
  /** One of the stack's addresses, a name of it, or `0.0.0.0` or `::` for all of them, which is the default. */
  readonly host?: string | undefined;
  /** How many connections may wait to be accepted. Default 511. */
  readonly backlog?: number | undefined;
  /** Closes the server when it aborts. */
  readonly signal?: AbortSignal | undefined;
}

const STACK_OPTIONS = {
  userTimeoutMs: 1,
  userTimeoutEnabled: 1,
  userTimeoutChangeable: 1,
  userTimeoutAdvertisedMs: 1,
  userTimeoutLowerLimitMs: 1,
  userTimeoutUpperLimitMs: 1,
  sendBuffer: 1,
  receiveBuffer: 1,
  mslMs: 1,
  finWait2Ms: 1,
  rtoInitialMs: 1,
  rtoMinMs: 1,
  rtoRestart: 1,
  lossRecovery: 1,
  timeWaitProtection: 1,
  restartAfterIdle: 1,
  windowValidation: 1,
  congestionControl: 1,
  pacing: 1,
  ecn: 1,
  delayedAckMs: 1,
  nagle: 1,
  quickAcks: 1,
  cork: 1,
  keepAliveIntervalMs: 1,
  keepAliveProbes: 1,
  mss: 1,
  mtuProbing: 1,
  baseMss: 1,
  pathMtuAgeMs: 1,
  windowScaling: 1,
  windowScale: 1,
  timestamps: 1,
  sack: 1,
  oobInline: 1,
  trafficClass: 1,
  hopLimit: 1,
} satisfies Record<keyof StackSocketOptions, 1>;

/** The stack's own options among `options`, which may hold others: an HTTP agent passes all it has. */
export function stackOptions(options: StackSocketOptions): StackSocketOptions {
  const picked: Record<string, unknown> = {};
  for (const name of Object.keys(STACK_OPTIONS) as (keyof StackSocketOptions)[])
    if (options[name] !== undefined) picked[name] = options[name];
  return picked;
}

/** What the stack is told of Node's two options for keep-alive. */
export function keepAliveMs(enable: boolean | undefined, initialDelay: number | undefined): number | boolean {
  return Boolean(enable) && (initialDelay && initialDelay > 0 ? initialDelay : true);
}

type Listener = () => void;

interface Arguments {
  readonly options: Record<string, unknown>;
  readonly listener: Listener | undefined;
  readonly rest: readonly unknown[];
}

/** `(options[, listener])` and `(port[, host][, …][, listener])`. */
function normalize(args: readonly unknown[], call: string): Arguments {
  const last = args.at(-1);
  const listener = typeof last === 'function' ? (last as Listener) : undefined;
  const [first, second, ...others] = listener ? args.slice(0, -1) : args;
  if (typeof first === 'object' && first !== null) {
    const { path } = first as { path?: unknown };
    // An HTTP agent's options have the URL's path, which is none of a pipe, beside the port.
    if (path != null && (first as { port?: unknown }).port == null) throw noPipes(call);
    return { options: { ...first }, listener, rest: [second, ...others] };
  }
  if (typeof first === 'string' && !/^\d+$/.test(first)) throw noPipes(call);
  const host = typeof second === 'string' ? { host: second } : {};
  return { options: { port: first, ...host }, listener, rest: [second, ...others] };
}

function noPipes(call: string): Error {
  return errors.invalidValue(`${call}: a stack has no pipes and no paths; give a port`);
}

/** Throws ERR_MISSING_ARGS, ERR_SOCKET_BAD_PORT or ERR_INVALID_ARG_TYPE. */
export function connectArguments(args: readonly unknown[]): {
  readonly options: SocketConnectOptions & { readonly port: number };
  readonly listener: Listener | undefined;
} {
  const { options, listener } = normalize(args, 'connect');
  if (options.port == null) throw errors.missing('connect: give a port, or options with a port');
  const port = toPort(options.port, 'Port');
  const { localPort, lookup } = options;
  if (localPort !== undefined) toPort(localPort, 'localPort');
  if (lookup != null && typeof lookup !== 'function')
    throw errors.invalidType('connect: lookup is no function');
  return { options: { ...options, port }, listener };
}

/** Throws ERR_SOCKET_BAD_PORT or ERR_INVALID_ARG_VALUE. */
export function listenArguments(args: readonly unknown[]): {
  readonly options: ServerListenOptions & { readonly port: number };
  readonly listener: Listener | undefined;
} {
  const { options, listener, rest } = normalize(args, 'listen');
  const port = toPort(options.port ?? 0, 'options.port');
  const backlog = options.backlog ?? rest.find((value) => typeof value === 'number');
  return {
    options: { ...options, port, ...(typeof backlog === 'number' && backlog > 0 ? { backlog } : {}) },
    listener,
  };
}

function toPort(value: unknown, name: string): number {
  const isText = typeof value === 'string' && value.trim() !== '';
  const port = isText || typeof value === 'number' ? Number(value) : Number.NaN;
  if (Number.isInteger(port) && port >= 0 && port <= 65_535) return port;
  throw errors.badPort(name, value);
}
