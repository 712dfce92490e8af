import { FLAG } from '../../wire/index.ts';
import { World } from '../world.ts';
import { ends, type Scene, seqAt } from './scene.ts';

/** How far an old SYN's number lies below the one in use. */
const OLD = -10;

export const oldDuplicateSyn: Scene = {
  name: 'old-duplicate-syn',
  title: 'an old SYN arrives before the new one (RFC 9293 figure 8)',
  description:
    'B answers a SYN that the network had kept; A sees the wrong ACK and resets it; then the real one arrives.',
  options: ['seed', 'issA', 'issB'],
  async play(options) {
    const base = ends(options, { a: 100, b: 300 });
    const world = new World(base);
    const { a, b } = world;
    const first = b.listen();
    world.recorder.begin();
    await world.play(
      async () => {
        a.delayNext(50);
        const connecting = a.connect();
        await world.sleep(5);
        a.replay({ seq: seqAt(base.a.iss, OLD), ack: 0, flags: FLAG.SYN });
        await connecting;
      },
      async () => {
        // B's next connection begins with another number, as it would by its own clock.
        await world.sleep(40);
        await first.close();
        b.stack.listen({ port: b.port, iss: seqAt(base.b.iss, 100) });
      },
    );
    return {
      scene: this.name,
      title: this.title,
      parts: [world.part()],
      facts: [],
      answers: [
        {
          question: 'Why three segments, and not two?',
          answer:
            'With two, B would be ESTABLISHED after the old SYN, with numbers that A never meant. The third segment is ' +
            'where A agrees or objects: here it objects, with a RST, and B goes back to LISTEN.',
        },
      ],
    };
  },
};

export const duplicateSynPassive: Scene = {
  name: 'duplicate-syn-passive',
  title: 'an old SYN between two ends that only listen (RFC 9293 figure 11)',
  description: 'B answers an old SYN; A, which listens, never sent it and resets what B began.',
  options: ['seed', 'issA', 'issB'],
  async play(options) {
    const base = ends(options, { a: 100, b: 300 });
    const world = new World(base);
    world.a.listen();
    world.b.listen();
    world.recorder.begin();
    await world.play(async () => {
      world.a.replay({ seq: seqAt(base.a.iss, OLD), ack: 0, flags: FLAG.SYN });
    });
    const left = world.a.stack.connections.size + world.b.stack.connections.size;
    return {
      scene: this.name,
      title: this.title,
      parts: [world.part()],
      facts: [`Connections left at A and B: ${left}.`],
      answers: [],
    };
  },
};
