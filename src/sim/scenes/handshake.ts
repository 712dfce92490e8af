import { World } from '../world.ts';
import { ends, type Scene } from './scene.ts';

export const handshake: Scene = {
  name: 'handshake',
  title: 'the exchange that every textbook prints',
  description: 'A opens a connection to B, which listens: SYN, SYN,ACK, ACK.',
  options: ['seed', 'issA', 'issB'],
  async play(options) {
    const world = new World(ends(options, { a: 3_626_544_836, b: 1_739_326_486 }));
    world.b.listen();
    world.recorder.begin();
    await world.play(async () => void (await world.a.connect()));
    return {
      scene: this.name,
      title: this.title,
      parts: [world.part()],
      facts: [],
      answers: [
        {
          question: 'Why three segments?',
          answer:
            'Each end has to tell its own initial sequence number, and has to hear that it was understood: two SYNs and ' +
            'two ACKs. B can put its SYN and its ACK into one segment, so that four become three. Two would not do: B ' +
            'would not know whether A has heard its number, and a SYN that the network had kept from an earlier ' +
            'connection would open one that nobody wants (see the scene old-duplicate-syn).',
        },
        {
          question: 'Why does SYN take a sequence number?',
          answer:
            'What has a number is acknowledged, and sent again until it is. The same holds for FIN. An ACK alone takes ' +
            'none: otherwise ACKs would be acknowledged, without end.',
        },
      ],
    };
  },
};
