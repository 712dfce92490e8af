import { describe, expect, test } from 'vitest';
import { createInspector, type Envelope, type TcbGauge, type Viewer } from '../../../src/inspect/index.ts';
import type { StackConnection } from '../../../src/stack/connection.ts';
import { echo, exchange, inspected, SERVER } from '../../support/inspected.ts';

type Kind = Envelope['kind'];

function of<K extends Kind>(envelopes: readonly Envelope[], kind: K): Extract<Envelope, { kind: K }>[] {
  return envelopes.filter((envelope) => envelope.kind === kind) as Extract<Envelope, { kind: K }>[];
}

describe('a stack that nobody watches', () => {
  test('makes no inspection callback, no tap, no envelope, before and after', async () => {
    const run = inspected();
    const { system } = run.client.stack.root;
    let callbacks = 0;
    const { inspect } = system;
    system.inspect = (observer) =>
      inspect((event) => {
        callbacks++;
        if (typeof observer === 'function') observer(event);
        else observer.next?.(event);
      });
    const inspector = createInspector(run.stacks);
    echo(run.server.stack);

    const attached = () => ({
      callbacks,
      envelopes: inspector.hello.order,
      taps: run.client.stack.taps.attached,
      calls: run.client.stack.calls.attached,
    });
    const nothing = { callbacks: 0, envelopes: 0, taps: false, calls: false };

    const before = exchange(run.client.stack, 20_000);
    await run.clock.run();
    expect(await before).toBe(20_000);
    expect(attached()).toEqual(nothing);

    const viewer = inspector.attach();
    const watched = exchange(run.client.stack, 20_000);
    await run.clock.run();
    await watched;
    expect(callbacks).toBeGreaterThan(50);
    const during = attached();
    expect(during.envelopes).toBeGreaterThan(100);

    viewer.close();
    const after = exchange(run.client.stack, 20_000);
    await run.clock.run();
    await after;
    expect(attached()).toEqual({ ...during, taps: false, calls: false });
  });

  test('has as many segments and as much time as one that somebody watches', async () => {
    const runs: Record<string, number>[] = [];
    for (const isWatched of [false, true]) {
      const run = inspected({ bad: { loss: 5, reorder: 5 } });
      if (isWatched) createInspector(run.stacks).attach();
      echo(run.server.stack);
      const exchanged = exchange(run.client.stack, 200_000);
      await run.clock.run();
      await exchanged;
      runs.push({ nowMs: run.clock.now(), ...run.client.stack.counters });
    }
    expect(runs[1]).toEqual(runs[0]);
    expect(runs[0]!['frames.in']).toBeGreaterThan(100);
  });
});

describe('a viewer that comes in the middle of a run', () => {
  async function midRun() {
    const run = inspected();
    echo(run.server.stack);
    const connection = run.client.stack.open({ host: SERVER, port: 7 });
    await run.clock.run({ untilMs: 50 });
    const inspector = createInspector(run.stacks);
    const viewer = inspector.attach();
    const [hello, snapshot, ...rest] = viewer.read();
    expect(rest).toEqual([]);
    if (hello?.kind !== 'hello' || snapshot?.kind !== 'snapshot') throw new Error('no hello and snapshot');
    return { run, connection, viewer, hello, snapshot };
  }

  test('is told what is watched, and what it may do', async () => {
    const { hello } = await midRun();
    expect(hello).toMatchObject({
      protocol: 1,
      mode: 'live',
      payload: 'masked',
      hosts: [
        {
          name: 'client',
          addresses: ['198.18.0.1'],
          device: { name: 'a', mtu: 1_500 },
          options: { mslMs: 1_000 },
        },
        { name: 'server', addresses: ['198.18.0.2'] },
      ],
      can: { pause: true, step: ['frame', 'timer'], play: false, faults: true, inject: true, calls: true },
    });
  });

  test('is told what is: connections, listeners, actors and the charts they run', async () => {
    const { connection, snapshot, run } = await midRun();
    expect(snapshot.connections).toHaveLength(2);
    const [ours, theirs] = snapshot.connections;
    expect(ours).toMatchObject({
      host: 'client',
      remoteAddress: SERVER,
      remotePort: 7,
      localPort: connection.localPort,
      origin: 'active',
      openedMs: null,
      tcb: { state: 'ESTABLISHED' },
    });
    expect(theirs).toMatchObject({ host: 'server', origin: 'passive' });
    expect(snapshot.listeners).toMatchObject([{ host: 'server', port: 7, state: 'LISTEN', backlog: 511 }]);
    expect(snapshot.actors.map(({ chart }) => chart)).toEqual([
      'interface',
      'tcp',
      'interface',
      'listener',
      'tcp',
    ]);
    expect(snapshot.actors.at(-1)!.parent).toBe(snapshot.listeners[0]!.listener);
    expect(snapshot.charts.map(({ chart }) => chart)).toEqual(['interface', 'listener', 'tcp']);
    expect(JSON.stringify(snapshot.charts)).toContain('SYN-RECEIVED');
    expect(snapshot.counters[0]!.counters['frames.out']).toBe(run.client.stack.counters['frames.out']);
  });

  test('is told what happens from then on, in ascending order without a hole', async () => {
    const { run, connection, viewer, snapshot } = await midRun();
    const closing = connection.shutdown();
    await run.clock.run();
    await closing;
    const envelopes = viewer.read();
    expect(envelopes.map(({ order }) => order)).toEqual(
      envelopes.map((_, index) => snapshot.order + 1 + index),
    );
    const name = snapshot.connections[0]!.connection;
    const states = of(envelopes, 'tcb')
      .filter((gauge) => gauge.connection === name)
      .map(({ tcb }) => tcb.state);
    expect([...new Set(states)].filter((state) => state !== 'FIN-WAIT-2')).toEqual([
      'FIN-WAIT-1',
      'TIME-WAIT',
    ]);
    expect(of(envelopes, 'connection.ended').find((ended) => ended.connection === name)).toMatchObject({
      how: 'closed',
    });
    const arrows = of(envelopes, 'chart.microstep').filter((step) => step.connection === name);
    expect(arrows.map(({ event }) => event)).toEqual(
      expect.arrayContaining(['close', 'rcv.ACK-of-FIN', 'rcv.FIN']),
    );
    expect(arrows.find(({ event }) => event === 'close')!.arrows).toMatchObject([
      { source: 'ESTABLISHED', targets: ['FIN-WAIT-1'] },
    ]);
  });

  test('sees the next connection with the same 4-tuple as another one', async () => {
    const run = inspected({ mslMs: 0 });
    echo(run.server.stack);
    const viewer = createInspector(run.stacks).attach();
    viewer.read();
    for (let time = 0; time < 2; time++) {
      const connection = run.client.stack.open({ host: SERVER, port: 7, localPort: 5_000 });
      void connection.close();
      await run.clock.run();
    }
    const opened = of(viewer.read(), 'connection.opened').filter(({ host }) => host === 'client');
    expect(opened.map(({ view }) => view.localPort)).toEqual([5_000, 5_000]);
    expect(new Set(opened.map(({ connection }) => connection)).size).toBe(2);
  });
});

/** All that a viewer is told when it reads until nothing is left. */
function readAll(viewer: Viewer): Envelope[] {
  const all: Envelope[] = [];
  for (let told = viewer.read(); told.length > 0; told = viewer.read()) all.push(...told);
  return all;
}

describe('a viewer that is shown more than it can take in', () => {
  test('is told all of a burst that the ring can hold, bit by bit', async () => {
    const run = inspected();
    const inspector = createInspector(run.stacks);
    const viewer = inspector.attach(100);
    // It has been calm for half a second of the server's readings.
    for (let reads = 0; reads < 10; reads++) viewer.read();
    echo(run.server.stack);
    const exchanged = exchange(run.client.stack, 200_000);
    await run.clock.run();
    await exchanged;
    const told = readAll(viewer);
    const frames = [run.client, run.server].reduce(
      (sum, { stack }) => sum + stack.counters['frames.in']! + stack.counters['frames.out']!,
      0,
    );
    expect(of(told, 'frame')).toHaveLength(frames);
    expect(of(told, 'gap').filter(({ leftOut }) => leftOut > 0)).toEqual([]);
    expect(told.length).toBeGreaterThan(1_000);
  });

  test('costs no more than what it is shown: nothing else is captured', async () => {
    const run = inspected();
    const inspector = createInspector(run.stacks, { ring: 100 });
    const viewer = inspector.attach(100);
    viewer.read();
    echo(run.server.stack);
    const exchanged = exchange(run.client.stack, 2_000_000);
    await run.clock.run({ untilMs: 500 });
    expect(inspector.hello.order).toBeLessThan(100);
    expect(run.client.stack.taps.attached).toBe(false);

    const { counters } = run.client.stack;
    const frames = counters['frames.in']! + counters['frames.out']!;
    const told = viewer.read();
    expect(told.length).toBeLessThanOrEqual(100);
    const gap = of(told, 'gap')[0]!;
    const captured = of(told, 'frame').filter(({ host }) => host === 'client').length;
    expect(gap.leftOut + captured).toBe(frames);
    expect(frames).toBeGreaterThan(1_000);
    expect(run.client.stack.taps.attached).toBe(true);

    await run.clock.run();
    await exchanged;
  });

  test('still shows what is', async () => {
    const run = inspected({ mslMs: 60_000 });
    const inspector = createInspector(run.stacks, { ring: 200 });
    const viewer = inspector.attach(60);
    viewer.read();
    const listener = echo(run.server.stack);
    const exchanges = [1, 2, 3].map((count) => exchange(run.client.stack, count * 300_000));
    const shown = new Map<string, string>();
    const listening = new Map<string, number>();
    for (let moment = 1; moment <= 40; moment++) {
      if (moment === 30) await listener.close();
      await run.clock.run({ untilMs: moment * 53 });
      for (const envelope of readAll(viewer)) {
        if (envelope.kind === 'connection.opened')
          shown.set(envelope.connection, JSON.stringify(envelope.view.tcb.snd));
        if (envelope.kind === 'tcb') shown.set(envelope.connection, JSON.stringify(envelope.tcb.snd));
        if (envelope.kind === 'connection.ended') shown.delete(envelope.connection);
        if (envelope.kind === 'listener' || envelope.kind === 'listener.opened')
          listening.set(envelope.view.listener, envelope.view.acceptQueue);
        if (envelope.kind === 'listener.ended') listening.delete(envelope.listener);
      }
      const { connections, listeners } = inspector.snapshot;
      expect(shown).toEqual(
        new Map(connections.map(({ connection, tcb }) => [connection, JSON.stringify(tcb.snd)])),
      );
      expect(listening).toEqual(new Map(listeners.map((view) => [view.listener, view.acceptQueue])));
    }
    expect(shown.size).toBe(3);
    await run.clock.run();
    await Promise.all(exchanges);
  });

  test('is shown everything again once it is calm', async () => {
    const run = inspected();
    const inspector = createInspector(run.stacks, { ring: 1_000 });
    const viewer = inspector.attach(200);
    viewer.read();
    echo(run.server.stack);
    const flood = exchange(run.client.stack, 1_000_000);
    await run.clock.run();
    await flood;
    const missed = of(readAll(viewer), 'gap').filter(({ leftOut }) => leftOut > 0);
    expect(missed).toHaveLength(2);
    // Half a second of the server's readings.
    for (let reads = 0; reads < 10; reads++) expect(viewer.read()).toEqual([]);
    const calm = exchange(run.client.stack, 100);
    const seen: Envelope[] = [];
    for (let moment = 0; moment < 50; moment++) {
      await run.clock.run({ untilMs: run.clock.now() + 20 });
      seen.push(...viewer.read());
    }
    await calm;
    expect(of(seen, 'gap')).toEqual([]);
    expect(of(seen, 'connection.opened')).toHaveLength(2);
  });

  test('does not keep a record from being told everything', async () => {
    const run = inspected();
    const inspector = createInspector(run.stacks);
    const viewer = inspector.attach(10);
    viewer.read();
    let frames = 0;
    inspector.listen((entry) => {
      if (entry.envelope('masked').kind === 'frame') frames++;
    });
    echo(run.server.stack);
    const exchanged = exchange(run.client.stack, 100_000);
    await run.clock.run();
    await exchanged;
    const passed = [run.client, run.server].reduce(
      (sum, { stack }) => sum + stack.counters['frames.in']! + stack.counters['frames.out']!,
      0,
    );
    expect(frames).toBe(passed);
  });
});

describe('what viewers are told', () => {
  test('equals the actors and the clock at twenty moments of a lossy run', async () => {
    const run = inspected({ bad: { loss: 10 }, delayMs: 15 });
    const viewer = createInspector(run.stacks).attach();
    viewer.read();
    echo(run.server.stack);
    const exchanged = exchange(run.client.stack, 300_000);
    const shown = new Map<string, TcbGauge['tcb']>();
    let looks = 0;
    for (let moment = 1; moment <= 20; moment++) {
      await run.clock.run({ untilMs: moment * 97 });
      for (const envelope of viewer.read()) {
        if (envelope.kind === 'connection.opened') shown.set(envelope.connection, envelope.view.tcb);
        if (envelope.kind === 'tcb') shown.set(envelope.connection, envelope.tcb);
        if (envelope.kind === 'connection.ended') shown.delete(envelope.connection);
      }
      for (const { stack, clock } of [run.client, run.server]) {
        const due: number[] = [];
        for (const connection of stack.table as Iterable<StackConnection>) {
          const name = [...shown.keys()].find((key) => key.startsWith(`${connection.id}#`))!;
          const view = shown.get(name)!;
          const info = connection.info();
          expect(view).toMatchObject({
            state: connection.state,
            iss: info.iss,
            cc: { cwnd: info.cwnd },
            rtt: { rtoMs: info.rtoMs, backoff: info.backoff },
            snd: { una: info.snd.una, nxt: info.snd.nxt, wnd: info.snd.wnd, queued: info.snd.queued },
            rcv: { nxt: info.rcv.nxt, wnd: info.rcv.wnd },
          });
          const held = view.rcv.blocks.reduce((sum, { left, right }) => sum + ((right - left) >>> 0), 0);
          expect(held).toBe(info.rcv.outOfOrder);
          const flight = view.retransmissionQueue.reduce(
            (sum, { left, right }) => sum + ((right - left) >>> 0),
            0,
          );
          expect(flight).toBe(view.snd.flight);
          due.push(...view.timers.map(({ armedMs }) => armedMs));
          looks++;
        }
        // Every bar is a timer of the clock, and every timer of the clock has a bar.
        expect(due.sort((a, b) => a - b)).toEqual(clock.dueMs);
      }
    }
    expect(looks).toBe(40);
    await run.clock.run();
    await exchanged;
  });

  test('counts a lost segment, its retransmission and the timer that brought it', async () => {
    const run = inspected();
    const inspector = createInspector(run.stacks);
    const viewer = inspector.attach();
    viewer.read();
    echo(run.server.stack);
    inspector.execute({ command: 'drop-next', direction: 'out', what: 'data', host: 'client' });
    const exchanged = exchange(run.client.stack, 100);
    await run.clock.run();
    await exchanged;
    const envelopes = viewer.read();
    const frames = of(envelopes, 'frame').filter(({ host }) => host === 'client');
    const lost = frames.find(({ what }) => what === 'lost')!;
    expect(lost).toMatchObject({ direction: 'out', reason: 'scripted', before: 'ESTABLISHED' });
    expect(frames.find(({ what, frame }) => what === 'sent' && frame === lost.frame)).toBeDefined();
    const again = frames.filter(({ retransmission }) => retransmission);
    expect(again[0]!.summary).toMatchObject({ protocol: 'tcp', text: 100, flags: 'FIN,PSH,ACK' });
    const fired = of(envelopes, 'timer').filter(({ host, what }) => host === 'client' && what === 'fired');
    expect(fired[0]).toMatchObject({ timer: 'tail-loss probe' });
    expect(fired[0]!.timeMs).toBe(again[0]!.timeMs);
  });

  test('holds no text, in whatever envelope', async () => {
    const run = inspected();
    const viewer = createInspector(run.stacks).attach();
    const shown = createInspector(run.stacks, { payload: 'shown' }).attach();
    const envelopes = [...viewer.read()];
    shown.read();
    echo(run.server.stack);
    const exchanged = exchange(run.client.stack, 3_000);
    await run.clock.run();
    await exchanged;
    envelopes.push(...viewer.read());
    // The text is all "a": base64 of it has YWFh.
    expect(JSON.stringify(envelopes)).not.toMatch(/YWFhYWFh|aaaaaaaa|97,97,97/);
    expect(JSON.stringify(shown.read())).toMatch(/YWFhYWFh/);
  });

  test('comes to the inspector of one stack under one name', async () => {
    const run = inspected();
    const inspector = createInspector(run.client.stack);
    expect(inspector.hello.hosts.map(({ name }) => name)).toEqual(['stack']);
    expect(() => createInspector({})).toThrow(/no stack/);
    expect(() => createInspector({ fake: { tap() {} } as never })).toThrow(/fake is not a stack/);
  });
});
