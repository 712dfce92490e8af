import { describe, expect, test } from 'vitest';
import { createInspector, type Envelope, virtualRun } from '../../../src/inspect/index.ts';
import { virtualClock } from '../../../src/sim/index.ts';
import { echo, exchange, inspected } from '../../support/inspected.ts';

/** Real time that passes when the test says so. */
function playable() {
  const run = inspected();
  const real = virtualClock();
  const played = virtualRun(run.clock, real);
  const inspector = createInspector(run.stacks, { run: played });
  const seen: Envelope[] = [];
  inspector.listen((entry) => seen.push(entry.envelope('masked')));
  echo(run.server.stack);
  const exchanged = exchange(run.client.stack, 20_000);
  const settle = (): Promise<void> => new Promise((resolve) => setImmediate(() => setImmediate(resolve)));
  const pass = async (ms: number): Promise<void> => {
    for (let passed = 0; passed < ms; passed += 16) {
      real.advance(16);
      await settle();
      await settle();
    }
  };
  return { run, played, inspector, seen, exchanged, pass, settle };
}

const received = (seen: readonly Envelope[], host?: string) =>
  seen.filter(
    (envelope) =>
      envelope.kind === 'frame' &&
      envelope.what === 'received' &&
      (host === undefined || envelope.host === host),
  );

describe('a virtual run', () => {
  test('says what a viewer may do', () => {
    const { inspector } = playable();
    expect(inspector.hello).toMatchObject({
      mode: 'virtual',
      can: { pause: true, play: true, step: ['event', 'frame', 'timer'] },
    });
    expect(inspector.snapshot.run).toMatchObject({ paused: true, speed: 1, nowMs: 0 });
  });

  test('plays at a hundredth of real time, or at a hundred times it', async () => {
    const { run, inspector, pass } = playable();
    inspector.execute({ command: 'play', speed: 0.01 });
    await pass(1_600);
    expect(run.clock.now()).toBeCloseTo(16, 0);
    inspector.execute({ command: 'play', speed: 100 });
    await pass(160);
    expect(run.clock.now()).toBeGreaterThan(10_000);
    expect(() => inspector.execute({ command: 'play', speed: 1_000 })).toThrow(/0.01 to 100/);
  });

  test('stands still while it is paused', async () => {
    const { run, inspector, pass } = playable();
    inspector.execute({ command: 'play', speed: 1 });
    await pass(32);
    inspector.execute({ command: 'pause' });
    const stoodAtMs = run.clock.now();
    await pass(320);
    expect(run.clock.now()).toBe(stoodAtMs);
    inspector.execute({ command: 'resume' });
    await pass(32);
    expect(run.clock.now()).toBeGreaterThan(stoodAtMs);
  });

  test('goes on by one event, one frame, or one timer of a stack', async () => {
    const { inspector, seen, settle, run } = playable();
    inspector.execute({ command: 'step', what: 'event' });
    await settle();
    expect(run.clock.now()).toBe(10);
    expect(received(seen)).toHaveLength(1);
    inspector.execute({ command: 'step', what: 'frame', host: 'client' });
    for (let wait = 0; wait < 10; wait++) await settle();
    expect(received(seen, 'client')).toHaveLength(1);
    expect(run.clock.now()).toBe(20);
    inspector.execute({ command: 'step', what: 'timer' });
    for (let wait = 0; wait < 400; wait++) await settle();
    const fired = seen.filter(
      ({ kind, ...rest }) =>
        kind === 'timer' && 'what' in rest && rest.what !== 'armed' && rest.what !== 'cancelled',
    );
    expect(fired).toHaveLength(1);
    expect(run.clock.now()).toBe(fired[0]!.timeMs);
  });

  test('comes to its end, and then has nothing to step to', async () => {
    const { inspector, pass, played, run, exchanged } = playable();
    inspector.execute({ command: 'play', speed: 100 });
    await pass(3_200);
    expect(await exchanged).toBe(20_000);
    inspector.execute({ command: 'pause' });
    expect(run.clock.pending).toBe(0);
    expect(played.step('event', undefined)).toBe(false);
  });
});
