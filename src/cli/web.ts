import { createServer } from 'node:http';
import { Server } from '../node/server.ts';
import { type StaticFilesOptions, staticFiles } from '../node/static-files.ts';
import type { Stack } from '../stack/api.ts';
import { Failure } from './exit.ts';
import type { Reporter } from './report.ts';

export interface WebOptions extends StaticFilesOptions {
  readonly port: number;
}

/** A web server on the stack. */
export interface Web {
  /** Takes no more connections, closes the idle ones, and waits until answers that have begun are through. */
  close(patienceMs: number): Promise<void>;
}

/** Node's own HTTP server, on connections of the stack. */
export async function startWeb(stack: Stack, options: WebOptions, report: Reporter): Promise<Web> {
  const { port, ...files } = options;
  const handler = await staticFiles(files).catch((error: Error) => {
    throw new Failure(`--root: can't serve ${options.root}: ${error.message}`);
  });
  const web = createServer(handler);
  // What Node's server does when it listens by itself: it begins to look after its connections and their time limits.
  web.emit('listening');
  let answering = 0;
  let answered: () => void = () => {};
  web.on('request', (_request, response) => {
    answering++;
    response.on('close', () => {
      if (--answering === 0) answered();
    });
  });

  // As Node's HTTP server is to be fed: it wants to answer clients that have closed their direction.
  const server = new Server({ stack, allowHalfOpen: true, noDelay: true });
  server.on('connection', (socket) => {
    if (socket.connection !== undefined) report.opened('http', socket.connection);
    web.emit('connection', socket);
  });
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen({ port }, resolve);
  });
  return {
    async close(patienceMs) {
      server.close();
      web.closeIdleConnections();
      if (answering > 0) {
        const { promise, cancel } = wait(patienceMs);
        await Promise.race([new Promise<void>((resolve) => (answered = resolve)), promise]);
        cancel();
      }
      web.closeAllConnections();
      // Ends the interval in which Node's server looks at its connections; it says that it was not listening.
      web.close(() => {});
    },
  };
}

function wait(delayMs: number): { readonly promise: Promise<void>; readonly cancel: () => void } {
  let timer: NodeJS.Timeout | undefined;
  const promise = new Promise<void>((resolve) => {
    timer = setTimeout(resolve, delayMs);
  });
  return { promise, cancel: () => clearTimeout(timer) };
}
