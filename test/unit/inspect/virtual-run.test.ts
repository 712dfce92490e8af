import { describe, expect, test } from 'vitest';
import { createInspector, type Envelope, virtualRun } from '../../../src/inspect/index.ts';
import { virtualClock } from '../../../src/sim/index.ts';
import { echo, exchange, inspected } from '../../support/inspected.ts';

/** A simulation whose real time passes when the test says so. */
function playable() {
  const real = virtualClock();
  const played = virtualRun(real);
  const { clock } = played;
  const run = inspected({ clock });
  const inspector = createInspector(run.stacks, { run: played });
  const seen: Envelope[] = [];
  inspector.listen((entry) => seen.push(entry.envelope('masked')));
  echo(run.server.stack);
  const exchanged = exchange(run.client.stack, 20_000);
  const simulation = clock.run();
  /** Until the simulation waits again. */
  const settle = async (): Promise<void> => {
    for (let turn = 0; turn < 400; turn++) await new Promise((resolve) => setImmediate(resolve));
  };
  const pass = async (ms: number): Promise<void> => {
    for (let passed = 0; passed < ms; passed += 10) {
      real.advance(10);
      for (let turn = 0; turn < 40; turn++) await new Promise((resolve) => setImmediate(resolve));
    }
    await settle();
  };
  return { run, clock, played, inspector, seen, exchanged, simulation, pass, settle };
}

function received(seen: readonly Envelope[], host?: string): number {
  return seen.filter(
    (envelope) =>
      envelope.kind === 'frame' &&
      envelope.what === 'received' &&
      (host === undefined || envelope.host === host),
  ).length;
}

describe('a virtual run', () => {
  test('waits for a viewer, and says what that may do', async () => {
    const { inspector, clock, settle } = playable();
    await settle();
    expect(clock.now()).toBe(0);
    expect(inspector.hello).toMatchObject({
      mode: 'virtual',
      can: { pause: true, play: true, step: ['event', 'frame', 'timer'] },
    });
    expect(inspector.snapshot.run).toMatchObject({ paused: true, speed: 1, nowMs: 0 });
  });

  test('plays at a hundredth of real time, or at a hundred times it', async () => {
    const { clock, inspector, pass } = playable();
    inspector.execute({ command: 'play', speed: 0.01 });
    await pass(1_600);
    expect(clock.now()).toBeCloseTo(16, 0);
    inspector.execute({ command: 'play', speed: 100 });
    await pass(10);
    expect(clock.now()).toBeGreaterThan(900);
    expect(() => inspector.execute({ command: 'play', speed: 1_000 })).toThrow(/0.01 to 100/);
  });

  test('stands still while it is paused', async () => {
    const { clock, inspector, pass } = playable();
    inspector.execute({ command: 'play', speed: 1 });
    await pass(30);
    inspector.execute({ command: 'pause' });
    const stoodAtMs = clock.now();
    expect(stoodAtMs).toBeGreaterThan(20);
    await pass(300);
    expect(clock.now()).toBe(stoodAtMs);
    inspector.execute({ command: 'resume' });
    await pass(30);
    expect(clock.now()).toBeCloseTo(stoodAtMs + 30, 0);
  });

  test('goes on by one event, one frame, or one timer of a stack', async () => {
    const { inspector, seen, settle, clock } = playable();
    await settle();
    inspector.execute({ command: 'step', what: 'event' });
    await settle();
    expect([clock.now(), received(seen)]).toEqual([10, 1]);
    inspector.execute({ command: 'step', what: 'frame', host: 'client' });
    await settle();
    expect([clock.now(), received(seen, 'client')]).toEqual([20, 1]);
    inspector.execute({ command: 'step', what: 'timer' });
    await settle();
    const fired = seen.filter(
      (envelope) => envelope.kind === 'timer' && (envelope.what === 'fired' || envelope.what === 'looked'),
    );
    expect(fired).toHaveLength(1);
    expect(clock.now()).toBe(fired[0]!.timeMs);
    expect(inspector.snapshot.run.paused).toBe(true);
  });

  test('comes to its end, and then has nothing to step to', async () => {
    const { played, clock, exchanged, simulation } = playable();
    played.finish();
    await simulation;
    expect(await exchanged).toBe(20_000);
    expect(clock.pending).toBe(0);
    played.pause();
    expect(played.step('event', undefined)).toBe(false);
  });

  test('is the same run whether it is stepped or goes by itself', async () => {
    const runs = [];
    for (const isStepped of [false, true]) {
      const { played, simulation, seen, settle } = playable();
      if (isStepped) {
        await settle();
        for (let step = 0; step < 20; step++) {
          played.step('event', undefined);
          for (let turn = 0; turn < 20; turn++) await new Promise((resolve) => setImmediate(resolve));
        }
      }
      played.finish();
      await simulation;
      runs.push(seen.map(({ kind, timeMs }) => `${timeMs} ${kind}`));
    }
    expect(runs[1]).toEqual(runs[0]);
  });
});
