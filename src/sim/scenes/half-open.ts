import type { LadderPart } from '../ladder.ts';
import { World } from '../world.ts';
import { ends, letters, type Scene, type SceneOptions, seqAt } from './scene.ts';

const ISS = { a: 99, b: 299 };
/** What A's user and B's listener begin with after the crash, counted from before it. */
const NEXT_ISS = 301;

export const halfOpen: Scene = {
  name: 'half-open',
  title: 'one end crashed, and the other does not know (RFC 9293 figures 9 and 10)',
  description: 'A crashes without a word. It finds out when it opens again, or B finds out when it sends.',
  options: ['seed', 'issA', 'issB'],
  async play(options) {
    const opens = await crashedEndOpens(options);
    const sends = await otherEndSends(options, opens.endMs);
    return {
      scene: this.name,
      title: this.title,
      parts: [opens.part, sends],
      facts: [],
      answers: [
        {
          question: 'How is it found out?',
          answer:
            'By an ACK of something that was never sent, or by a segment for a connection that is not there. Both are ' +
            'answered with a RST whose number is just the one that the other end expects, so that it is believed.',
        },
      ],
    };
  },
};

async function crashedEndOpens(
  options: SceneOptions,
): Promise<{ readonly part: LadderPart; readonly endMs: number }> {
  const base = ends(options, ISS);
  const world = new World(base);
  const { a, b } = world;
  const connection = await world.establish();
  world.recorder.begin();
  await world.play(
    async () => {
      await b.call('read() waits', () => connection.b.read());
      await connection.listener.close();
      b.stack.listen({ port: b.port, iss: seqAt(base.b.iss, NEXT_ISS) });
    },
    async () => {
      a.say('(crash and reboot)');
      a.reboot({ ...base.a, iss: seqAt(base.a.iss, NEXT_ISS) });
      await a.call(
        'connect() waits',
        () => a.connect(),
        () => 'connect() returns',
      );
    },
  );
  return { part: world.part({ title: 'Figure 9: A opens again' }), endMs: world.clock.now() };
}

async function otherEndSends(options: SceneOptions, startMs: number): Promise<LadderPart> {
  const base = ends(options, ISS);
  const world = new World({ ...base, startMs });
  const { a, b } = world;
  const connection = await world.establish();
  world.recorder.begin();
  await world.play(async () => {
    a.say('(crash and reboot)');
    a.reboot(base.a);
    await b.call('write(10)', () => connection.b.write(letters(10)));
    await b.call('read() waits', () => connection.b.read());
  });
  return world.part({ title: 'Figure 10: B sends' });
}
