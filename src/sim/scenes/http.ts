import type { Connection } from '../../stack/api.ts';
import type { Passage } from '../ladder.ts';
import { World } from '../world.ts';
import { ends, type Scene } from './scene.ts';

const encoder = new TextEncoder();
const decoder = new TextDecoder();

const BODY = 'Hello!\n';
const REQUEST = ['GET / HTTP/1.1\r\n', 'Host: 192.168.1.123\r\n', 'Connection: close\r\n', '\r\n'];
const REPLY = [
  'HTTP/1.1 200 OK\r\n',
  `Content-Length: ${BODY.length}\r\n`,
  'Connection: close\r\n',
  '\r\n',
  BODY,
];

export const http: Scene = {
  name: 'http',
  title: 'a GET and its reply inside one connection',
  description: 'Each segment beside the HTTP line that it carries, handshake and close included.',
  options: ['seed', 'issA', 'issB', 'mslMs'],
  async play(options) {
    const base = ends(options, { a: 100, b: 300 });
    // Each line is written, and sent, by itself: a program that cares for speed would put them into one segment.
    const world = new World({ ...base, a: { ...base.a, noDelay: true }, b: { ...base.b, noDelay: true } });
    const { a, b } = world;
    const listener = b.listen();
    let reply = '';
    world.recorder.begin();
    await world.play(
      async () => {
        const connection = await a.connect();
        await writeLines(connection, REQUEST);
        reply = await readText(connection, () => false);
        await a.call('close()', () => connection.close());
      },
      async () => {
        const connection = await listener.accept();
        if (!connection) return;
        await readText(connection, (text) => text.endsWith('\r\n\r\n'));
        await writeLines(connection, REPLY);
        await b.call('close()', () => connection.close());
      },
    );
    const status = reply.split('\r\n')[0];
    const body = reply.slice(reply.indexOf('\r\n\r\n') + 4).trimEnd();
    return {
      scene: this.name,
      title: this.title,
      parts: [world.part({ beside: httpLine })],
      facts: [`A got: ${status}, and the body "${body}".`],
      answers: [
        {
          question: 'How does A know that the reply is over?',
          answer:
            'Here by Content-Length, and by the FIN as well, since B closes after the reply (Connection: close). TCP itself ' +
            'knows no messages: it delivers octets in order, cut into segments as it sees fit.',
        },
      ],
    };
  },
};

async function writeLines(connection: Connection, lines: readonly string[]): Promise<void> {
  for (const line of lines) await connection.write(encoder.encode(line));
}

async function readText(connection: Connection, isComplete: (text: string) => boolean): Promise<string> {
  let text = '';
  while (!isComplete(text)) {
    const bytes = await connection.read();
    if (!bytes) return text;
    text += decoder.decode(bytes);
  }
  return text;
}

function httpLine({ segment }: Passage): string | undefined {
  if (segment.text.length === 0) return undefined;
  const lines = decoder.decode(segment.text).split(/\r?\n/).slice(0, -1);
  return lines.map((line) => (line === '' ? '(empty line)' : line)).join(' | ');
}
