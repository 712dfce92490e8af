/**
 * Four transfers share one narrow link, whose queue is kept short by CoDel; a fifth host asks small questions meanwhile.
 *
 *     npx statewire sim examples/bottleneck.mjs --series cwnd.csv --pcap bottleneck.pcapng
 */
import { dumbbell } from 'statewire/sim';

const transfer = (n) => ({
  kind: 'bulk',
  from: `left${n}`,
  to: `right${n}`,
  bytes: 500_000,
  atMs: 300 * n,
});

/** A workload of one's own: the promise calls of the core, and what it is handed for all that takes time or chance. */
async function question({ host, address, sleep, now }) {
  const listener = host('right5').listen({ port: 7 });
  const answering = (async () => {
    for await (const connection of listener) {
      for (let text = await connection.read(); text; text = await connection.read())
        await connection.write(text);
      await connection.close();
    }
  })();

  await sleep(1_000);
  const connection = await host('left5').connect({ host: address('right5'), port: 7 });
  let slowestMs = 0;
  for (let count = 0; count < 20; count++) {
    const askedMs = now();
    await connection.write(new Uint8Array(100));
    for (let left = 100; left > 0; left -= (await connection.read()).length);
    slowestMs = Math.max(slowestMs, now() - askedMs);
    await sleep(50);
  }
  await connection.close();
  console.error(`the slowest of 20 answers took ${slowestMs.toFixed(1)} ms`);

  await listener.close();
  await answering;
}

export default {
  seed: 1,
  topology: dumbbell({
    pairs: 5,
    bottleneck: { both: { rate: 10e6, delayMs: 20, queue: { kind: 'codel' } } },
    access: { both: { rate: 100e6, delayMs: 1 } },
  }),
  workloads: [transfer(1), transfer(2), transfer(3), transfer(4), question],
};
