/** A viewer on the inspector's socket, as a program that is no browser would be one. */

import { once } from 'node:events';
import { type ClientOptions, WebSocket } from 'ws';
import type { Batch, Command, Envelope, Reply, ServerMessage } from '../../src/inspect/index.ts';

export interface TestViewer {
  readonly socket: WebSocket;
  readonly batches: readonly Batch[];
  readonly replies: readonly Reply[];
  readonly envelopes: readonly Envelope[];
  send(command: Command): void;
  /** Waits until this is true of what has come. */
  until(isThere: (viewer: TestViewer) => boolean): Promise<void>;
  close(): Promise<void>;
}

export async function view(url: string, options: ClientOptions = {}): Promise<TestViewer> {
  const socket = new WebSocket(socketUrl(url, '/ws'), options);
  const batches: Batch[] = [];
  const replies: Reply[] = [];
  let came: () => void = () => {};
  socket.on('message', (data) => {
    const message = JSON.parse(String(data)) as ServerMessage;
    if ('batch' in message) batches.push(message);
    else replies.push(message);
    came();
  });
  socket.on('error', () => {});
  await once(socket, 'open');
  const viewer: TestViewer = {
    socket,
    batches,
    replies,
    get envelopes() {
      return batches.flatMap(({ envelopes }) => envelopes);
    },
    send: (command) => socket.send(JSON.stringify(command)),
    until: (isThere) =>
      new Promise((resolve) => {
        came = () => {
          if (isThere(viewer)) resolve();
        };
        came();
      }),
    async close() {
      if (socket.readyState === socket.CLOSED) return;
      const closed = once(socket, 'close');
      socket.close();
      await closed;
    },
  };
  return viewer;
}

/** The HTTP status with which the server answers an attempt to attach; 101 when it admits it. */
export function attempt(url: string, path: string, headers: Record<string, string> = {}): Promise<number> {
  return new Promise((resolve, reject) => {
    const socket = new WebSocket(socketUrl(url, path), { headers });
    socket.on('open', () => {
      socket.terminate();
      resolve(101);
    });
    socket.on('unexpected-response', (request, response) => {
      request.destroy();
      resolve(response.statusCode ?? 0);
    });
    socket.on('error', reject);
  });
}

export function socketUrl(url: string, path: string): string {
  const at = new URL(url);
  at.protocol = 'ws:';
  at.pathname = path;
  return at.href;
}
