/** What a visitor of the sandbox does, and what the stacks in it say of themselves. */

import { readFileSync } from 'node:fs';
import type { Page } from 'playwright-core';
import { drawn } from './browser.ts';

/** Opens the sandbox and pauses it, so that nothing happens but what is asked for. */
export async function openSandbox(page: Page): Promise<void> {
  await page.click('[data-open="scenes"]');
  await page.click('#start-sandbox');
  await page.waitForSelector('#sandbox-connect');
  await page.click('#play');
  await page.waitForFunction(() => document.querySelector('#play')?.textContent?.includes('Play'));
}

/** Presses the button for one step, so many times, and waits each time until it is done and shown. */
export async function step(page: Page, times = 1): Promise<void> {
  await settle(page);
  for (let count = 0; count < times; count++) {
    await page.click('#step-on');
    await settle(page);
  }
}

/** Waits until what was asked of the run is done, and drawn. */
export async function settle(page: Page): Promise<void> {
  await page.evaluate(async () => {
    const { session } = (globalThis as unknown as { statewire: { session: { settled?(): Promise<void> } } })
      .statewire;
    await session.settled?.();
  });
  await drawn(page);
}

/** Steps until the connection of this host is in this state. */
export async function stepUntil(page: Page, host: string, state: string): Promise<void> {
  for (let count = 0; count < 400; count++) {
    if ((await truths(page)).some((truth) => truth.host === host && truth.state === state)) return;
    await step(page);
  }
  throw new Error(`${host} never came to ${state}`);
}

export async function order(page: Page): Promise<number> {
  return Number(await page.getAttribute('#time-now', 'data-order'));
}

export interface Truth {
  readonly host: string;
  readonly localPort: number;
  readonly state: string;
  readonly una: number;
  readonly nxt: number;
  readonly rcvNxt: number;
  readonly iss: number;
  readonly irs: number;
  readonly cwnd: number;
  readonly bytesSent: number;
  readonly retransmissions: number;
  readonly sendDueMs: number | null;
  readonly nowMs: number;
}

/** What the two stacks themselves say of their connections: by the calls of their own interface, not by what was told to the page. */
export async function truths(page: Page): Promise<readonly Truth[]> {
  return page.evaluate(() => {
    type Info = {
      iss: number;
      irs: number;
      cwnd: number;
      bytesSent: number;
      retransmissions: number;
      snd: { una: number; nxt: number };
      rcv: { nxt: number };
    };
    type Own = {
      localPort: number;
      state: string;
      info(): Info;
      tcb: { timers: { send: { kind: string; dueMs: number } } };
    };
    type Stack = { connections: Iterable<Own>; clock: { now(): number } };
    const { session } = (
      globalThis as unknown as { statewire: { session: { world: { a: Stack; b: Stack } } } }
    ).statewire;
    const { a, b } = session.world;
    return [
      ['A', a],
      ['B', b],
    ].flatMap(([host, stack]) =>
      [...(stack as Stack).connections].map((connection) => {
        const { iss, irs, cwnd, bytesSent, retransmissions, snd, rcv } = connection.info();
        const { kind, dueMs } = connection.tcb.timers.send;
        return {
          host: host as string,
          localPort: connection.localPort,
          state: connection.state,
          una: snd.una,
          nxt: snd.nxt,
          rcvNxt: rcv.nxt,
          iss,
          irs,
          cwnd,
          bytesSent,
          retransmissions,
          sendDueMs: kind === 'idle' ? null : dueMs,
          nowMs: (stack as Stack).clock.now(),
        };
      }),
    );
  });
}

export interface Backlog {
  readonly halfOpen: number;
  readonly acceptQueue: number;
}

/** What B's own listener says is in its backlogs. */
export async function backlog(page: Page): Promise<Backlog> {
  return page.evaluate(() => {
    type Own = {
      actor: { getSnapshot(): { context: { halfOpen: Set<string>; acceptQueue: readonly string[] } } };
    };
    const { session } = (
      globalThis as unknown as { statewire: { session: { world: { b: { listeners: readonly Own[] } } } } }
    ).statewire;
    const { context } = session.world.b.listeners[0]!.actor.getSnapshot();
    return { halfOpen: context.halfOpen.size, acceptQueue: context.acceptQueue.length };
  });
}

/** Shows one view, over the whole width. */
export async function alone(page: Page, key: string): Promise<void> {
  const close = page.locator('.pane').nth(1).locator('.pane-head > button');
  if ((await close.count()) > 0) await close.click();
  await page.keyboard.press(key);
}

/** Opens a scene, and waits until it is over. */
export async function openScene(page: Page, name: string): Promise<void> {
  await page.click('[data-open="scenes"]');
  await page.click(`[data-scene="${name}"]`);
  await page.waitForSelector(`.scene-bar[data-over="true"] strong:text-is("${name}")`, { timeout: 60_000 });
  await settle(page);
}

/** Drags a file of this content onto the page. */
export async function dropFile(page: Page, name: string, content: string): Promise<void> {
  const transfer = await page.evaluateHandle(
    ([fileName, text]) => {
      const data = new DataTransfer();
      data.items.add(new File([text!], fileName!));
      return data;
    },
    [name, content],
  );
  await page.dispatchEvent('body', 'dragover', { dataTransfer: transfer });
  await page.dispatchEvent('body', 'drop', { dataTransfer: transfer });
}

/** Clicks, and reads the file that comes of it. */
export async function downloaded(
  page: Page,
  selector: string,
): Promise<{ readonly name: string; readonly bytes: Buffer }> {
  const [download] = await Promise.all([page.waitForEvent('download'), page.click(selector)]);
  return { name: download.suggestedFilename(), bytes: readFileSync(await download.path()) };
}

/** Chooses the connection of a host in the list of the header. */
export async function choose(page: Page, host: string): Promise<void> {
  const value = await page.$$eval(
    '#connection-picker option',
    (options, wanted) =>
      options.find((option) => option.textContent?.startsWith(`${wanted} `))?.getAttribute('value'),
    host,
  );
  await page.selectOption('#connection-picker', value ?? '');
}

/** The rows of the ladder that are in view, as the page says them to those who hear it. */
export async function ladderRows(page: Page): Promise<readonly string[]> {
  return page.$$eval('ul[aria-label="Frames in view"] li', (items) =>
    items.map((item) => item.textContent ?? ''),
  );
}

/** All that has crossed the wire, up to an order number: direction, sequence number and acknowledgment. */
export async function frames(page: Page, upTo = Number.POSITIVE_INFINITY): Promise<readonly string[]> {
  return page.evaluate((last) => {
    type Row = { order: number; direction: number; seq: number; ack: number };
    type Log = { start: number; end: number; row(index: number): Row };
    const { session } = (
      globalThis as unknown as { statewire: { session: { timeline: { wire: { frames: Log } } } } }
    ).statewire;
    const log = session.timeline.wire.frames;
    const found: string[] = [];
    for (let index = log.start; index < log.end; index++) {
      const { order, direction, seq, ack } = log.row(index);
      if (order <= last) found.push(`${direction} ${seq} ${ack}`);
    }
    return found;
  }, upTo);
}

/** Moves the scrubber to an order number. */
export async function scrubTo(page: Page, to: number): Promise<void> {
  await page.locator('#scrubber').evaluate((input: HTMLInputElement, value) => {
    input.value = String(value);
    input.dispatchEvent(new Event('input', { bubbles: true }));
  }, to);
  await settle(page);
}
