import { randomBytes } from 'node:crypto';
import { constants, createWriteStream } from 'node:fs';
import { type FileHandle, open, readdir, realpath, rename, rm, stat } from 'node:fs/promises';
import type { IncomingMessage, RequestListener, ServerResponse } from 'node:http';
import { extname, join, sep } from 'node:path';
import { pipeline } from 'node:stream/promises';

export interface StaticFilesOptions {
  /** The directory whose files are served. Nothing outside of it is, not through symbolic links either. */
  readonly root: string;
  /** Whether PUT may create and replace files. Default false. */
  readonly writable?: boolean;
}

/**
 * Serves the files of a directory over HTTP: GET and HEAD with ranges and listings, and PUT where it is allowed. For
 * `http.createServer()`.
 *
 * @throws the file system's error (ENOENT, ENOTDIR) when `root` is no directory
 * @example
 * ```ts
 * const handler = await staticFiles({ root: 'public' });
 * const web = http.createServer(handler);
 * ```
 */
export async function staticFiles({ root, writable = false }: StaticFilesOptions): Promise<RequestListener> {
  const realRoot = await realpath(root);
  await readdir(realRoot);
  const files = new StaticFiles(realRoot, writable);
  return (request, response) => void files.answer(request, response);
}

/** An answer other than 200, thrown from wherever it becomes clear. */
class Refusal extends Error {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;

  constructor(status: number, message: string, headers: Readonly<Record<string, string>> = {}) {
    super(message);
    this.status = status;
    this.headers = headers;
  }
}

class StaticFiles {
  readonly #root: string;
  readonly #writable: boolean;

  constructor(root: string, writable: boolean) {
    this.#root = root;
    this.#writable = writable;
  }

  async answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    try {
      const { method } = request;
      if (method === 'GET' || method === 'HEAD') await this.#get(request, response);
      else if (method === 'PUT') await this.#put(request, response);
      else throw new Refusal(405, `${method} is not served here.`, { allow: this.#allowed });
    } catch (error) {
      refuse(request, response, refusalOf(error));
    }
  }

  get #allowed(): string {
    return this.#writable ? 'GET, HEAD, PUT' : 'GET, HEAD';
  }

  async #get(request: IncomingMessage, response: ServerResponse): Promise<void> {
    // GET does not use a body; whatever there is must not stand before the next request.
    request.resume();
    const segments = segmentsOf(request);
    const path = await this.#inside(join(this.#root, ...segments));
    const file = await open(path, constants.O_RDONLY | constants.O_NONBLOCK);
    try {
      const info = await file.stat();
      if (info.isDirectory()) {
        await file.close();
        await this.#getDirectory(path, request, response);
        return;
      }
      if (!info.isFile()) throw new Refusal(403, 'Only files and directories are served.');
      await sendFile(file, { size: info.size, modified: info.mtime, path }, request, response);
    } finally {
      await file.close().catch(() => {});
    }
  }

  async #getDirectory(path: string, request: IncomingMessage, response: ServerResponse): Promise<void> {
    const [pathname = '/', query] = (request.url ?? '/').split('?', 2);
    if (!pathname.endsWith('/')) {
      // Relative links in the listing need the slash.
      const location = `${pathname.replace(/^\/+/, '/')}/${query === undefined ? '' : `?${query}`}`;
      throw new Refusal(301, 'The directory is one slash further.', { location });
    }
    const entries = await readdir(path, { withFileTypes: true });
    const names = entries
      .filter(({ name }) => !name.startsWith('.'))
      .map((entry) => (entry.isDirectory() ? `${entry.name}/` : entry.name))
      .sort();
    const body = Buffer.from(listing(decodeURIComponent(pathname), names));
    response.writeHead(200, { 'content-type': 'text/html; charset=utf-8', 'content-length': body.length });
    response.end(request.method === 'HEAD' ? undefined : body);
  }

  async #put(request: IncomingMessage, response: ServerResponse): Promise<void> {
    if (!this.#writable) throw new Refusal(403, 'This server is read-only.');
    // RFC 9110 section 14.5: a part must not be taken for the whole.
    if (request.headers['content-range'] !== undefined) throw new Refusal(400, 'PUT takes whole files only.');
    const segments = segmentsOf(request);
    const name = segments.at(-1);
    if (name === undefined || request.url?.split('?', 1)[0]?.endsWith('/')) {
      throw new Refusal(409, 'PUT needs the name of a file.');
    }
    const directory = await this.#inside(join(this.#root, ...segments.slice(0, -1)));
    const path = join(directory, name);
    const before = await stat(path).catch(() => undefined);
    if (before !== undefined) await this.#inside(path);
    if (before !== undefined && !before.isFile())
      throw new Refusal(409, 'There is something else of that name.');

    const temporary = join(directory, `.statewire-${randomBytes(8).toString('hex')}.part`);
    try {
      await pipeline(request, createWriteStream(temporary, { flags: 'wx' }));
      await rename(temporary, path);
    } catch (error) {
      await rm(temporary, { force: true });
      throw error;
    }
    if (before === undefined) response.writeHead(201, { location: request.url, 'content-length': 0 });
    else response.writeHead(204);
    response.end();
  }

  /** The path without symbolic links, if that is in the root. */
  async #inside(path: string): Promise<string> {
    const real = await realpath(path);
    if (real === this.#root || real.startsWith(this.#root === sep ? sep : this.#root + sep)) return real;
    throw new Refusal(403, 'That is outside of what is served.');
  }
}

/** The names that a request's path consists of, percent-decoded; none of them leads upwards. */
function segmentsOf(request: IncomingMessage): string[] {
  const [pathname = '/'] = (request.url ?? '/').split('?', 1);
  if (!pathname.startsWith('/')) throw new Refusal(400, 'The path has to begin with a slash.');
  const segments = pathname.split('/').map((segment) => {
    try {
      return decodeURIComponent(segment);
    } catch {
      throw new Refusal(400, 'The path is not percent-encoded UTF-8.');
    }
  });
  for (const segment of segments) {
    if (segment === '..' || segment.includes('/') || segment.includes('\\') || segment.includes('\0')) {
      throw new Refusal(403, 'The path leads elsewhere.');
    }
  }
  return segments.filter((segment) => segment !== '' && segment !== '.');
}

async function sendFile(
  file: FileHandle,
  { size, modified, path }: { readonly size: number; readonly modified: Date; readonly path: string },
  request: IncomingMessage,
  response: ServerResponse,
): Promise<void> {
  const lastModified = modified.toUTCString();
  const range = rangeOf(request, size, lastModified);
  const { start, end } = range ?? { start: 0, end: size - 1 };
  response.writeHead(range === undefined ? 200 : 206, {
    'content-type': TYPES[extname(path).toLowerCase()] ?? 'application/octet-stream',
    'content-length': end - start + 1,
    'accept-ranges': 'bytes',
    'last-modified': lastModified,
    ...(range === undefined ? {} : { 'content-range': `bytes ${start}-${end}/${size}` }),
  });
  if (request.method === 'HEAD' || size === 0) {
    response.end();
    return;
  }
  const content = file.createReadStream({ start, end, autoClose: false, highWaterMark: READ_SIZE });
  await pipeline(content, response);
}

const READ_SIZE = 256 * 1024;

/** The one range that was asked for, inclusive. Whoever asks for several gets the whole, as RFC 9110 section 14.2 allows. */
function rangeOf(
  request: IncomingMessage,
  size: number,
  lastModified: string,
): { readonly start: number; readonly end: number } | undefined {
  const { range, 'if-range': ifRange } = request.headers;
  const [, first = '', last = ''] = /^bytes=(\d*)-(\d*)$/.exec(range ?? '') ?? [];
  if ((first === '' && last === '') || request.method !== 'GET') return undefined;
  if (ifRange !== undefined && ifRange !== lastModified) return undefined;
  const start = first === '' ? Math.max(0, size - Number(last)) : Number(first);
  const end = first === '' || last === '' ? size - 1 : Math.min(Number(last), size - 1);
  if (first !== '' && last !== '' && Number(last) < Number(first)) return undefined;
  if (start > end)
    throw new Refusal(416, 'The range is not in the file.', { 'content-range': `bytes */${size}` });
  return { start, end };
}

function refusalOf(error: unknown): Refusal {
  if (error instanceof Refusal) return error;
  switch ((error as NodeJS.ErrnoException).code) {
    case 'ENOENT':
    case 'ENOTDIR':
    case 'ENAMETOOLONG':
      return new Refusal(404, 'There is no such file.');
    case 'EACCES':
    case 'EPERM':
    case 'ELOOP':
      return new Refusal(403, 'The file may not be used.');
    case 'ENOSPC':
    case 'EDQUOT':
      return new Refusal(507, 'The disk is full.');
    default:
      return new Refusal(500, 'The file could not be used.');
  }
}

function refuse(request: IncomingMessage, response: ServerResponse, refusal: Refusal): void {
  // The peer went away, or the answer has begun and can't be taken back: ending it short says so.
  if (response.headersSent || response.destroyed) {
    response.destroy();
    return;
  }
  const body = Buffer.from(`${refusal.status} ${refusal.message}\n`);
  // What is left of a body that nobody wants would stand before the next request.
  const close: Record<string, string> = request.complete ? {} : { connection: 'close' };
  request.resume();
  response.writeHead(refusal.status, {
    'content-type': 'text/plain; charset=utf-8',
    'content-length': body.length,
    ...close,
    ...refusal.headers,
  });
  response.end(request.method === 'HEAD' ? undefined : body);
}

function listing(path: string, names: readonly string[]): string {
  const title = escapeHtml(path);
  const up = path === '/' ? [] : ['../'];
  const rows = [...up, ...names].map((name) => {
    const slash = name.endsWith('/') ? '/' : '';
    const link = `./${encodeURIComponent(slash === '' ? name : name.slice(0, -1))}${slash}`;
    return `<li><a href="${escapeHtml(link)}">${escapeHtml(name)}</a></li>`;
  });
  return `<!doctype html>\n<meta charset="utf-8">\n<title>${title}</title>\n<h1>${title}</h1>\n<ul>\n${rows.join('\n')}\n</ul>\n`;
}

function escapeHtml(text: string): string {
  return text.replace(/[&<>"']/g, (character) => `&#${character.charCodeAt(0)};`);
}

const TYPES: Readonly<Record<string, string>> = {
  '.avif': 'image/avif',
  '.css': 'text/css; charset=utf-8',
  '.csv': 'text/csv; charset=utf-8',
  '.gif': 'image/gif',
  '.gz': 'application/gzip',
  '.htm': 'text/html; charset=utf-8',
  '.html': 'text/html; charset=utf-8',
  '.ico': 'image/vnd.microsoft.icon',
  '.jpeg': 'image/jpeg',
  '.jpg': 'image/jpeg',
  '.js': 'text/javascript; charset=utf-8',
  '.json': 'application/json',
  '.md': 'text/markdown; charset=utf-8',
  '.mjs': 'text/javascript; charset=utf-8',
  '.mp3': 'audio/mpeg',
  '.mp4': 'video/mp4',
  '.pdf': 'application/pdf',
  '.png': 'image/png',
  '.svg': 'image/svg+xml',
  '.tar': 'application/x-tar',
  '.txt': 'text/plain; charset=utf-8',
  '.wasm': 'application/wasm',
  '.webm': 'video/webm',
  '.webp': 'image/webp',
  '.xml': 'application/xml',
  '.zip': 'application/zip',
};
