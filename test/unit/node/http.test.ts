import { readFileSync } from 'node:fs';
import * as http from 'node:http';
import * as https from 'node:https';
import { buffer, text } from 'node:stream/consumers';
import { describe, expect, it } from 'vitest';
import { httpAgent, httpsAgent, listenHttp } from '../../../src/node/index.ts';
import { once, stackHosts } from '../../support/net-hosts.ts';

const read = (name: string): Buffer =>
  readFileSync(new URL(`../../../examples/certificate/${name}`, import.meta.url));
const cert = read('certificate.pem');
const key = read('key.pem');

type Ask = http.RequestOptions & { readonly body?: string | Buffer };

/** A request, and the whole answer. */
function ask(module: typeof http | typeof https, { body, ...options }: Ask) {
  return new Promise<{ readonly status: number | undefined; readonly body: Buffer }>((resolve, reject) => {
    const request = module.request({ host: '198.18.0.2', ...options }, async (response) => {
      resolve({ status: response.statusCode, body: await buffer(response) });
    });
    request.on('error', reject);
    request.end(body);
  });
}

/** A web server on the second stack, and an agent on the first. */
async function web(handler: http.RequestListener, agentOptions: Parameters<typeof httpAgent>[1] = {}) {
  const hosts = stackHosts();
  const server = http.createServer(handler);
  const front = listenHttp(server, hosts.stacks[1], { port: 80 });
  await once(front, 'listening');
  return { hosts, server, front, agent: httpAgent(hosts.stacks[0], agentOptions) };
}

describe('http over the stack', () => {
  it('serves a request with a body, and knows where it came from', async () => {
    const { hosts, front, agent } = await web(async (request, response) => {
      const body = await text(request);
      const { remoteAddress, localPort } = request.socket;
      response.writeHead(201, { 'content-type': 'text/plain' });
      response.end(`${request.method} ${request.url} ${body} ${remoteAddress} ${localPort}`);
    });
    const answer = await ask(http, { agent, method: 'PUT', path: '/x?y', body: 'something' });
    expect(answer.status).toBe(201);
    expect(answer.body.toString()).toBe('PUT /x?y something 198.18.0.1 80');
    front.close();
    await once(front, 'close');
    await hosts.close();
  });

  it('carries 8 MiB each way unchanged', async () => {
    const sent = Buffer.from(
      Uint32Array.from({ length: 2 ** 21 }, (_, index) => index * 2_654_435_761).buffer,
    );
    const { hosts, front, agent } = await web((request, response) => void request.pipe(response));
    const answer = await ask(http, { agent, method: 'POST', body: sent });
    expect(answer.body.equals(sent)).toBe(true);
    front.close();
    await hosts.close();
  });

  it('takes up a kept connection again, and closes it with the server', async () => {
    const ports = new Set<number | undefined>();
    const { hosts, front, agent } = await web(
      (request, response) => {
        ports.add(request.socket.remotePort);
        response.end('ok');
      },
      { keepAlive: true },
    );
    for (let count = 0; count < 3; count++) await ask(http, { agent });
    expect(ports.size).toBe(1);
    front.close();
    await once(front, 'close');
    await hosts.close();
  });

  it('answers twenty requests at a time', async () => {
    const { hosts, front, agent } = await web((request, response) => response.end(request.url));
    const paths = Array.from({ length: 20 }, (_, index) => `/${index}`);
    const answers = await Promise.all(paths.map((path) => ask(http, { agent, path })));
    expect(answers.map(({ body }) => body.toString())).toEqual(paths);
    front.close();
    await hosts.close();
  });

  it('reports a refused connection with Node’s code', async () => {
    const hosts = stackHosts();
    const agent = httpAgent(hosts.stacks[0]);
    await expect(ask(http, { agent, port: 81 })).rejects.toMatchObject({
      code: 'ECONNREFUSED',
      address: '198.18.0.2',
      port: 81,
    });
    await hosts.close();
  });

  it('reports a server that resets in mid-answer, and never takes that for the end', async () => {
    const { hosts, front, agent } = await web((request, response) => {
      response.writeHead(200);
      response.write('half of it', () => {
        (request.socket as unknown as { resetAndDestroy(): void }).resetAndDestroy();
      });
    });
    await expect(
      new Promise((resolve, reject) => {
        const request = http.get({ host: '198.18.0.2', agent }, (response) =>
          text(response).then(resolve, reject),
        );
        request.on('error', reject);
      }),
    ).rejects.toMatchObject({ code: 'ECONNRESET' });
    front.close();
    await hosts.close();
  });

  it('can be upgraded to another protocol', async () => {
    const { hosts, server, front, agent } = await web(() => {});
    server.on('upgrade', (_request, socket) => {
      socket.write('HTTP/1.1 101 Switching Protocols\r\nUpgrade: echo\r\nConnection: Upgrade\r\n\r\n');
      socket.pipe(socket);
    });
    const request = http.get({
      host: '198.18.0.2',
      agent,
      headers: { upgrade: 'echo', connection: 'Upgrade' },
    });
    const [, socket] = (await once(request, 'upgrade')) as [unknown, import('node:stream').Duplex];
    socket.end('hello');
    expect(await text(socket)).toBe('hello');
    front.close();
    await hosts.close();
  });

  it('ends a request that is too slow, as requestTimeout says', async () => {
    const hosts = stackHosts();
    const server = http.createServer({
      requestTimeout: 50,
      headersTimeout: 50,
      connectionsCheckingInterval: 10,
    });
    const front = listenHttp(server, hosts.stacks[1], { port: 80 });
    await once(front, 'listening');
    const client = hosts.client.connect(80, hosts.host);
    client.write('GET / HTTP/1.1\r\nHost: x');
    expect(await text(client)).toMatch(/^HTTP\/1\.1 408 /);
    front.close();
    await hosts.close();
  });

  it('serves at the kernel’s address and at the stack’s together', async () => {
    const { hosts, server, front, agent } = await web((_request, response) => response.end('both'));
    server.listen(0, '127.0.0.1');
    await once(server, 'listening');
    const { port } = server.address() as { port: number };
    const kernel = await ask(http, { host: '127.0.0.1', port });
    const stack = await ask(http, { agent });
    expect([kernel.body.toString(), stack.body.toString()]).toEqual(['both', 'both']);
    front.close();
    server.close();
    await hosts.close();
  });
});

describe('https over the stack', () => {
  it('serves, and verifies whom it talks to', async () => {
    const hosts = stackHosts();
    const server = https.createServer({ cert, key }, (request, response) =>
      response.end(`secret ${request.url}`),
    );
    const front = listenHttp(server, hosts.stacks[1], { port: 443 });
    await once(front, 'listening');
    const trusting = httpsAgent(hosts.stacks[0], { ca: cert });
    const { body } = await ask(https, { agent: trusting, path: '/plans' });
    expect(body.toString()).toBe('secret /plans');
    const doubting = httpsAgent(hosts.stacks[0]);
    await expect(ask(https, { agent: doubting })).rejects.toMatchObject({
      code: 'DEPTH_ZERO_SELF_SIGNED_CERT',
    });
    front.close();
    await hosts.close();
  });

  it('resumes a session on the next connection', async () => {
    const hosts = stackHosts();
    const resumed: boolean[] = [];
    const server = https.createServer({ cert, key }, (request, response) => {
      resumed.push((request.socket as import('node:tls').TLSSocket).isSessionReused());
      response.end('ok');
    });
    const front = listenHttp(server, hosts.stacks[1], { port: 443 });
    await once(front, 'listening');
    const agent = httpsAgent(hosts.stacks[0], { ca: cert, maxSockets: 1 });
    for (let count = 0; count < 2; count++) await ask(https, { agent });
    expect(resumed).toEqual([false, true]);
    front.close();
    await hosts.close();
  });

  it('reports a refused connection with Node’s code', async () => {
    const hosts = stackHosts();
    const agent = httpsAgent(hosts.stacks[0]);
    await expect(ask(https, { agent, port: 444 })).rejects.toMatchObject({ code: 'ECONNREFUSED' });
    await hosts.close();
  });
});
