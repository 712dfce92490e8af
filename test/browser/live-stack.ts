/**
 * A stack on a TUN device with its inspector, and the kernel's end of its connections, in one process within a namespace.
 * Its standard input has a JSON request a line, and its standard output the answers: what the stack itself says of its
 * connections, its clock and its device, past everything that the inspector tells.
 */

import { createWriteStream } from 'node:fs';
import { connect, type Socket } from 'node:net';
import { createInterface } from 'node:readline';
import { createInspector, inspectable, isImpaired } from '../../src/inspect/index.ts';
import { impair } from '../../src/net/impairments.ts';
import { hostClock, openTun, startCapture } from '../../src/node/index.ts';
import { serveInspector } from '../../src/node/inspector-server.ts';
import { discard, echo, serveConnections } from '../../src/node/simple-services.ts';
import { seededRandom } from '../../src/sim/index.ts';
import { createStack, TcpStack } from '../../src/stack/stack.ts';
import { type ClientTruth, type LiveOptions, type LiveRequest, PORTS, type Truth } from './live-truth.ts';

const ADDRESS = '198.18.0.2';
const KERNEL = '198.18.0.1/24';
const TEXT_KEPT = 10_000;

async function main({ bad, pcap }: LiveOptions): Promise<void> {
  const tun = await openTun({ name: 'tun7', address: [KERNEL] });
  const clock = hostClock();
  const random = seededRandom('live');
  const device = bad ? impair(tun, { clock, random: random.fork('link'), in: bad, out: bad }) : tun;
  const parts = inspectable({ device, clock, random });
  const stack = createStack({ ...parts, addresses: [ADDRESS], mslMs: 2_000 });
  if (!(stack instanceof TcpStack)) throw new Error('another kind of stack');
  const capture =
    pcap === undefined ? undefined : startCapture(stack, createWriteStream(pcap), { impaired: parts.device });
  const epochMs = performance.timeOrigin + performance.now() - stack.clock.now();
  const server = await serveInspector(createInspector(stack, { epochMs }), { port: 0 });

  void serveConnections(stack.listen({ port: PORTS.echo }), echo);
  const lingering = stack.listen({ port: PORTS.lingering });
  void (async () => {
    for await (const connection of lingering) void discard(connection).catch(() => {});
  })();
  const closing = stack.listen({ port: PORTS.closing });
  void (async () => {
    for await (const connection of closing) void connection.shutdown().catch(() => {});
  })();

  const clients: Client[] = [];
  const truth = (): Truth => ({
    nowMs: stack.clock.now(),
    isPaused: parts.clock.paused,
    dueMs: parts.clock.dueMs,
    held: stack.held,
    device: { framesIn: tun.stats.framesIn, framesOut: tun.stats.framesOut },
    counters: stack.counters,
    impairments: isImpaired(stack.device) ? stack.device.impairments : { in: {}, out: {} },
    connections: [...stack.table].map((connection) => {
      const { retransmissions, snd, bytesReceived } = connection.info();
      const { send, ackDueMs } = connection.tcb.timers;
      return {
        id: connection.id,
        state: connection.state,
        received: bytesReceived,
        una: snd.una,
        nxt: snd.nxt,
        retransmissions,
        sendDueMs: send.kind === 'idle' ? null : send.dueMs,
        ackDueMs: ackDueMs ?? null,
      };
    }),
    clients: clients.map((client) => client.truth),
  });

  const answer = (value: unknown): void => void process.stdout.write(`${JSON.stringify(value)}\n`);
  answer({ url: server.url });
  for await (const line of createInterface({ input: process.stdin })) {
    const request = JSON.parse(line) as LiveRequest;
    switch (request.do) {
      case 'truth':
        answer(truth());
        break;
      case 'connect':
        answer({ client: clients.push(new Client(request.port)) - 1 });
        break;
      case 'send':
        clients[request.client]!.socket.write(request.text);
        answer({});
        break;
      case 'end':
        clients[request.client]!.socket.end();
        answer({});
        break;
      case 'destroy':
        clients[request.client]!.socket.resetAndDestroy();
        answer({});
        break;
      case 'close':
        await capture?.close();
        answer(truth());
        process.exit(0);
    }
  }
}

/** The kernel's end of a connection. */
class Client {
  readonly socket: Socket;
  #port: number | undefined;
  #text = '';
  #isEnded = false;
  #error: string | undefined;

  constructor(port: number) {
    this.socket = connect({ host: ADDRESS, port, allowHalfOpen: true });
    this.socket.setNoDelay(true);
    this.socket.on('connect', () => {
      this.#port = this.socket.localPort;
    });
    this.socket.on('data', (data) => {
      this.#text = (this.#text + data).slice(-TEXT_KEPT);
    });
    this.socket.on('end', () => {
      this.#isEnded = true;
    });
    this.socket.on('error', (error: NodeJS.ErrnoException) => {
      this.#error = error.code;
    });
  }

  get truth(): ClientTruth {
    return {
      port: this.#port,
      isConnected: this.#port !== undefined && !this.socket.destroyed,
      text: this.#text,
      isEnded: this.#isEnded,
      error: this.#error,
    };
  }
}

await main(JSON.parse(process.argv[2] ?? '{}') as LiveOptions);
