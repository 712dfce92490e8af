/** Loss recovery in the page's store: what the plots shade and mark, at whatever moment is shown and whatever was left out. */

import { describe, expect, it } from 'vitest';
import { hints, inTurn, recoveryColumns, summary } from '../../../inspector/src/plots/recovery.ts';
import { RecoveryLog } from '../../../inspector/src/store/recovery-log.ts';
import { readRun, savedRun } from '../../../inspector/src/store/saved-run.ts';
import { Timeline } from '../../../inspector/src/store/timeline.ts';
import {
  createInspector,
  type Envelope,
  type RecoveryStage,
  type TcbView,
} from '../../../src/inspect/index.ts';
import { echo, exchange, inspected } from '../../support/inspected.ts';

const CONNECTION = 'a';
const of = (order: number) => ({
  order,
  timeMs: order * 10,
  host: 'A',
  connection: CONNECTION,
  kind: 'recovery' as const,
});
const stage = (order: number, name: RecoveryStage | null) => ({
  ...of(order),
  what: 'stage' as const,
  stage: name,
  why: `why ${name}`,
});
const tcb = (phase: string, name?: RecoveryStage) =>
  ({ state: 'ESTABLISHED', recovery: { phase, ...(name ? { stage: name } : {}) } }) as TcbView;
const at = (order: number) => ({ order, timeMs: order * 10 });

describe('the stretches of loss recovery', () => {
  it('last from one entry to the next, and end at the moment that is shown', () => {
    const log = new RecoveryLog();
    for (const entry of [
      stage(3, 'fast recovery'),
      stage(6, 'F-RTO'),
      stage(8, 'RTO recovery'),
      stage(9, null),
    ])
      log.take(entry);
    const shown = (order: number) =>
      log.upTo(at(order)).spans.map(({ stage: name, fromMs, toMs }) => [name, fromMs, toMs]);
    expect(shown(2)).toEqual([]);
    expect(shown(5)).toEqual([['fast recovery', 30, 50]]);
    expect(shown(20)).toEqual([
      ['fast recovery', 30, 60],
      ['F-RTO', 60, 80],
      ['RTO recovery', 80, 90],
    ]);
  });

  it('are two where one fast recovery follows another at once', () => {
    const log = new RecoveryLog();
    log.take(stage(3, 'fast recovery'));
    log.take(stage(5, 'fast recovery'));
    expect(log.upTo(at(7)).spans.map(({ toMs }) => toMs)).toEqual([50, 70]);
  });

  it('follow the TCB where entries were left out', () => {
    const log = new RecoveryLog();
    log.agree(at(2), tcb('loss', 'F-RTO'));
    log.agree(at(4), tcb('loss', 'F-RTO'));
    log.take(stage(5, 'RTO recovery'));
    log.agree(at(9), tcb('open'));
    expect(log.upTo(at(9)).spans.map((span) => [span.stage, span.fromMs, span.toMs])).toEqual([
      ['F-RTO', 20, 50],
      ['RTO recovery', 50, 90],
    ]);
    expect(log.upTo(at(9)).spans[0]!.why).toContain('RFC 5682');
  });

  it('of records that know of phases alone are those phases', () => {
    const log = new RecoveryLog();
    log.agree(at(1), tcb('fast'));
    log.agree(at(2), tcb('loss'));
    log.agree(at(3), tcb('open'));
    expect(log.upTo(at(9)).spans.map((span) => span.stage)).toEqual(['fast recovery', 'RTO recovery']);
  });

  it('end with the connection', () => {
    const log = new RecoveryLog();
    log.take(stage(3, 'RTO recovery'));
    log.end(at(4));
    expect(log.upTo(at(9)).spans[0]!.toMs).toBe(40);
  });

  it('do not grow without end', () => {
    const log = new RecoveryLog();
    for (let order = 0; order < 20_000; order++)
      log.take(stage(order, order % 2 === 0 ? 'fast recovery' : null));
    const { spans } = log.upTo(at(20_000));
    expect(spans.length).toBeLessThanOrEqual(4_096);
    expect(spans.at(-1)!.fromOrder).toBe(19_998);
  });
});

describe('the words beside the plots', () => {
  const log = new RecoveryLog();
  log.take(stage(10, 'fast recovery'));
  log.take({ ...of(12), what: 'undone', why: 'nothing was lost (RFC 4015, 3.2)' });
  log.take(stage(12, null));
  log.take({ ...of(30), what: 'probe', why: 'once more (RFC 8985, 7.3)' });
  const recovery = log.upTo(at(40));

  it('tell of a moment what it lies in and what is near to it', () => {
    expect(hints(recovery, 0.11, 0.001)).toEqual([
      'fast recovery, 0.100 s to 0.120 s (20 ms): why fast recovery',
    ]);
    expect(hints(recovery, 0.3, 0.001)).toEqual(['tail loss probe, 0.300 s: once more (RFC 8985, 7.3)']);
    expect(hints(recovery, 0.2, 0.001)).toEqual([]);
  });

  it('are in turn, and in sum', () => {
    expect(inTurn(recovery).map(({ order }) => order)).toEqual([10, 12, 30]);
    expect(summary(recovery)).toBe('1 × fast recovery, 1 × response undone, 1 × tail loss probe');
    expect(summary({ spans: [], marks: [] })).toBe('');
  });

  it('stand in columns beside the gauges', () => {
    expect(recoveryColumns(recovery, [9, 10, 11, 12, 30, 31])).toEqual([
      ['', 'fast recovery', 'fast recovery', '', '', ''],
      [0, 0, 0, 0, 1, 1],
      [0, 0, 0, 1, 1, 1],
      [0, 0, 0, 0, 0, 0],
    ]);
  });
});

describe('a record of a lossy run', () => {
  it('shows the same loss recovery when it is opened again, and agrees with the TCB at every point', async () => {
    const run = inspected({ bad: { loss: 6, reorder: 3 } });
    const inspector = createInspector(run.stacks);
    const viewer = inspector.attach();
    const envelopes: Envelope[] = [...viewer.read()];
    inspector.listen((entry) => envelopes.push(entry.envelope('masked')));
    echo(run.server.stack);
    const received = exchange(run.client.stack, 200_000);
    await run.clock.run();
    await received;
    const live = new Timeline();
    live.append(envelopes);
    const opened = new Timeline();
    await readRun(new Blob(savedRun(live)).stream(), opened);
    let points = 0;
    for (const [name, log] of live.recovery) {
      const recovery = log.upTo(live.head);
      expect(opened.recovery.get(name)!.upTo(opened.head)).toEqual(recovery);
      const [stages = []] = recoveryColumns(recovery, live.series.get(name)!.column('order'));
      const orders = live.series.get(name)!.column('order');
      for (const [point, order] of orders.entries()) {
        const view = live.at(order).connections.get(name)!;
        expect(stages[point], `${name} at ${order}`).toBe(
          view.endedMs === null ? (view.tcb.recovery.stage ?? '') : '',
        );
        points++;
      }
    }
    expect(points).toBeGreaterThan(50);
    expect([...live.recovery.values()].flatMap((log) => log.upTo(live.head).spans).length).toBeGreaterThan(3);
  });
});
