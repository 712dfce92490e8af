import type { LadderPart } from '../ladder.ts';
import { World } from '../world.ts';
import { ends, type Scene, type SceneOptions } from './scene.ts';

const encoder = new TextEncoder();
const decoder = new TextDecoder();

export const urgent: Scene = {
  name: 'urgent',
  title: 'the URG flag and the urgent pointer',
  description:
    'One octet is urgent: B reads it out of band (SO_OOBINLINE off), or where it stands in the stream (on).',
  options: ['seed', 'issA', 'issB'],
  async play(options) {
    const apart = await run(options, false, 0);
    const inline = await run(options, true, apart.endMs);
    return {
      scene: this.name,
      title: this.title,
      parts: [apart.part, inline.part],
      facts: [],
      answers: [
        {
          question: 'What does the pointer say?',
          answer:
            'Where the urgent data end: added to the sequence number of its segment it points behind the last urgent octet. ' +
            'The octets themselves stand in the stream like all others; there is no second channel. That one of them is ' +
            'taken out and read apart is a custom of the socket interface, which knows of a single one only.',
        },
      ],
    };
  },
};

async function run(
  options: SceneOptions,
  oobInline: boolean,
  startMs: number,
): Promise<{ readonly part: LadderPart; readonly endMs: number }> {
  const base = ends(options, { a: 99, b: 299 });
  const world = new World({ ...base, startMs, b: { ...base.b, oobInline } });
  const { a, b } = world;
  const connection = await world.establish();
  connection.b.onUrgent = () => b.say('SIGURG');
  world.recorder.begin();
  await world.play(
    async () => {
      await a.call("send('abc')", () => connection.a.write(encoder.encode('abc')));
      await world.sleep(60);
      await a.call("send('de!', MSG_OOB)", () => connection.a.writeUrgent(encoder.encode('de!')));
      await world.sleep(60);
      await a.call("send('fg')", () => connection.a.write(encoder.encode('fg')));
    },
    async () => {
      await world.sleep(60);
      for (let left = oobInline ? 8 : 7; left > 0; ) {
        const text = await connection.b.read();
        if (!text) return;
        left -= text.length;
        b.say(`recv(): '${decoder.decode(text)}'`);
        const octet = connection.b.readUrgent();
        if (octet !== undefined) b.say(`recv(MSG_OOB): '${String.fromCharCode(octet)}'`);
      }
    },
  );
  const title = `SO_OOBINLINE ${oobInline ? 'on' : 'off'}`;
  return { part: world.part({ title }), endMs: world.clock.now() };
}
