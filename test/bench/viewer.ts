/** A viewer in a process of its own, that acknowledges as the page does. Attaches to the addresses that it reads. */

import { createInterface } from 'node:readline';
import { WebSocket } from 'ws';
import type { ServerMessage } from '../../src/inspect/index.ts';

for await (const address of createInterface({ input: process.stdin })) {
  const socket = new WebSocket(address);
  let told = 0;
  let leftOut = 0;
  socket.on('message', (data) => {
    const message = JSON.parse(String(data)) as ServerMessage;
    if (!('batch' in message)) return;
    const { batch, envelopes } = message;
    told += envelopes.length;
    for (const envelope of envelopes) if (envelope.kind === 'gap') leftOut += envelope.leftOut;
    socket.send(JSON.stringify({ command: 'ack', batch }));
    // The first two are the greeting.
    if (batch === 2) console.log('attached');
  });
  socket.on('close', () => console.log(JSON.stringify({ told, leftOut })));
}
