/**
 * The socket, and the reading of what comes over it, away from the page's own thread: ten thousand envelopes a second are a
 * quarter of a second of parsing, and pictures must not wait for that.
 */

import type { Envelope, Reply, ServerMessage } from '../../../src/inspect/protocol.ts';

/** From the page: where to connect to, then what to send. */
export type ToSocket = { readonly connect: string } | { readonly send: string } | { readonly close: true };

/** To the page. The last piece of a batch has its number. */
export type FromSocket =
  | { readonly envelopes: readonly Envelope[]; readonly batch: number | undefined }
  | { readonly reply: Reply }
  | { readonly closed: true };

/** So many envelopes are handed over at a time: taking them in is a small part of a picture. */
const PIECE = 100;

let socket: WebSocket | undefined;

const tell = (message: FromSocket): void => {
  postMessage(message);
};

addEventListener('message', (event: MessageEvent<ToSocket>) => {
  const { data } = event;
  if ('connect' in data) connect(data.connect);
  else if ('close' in data) socket?.close();
  else if (socket?.readyState === WebSocket.OPEN) socket.send(data.send);
});

function connect(address: string): void {
  socket = new WebSocket(address);
  socket.addEventListener('message', (event) => {
    const message = JSON.parse(event.data as string) as ServerMessage;
    if ('reply' in message) return tell({ reply: message });
    const { envelopes, batch } = message;
    for (let from = 0; from === 0 || from < envelopes.length; from += PIECE) {
      const isLast = from + PIECE >= envelopes.length;
      tell({ envelopes: envelopes.slice(from, from + PIECE), batch: isLast ? batch : undefined });
    }
  });
  socket.addEventListener('close', () => tell({ closed: true }));
}
