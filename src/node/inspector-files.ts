/** The inspector's page and its files. */

import { createReadStream, existsSync, statSync } from 'node:fs';
import type { ServerResponse } from 'node:http';
import { extname, join, normalize, sep } from 'node:path';
import { fileURLToPath } from 'node:url';

const TYPES: Readonly<Record<string, string>> = {
  '.html': 'text/html; charset=utf-8',
  '.js': 'text/javascript; charset=utf-8',
  '.css': 'text/css; charset=utf-8',
  '.json': 'application/json; charset=utf-8',
  '.svg': 'image/svg+xml',
  '.png': 'image/png',
  '.ico': 'image/x-icon',
  '.woff2': 'font/woff2',
  '.wasm': 'application/wasm',
  '.map': 'application/json; charset=utf-8',
  '.txt': 'text/plain; charset=utf-8',
};

const MISSING = `The inspector's page is not built: there is no inspector/index.html beside the compiled statewire.
Run "npm run build" in a checkout. The socket works without it, at the path /ws.
`;

/** Where the build puts the page, seen from the compiled file and from the source. */
export function builtPage(): string {
  const isSource = import.meta.url.endsWith('.ts');
  return fileURLToPath(new URL(isSource ? '../../dist/inspector/' : '../../inspector/', import.meta.url));
}

/** Headers of every answer: the browser loads nothing but from here, and tells nobody of this address. */
export function securityHeaders(host: string): Record<string, string> {
  return {
    'Content-Security-Policy': [
      "default-src 'self'",
      `connect-src 'self' ws://${host}`,
      "img-src 'self' data: blob:",
      // The page draws with style attributes.
      "style-src 'self' 'unsafe-inline'",
      "worker-src 'self' blob:",
      "object-src 'none'",
      "base-uri 'none'",
      "form-action 'none'",
      "frame-ancestors 'none'",
    ].join('; '),
    'X-Content-Type-Options': 'nosniff',
    'Referrer-Policy': 'no-referrer',
    'Cross-Origin-Opener-Policy': 'same-origin',
    'Cross-Origin-Resource-Policy': 'same-origin',
    'Cache-Control': 'no-store',
  };
}

/** Answers a GET or HEAD for a file of the folder. */
export function sendFile(
  folder: string,
  path: string,
  method: string,
  response: ServerResponse,
  headers: Record<string, string>,
): void {
  const file = locate(folder, path);
  if (file === undefined) {
    const isPage = path === '/' || path === '/index.html';
    const text = isPage ? MISSING : 'Not found\n';
    response.writeHead(404, { ...headers, 'Content-Type': 'text/plain; charset=utf-8' });
    response.end(method === 'HEAD' ? undefined : text);
    return;
  }
  response.writeHead(200, {
    ...headers,
    'Content-Type': TYPES[extname(file)] ?? 'application/octet-stream',
    'Content-Length': statSync(file).size,
  });
  if (method === 'HEAD') {
    response.end();
    return;
  }
  createReadStream(file)
    .on('error', () => response.destroy())
    .pipe(response);
}

/** The file that a path names, if it is one within the folder. */
function locate(folder: string, path: string): string | undefined {
  let name: string;
  try {
    name = decodeURIComponent(path);
  } catch {
    return undefined;
  }
  if (name.includes('\0')) return undefined;
  const root = normalize(folder.endsWith(sep) ? folder : folder + sep);
  const file = join(root, name.endsWith('/') ? `${name}index.html` : name);
  return file.startsWith(root) && existsSync(file) && statSync(file).isFile() ? file : undefined;
}
