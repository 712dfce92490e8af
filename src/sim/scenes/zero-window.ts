import { World } from '../world.ts';
import { ends, letters, readAll, type Scene } from './scene.ts';

const BUFFER = 4_096;
const TEXT = 10_000;
const STOPS_FOR_MS = 5_000;

export const zeroWindow: Scene = {
  name: 'zero-window',
  title: 'a reader that stops',
  description:
    'B does not read: its window closes, A asks ever more rarely whether it is still closed, B reads again, all arrives.',
  options: ['seed', 'issA', 'issB'],
  async play(options) {
    const base = ends(options, { a: 99, b: 299 });
    const world = new World({
      ...base,
      a: { ...base.a, timestamps: false },
      b: { ...base.b, timestamps: false, receiveBuffer: BUFFER, mss: 1_024 },
    });
    const { a, b } = world;
    const connection = await world.establish();
    world.recorder.begin();
    let arrived = 0;
    await world.play(
      async () => void (await a.call(`write(${TEXT})`, () => connection.a.write(letters(TEXT)))),
      async () => {
        b.say('(does not read)');
        await world.sleep(STOPS_FOR_MS);
        b.say('read()');
        arrived = (await readAll(connection.b, TEXT)).length;
        b.say(`read() has returned all ${arrived} octets`);
      },
    );
    return {
      scene: this.name,
      title: this.title,
      parts: [world.part({ showsWindow: true })],
      facts: [`B read ${arrived} octets of ${TEXT}.`],
      answers: [
        {
          question: 'Why does A ask at all?',
          answer:
            'B says so once when its window opens again, in a segment without text, which nobody acknowledges. If that one ' +
            'were lost, A would wait for the window and B for the text, for ever.',
        },
      ],
    };
  },
};
