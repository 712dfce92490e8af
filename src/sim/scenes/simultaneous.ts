import { World } from '../world.ts';
import { ends, type Scene } from './scene.ts';

/** A's segments take so much longer, and B begins so much later, that those of a pair arrive at once, as in the figures. */
const LONGER_MS = 10;

export const simultaneousOpen: Scene = {
  name: 'simultaneous-open',
  title: 'both ends open at the same time (RFC 9293 figure 7)',
  description: 'A and B each send a SYN before the other one arrives: one connection comes of it, not two.',
  options: ['seed', 'issA', 'issB'],
  async play(options) {
    const world = new World({ ...ends(options, { a: 100, b: 300 }), link: { out: { delayMs: LONGER_MS } } });
    world.recorder.begin();
    await world.play(
      async () => {
        await world.sleep(LONGER_MS);
        await world.b.connect();
      },
      async () => void (await world.a.connect()),
    );
    return {
      scene: this.name,
      title: this.title,
      parts: [world.part()],
      facts: [`Connections: ${world.a.stack.connections.size} at A, ${world.b.stack.connections.size} at B.`],
      answers: [
        {
          question: 'Why is this not two connections?',
          answer:
            'A connection is named by its two addresses and ports, and those are the same for both SYNs. Each end sees that ' +
            'the other one has opened it too, acknowledges the SYN with its own, and is ESTABLISHED once its own is ' +
            'acknowledged.',
        },
      ],
    };
  },
};

export const simultaneousClose: Scene = {
  name: 'simultaneous-close',
  title: 'both ends close at the same time (RFC 9293 figure 13)',
  description: 'The FINs pass each other by: both ends go through CLOSING, and both wait for 2 MSL.',
  options: ['seed', 'issA', 'issB', 'mslMs'],
  async play(options) {
    const world = new World({ ...ends(options, { a: 99, b: 299 }), link: { out: { delayMs: LONGER_MS } } });
    const connection = await world.establish();
    world.recorder.begin();
    await world.play(
      async () => {
        await world.sleep(LONGER_MS);
        await world.b.call('close()', () => connection.b.close());
      },
      async () => void (await world.a.call('close()', () => connection.a.close())),
    );
    return {
      scene: this.name,
      title: this.title,
      parts: [world.part()],
      facts: [],
      answers: [
        {
          question: 'Why do both ends wait?',
          answer:
            'Each has sent an ACK of the other one’s FIN, and neither can know that it arrived. There is no end here that ' +
            'closed second, and could go at once.',
        },
      ],
    };
  },
};
