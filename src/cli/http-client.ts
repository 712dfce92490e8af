import { type IncomingMessage, request as requestHttp } from 'node:http';
import { request as requestHttps } from 'node:https';
import { isIP } from 'node:net';
import { connect as connectTls } from 'node:tls';
import { Socket } from '../node/socket.ts';
import type { Connection, Stack } from '../stack/api.ts';
import { Failure } from './exit.ts';

export interface Request {
  readonly url: URL;
  /** Names in lower case. */
  readonly headers: Readonly<Record<string, string>>;
  /** Take any certificate. */
  readonly insecure: boolean;
  readonly signal: AbortSignal;
}

export interface Answer {
  readonly response: IncomingMessage;
  /** Where the redirects have led. */
  readonly url: URL;
  readonly connection: Connection;
}

const MOST_REDIRECTS = 10;
const REDIRECTS: readonly unknown[] = [301, 302, 303, 307, 308];
/** Meant for the host that the user named, and for no other. */
const SECRETS = ['authorization', 'cookie', 'proxy-authorization'];

/** GET over the stack, redirects followed. Fulfilled with the last answer's headers; its body is still to be read. */
export async function fetchFollowing(stack: Stack, request: Request): Promise<Answer> {
  let next = request;
  for (let redirects = 0; redirects <= MOST_REDIRECTS; redirects++) {
    const answer = await fetchOnce(stack, next);
    const { statusCode, headers } = answer.response;
    if (!REDIRECTS.includes(statusCode) || headers.location === undefined) return answer;
    answer.response.destroy();
    next = redirected(next, headers.location);
  }
  throw new Failure(
    `${request.url.href}: more than ${MOST_REDIRECTS} redirects, the last one to ${next.url.href}`,
  );
}

function fetchOnce(stack: Stack, { url, headers, insecure, signal }: Request): Promise<Answer> {
  const isTls = url.protocol === 'https:';
  // The brackets of [fd00::1] belong to the URL, not to the address.
  const host = url.hostname.replace(/^\[(.*)\]$/, '$1');
  const port = Number(url.port || (isTls ? 443 : 80));
  const socket = new Socket({ stack, noDelay: true });
  const createConnection = (): Socket => {
    socket.connect({ host, port });
    if (!isTls) return socket;
    const servername = isIP(host) === 0 ? { servername: host } : {};
    return connectTls({ socket, ...servername, host, rejectUnauthorized: !insecure }) as unknown as Socket;
  };
  return new Promise((resolve, reject) => {
    const ask = isTls ? requestHttps : requestHttp;
    const asking = ask(
      url,
      { headers: { accept: '*/*', 'user-agent': 'statewire', ...headers }, createConnection, signal },
      (response) => {
        const { connection } = socket;
        if (connection === undefined) reject(new Failure(`${url.href}: the connection was lost`));
        else resolve({ response, url, connection });
      },
    );
    asking.on('error', reject);
    asking.end();
  });
}

function redirected(request: Request, location: string): Request {
  const url = URL.canParse(location, request.url) ? new URL(location, request.url) : undefined;
  if (url?.protocol !== 'http:' && url?.protocol !== 'https:') {
    throw new Failure(`${request.url.href}: redirects to ${location}, which is no http or https URL`);
  }
  if (url.origin === request.url.origin) return { ...request, url };
  const headers = Object.entries(request.headers).filter(([name]) => !SECRETS.includes(name));
  return { ...request, url, headers: Object.fromEntries(headers) };
}
