/** statewire as a sender: what `load serve` and `transfer serve` are of the kernel. Tells its counters when it is asked. */

import type { Connection } from '../../../src/index.ts';
import { built } from '../built.ts';
import { warm } from './warm.ts';
import { KERNEL_SIDE, PORTS, type SenderCounts, STACK_ADDRESS } from './wire.ts';

const { createStack, openTun } = (await import(
  built('node/index.js')
)) as typeof import('../../../src/node/index.ts');

await warm();
const device = await openTun({ name: 'tun7', address: `${KERNEL_SIDE}/24` });
const stack = createStack({
  device,
  addresses: [STACK_ADDRESS],
  congestionControl: process.argv[2] ?? 'cubic',
  // A process finds many ACKs at once whenever it had to wait for a processor, and would answer them by a burst.
  pacing: true,
});
const piece = new Uint8Array(262_144);
const counts = { retransmissions: 0, segmentsSent: 0 };
const open = new Set<Connection>();

serve(PORTS.bulk, async (connection) => {
  for (;;) await connection.write(piece);
});
serve(PORTS.sized, async (connection) => {
  let line = '';
  while (!line.includes('\n')) {
    const bytes = await connection.read();
    if (bytes === null) return;
    line += new TextDecoder().decode(bytes);
  }
  for (let left = Number.parseInt(line, 10); left > 0; left -= piece.length)
    await connection.write(left < piece.length ? piece.subarray(0, left) : piece);
  await connection.shutdown();
});

process.on('message', () => {
  const total = { ...counts };
  for (const connection of open) add(total, connection);
  process.send!(total satisfies SenderCounts);
});
process.on('disconnect', () => process.exit());
process.send!('ready');

function serve(port: number, service: (connection: Connection) => Promise<void>): void {
  void (async () => {
    for await (const connection of stack.listen({ port })) {
      open.add(connection);
      // A receiver that has seen enough resets the connection: that is its end.
      service(connection).catch(() => {});
      void connection.closed.then(() => {
        open.delete(connection);
        add(counts, connection);
      });
    }
  })();
}

function add(total: { -readonly [K in keyof SenderCounts]: number }, connection: Connection): void {
  const { retransmissions, segmentsSent } = connection.info();
  total.retransmissions += retransmissions;
  total.segmentsSent += segmentsSent;
}
