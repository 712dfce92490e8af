/**
 * TLS by Node over a stack's sockets, on both ends, and HTTPS on top. All in one process: no TUN device is needed.
 *
 *     npx tsx examples/tls.ts
 */
import { readFileSync } from 'node:fs';
import { createServer as createHttpsServer, get } from 'node:https';
import { text } from 'node:stream/consumers';
import { connect as connectTls, TLSSocket } from 'node:tls';
// In your own program: from 'statewire' and from 'statewire/node'.
import { pair } from '../src/index.ts';
import { connect, createServer, createStack, hostClock, httpsAgent, listenHttp } from '../src/node/index.ts';

// Self-signed, for statewire.test, and good for nothing else.
const cert = readFileSync(new URL('certificate/certificate.pem', import.meta.url));
const key = readFileSync(new URL('certificate/key.pem', import.meta.url));

const clock = hostClock();
const [left, right] = pair(clock, { delayMs: 5 });
const client = createStack({ device: left, addresses: ['198.18.0.1'], clock });
const far = createStack({ device: right, addresses: ['198.18.0.2'], clock });

// TLS itself: wrap the socket at both ends.
const echo = createServer(far, (socket) => {
  const secure = new TLSSocket(socket, { isServer: true, cert, key });
  secure.pipe(secure);
});
echo.listen(7);
const secure = connectTls({
  socket: connect(client, 7, '198.18.0.2'),
  ca: cert,
  servername: 'statewire.test',
});
secure.once('secureConnect', () =>
  console.log(secure.getProtocol(), secure.authorized ? 'verified' : 'anybody'),
);
secure.end('hello');
console.log(await text(secure));
echo.close();

// HTTPS: an agent for the client, one call for the server.
const server = createHttpsServer({ cert, key }, (request, response) => response.end(`secret ${request.url}`));
const listening = listenHttp(server, far, { port: 443 });
const agent = httpsAgent(client, { ca: cert });
const lookup = (
  _name: string,
  _options: object,
  found: (error: null, address: string, family: 4) => void,
): void => found(null, '198.18.0.2', 4);
await new Promise<void>((resolve) => {
  get('https://statewire.test/plans', { agent, lookup }, async (response) => {
    console.log(response.statusCode, await text(response));
    resolve();
  });
});
listening.close();
