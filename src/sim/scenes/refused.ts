import { World } from '../world.ts';
import { ends, type Scene } from './scene.ts';

export const refused: Scene = {
  name: 'refused',
  title: 'a SYN to a port at which nobody listens',
  description: 'B answers with a RST, and connect() fails with ECONNREFUSED.',
  options: ['seed', 'issA'],
  async play(options) {
    const world = new World(ends(options, { a: 100, b: 300 }));
    world.recorder.begin();
    await world.play(async () => void (await world.a.call('connect()', () => world.a.connect())));
    return {
      scene: this.name,
      title: this.title,
      parts: [world.part()],
      facts: [],
      answers: [
        {
          question: 'Why has the RST the number 0, and an ACK?',
          answer:
            'The SYN acknowledged nothing, so there is no number that A expects. The ACK of the SYN is what shows A that the ' +
            'RST answers what it sent, and was not made up by somebody who only guesses.',
        },
      ],
    };
  },
};
