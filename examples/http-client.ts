/**
 * Node's own HTTP client over a stack. A second stack in the same process serves, so that no TUN device is needed.
 *
 *     npx tsx examples/http-client.ts
 */
import { createServer, get } from 'node:http';
import { text } from 'node:stream/consumers';
// In your own program: from 'statewire' and from 'statewire/node'.
import { pair } from '../src/index.ts';
import { createStack, hostClock, httpAgent, listenHttp } from '../src/node/index.ts';

const clock = hostClock();
const [left, right] = pair(clock, { delayMs: 5 });
const client = createStack({ device: left, addresses: ['198.18.0.1'], clock });
const far = createStack({ device: right, addresses: ['198.18.0.2'], clock });

const server = createServer((request, response) => response.end(`you asked for ${request.url}`));
const listening = listenHttp(server, far, { port: 80 });

// Both requests go over one connection, which the agent keeps.
const agent = httpAgent(client, { keepAlive: true });
for (const path of ['/first', '/second']) {
  const [response] = await new Promise<Parameters<NonNullable<Parameters<typeof get>[2]>>>((resolve) => {
    get({ agent, host: '198.18.0.2', path }, (...answer) => resolve(answer));
  });
  console.log(response.statusCode, await text(response));
}
const [connection] = [...client.connections];
console.log(connection?.state, connection?.info().bytesReceived, 'bytes received');

agent.destroy();
listening.close();
