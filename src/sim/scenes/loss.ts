import { sha256 } from '@noble/hashes/sha2.js';
import { seededRandom } from '../seeded-random.ts';
import { World } from '../world.ts';
import { ends, readAll, type Scene } from './scene.ts';

const MIB = 1_048_576;
const LINK = { loss: 5, reorder: 5, duplicate: 2, corrupt: 1 } as const;

export const loss: Scene = {
  name: 'loss',
  title: '1 MiB over a bad link',
  description:
    'The link loses 5 %, reorders 5 %, duplicates 2 % and corrupts 1 % in each direction: all arrives, and equal.',
  options: ['seed', 'issA', 'issB', 'mslMs'],
  async play(options) {
    const base = ends(options, { a: 100, b: 300 });
    const world = new World({ ...base, link: { in: LINK, out: LINK } });
    const { a, b } = world;
    const text = randomText(base.seed);
    const listener = b.listen();
    let arrived: Uint8Array = new Uint8Array(0);
    let retransmissions = 0;
    let openedMs = 0;
    let arrivedMs = 0;
    world.recorder.begin();
    await world.play(
      async () => {
        const connection = await a.connect();
        openedMs = world.clock.now();
        await a.call(`write(${text.length})`, () => connection.write(text));
        await a.call('close()', () => connection.shutdown());
        await connection.read();
        retransmissions = connection.info().retransmissions;
      },
      async () => {
        const connection = await listener.accept();
        if (!connection) return;
        arrived = await readAll(connection);
        arrivedMs = world.clock.now();
        b.say(`read() returned ${arrived.length} octets, then end of file`);
        await b.call('close()', () => connection.close());
      },
    );
    const { in: inwards, out } = world.link.stats;
    const sum = (name: 'lost' | 'reordered' | 'duplicated' | 'corrupted'): string =>
      `${out[name] + inwards[name]} ${name}`;
    const totals = (['lost', 'reordered', 'duplicated', 'corrupted'] as const).map(sum).join(', ');
    const part = world.part({ splitsCrossing: false, abridged: { first: 14, last: 12 } });
    const sent = hex(sha256(text));
    const got = hex(sha256(arrived));
    return {
      scene: this.name,
      title: this.title,
      parts: [part],
      facts: [
        `${part.passages.length} segments on the wire: ${totals}; A sent ${retransmissions} again.`,
        `${text.length} octets in ${((arrivedMs - openedMs) / 1_000).toFixed(3)} s of virtual time.`,
        `SHA-256 at A ${sent}`,
        `SHA-256 at B ${got}`,
        sent === got ? 'The two are equal.' : 'THE TWO DIFFER.',
      ],
      answers: [
        {
          question: 'How does it all arrive?',
          answer:
            'Every octet has a number. What the checksum shows to be damaged is dropped as if it were lost; what comes twice ' +
            'is known by its number; what comes early waits for the gap before it; and what is not acknowledged is sent ' +
            'again, after three duplicate ACKs or when the timer expires.',
        },
      ],
    };
  },
};

function randomText(seed: number): Uint8Array {
  const random = seededRandom(seed).fork('text');
  const words = Uint32Array.from({ length: MIB / 4 }, () => random.uint32());
  return new Uint8Array(words.buffer);
}

function hex(bytes: Uint8Array): string {
  return Array.from(bytes, (byte) => byte.toString(16).padStart(2, '0')).join('');
}
