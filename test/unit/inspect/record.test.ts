import { describe, expect, test } from 'vitest';
import {
  createInspector,
  type InputLine,
  readRecord,
  recordSource,
  replay,
  viewingRecord,
} from '../../../src/inspect/index.ts';
import {
  echo,
  exchange,
  type Inspected,
  type InspectedOptions,
  inspected,
  SERVER,
} from '../../support/inspected.ts';

interface Recorded {
  readonly run: Inspected;
  readonly lines: string[];
}

const BAD = { loss: 5, reorder: 5, duplicate: 3, corrupt: 2 };

/** Three exchanges over a link, one of which ends in an abort; then both stacks close. */
async function record(options: InspectedOptions, payload?: 'masked'): Promise<Recorded> {
  const run = inspected({ record: true, mslMs: 100, ...options });
  const lines: string[] = [];
  const recording = createInspector(run.stacks).record(
    (line) => lines.push(line),
    payload === undefined ? {} : { payload },
  );
  const listener = echo(run.server.stack);
  const { stack } = run.client;
  const work = Promise.all([
    exchange(stack, 30_000),
    exchange(stack, 60_000),
    (async () => {
      const connection = await stack.connect({
        host: SERVER,
        port: 7,
        userTimeoutMs: Number.POSITIVE_INFINITY,
      });
      connection.set({ noDelay: true, trafficClass: 8 });
      await connection.write(new Uint8Array(20_000));
      await connection.read();
      connection.abort();
    })(),
  ]);
  await run.clock.run();
  await work;
  await listener.close();
  const closing = Promise.all([stack.close(), run.server.stack.close()]);
  await run.clock.run();
  await closing;
  recording.end();
  return { run, lines };
}

function inputs(lines: readonly string[]): InputLine[] {
  return lines.map((line) => JSON.parse(line)).filter((line) => 'input' in line);
}

describe('a record', () => {
  test.each([1, 2, 3])('runs again, and does the same (seed %d, a bad link)', async (seed) => {
    const { lines } = await record({ seed, bad: BAD });
    const result = replay(readRecord(lines));
    expect(result.difference).toBeUndefined();
    expect(result.same).toBe(true);
    expect(Object.keys(result.replayed)).toEqual(['client', 'server']);
    expect(new Set(Object.values(result.replayed)).size).toBe(2);
  });

  test('holds every input: frames, due timers, calls, random numbers', async () => {
    const { lines, run } = await record({ bad: BAD });
    const all = inputs(lines);
    const count = (input: string, host: string): number =>
      all.filter((line) => line.input === input && line.host === host).length;
    expect(count('frame', 'client')).toBe(run.client.stack.counters['frames.in']);
    expect(count('frame', 'server')).toBe(run.server.stack.counters['frames.in']);
    expect(count('draw', 'client')).toBeGreaterThan(0);
    expect(count('timer', 'client')).toBeGreaterThan(0);
    const calls = all.flatMap((line) => (line.input === 'call' ? [line.call.call] : []));
    expect(new Set(calls)).toEqual(
      new Set(['listen', 'open', 'accept', 'input', 'close-listener', 'close-interface']),
    );
  });

  test('of a run that was paused and stepped runs again, too', async () => {
    const run = inspected({ record: true });
    const inspector = createInspector(run.stacks);
    const lines: string[] = [];
    const recording = inspector.record((line) => lines.push(line));
    echo(run.server.stack);
    const exchanged = exchange(run.client.stack, 50_000);
    await run.clock.run({ untilMs: 35 });
    inspector.execute({ command: 'pause' });
    await run.clock.run({ untilMs: 60 });
    inspector.execute({ command: 'step', what: 'timer' });
    inspector.execute({ command: 'step', what: 'frame' });
    inspector.execute({ command: 'resume' });
    await run.clock.run();
    await exchanged;
    recording.end();
    const calls = inputs(lines).flatMap((line) => (line.input === 'call' ? [line.call.call] : []));
    expect(calls).toEqual(expect.arrayContaining(['pause', 'take-held', 'resume']));
    expect(replay(readRecord(lines))).toMatchObject({ same: true });
  });

  test('tells where a run that was tampered with goes another way', async () => {
    const { lines } = await record({});
    const at = lines.findIndex((line) => line.includes('"input":"frame","host":"client"'));
    const result = replay(readRecord(lines.toSpliced(at, 1)));
    expect(result.same).toBe(false);
    expect(result.difference).toMatchObject({ host: 'client' });
    expect(result.difference!.order).toBeGreaterThan(0);
    expect(result.difference!.recorded).not.toBe(result.difference!.replayed);
  });

  test('that was cut off in the middle of a line is read up to there, and runs again without a verdict', async () => {
    const { lines } = await record({});
    const text = lines.join('\n');
    const cutOff = readRecord(text.slice(0, Math.floor(text.length / 2)));
    expect(cutOff.end).toBeUndefined();
    expect(cutOff.envelopes.length).toBeGreaterThan(10);
    expect(replay(cutOff).same).toBeUndefined();
  });

  test('with masked payload holds no text, and is for looking at only', async () => {
    const { lines } = await record({}, 'masked');
    expect(lines.join('')).not.toMatch(/YWFhYWFh/);
    expect(inputs(lines)).toEqual([]);
    const read = readRecord(lines);
    expect(read.header).toMatchObject({ replayable: false, why: 'its payload is masked' });
    expect(() => replay(read)).toThrow(/looking at only: its payload is masked/);
  });

  test('that was begun in the middle, or of a stack that keeps no inputs, is for looking at only', async () => {
    const run = inspected({ record: true });
    run.server.stack.listen({ port: 7 });
    const late: string[] = [];
    createInspector(run.stacks).record((line) => late.push(line));
    expect(readRecord(late).header).toMatchObject({
      replayable: false,
      why: expect.stringMatching(/under way/),
    });

    const plain: string[] = [];
    createInspector(inspected().stacks).record((line) => plain.push(line));
    expect(readRecord(plain).header).toMatchObject({
      replayable: false,
      why: expect.stringMatching(/not kept/),
    });
  });

  test('can be made of what a viewer has seen', async () => {
    const run = inspected();
    const viewer = createInspector(run.stacks).attach();
    const [hello, snapshot] = viewer.read();
    if (hello?.kind !== 'hello' || snapshot?.kind !== 'snapshot') throw new Error('no greeting');
    echo(run.server.stack);
    const exchanged = exchange(run.client.stack, 10);
    await run.clock.run();
    await exchanged;
    const seen = viewer.read();
    const read = readRecord([...viewingRecord(hello, snapshot, seen)].join('\n'));
    expect(read.header.replayable).toBe(false);
    expect(read.envelopes).toEqual(JSON.parse(JSON.stringify(seen)));
  });

  test('is watched as a run is, from its beginning to its end', async () => {
    const { lines } = await record({});
    const { envelopes, header } = readRecord(lines);
    const source = recordSource(readRecord(lines));
    const viewer = source.attach();
    const [hello, snapshot] = viewer.read();
    expect(hello).toMatchObject({ mode: 'record', can: { pause: false, calls: false, step: [] } });
    expect(snapshot).toEqual(header.snapshot);
    const seen = [];
    for (let part = viewer.read(100); part.length > 0; part = viewer.read(100)) seen.push(...part);
    expect(seen).toEqual(envelopes);
    expect(() => source.execute({ command: 'pause' })).toThrow(/saved run/);
  });

  test('refuses what is none, with the line', () => {
    expect(() => readRecord('')).toThrow(/empty/);
    expect(() => readRecord('{"a":1}')).toThrow(/no header/);
    expect(() => readRecord('{"record":2}')).toThrow(/version 2.*reads version 1/);
    expect(() => readRecord('{"record":1,"hello":{},"snapshot":{}}\nnonsense\n{}')).toThrow(/line 2/);
    expect(() => readRecord('[]')).toThrow(/no header/);
    expect(() => readRecord('17')).toThrow(/line 1/);
  });
});
