/** The inspector's server: its page over HTTP, and what it shows over WebSocket. */

import { randomBytes } from 'node:crypto';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { networkInterfaces } from 'node:os';
import type { Duplex } from 'node:stream';
import { type WebSocket, WebSocketServer } from 'ws';
import { type ErrorCode, StackError } from '../errors.ts';
import type { Source } from '../inspect/index.ts';
import { type InspectorClient, StatelyClient, ViewerClient } from './inspector-client.ts';
import { builtPage, securityHeaders, sendFile } from './inspector-files.ts';
import { type GuardOptions, isLoopback, refuseHost, refuseOrigin, refuseToken } from './inspector-guard.ts';
import { Pace } from './inspector-pace.ts';

export interface InspectorServerOptions {
  /** Default 7413; 0 takes any free one. */
  readonly port?: number;
  /** Where to listen. Default 127.0.0.1: anything but this machine itself then needs the token of `url`. */
  readonly host?: string;
  /** The origin of one page of another site that may attach to `/stately`, as `https://stately.example`. */
  readonly statelyOrigin?: string;
  /** The folder of the built page. Default: where the build puts it. */
  readonly folder?: string;
}

export interface InspectorServer {
  /** What to open in a browser. */
  readonly url: string;
  readonly port: number;
  /** Who is attached. */
  readonly clients: number;
  close(): Promise<void>;
}

export const INSPECTOR_PORT = 7413;

/** How often viewers are told what is new. */
const FLUSH_MS = 50;
/** No command is longer. */
const LONGEST_MESSAGE = 65_536;

/**
 * Serves a source's inspector. Resolves once it listens.
 *
 * @throws StackError EADDRINUSE, EADDRNOTAVAIL or EACCES when it can't listen there; EINVAL for an origin that is none
 * @example
 * ```ts
 * const server = await serveInspector(createInspector(stack));
 * console.log(server.url); // http://127.0.0.1:7413/
 * ```
 */
export async function serveInspector(
  source: Source,
  options: InspectorServerOptions = {},
): Promise<InspectorServer> {
  const server = new HttpInspector(source, options);
  await server.listen();
  return server;
}

class HttpInspector implements InspectorServer {
  readonly #source: Source;
  readonly #folder: string;
  readonly #host: string;
  readonly #wantedPort: number;
  readonly #statelyOrigin: string | undefined;
  readonly #server: Server;
  readonly #sockets = new WebSocketServer({
    noServer: true,
    maxPayload: LONGEST_MESSAGE,
    perMessageDeflate: false,
  });
  readonly #clients = new Map<WebSocket, InspectorClient>();
  readonly #pace = new Pace();
  #guard: GuardOptions = { port: 0, hostName: undefined, token: undefined };
  #ticking: NodeJS.Timeout | undefined;

  constructor(source: Source, options: InspectorServerOptions) {
    this.#source = source;
    this.#folder = options.folder ?? builtPage();
    this.#host = options.host ?? '127.0.0.1';
    this.#wantedPort = options.port ?? INSPECTOR_PORT;
    this.#statelyOrigin = originOf(options.statelyOrigin);
    this.#server = createServer((request, response) => this.#answer(request, response));
    this.#server.on('upgrade', (request, socket, head) => this.#upgrade(request, socket, head));
    // Half a request, or none: whoever sends that does not get to know more.
    this.#server.on('clientError', (_, socket) => socket.destroy());
  }

  async listen(): Promise<void> {
    await new Promise<void>((resolve, reject) => {
      this.#server.once('error', (error: NodeJS.ErrnoException) =>
        reject(listenError(error, this.#host, this.#wantedPort)),
      );
      this.#server.listen(this.#wantedPort, this.#host, resolve);
    });
    const { port } = this.#server.address() as AddressInfo;
    const token = isLoopback(this.#host) ? undefined : randomBytes(16).toString('hex');
    const isName = !/^[\d.]+$/.test(this.#host) && !this.#host.includes(':');
    this.#guard = { port, hostName: isName ? this.#host : undefined, token };
  }

  get port(): number {
    return this.#guard.port;
  }

  get clients(): number {
    return this.#clients.size;
  }

  get url(): string {
    const address = reachable(this.#host);
    const host = address.includes(':') ? `[${address}]` : address;
    const { token } = this.#guard;
    return `http://${host}:${this.port}/${token === undefined ? '' : `?token=${token}`}`;
  }

  async close(): Promise<void> {
    for (const [socket, client] of this.#clients) {
      client.finish();
      socket.close(1001, 'the run is over');
    }
    const closed = new Promise<void>((resolve) => this.#server.close(() => resolve()));
    this.#server.closeAllConnections();
    // A viewer that does not answer the close is not waited for.
    const patience = setTimeout(() => this.#terminate(), 500);
    patience.unref();
    this.#sockets.close();
    await closed;
    clearTimeout(patience);
    for (const socket of [...this.#clients.keys()]) this.#detach(socket);
  }

  #terminate(): void {
    for (const socket of this.#clients.keys()) socket.terminate();
  }

  #answer(request: IncomingMessage, response: ServerResponse): void {
    const url = urlOf(request);
    const refusal = url
      ? (refuseHost(request, this.#guard) ??
        refuseOrigin(request, this.#guard, undefined) ??
        (isPage(url) ? refuseToken(url, this.#guard) : undefined))
      : 'no such address';
    const headers = securityHeaders(refusal === undefined ? request.headers.host! : 'localhost');
    const method = request.method ?? '';
    if (refusal !== undefined || !url) {
      response.writeHead(403, { ...headers, 'Content-Type': 'text/plain; charset=utf-8' });
      response.end(`Refused: ${refusal}\n`);
    } else if (method !== 'GET' && method !== 'HEAD') {
      response.writeHead(405, { ...headers, Allow: 'GET, HEAD' });
      response.end();
    } else {
      sendFile(this.#folder, url.pathname, method, response, headers);
    }
  }

  #upgrade(request: IncomingMessage, socket: Duplex, head: Buffer): void {
    // The browser resets a connection at any time; unheard, that would end the process.
    socket.on('error', () => socket.destroy());
    const url = urlOf(request);
    const isStately = url?.pathname === '/stately';
    if (!url || (url.pathname !== '/ws' && !isStately)) return refuse(socket, 404, 'Not Found');
    const refusal =
      refuseHost(request, this.#guard) ??
      refuseOrigin(request, this.#guard, isStately ? this.#statelyOrigin : undefined) ??
      refuseToken(url, this.#guard);
    if (refusal !== undefined) return refuse(socket, 403, 'Forbidden', refusal);
    this.#sockets.handleUpgrade(request, socket, head, (client) => this.#attach(client, isStately));
  }

  #attach(socket: WebSocket, isStately: boolean): void {
    // A frame that is no WebSocket frame: `ws` closes that client by itself.
    socket.on('error', () => {});
    const client = isStately
      ? new StatelyClient(socket, this.#source)
      : new ViewerClient(socket, this.#source, this.#pace);
    this.#clients.set(socket, client);
    socket.on('close', () => this.#detach(socket));
    this.#ticking ??= setInterval(
      () =>
        this.#pace.tell(() => {
          for (const each of this.#clients.values()) each.flush();
        }),
      FLUSH_MS,
    );
    // The viewers' sockets keep the process alive, this timer need not.
    this.#ticking.unref();
  }

  #detach(socket: WebSocket): void {
    this.#clients.get(socket)?.end();
    this.#clients.delete(socket);
    if (this.#clients.size > 0) return;
    clearInterval(this.#ticking);
    this.#ticking = undefined;
  }
}

/** An address to open: of a server that listens at all of them, the first one that others can reach. */
function reachable(host: string): string {
  if (host !== '0.0.0.0' && host !== '::') return host;
  const all = Object.values(networkInterfaces()).flatMap((addresses) => addresses ?? []);
  const isOurs = (family: string): boolean => host === '::' || family === 'IPv4';
  return all.find(({ family, internal }) => !internal && isOurs(family))?.address ?? '127.0.0.1';
}

function isPage(url: URL): boolean {
  return url.pathname === '/' || url.pathname.endsWith('.html');
}

function urlOf(request: IncomingMessage): URL | undefined {
  try {
    // Only path and query are the client's; the authority of this URL is nobody's.
    return new URL(request.url ?? '/', 'http://inspector.invalid');
  } catch {
    return undefined;
  }
}

function refuse(socket: Duplex, status: number, words: string, reason = words): void {
  socket.end(
    `HTTP/1.1 ${status} ${words}\r\nContent-Type: text/plain; charset=utf-8\r\nConnection: close\r\n\r\n${reason}\n`,
  );
}

function originOf(text: string | undefined): string | undefined {
  if (text === undefined) return undefined;
  const url = URL.canParse(text) ? new URL(text) : undefined;
  if (!url || url.origin === 'null') {
    throw new StackError('EINVAL', `the origin ${text} is none; give one as https://stately.example`);
  }
  return url.origin;
}

function listenError(error: NodeJS.ErrnoException, host: string, port: number): Error {
  const hints: Readonly<Record<string, readonly [ErrorCode, string]>> = {
    EADDRINUSE: ['EADDRINUSE', 'another program listens there; give another port, as --inspect 7414'],
    EADDRNOTAVAIL: ['EADDRNOTAVAIL', 'this machine has no such address'],
    EACCES: ['EACCES', 'ports below 1024 need privileges'],
    ENOTFOUND: ['EADDRNOTAVAIL', 'no host has this name; give an address of this machine'],
    EAI_AGAIN: ['EADDRNOTAVAIL', 'the name can not be looked up now; give an address of this machine'],
  };
  const [code, hint] = hints[error.code ?? ''] ?? [];
  if (code === undefined) return error;
  return new StackError(code, `the inspector can't listen at ${host}:${port}: ${hint}`, {
    syscall: 'listen',
    address: host,
    port,
    cause: error,
  });
}
