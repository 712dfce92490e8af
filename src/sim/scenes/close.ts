import type { Answer } from '../ladder.ts';
import { World } from '../world.ts';
import { ends, letters, readAll, type Scene } from './scene.ts';

/** So that the initial windows of both figures and numbers come out: SYN takes one. */
const ISS = { a: 99, b: 299 };
const SEGMENTS = 10;
/** An MSS of 1,460, less the timestamps on each segment. */
const FULL_SEGMENT = 1_448;

const WHY_FOUR: Answer = {
  question: 'Why four segments, when opening takes three?',
  answer:
    'A connection is two streams, and each is closed by itself: FIN says "I have no more to send", not "I will not listen". ' +
    'Between the FIN of A and its own, B may go on sending as long as it likes, so its ACK cannot wait for its FIN. When B ' +
    'has nothing more to send and closes at once, ACK and FIN share one segment, and the close takes three.',
};

export const close: Scene = {
  name: 'close',
  title: 'the normal close (RFC 9293 figure 12)',
  description: 'A closes, B closes later: FIN, ACK, FIN, ACK, and the wait of 2 MSL at A.',
  options: ['seed', 'issA', 'issB', 'mslMs'],
  async play(options) {
    const world = new World(ends(options, ISS));
    const connection = await world.establish();
    world.recorder.begin();
    await world.play(
      async () => void (await world.a.call('close()', () => connection.a.close())),
      async () => {
        await connection.b.read();
        await world.sleep(30);
        await world.b.call('close()', () => connection.b.close());
      },
    );
    return { scene: this.name, title: this.title, parts: [world.part()], facts: [], answers: [WHY_FOUR] };
  },
};

export const halfClose: Scene = {
  name: 'half-close',
  title: 'why closing takes four segments',
  description:
    'A closes its direction; B, in CLOSE-WAIT, still sends 10 segments; then B closes. --no-pending: B has nothing.',
  options: ['seed', 'issA', 'issB', 'mslMs', 'noPending'],
  async play(options) {
    const world = new World(ends(options, ISS));
    const { a, b } = world;
    const connection = await world.establish();
    world.recorder.begin();
    const text = letters(options.noPending ? 0 : SEGMENTS * FULL_SEGMENT);
    let got = 0;
    await world.play(
      async () => {
        await a.call('shutdown()', () => connection.a.shutdown());
        got = (await readAll(connection.a)).length;
        a.say('read() returns: end of file');
      },
      async () => {
        await connection.b.read();
        b.say('read() returns: end of file');
        if (text.length > 0) {
          await world.sleep(30);
          await b.call(`write(${text.length})`, () => connection.b.write(text));
          await world.sleep(50);
        }
        await b.call('close()', () => connection.b.close());
      },
    );
    const facts = options.noPending ? [] : [`A read ${got} octets after it had closed its own direction.`];
    return { scene: this.name, title: this.title, parts: [world.part()], facts, answers: [WHY_FOUR] };
  },
};
