import { describe, expect, it } from 'vitest';
import { PageRun } from '../../../inspector/src/scenes/page-run.ts';
import { SANDBOX, type Sandbox, sandboxRecipe } from '../../../inspector/src/scenes/sandbox.ts';
import { sceneRecipe } from '../../../inspector/src/scenes/scene-run.ts';
import type { Command, Envelope } from '../../../src/inspect/index.ts';
import { SCENES } from '../../../src/sim/index.ts';
import { pictures } from './pictures.ts';

type Run = PageRun<Sandbox>;

function sandbox(seed = 1): Run {
  return PageRun.begin(sandboxRecipe({ ...SANDBOX, seed }), pictures());
}

async function ask(run: Run, command: Command): Promise<void> {
  expect(await run.ask(command)).toEqual({ ok: true });
  await run.settled();
}

async function step(run: Run, times: number): Promise<void> {
  for (let count = 0; count < times; count++) await ask(run, { command: 'step', what: 'event' });
}

function connectionAt(run: Run, host: string): string {
  return [...run.timeline.head.connections.values()].find((connection) => connection.host === host)!.name;
}

/** What happened, without what only says how it was looked at. */
function happened(run: PageRun<unknown>, upTo = Number.POSITIVE_INFINITY): readonly string[] {
  const told: string[] = [];
  for (const envelope of run.timeline.between(0, upTo)) {
    if (!['frame', 'timer', 'tcb', 'chart.microstep', 'call'].includes(envelope.kind)) continue;
    told.push(JSON.stringify({ ...envelope, order: 0 } satisfies Envelope));
  }
  return told;
}

/** A connection with text under way over a link that loses a third. */
async function lossy(): Promise<Run> {
  const run = sandbox();
  await run.act('connect');
  await step(run, 4);
  await ask(run, {
    command: 'faults',
    host: 'A',
    direction: 'out',
    impairments: { loss: 30, duplicate: 10 },
  });
  await ask(run, {
    command: 'call',
    connection: connectionAt(run, 'A'),
    call: 'send',
    text: 'x'.repeat(30_000),
  });
  await step(run, 120);
  await ask(run, { command: 'call', connection: connectionAt(run, 'A'), call: 'shutdown' });
  await step(run, 60);
  return run;
}

describe('a run inside the page', () => {
  it('goes by single events: SYN, SYN,ACK, ACK', async () => {
    const run = sandbox();
    await run.act('connect');
    const states = (): string =>
      [...run.timeline.head.connections.values()].map(({ tcb }) => tcb.state).join(' ');
    expect(states()).toBe('SYN-SENT');
    await step(run, 1);
    expect(states()).toBe('SYN-SENT SYN-RECEIVED');
    await step(run, 1);
    expect(states()).toBe('ESTABLISHED SYN-RECEIVED');
    await step(run, 1);
    expect(states()).toBe('ESTABLISHED ESTABLISHED');
    expect(run.nowMs()).toBe(3 * SANDBOX.delayMs);
    run.close();
  });

  it('goes by frames and by timers of the stack', async () => {
    const run = sandbox();
    await run.act('connect');
    await ask(run, { command: 'step', what: 'frame' });
    const received = [...run.timeline.between(0, 1e9)].filter(
      (envelope) => envelope.kind === 'frame' && envelope.what === 'received',
    );
    expect(received).toHaveLength(1);
    await ask(run, { command: 'drop-next', host: 'B', direction: 'out', what: 'any', count: 9 });
    await ask(run, { command: 'step', what: 'timer' });
    const fired = [...run.timeline.between(0, 1e9)].findLast(
      (envelope) => envelope.kind === 'timer' && envelope.what !== 'armed',
    );
    expect(fired).toBeDefined();
    run.close();
  });

  it('shows the same when one goes back any number of steps and forward again', async () => {
    const run = await lossy();
    const { timeline } = run;
    const shown = (order: number): string => JSON.stringify([...timeline.at(order).connections.values()]);
    const orders = Array.from({ length: 40 }, (_, index) => Math.floor((timeline.head.order * index) / 40));
    const forward = orders.map(shown);
    const backward = [...orders].reverse().map(shown).reverse();
    expect(backward).toEqual(forward);
    expect(new Set(forward).size).toBeGreaterThan(30);
    expect(shown(timeline.head.order)).toBe(JSON.stringify([...timeline.head.connections.values()]));
    run.close();
  });

  it('does the same again, up to any moment', async () => {
    const run = await lossy();
    for (const share of [0.1, 0.4, 0.7, 1]) {
      const order = Math.floor(run.timeline.head.order * share);
      const again = await run.forkAt(order);
      const before = happened(run, order);
      expect(happened(again).slice(0, before.length)).toEqual(before);
      again.close();
    }
    run.close();
  });

  it('goes another way from a past moment on with another fault', async () => {
    const run = await lossy();
    const order = Math.floor(run.timeline.head.order / 2);
    const fork = await run.forkAt(order);
    await ask(fork, { command: 'blackhole', host: 'A', durationMs: 60_000 });
    await step(fork, 60);
    const before = happened(run, order);
    expect(happened(fork).slice(0, before.length)).toEqual(before);
    expect(happened(fork)).not.toEqual(happened(run).slice(0, happened(fork).length));
    const una = (of: Run): number => of.timeline.head.connections.get(connectionAt(of, 'A'))!.tcb.snd.una;
    expect(una(fork)).toBeLessThan(una(run));
    run.close();
    fork.close();
  });

  it('refuses what can not be done, and says why', async () => {
    const run = sandbox();
    const answer = await run.ask({ command: 'call', connection: 'nobody', call: 'close' });
    expect(answer.ok).toBe(false);
    expect(answer.error).toContain('there is no connection nobody');
    run.close();
  });

  it('plays at a pace, and stands when it is paused', async () => {
    const run = sandbox();
    await ask(run, { command: 'play', speed: 1 });
    await run.act('connect');
    await new Promise<void>((resolve) => {
      run.onProgress = () => run.timeline.head.connections.size === 2 && resolve();
    });
    await ask(run, { command: 'pause' });
    const nowMs = run.nowMs();
    await new Promise((resolve) => setImmediate(resolve));
    expect(run.nowMs()).toBe(nowMs);
    expect(run.timeline.head.run.paused).toBe(true);
    run.close();
  });

  it.each(SCENES.filter(({ name }) => name !== 'flags').map((scene) => [scene.name, scene] as const))(
    'plays the scene %s with the same segments as the command line does',
    async (_, scene) => {
      const run = PageRun.begin(sceneRecipe(scene, {}), pictures());
      await run.finish();
      expect(run.failure).toBeUndefined();
      const printed = (await scene.play({})).parts.flatMap(({ passages }) =>
        passages.map(({ frame }) => hex(frame)),
      );
      const watched = run.world.ladder!.parts.flatMap(({ passages }) =>
        passages.map(({ frame }) => hex(frame)),
      );
      expect(watched).toEqual(printed);
      expect(run.timeline.wire.frames.end).toBe(printed.length);
      run.close();
    },
  );
});

function hex(bytes: Uint8Array): string {
  return Buffer.from(bytes).toString('hex');
}
