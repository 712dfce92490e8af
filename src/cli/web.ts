import { once } from 'node:events';
import { createServer } from 'node:http';
import { setTimeout } from 'node:timers/promises';
import { listenHttp } from '../node/http.ts';
import type { Socket } from '../node/socket.ts';
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
  let answering = 0;
  let answered: () => void = () => {};
  web.on('request', (_request, response) => {
    answering++;
    response.on('close', () => {
      if (--answering === 0) answered();
    });
  });
  const server = listenHttp(web, stack, { port });
  server.on('connection', ({ connection }: Socket) => {
    if (connection !== undefined) report.opened('http', connection);
  });
  await once(server, 'listening');
  return {
    async close(patienceMs) {
      server.close();
      if (answering > 0) {
        const done = new Promise<void>((resolve) => {
          answered = resolve;
        });
        await Promise.race([done, setTimeout(patienceMs, undefined, { ref: false })]);
      }
      web.closeAllConnections();
    },
  };
}
