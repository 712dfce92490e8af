/** Who may talk to the inspector: no page of another site, by DNS rebinding neither. */

import { timingSafeEqual } from 'node:crypto';
import type { IncomingMessage } from 'node:http';

export interface GuardOptions {
  readonly port: number;
  /** What the user bound the server to, if that is a name: it may be asked for by that name. */
  readonly hostName: string | undefined;
  /** What the URL has to hold; undefined on loopback, where who can connect is this machine's own user. */
  readonly token: string | undefined;
}

/** Why a request is refused; undefined when it is not. */
export type Refusal = string | undefined;

/**
 * The Host has to be the very address that the connection came in at: a name that somebody's DNS points here is refused.
 */
export function refuseHost(request: IncomingMessage, options: GuardOptions): Refusal {
  const { host } = request.headers;
  if (host !== undefined && hostsOf(request, options).includes(host.toLowerCase())) return undefined;
  return `Host is ${host ?? 'missing'}; open the address that statewire printed`;
}

/** A browser tells whose page it is that asks. A client without an Origin is no browser, and may. */
export function refuseOrigin(
  request: IncomingMessage,
  options: GuardOptions,
  admitted: string | undefined,
): Refusal {
  const { origin } = request.headers;
  if (origin === undefined || (admitted !== undefined && origin === admitted)) return undefined;
  if (hostsOf(request, options).some((host) => origin.toLowerCase() === `http://${host}`)) return undefined;
  return `Origin is ${origin}: a page of another site`;
}

export function refuseToken(url: URL, { token }: GuardOptions): Refusal {
  if (token === undefined) return undefined;
  const given = Buffer.from(url.searchParams.get('token') ?? '');
  const wanted = Buffer.from(token);
  if (given.length === wanted.length && timingSafeEqual(given, wanted)) return undefined;
  return 'the token is missing or wrong; open the address that statewire printed';
}

function hostsOf(request: IncomingMessage, { port, hostName }: GuardOptions): string[] {
  const address = (request.socket.localAddress ?? '').replace(/^::ffff:/, '');
  const names = [address.includes(':') ? `[${address}]` : address];
  if (isLoopback(address)) names.push('localhost');
  if (hostName !== undefined) names.push(hostName.toLowerCase());
  // Browsers leave the port out where it is the scheme's own.
  return names.flatMap((name) => (port === 80 ? [name, `${name}:80`] : [`${name}:${port}`]));
}

/** Whether only this machine can reach an address. */
export function isLoopback(host: string): boolean {
  return host === 'localhost' || host === '::1' || /^127\.\d+\.\d+\.\d+$/.test(host);
}
