/**
 * A web server on a stack of its own, behind a TUN device.
 *
 *     sudo npx tsx examples/http-server.ts
 *     curl http://198.18.0.2/some/path
 */
import { createServer } from 'node:http';
// In your own program: from 'statewire/node'.
import { createStack, listenHttp, openTun } from '../src/node/index.ts';

const device = await openTun({ name: 'swhttp', address: '198.18.0.1/24' });
const stack = createStack({ device, addresses: ['198.18.0.2'] });

// Node's own server, as ever.
const server = createServer((request, response) => {
  const { remoteAddress, remotePort } = request.socket;
  response.end(`${request.method} ${request.url} from ${remoteAddress} port ${remotePort}\n`);
});

listenHttp(server, stack, { port: 80 }, () => console.log('listening: http://198.18.0.2/'));

process.once('SIGINT', () => stack.close());
