import { StackError } from '../../errors.ts';
import { FLAG } from '../../wire/index.ts';
import type { LadderPart } from '../ladder.ts';
import { inWords } from '../ladder-rfc.ts';
import { type Endpoint, World } from '../world.ts';
import { ends, type Scene, type SceneOptions, seqAt } from './scene.ts';

const ISS = { a: 99, b: 299 };

export const timeWait: Scene = {
  name: 'time-wait',
  title: 'why A waits for 2 MSL',
  description:
    'The last ACK is lost; B sends its FIN again, and A is still there to answer. Meanwhile the port is taken.',
  options: ['seed', 'issA', 'issB', 'mslMs'],
  async play(options) {
    const lost = await lastAckLost(options);
    const reopened = await reopen(options, lost.endMs);
    return {
      scene: this.name,
      title: this.title,
      parts: [lost.part, reopened],
      facts: [
        `A waited ${inWords(2 * lost.mslMs)}: 2 MSL of ${inWords(lost.mslMs)} each, from the last FIN that it got.`,
        `Afterwards A holds ${lost.left} connections.`,
      ],
      answers: [
        {
          question: 'Why 2 MSL?',
          answer:
            'The last ACK may be lost, and nothing acknowledges an ACK: A must be there to hear the FIN again and to answer ' +
            'it, or B would end with an error. One MSL is the longest that this ACK can be on its way, and another one the ' +
            'longest for the FIN that B sends because it did not come. After that no segment of this connection is left ' +
            'anywhere, which could be taken for one of the next connection between the same ports.',
        },
        {
          question: 'May the 4-tuple be used again before?',
          answer:
            'By a new SYN, if nothing old can be mixed up with what follows: its sequence number lies beyond all that the ' +
            'old connection used, or its timestamp is newer (RFC 9293 section 3.6.1, MAY-2; RFC 6191).',
        },
      ],
    };
  },
};

async function lastAckLost(options: SceneOptions): Promise<{
  readonly part: LadderPart;
  readonly endMs: number;
  readonly mslMs: number;
  readonly left: number;
}> {
  const base = ends(options, ISS);
  const world = new World(base);
  const { a, b } = world;
  const connection = await world.establish();
  world.recorder.begin();
  await world.play(
    async () => {
      world.link.dropNext('out', isAckAlone);
      await a.call(
        'close()',
        () => connection.a.close(),
        () => 'close() returns',
      );
      await world.sleep(1_000);
      tryBind(a);
      await connection.a.closed;
      tryBind(a);
    },
    async () => {
      await connection.b.read();
      await world.sleep(30);
      await b.call('close()', () => connection.b.close());
    },
  );
  const title = `The last ACK is lost; MSL is ${inWords(base.a.mslMs)}`;
  return {
    part: world.part({ title }),
    endMs: world.clock.now(),
    mslMs: base.a.mslMs,
    left: a.stack.connections.size,
  };
}

/** A new connection between the same ports while A waits: B opens it, and A listens. */
async function reopen(options: SceneOptions, startMs: number): Promise<LadderPart> {
  const base = ends(options, ISS);
  const world = new World({ ...base, startMs });
  const { a, b } = world;
  const connection = await world.establish();
  world.recorder.begin();
  await world.play(
    async () => {
      await a.call('close()', () => connection.a.close());
      const listener = a.stack.listen({ port: a.port, iss: seqAt(base.a.iss, 10_000) });
      a.say('listen()');
      await listener.accept();
      a.say('accept() returns');
    },
    async () => {
      await connection.b.read();
      await world.sleep(30);
      await b.call(
        'close()',
        () => connection.b.close(),
        () => 'close() returns',
      );
      await world.sleep(1_000);
      await b.call('connect()', () => b.connect({ reuseAddress: true, iss: seqAt(base.b.iss, 10_000) }));
    },
  );
  return world.part({ title: 'A new SYN may take the place of a connection in TIME-WAIT (MAY-2)' });
}

/** A bind without address reuse: told by its error, or that it went well; the port is let go again. */
function tryBind(endpoint: Endpoint): void {
  try {
    void endpoint.stack.listen({ port: endpoint.port, reuseAddress: false }).close();
    endpoint.say(`bind(${endpoint.port}): the port is free`);
  } catch (error) {
    if (!(error instanceof StackError)) throw error;
    endpoint.say(`bind(${endpoint.port}): ${error.code}`);
  }
}

/** The flags are the 14th octet of the TCP header, behind an IPv4 header of 20. */
function isAckAlone(frame: Uint8Array): boolean {
  return frame[33] === FLAG.ACK;
}
