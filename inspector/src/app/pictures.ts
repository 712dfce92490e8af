/**
 * When the page is drawn anew: once before the next picture, however much has come in, as long as drawing is cheap. A drawing
 * that takes long is paid for with a rest that grows as its square, so that few pictures are late and what comes in is taken in.
 */

import { createMemo, createSignal, onCleanup } from 'solid-js';

/** What a drawing that is due and what comes in may take of one picture together. */
const CHEAP_MS = 5;
const LONGEST_REST_MS = 1_000;
/** What somebody has asked for is shown as soon as it has happened, within this time. */
const ATTENTION_MS = 500;

const [ticks, setTicks] = createSignal(0);

export { ticks };

let isWaiting = false;
let waiting: (() => void)[] = [];
let restsUntilMs = 0;
let attendsUntilMs = 0;
/** A single late drawing, the first of a view say, is no reason to rest. */
let costBefore = 0;
let cost = 0;

/** The page is to be drawn anew. */
export function changed(): void {
  if (isWaiting) return;
  isWaiting = true;
  requestAnimationFrame(picture);
}

/** Whoever does something with the page waits to see what comes of it: no rest for a while then. */
export function attendTo(page: EventTarget): () => void {
  const attend = (): void => {
    attendsUntilMs = performance.now() + ATTENTION_MS;
  };
  for (const type of DEEDS) page.addEventListener(type, attend, { capture: true });
  return () => {
    for (const type of DEEDS) page.removeEventListener(type, attend, { capture: true });
  };
}

const DEEDS = ['click', 'keydown', 'input', 'change'] as const;

/** Draws at once, rest or not. */
export function drawNow(): void {
  isWaiting = false;
  setTicks((count) => count + 1);
  const told = waiting;
  waiting = [];
  for (const tell of told) tell();
}

/** Fulfilled once all that there is now is drawn. */
export function drawn(): Promise<void> {
  if (!isWaiting) return Promise.resolve();
  return new Promise((resolve) => {
    waiting.push(resolve);
  });
}

/** Whether the next picture has enough to do with drawing: what else there is should wait for the one after it. */
export function drawsDearly(): boolean {
  return isWaiting && cost > CHEAP_MS && performance.now() >= restsUntilMs;
}

function picture(): void {
  if (!isWaiting) return;
  const beganMs = performance.now();
  if (beganMs < restsUntilMs && beganMs > attendsUntilMs) {
    requestAnimationFrame(picture);
    return;
  }
  drawNow();
  // A message comes behind the layout and the painting, which may cost more than what led to them.
  afterPainting(() => {
    costBefore = cost;
    cost = performance.now() - beganMs;
    const usual = Math.min(cost, costBefore);
    restsUntilMs = usual > CHEAP_MS ? performance.now() + Math.min(LONGEST_REST_MS, usual ** 2) : 0;
  });
}

const { port1, port2 } = new MessageChannel();

function afterPainting(then: () => void): void {
  port1.onmessage = then;
  port2.postMessage(undefined);
}

/** So many pictures in a row are followed one by one. */
const BURST = 20;

/**
 * For what need not be drawn with every picture: follows them one by one while they are few, and so often while they are many.
 * The last one is always followed. To be called where a view is made.
 */
export function atMostEvery(everyMs: number): () => number {
  let left = BURST;
  let lookedMs = performance.now();
  let timer: ReturnType<typeof setTimeout> | undefined;
  const [again, setAgain] = createSignal(0);
  onCleanup(() => clearTimeout(timer));
  return createMemo((followed) => {
    const now = ticks();
    again();
    const nowMs = performance.now();
    left = Math.min(BURST, left + (nowMs - lookedMs) / everyMs);
    lookedMs = nowMs;
    if (left >= 1) {
      left--;
      return now;
    }
    timer ??= setTimeout(
      () => {
        timer = undefined;
        setAgain((count) => count + 1);
      },
      (1 - left) * everyMs + 1,
    );
    return followed;
  }, ticks());
}
