import type { LadderPart } from '../ladder.ts';
import { World } from '../world.ts';
import { ends, letters, readAll, type Scene, type SceneOptions } from './scene.ts';

const TEXT = 100;

export const lostSyn: Scene = {
  name: 'lost-syn',
  title: 'the first two SYNs are lost, and the first text too',
  description:
    'The SYN is sent again after 1 s, then after 2 s; the first text 3 s later (RFC 6298, 5.7), timestamps or not.',
  options: ['seed', 'issA', 'issB'],
  async play(options) {
    const withThem = await run(options, true, 0);
    const without = await run(options, false, withThem.endMs);
    return {
      scene: this.name,
      title: this.title,
      parts: [withThem.part, without.part],
      facts: [],
      answers: [
        {
          question: 'Why 1 s, 2 s, and then 3 s?',
          answer:
            'Before anything is measured the timeout is 1 s, and each expiry doubles it: whoever does not answer may be ' +
            'overloaded. That the SYN was lost says that the path is bad or slower than 1 s; so the first text gets 3 s, ' +
            'whatever the one measurement of the handshake said. A tail loss probe (RFC 8985), which is left out here, would go after ' +
            'two round trips where timestamps have measured one.',
        },
      ],
    };
  },
};

async function run(
  options: SceneOptions,
  timestamps: boolean,
  startMs: number,
): Promise<{ readonly part: LadderPart; readonly endMs: number }> {
  const base = ends(options, { a: 100, b: 300 });
  // Of the retransmission timeout alone: without tail loss probes.
  const stack = { timestamps, lossRecovery: 'sack' } as const;
  const world = new World({ ...base, startMs, a: { ...base.a, ...stack }, b: { ...base.b, ...stack } });
  const { a, b } = world;
  const listener = b.listen();
  world.link.dropNext('out', () => true, 2);
  world.recorder.begin();
  await world.play(
    async () => {
      const connection = await a.call(
        'connect()',
        () => a.connect(),
        () => 'connect() returns',
      );
      if (!connection) return;
      await world.sleep(50);
      world.link.dropNext('out', () => true);
      await a.call(`write(${TEXT})`, () => connection.write(letters(TEXT)));
    },
    async () => {
      const connection = await listener.accept();
      if (connection) b.say(`read() returns: ${(await readAll(connection, TEXT)).length} octets`);
    },
  );
  const title = timestamps ? 'With timestamps' : 'Without timestamps';
  return { part: world.part({ title }), endMs: world.clock.now() };
}
