import { World } from '../world.ts';
import { ends, letters, readAll, type Scene } from './scene.ts';

const REQUEST = 1_000;
const REPLY = 1_000;

export const session: Scene = {
  name: 'session',
  title: 'the whole life of a connection, in socket calls',
  description:
    'A server and a client: listen, accept, connect, a request, a reply, and the close that the client begins.',
  options: ['seed', 'issA', 'issB', 'mslMs'],
  async play(options) {
    const base = ends(options, { a: 1_000, b: 5_000 });
    // Without timestamps, so that a full segment holds just the MSS.
    const world = new World({
      ...base,
      a: { ...base.a, mss: 536, timestamps: false, noDelay: true },
      b: { ...base.b, timestamps: false, noDelay: true },
    });
    const { a, b } = world;
    world.recorder.begin();

    const server = async (): Promise<void> => {
      b.say('socket(), bind(), listen()');
      const listener = b.listen();
      const connection = await b.call(
        'accept() waits',
        () => listener.accept(),
        () => 'accept() returns',
      );
      if (!connection) return;
      const request = await readAll(connection, REQUEST);
      b.say(`read() returns: ${request.length} octets`);
      await b.call(`write(${REPLY})`, () => connection.write(letters(REPLY)));
      await b.call(
        'read() waits',
        () => connection.read(),
        () => 'read() returns: end of file',
      );
      // A server has things to put in order first; so its ACK does not wait for its FIN, and A is seen in FIN-WAIT-2.
      await world.sleep(30);
      await b.call(
        'close()',
        () => connection.close(),
        () => 'close() returns',
      );
    };
    const client = async (): Promise<void> => {
      a.say('socket()');
      const connection = await a.call(
        'connect() waits',
        () => a.connect(),
        () => 'connect() returns',
      );
      if (!connection) return;
      await a.call(`write(${REQUEST})`, () => connection.write(letters(REQUEST)));
      const reply = await readAll(connection, REPLY);
      a.say(`read() returns: ${reply.length} octets`);
      await a.call(
        'close()',
        () => connection.close(),
        () => 'close() returns',
      );
    };
    await world.play(server, client);
    return {
      scene: this.name,
      title: this.title,
      parts: [world.part()],
      facts: [
        'A announced an MSS of 536 and B one of 1460: each end sends no more than the other one takes.',
      ],
      answers: [
        {
          question: 'Where is the ACK of the request?',
          answer:
            'On the reply. An ACK may wait for a moment (at most half a second) for text to ride on, and B had an answer ' +
            'at once; so the request cost no segment but its own.',
        },
        {
          question: 'Why does A wait after the close, and not B?',
          answer:
            'The end that closes first sends the last ACK, and nobody acknowledges that one. It stays in TIME-WAIT in ' +
            'case B asks again (see the scene time-wait). That is why a server likes its clients to close first.',
        },
      ],
    };
  },
};
