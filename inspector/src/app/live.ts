/** A stack behind the page's own origin: envelopes come over its socket, commands go there. */

import { createSignal } from 'solid-js';
import type { Command, Reply, ServerMessage } from '../../../src/inspect/protocol.ts';
import { LIVE, Timeline } from '../store/timeline.ts';
import type { Answer, Session } from './session.ts';
import { changed, open, setNotice } from './state.ts';

/** A server that does not answer a command within this is taken not to. */
const PATIENCE_MS = 10_000;

/** Looks for the stack that served the page. The site that is made of files alone has none. */
export function connectIfServed(): void {
  if (__SITE__) return;
  const address = new URL('ws', document.baseURI);
  address.protocol = address.protocol === 'https:' ? 'wss:' : 'ws:';
  // A token of `--inspect-host` is in the page's own address.
  address.search = location.search;
  connect(address);
}

function connect(address: URL): void {
  const socket = new WebSocket(address);
  const waiting = new Map<number, (answer: Answer) => void>();
  const [ended, setEnded] = createSignal<string>();
  let timeline = new Timeline(LIVE);
  let ids = 0;
  let shown = false;
  let heardMs = performance.now();

  /** The stack's clock, as far as it can be known between two envelopes. */
  function nowMs(): number {
    const { head } = timeline;
    if (head.run.paused || ended() !== undefined) return Math.max(head.timeMs, head.run.nowMs);
    return Math.max(head.timeMs, head.run.nowMs) + performance.now() - heardMs;
  }

  const session = (): Session => ({
    name: address.host,
    kind: 'live',
    timeline,
    ended,
    nowMs,
    ask: (command) => ask(command),
    close: () => socket.close(),
  });

  function ask(command: Command): Promise<Answer> {
    if (socket.readyState !== WebSocket.OPEN)
      return Promise.resolve({ ok: false, error: 'the stack is gone' });
    const id = ++ids;
    return new Promise((resolve) => {
      const timer = setTimeout(
        () => answered(id, { ok: false, error: 'the stack did not answer' }),
        PATIENCE_MS,
      );
      waiting.set(id, (answer) => {
        clearTimeout(timer);
        resolve(answer);
      });
      socket.send(JSON.stringify({ ...command, id }));
    });
  }

  function answered(id: Reply['reply'], answer: Answer): void {
    const resolve = waiting.get(Number(id));
    waiting.delete(Number(id));
    resolve?.(answer);
  }

  socket.addEventListener('message', (event) => {
    const message = JSON.parse(event.data as string) as ServerMessage;
    if ('reply' in message) return answered(message.reply, message);
    // A second `hello` on one socket would be another stack: what was before has nothing to do with it.
    if (message.envelopes.some((envelope) => envelope.kind === 'hello') && timeline.length > 0) {
      timeline = new Timeline(LIVE);
      shown = false;
    }
    timeline.append(message.envelopes);
    heardMs = performance.now();
    if (!shown) {
      shown = true;
      open(session(), ['connections', undefined]);
    }
    changed();
    // Acknowledged once it is on the screen: what the page can't keep up with is coalesced at the server.
    requestAnimationFrame(() => {
      if (socket.readyState === WebSocket.OPEN)
        socket.send(JSON.stringify({ command: 'ack', batch: message.batch }));
    });
  });
  socket.addEventListener('close', () => {
    for (const id of [...waiting.keys()]) answered(id, { ok: false, error: 'the stack is gone' });
    setEnded('the stream has ended');
    if (shown)
      setNotice({ text: 'The stream has ended: the stack is gone. What was seen stays.', bad: false });
    changed();
  });
}
