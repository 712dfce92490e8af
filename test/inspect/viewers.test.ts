import { once } from 'node:events';
import { createWebSocketReceiver, type StatelyInspectionEvent } from '@statelyai/inspect';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { createInspector, type Gap, readRecord, recordSource } from '../../src/inspect/index.ts';
import { type InspectorServer, serveInspector } from '../../src/node/inspector-server.ts';
import { echo, exchange, inspected } from '../support/inspected.ts';
import { socketUrl, view } from '../support/inspector-client.ts';

const run = inspected();
const inspector = createInspector(run.stacks, { ring: 5_000 });
let server: InspectorServer;

beforeAll(async () => {
  echo(run.server.stack);
  server = await serveInspector(inspector, { port: 0 });
});

afterAll(() => server.close());

async function traffic(octets: number): Promise<void> {
  const exchanged = exchange(run.client.stack, octets);
  await run.clock.run();
  await exchanged;
}

describe('a viewer on the socket', () => {
  test('is greeted, told what is, and then what happens', async () => {
    const viewer = await view(server.url);
    await viewer.until(({ batches }) => batches.length >= 2);
    expect(viewer.batches.slice(0, 2).map(({ batch, envelopes }) => [batch, envelopes[0]!.kind])).toEqual([
      [1, 'hello'],
      [2, 'snapshot'],
    ]);
    await traffic(1_000);
    await viewer.until(
      ({ envelopes }) => envelopes.filter(({ kind }) => kind === 'connection.ended').length === 2,
    );
    const orders = viewer.envelopes.slice(2).map(({ order }) => order);
    expect(orders).toEqual(orders.map((_, index) => orders[0]! + index));
    expect(new Set(viewer.batches.map(({ v }) => v))).toEqual(new Set([1]));
    await viewer.close();
  });

  test('has its commands done, and is told of those that can not be', async () => {
    const viewer = await view(server.url);
    viewer.send({ command: 'faults', direction: 'out', impairments: { loss: 1 }, id: 1 });
    viewer.send({ command: 'step', what: 'frame', id: 2 });
    await viewer.until(({ replies }) => replies.length === 2);
    expect(viewer.replies).toEqual([
      { v: 1, reply: 1, ok: true },
      { v: 1, reply: 2, ok: false, error: expect.stringMatching(/pause it first/) },
    ]);
    expect(run.client.device.impairments.out).toEqual({ loss: 1 });
    viewer.send({ command: 'faults', direction: 'out', impairments: {} });
    await viewer.until(({ envelopes }) => envelopes.filter(({ kind }) => kind === 'command').length === 2);
    await viewer.close();
  });

  test('that acknowledges is sent no more than it can show, and is told what was left out', async () => {
    const viewer = await view(server.url);
    await viewer.until(({ batches }) => batches.length >= 2);
    viewer.send({ command: 'ack', batch: 2 });
    // So much that the ring runs over while this viewer is busy.
    await traffic(10);
    await viewer.until(({ batches }) => batches.length >= 3);
    await traffic(10);
    await viewer.until(({ batches }) => batches.length >= 4);
    await traffic(3_000_000);
    const other = await view(server.url);
    await other.until(({ batches }) => batches.length >= 2);
    await new Promise((resolve) => setTimeout(resolve, 200));
    expect(viewer.batches).toHaveLength(4);

    const gaps = () =>
      viewer.envelopes.filter((envelope): envelope is Gap => envelope.kind === 'gap' && envelope.leftOut > 0);
    while (gaps().length === 0) {
      const { batch } = viewer.batches.at(-1)!;
      viewer.send({ command: 'ack', batch });
      await viewer.until(({ batches }) => batches.at(-1)!.batch > batch);
    }
    expect(gaps()[0]!.leftOut).toBeGreaterThan(1_000);
    expect(Math.max(...viewer.batches.map(({ envelopes }) => envelopes.length))).toBeLessThanOrEqual(1_001);
    // What it was not told of it is not in doubt about: every connection that it knows lives, or has ended.
    const opened = viewer.envelopes.flatMap((envelope) =>
      envelope.kind === 'connection.opened' ? [envelope.connection] : [],
    );
    const ended = viewer.envelopes.flatMap((envelope) =>
      envelope.kind === 'connection.ended' ? [envelope.connection] : [],
    );
    const alive = inspector.snapshot.connections.map(({ connection }) => connection);
    expect(new Set(opened)).toEqual(new Set([...ended, ...alive]));
    await viewer.close();
    await other.close();
  });

  test('leaves no trace when it goes', async () => {
    const viewer = await view(server.url);
    expect(server.clients).toBe(1);
    expect(inspector.watched).toBe(true);
    viewer.socket.terminate();
    while (server.clients > 0) await new Promise((resolve) => setTimeout(resolve, 5));
    expect(inspector.watched).toBe(false);
    expect(run.client.stack.taps.attached).toBe(false);
  });
});

describe("Stately's own receiver", () => {
  test('is told of actors with their charts, of events and of snapshots', async () => {
    const events: StatelyInspectionEvent[] = [];
    let wanted: () => void = () => {};
    createWebSocketReceiver({ server: socketUrl(server.url, '/stately') }).subscribe((event) => {
      events.push(event);
      wanted();
    });
    const until = (isThere: () => boolean): Promise<void> =>
      new Promise((resolve) => {
        wanted = () => {
          if (isThere()) resolve();
        };
        wanted();
      });
    while (server.clients === 0) await new Promise((resolve) => setTimeout(resolve, 5));
    await traffic(100);
    const snapshots = () => events.filter((event) => event.type === '@xstate.snapshot');
    const actorsSoFar = () => events.filter((event) => event.type === '@xstate.actor');
    const clientSoFar = () => actorsSoFar().find(({ name }) => name.startsWith('client 198.18.0.1:'));
    // The server's end may be done long before.
    await until(() =>
      snapshots().some(
        ({ sessionId, snapshot }) => snapshot.status === 'done' && sessionId === clientSoFar()?.sessionId,
      ),
    );

    const actors = actorsSoFar();
    const tcp = clientSoFar()!;
    expect(JSON.parse(tcp.definition!)).toMatchObject({ id: 'tcp', states: { open: {}, CLOSED: {} } });
    expect(actors.map(({ sessionId }) => sessionId)).toContain(tcp.parentId);
    const root = actors.find(({ sessionId }) => sessionId === tcp.rootId)!;
    expect(JSON.parse(root.definition!)).toMatchObject({ id: 'interface' });

    const own = snapshots().filter(({ sessionId }) => sessionId === tcp.sessionId);
    const states = own.map(({ snapshot }) => JSON.stringify((snapshot as { value?: unknown }).value));
    for (const state of ['SYN-SENT', 'ESTABLISHED', 'FIN-WAIT-1', 'TIME-WAIT', 'CLOSED']) {
      expect(states.some((value) => value.includes(state))).toBe(true);
    }
    const sent = events.filter(
      (event) => event.type === '@xstate.event' && event.sessionId === tcp.sessionId,
    );
    expect(sent.map((event) => (event as { event: { type: string } }).event.type)).toEqual(
      expect.arrayContaining(['open', 'segment.arrives', 'send', 'close', 'receive']),
    );
    expect(JSON.stringify(events)).not.toMatch(/YWFhYWFh|aaaaaaaa|97,97,97/);
  });
});

describe('a saved run on the socket', () => {
  test('is told to its end, without a hole', async () => {
    const lines: string[] = [];
    const recorded = inspected();
    const recording = createInspector(recorded.stacks).record((line) => lines.push(line));
    echo(recorded.server.stack);
    const exchanged = exchange(recorded.client.stack, 500_000);
    await recorded.clock.run();
    await exchanged;
    recording.end();
    const record = readRecord(lines);
    expect(record.envelopes.length).toBeGreaterThan(2_000);

    const saved = await serveInspector(recordSource(record), { port: 0 });
    const viewer = await view(saved.url);
    await viewer.until(({ envelopes }) => envelopes.length === record.envelopes.length + 2);
    expect(viewer.envelopes[0]).toMatchObject({ kind: 'hello', mode: 'record' });
    expect(viewer.envelopes.slice(2)).toEqual(record.envelopes);
    const closed = once(viewer.socket, 'close');
    await saved.close();
    await closed;
  });
});
