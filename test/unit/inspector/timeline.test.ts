import { describe, expect, it } from 'vitest';
import { MARK } from '../../../inspector/src/store/frame-log.ts';
import { readRun, savedRun } from '../../../inspector/src/store/saved-run.ts';
import { Timeline } from '../../../inspector/src/store/timeline.ts';
import { stepAfter, stepBefore } from '../../../inspector/src/time/steps.ts';
import { stateOf } from '../../../machines/index.ts';
import { createInspector, type Envelope, readRecord } from '../../../src/inspect/index.ts';
import { echo, exchange, inspected } from '../../support/inspected.ts';

/** A whole run over a bad link, and what it told. */
async function watched(octets = 60_000, loss = 5) {
  const run = inspected({ bad: { loss, duplicate: 3, reorder: 3, corrupt: 2 } });
  const inspector = createInspector(run.stacks, { payload: 'shown' });
  const viewer = inspector.attach();
  const envelopes: Envelope[] = [...viewer.read()];
  inspector.listen((entry) => envelopes.push(entry.envelope('shown')));
  echo(run.server.stack);
  const received = exchange(run.client.stack, octets);
  await run.clock.run();
  expect(await received).toBe(octets);
  return envelopes;
}

function timelineOf(
  envelopes: readonly Envelope[],
  capacity?: ConstructorParameters<typeof Timeline>[0],
): Timeline {
  const timeline = new Timeline(capacity);
  timeline.append(envelopes);
  return timeline;
}

describe("the page's store", () => {
  it('has the state that the charts were in, at every moment', async () => {
    const envelopes = await watched();
    const timeline = timelineOf(envelopes);
    let checked = 0;
    for (const envelope of envelopes) {
      if (envelope.kind !== 'tcb') continue;
      const { tcb } = timeline.at(envelope.order).connections.get(envelope.connection)!;
      expect(tcb.state).toBe(stateOf(envelope.tcb.value as never));
      checked++;
    }
    expect(checked).toBeGreaterThan(100);
  });

  it('has walked the arrows of the figure, from CLOSED to CLOSED', async () => {
    const { head } = timelineOf(await watched());
    const client = [...head.connections.values()].find(({ host }) => host === 'client')!;
    expect(client.endedMs).not.toBeNull();
    expect(client.trail.map(({ arrow }) => arrow)).toEqual([
      'CLOSED open SYN-SENT',
      'SYN-SENT rcv.SYN-ACK ESTABLISHED',
      'ESTABLISHED close FIN-WAIT-1',
      'FIN-WAIT-1 rcv.ACK-of-FIN FIN-WAIT-2',
      'FIN-WAIT-2 rcv.FIN TIME-WAIT',
      'TIME-WAIT after twoMsl CLOSED',
    ]);
    expect(Object.values(client.visits)).toEqual([1, 1, 1, 1, 1, 1]);
  });

  it('has one row for each segment on the wire, with what became of it', async () => {
    const envelopes = await watched(200_000, 8);
    const { wire } = timelineOf(envelopes);
    const told = (what: string): number =>
      envelopes.filter((envelope) => envelope.kind === 'frame' && envelope.what === what).length;
    const { frames } = wire;
    const marked = (mark: number): number => {
      let count = 0;
      for (let row = frames.start; row < frames.end; row++) if (frames.marksOf(row) & mark) count++;
      return count;
    };
    expect(marked(MARK.lost)).toBe(told('lost'));
    expect(marked(MARK.dropped)).toBe(told('dropped'));
    expect(frames.end).toBe(told('sent') + marked(MARK.duplicated));
    for (let row = frames.start; row < frames.end; row++) {
      const { marks } = frames.row(row)!;
      const arrived = frames.hasArrived(row);
      expect(arrived || (marks & MARK.lost) !== 0, `row ${row} neither arrived nor was lost`).toBe(true);
    }
    for (const mark of [MARK.lost, MARK.duplicated, MARK.reordered, MARK.corrupted, MARK.retransmitted]) {
      expect(marked(mark)).toBeGreaterThan(0);
    }
  });

  it('shows the same at a moment, however one comes to it', async () => {
    const timeline = timelineOf(await watched());
    const shown = (order: number): string => JSON.stringify([...timeline.at(order).connections]);
    const { order: last } = timeline.head;
    const there = Math.floor(last / 2);
    const first = shown(there);
    shown(last);
    shown(1);
    for (let order = there - 20; order < there; order++) shown(order);
    expect(shown(there)).toBe(first);
    const fresh = timelineOf([...timeline.between(0, there)]);
    expect(JSON.stringify([...fresh.head.connections])).toBe(first);
  });

  it('comes back to where it was after as many steps back as on', async () => {
    const timeline = timelineOf(await watched());
    for (const kind of ['event', 'frame', 'timer'] as const) {
      const path = [stepAfter(timeline, 200, kind)];
      while (path.length < 13 && path.at(-1)! < timeline.head.order)
        path.push(stepAfter(timeline, path.at(-1)!, kind));
      expect(path.length).toBeGreaterThan(2);
      expect(path).toEqual([...new Set(path)].sort((a, b) => a - b));
      if (kind !== 'event') continue;
      const back = [path.at(-1)!];
      while (back.length < path.length) back.unshift(stepBefore(timeline, back[0]!, kind));
      expect(back).toEqual(path);
    }
  });

  it('keeps no more than its capacity, and can still go back over that', async () => {
    const envelopes = await watched(400_000);
    expect(envelopes.length).toBeGreaterThan(5_000);
    const timeline = timelineOf(envelopes, { envelopes: 2_048, frames: 16_384 });
    expect(timeline.length).toBeLessThanOrEqual(2 * 2_048);
    expect(timeline.firstOrder).toBeGreaterThan(1);
    const whole = timelineOf(envelopes);
    const order = timeline.firstOrder + 100;
    expect([...timeline.at(order).connections]).toEqual([...whole.at(order).connections]);
  });

  it('lets go of what has ended, and stays as it was for what lives', async () => {
    const all = await watched(20_000, 0);
    const perLife = all.at(-1)!.order + 1;
    const told = all.filter(({ kind }) => ['frame', 'connection.opened', 'connection.ended'].includes(kind));
    const words = JSON.stringify(told);
    const timeline = new Timeline({ envelopes: 8_192, frames: 16_384 });
    timeline.append(all.slice(0, 2));
    for (let life = 0; timeline.wire.frames.end < 40_000; life++) {
      // The same run again and again, each time with connections and ports of its own.
      const text = words
        .replaceAll(/(\d+)#(\d+)/g, (_, port, number) => `${port}#${Number(number) + life * 1_000}`)
        .replaceAll(
          /"(localPort|remotePort|srcPort|dstPort)":(\d{5})/g,
          (_, name) => `"${name}":${10_000 + life}`,
        );
      const again = (JSON.parse(text) as Envelope[]).map((envelope) => ({
        ...envelope,
        order: envelope.order + life * perLife,
        ...(envelope.kind === 'frame' ? { frame: envelope.frame + life * 100_000 } : {}),
      }));
      timeline.append(again as Envelope[]);
    }
    expect(timeline.wire.frames.end - timeline.wire.frames.start).toBeLessThanOrEqual(2 * 16_384);
    expect(timeline.wire.all.length).toBeLessThan(3 * 2 * 16_384);
    expect(timeline.head.connections.size).toBeLessThanOrEqual(2_000);
    expect(timeline.series.size).toBeLessThanOrEqual(2 * timeline.head.connections.size + 64);
    const last = [...timeline.head.connections.values()].at(-1)!;
    expect(timeline.wire.of(last.name)!.conversation.rows.length).toBeGreaterThan(10);
  });

  it('saves what it has as a record that the command line opens, and opens it again', async () => {
    const timeline = timelineOf(await watched());
    const lines = savedRun(timeline);
    const record = readRecord(lines.join(''));
    expect(record.header.replayable).toBe(false);
    const again = new Timeline();
    await readRun(new Blob(lines).stream() as ReadableStream<Uint8Array>, again);
    expect([...again.head.connections]).toEqual([...timeline.head.connections]);
    expect(again.wire.frames.end).toBe(timeline.wire.frames.end);
    expect(again.head.hello?.can.play).toBe(false);
  });

  it('opens a record that was cut off in the middle of a line, and says what is wrong with others', async () => {
    const text = savedRun(timelineOf(await watched(2_000))).join('');
    const open = async (content: string): Promise<Timeline> => {
      const timeline = new Timeline();
      await readRun(new Blob([content]).stream() as ReadableStream<Uint8Array>, timeline);
      return timeline;
    };
    expect((await open(text.slice(0, -30))).length).toBeGreaterThan(10);
    await expect(open('')).rejects.toThrow('the file is empty');
    await expect(open('hello\n')).rejects.toThrow('line 1 is not JSON');
    await expect(open('{"a":1}\n')).rejects.toThrow('no header');
    await expect(open(text.replace('"record":1', '"record":9'))).rejects.toThrow('version 9');
    await expect(open(text.replace('\n', '\n}{\n'))).rejects.toThrow('line 2 is not JSON');
  });
});
