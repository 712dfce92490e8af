/** `npm run sandbox`: serves the built site on this machine alone, until it is interrupted. */

import { createReadStream, statSync } from 'node:fs';
import { createServer } from 'node:http';
import { extname, join, normalize } from 'node:path';
import { fileURLToPath } from 'node:url';

const SITE = fileURLToPath(new URL('../dist/site', import.meta.url));
const TYPES = {
  '.html': 'text/html; charset=utf-8',
  '.js': 'text/javascript; charset=utf-8',
  '.css': 'text/css; charset=utf-8',
  '.svg': 'image/svg+xml',
};

const server = createServer((request, response) => {
  const file = fileOf(request.url ?? '/');
  if (file === undefined) {
    response.writeHead(404, { 'content-type': 'text/plain' }).end('There is no such file in the site.\n');
    return;
  }
  response.writeHead(200, { 'content-type': TYPES[extname(file)] ?? 'application/octet-stream' });
  createReadStream(file).pipe(response);
});

/** The file of the site that a request names; undefined where there is none. */
function fileOf(url) {
  let path;
  try {
    path = join(SITE, normalize(decodeURIComponent(new URL(url, 'http://127.0.0.1').pathname)));
  } catch {
    return undefined;
  }
  const file = path.endsWith('/') ? join(path, 'index.html') : path;
  return file.startsWith(SITE) && statSync(file, { throwIfNoEntry: false })?.isFile() ? file : undefined;
}

const at = process.argv.indexOf('--port');
const port = at < 0 ? 7414 : Number(process.argv[at + 1]);
server.on('error', (error) => {
  const words =
    error.code === 'EADDRINUSE' ? `port ${port} is taken; give another with -- --port N` : error.message;
  process.stderr.write(`sandbox: ${words}\n`);
  process.exitCode = 1;
});
server.listen(port, '127.0.0.1', () => {
  process.stdout.write(`http://127.0.0.1:${server.address().port}/  (Ctrl-C ends it)\n`);
});
for (const signal of ['SIGINT', 'SIGTERM']) {
  process.once(signal, () => {
    server.closeAllConnections();
    server.close();
  });
}
