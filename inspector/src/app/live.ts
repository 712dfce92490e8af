/** A stack behind the page's own origin: envelopes come over its socket, commands go there. */

import { createSignal } from 'solid-js';
import type { Command, Reply } from '../../../src/inspect/protocol.ts';
import { LIVE, Timeline } from '../store/timeline.ts';
import { drawsDearly } from './pictures.ts';
import type { Answer, Session } from './session.ts';
import type { FromSocket, ToSocket } from './socket-worker.ts';
import { changed, open, setNotice } from './state.ts';

/** A server that does not answer a command within this is taken not to. */
const PATIENCE_MS = 10_000;
/** What comes in takes no more than this of a picture's time: the rest waits, and the server is told so by our silence. */
const BUDGET_MS = 7;

/** Looks for the stack that served the page. The site that is made of files alone has none. */
export function connectIfServed(): void {
  if (__SITE__) return;
  const address = new URL('ws', document.baseURI);
  address.protocol = address.protocol === 'https:' ? 'wss:' : 'ws:';
  // A token of `--inspect-host` is in the page's own address.
  address.search = location.search;
  new LiveSession(address);
}

class LiveSession implements Session {
  readonly name: string;
  readonly timeline = new Timeline(LIVE);
  readonly ended: () => string | undefined;
  readonly #setEnded: (why: string) => void;
  readonly #socket = new Worker(new URL('./socket-worker.ts', import.meta.url), { type: 'module' });
  readonly #waiting = new Map<number, (answer: Answer) => void>();
  #pieces: Extract<FromSocket, { envelopes: unknown }>[] = [];
  #ids = 0;
  #shown = false;
  #heardMs = performance.now();

  constructor(address: URL) {
    this.name = address.host;
    [this.ended, this.#setEnded] = createSignal<string>();
    this.#socket.addEventListener('message', ({ data }: MessageEvent<FromSocket>) => this.#heard(data));
    this.#tell({ connect: address.href });
  }

  /** `statewire inspect` serves a saved run as another command serves a stack. */
  get kind(): Session['kind'] {
    return this.timeline.head.hello?.mode === 'record' ? 'record' : 'live';
  }

  /** The stack's clock, as far as it can be known between two envelopes. */
  nowMs(): number {
    const { timeMs, run } = this.timeline.head;
    const heard = Math.max(timeMs, run.nowMs);
    const stands = run.paused || run.speed !== null || this.kind === 'record' || this.ended() !== undefined;
    return stands ? heard : heard + performance.now() - this.#heardMs;
  }

  ask(command: Command): Promise<Answer> {
    if (this.ended() !== undefined) return Promise.resolve({ ok: false, error: 'the stack is gone' });
    const id = ++this.#ids;
    return new Promise((resolve) => {
      const timer = setTimeout(
        () => this.#answered(id, { ok: false, error: 'the stack did not answer' }),
        PATIENCE_MS,
      );
      this.#waiting.set(id, (answer) => {
        clearTimeout(timer);
        resolve(answer);
      });
      this.#tell({ send: JSON.stringify({ ...command, id }) });
    });
  }

  close(): void {
    this.#tell({ close: true });
    this.#socket.terminate();
  }

  #tell(message: ToSocket): void {
    this.#socket.postMessage(message);
  }

  #heard(message: FromSocket): void {
    if ('reply' in message) this.#answered(message.reply.reply, message.reply);
    else if ('closed' in message) this.#over();
    else if (this.#pieces.push(message) === 1) requestAnimationFrame(() => this.#takeIn());
  }

  #takeIn(): void {
    if (drawsDearly()) {
      requestAnimationFrame(() => this.#takeIn());
      return;
    }
    const untilMs = performance.now() + BUDGET_MS;
    let taken = 0;
    while (taken < this.#pieces.length && performance.now() < untilMs) {
      const { envelopes, batch } = this.#pieces[taken++]!;
      this.timeline.append(envelopes);
      // Acknowledged once it is taken in: what the page can't keep up with is coalesced at the server.
      if (batch !== undefined) this.#tell({ send: JSON.stringify({ command: 'ack', batch }) });
    }
    this.#pieces = this.#pieces.slice(taken);
    this.#heardMs = performance.now();
    if (this.#pieces.length > 0) requestAnimationFrame(() => this.#takeIn());
    if (!this.#shown) {
      this.#shown = true;
      open(this, ['connections', undefined]);
    }
    changed();
  }

  #answered(id: Reply['reply'], answer: Answer): void {
    const resolve = this.#waiting.get(Number(id));
    this.#waiting.delete(Number(id));
    resolve?.(answer);
  }

  #over(): void {
    for (const id of [...this.#waiting.keys()]) this.#answered(id, { ok: false, error: 'the stack is gone' });
    this.#setEnded('the stream has ended');
    if (this.#shown) {
      setNotice({ text: 'The stream has ended: the stack is gone. What was seen stays.', bad: false });
    }
    changed();
  }
}
