/** Loss recovery as viewers are told of it: entries that say when something changed, and the stage in the TCB's gauge. */

import { describe, expect, it } from 'vitest';
import { createInspector, type Envelope, type RecoveryEnvelope } from '../../../src/inspect/index.ts';
import { recoveryChanges, recoveryView, stageOf } from '../../../src/inspect/recovery-view.ts';
import { STAGE_WORDS } from '../../../src/inspect/recovery-words.ts';
import { echo, exchange, type InspectedOptions, inspected } from '../../support/inspected.ts';
import { SackSender, type SackSenderOptions } from '../../support/sack-sender.ts';

/** What viewers would be told of one step after the other. */
class Watch {
  readonly sender: SackSender;
  #before;

  constructor(sender: SackSender) {
    this.sender = sender;
    this.#before = sender.peer.tcb;
  }

  static async with(segments: number, options?: SackSenderOptions): Promise<Watch> {
    return new Watch(await SackSender.with(segments, options));
  }

  /** `fast recovery`, `ordinary`, `probe` …, of all that has changed since the last look. */
  told(): string[] {
    const { tcb } = this.sender.peer;
    const changes = recoveryChanges(this.#before, tcb);
    this.#before = tcb;
    return changes.map(({ what, stage }) => (what === 'stage' ? (stage ?? 'ordinary') : what));
  }

  /** The reasons of the same. */
  why(): string[] {
    const { tcb } = this.sender.peer;
    const changes = recoveryChanges(this.#before, tcb);
    this.#before = tcb;
    return changes.map(({ why }) => why);
  }
}

const RTT = 100;

describe('a viewer is told', () => {
  it('when fast recovery begins and is over, and of nothing in between', async () => {
    const watch = await Watch.with(10);
    const { sender } = watch;
    expect(watch.told()).toEqual([]);
    sender.peer.after(RTT);
    sender.ack(0, [[1, 4]]);
    expect(watch.told()).toEqual(['fast recovery']);
    sender.ack(0, [[1, 5]]);
    expect(watch.told()).toEqual([]);
    sender.peer.after(RTT);
    sender.ack(10);
    expect(watch.told()).toEqual(['ordinary']);
  });

  it.each([
    ['rack', /RFC 8985, 6\.2.*RFC 9937/],
    ['sack', /RFC 6675, 5.*RFC 9937/],
    ['newreno', /RFC 6582, 3\.2/],
  ] as const)('by which RFC the loss was found (%s)', async (lossRecovery, words) => {
    const watch = await Watch.with(10, { stack: { lossRecovery } });
    watch.sender.peer.after(RTT);
    for (const to of [2, 3, 4]) watch.sender.ack(0, [[1, to]]);
    expect(watch.why()).toEqual([expect.stringMatching(words)]);
  });

  it('of a trial by F-RTO from the timeout on, and of its outcome', async () => {
    const spurious = await Watch.with(20, { stack: { lossRecovery: 'sack' } });
    spurious.sender.peer.after(300);
    expect(spurious.told()).toEqual(['F-RTO']);
    spurious.sender.ack(1);
    expect(spurious.told()).toEqual([]);
    spurious.sender.ack(2);
    expect(spurious.told()).toEqual(['undone', 'ordinary']);

    const lost = await Watch.with(20, { stack: { lossRecovery: 'sack' } });
    lost.sender.peer.after(300);
    lost.told();
    lost.sender.ack(1);
    lost.sender.peer.after(RTT);
    lost.sender.ack(1, [[10, 11]]);
    expect(lost.told()).toEqual(['RTO recovery']);
  });

  it('of a tail loss probe, and whether it is new text', async () => {
    const again = await Watch.with(3, { stack: { rtoMinMs: 1_000 } });
    again.sender.peer.after(2 * RTT);
    expect(again.why()).toEqual([expect.stringMatching(/^the last segment goes again.*RFC 8985, 7\.3/)]);
    const text = await Watch.with(12, { stack: { rtoMinMs: 1_000 } });
    text.sender.peer.after(2 * RTT);
    expect(text.why()).toEqual([expect.stringMatching(/^text goes out that was not sent before/)]);
  });

  it('that a probe has repaired a loss: ssthresh falls without a stage', async () => {
    const watch = await Watch.with(5, { stack: { rtoMinMs: 1_000 } });
    watch.sender.peer.after(2 * RTT);
    expect(watch.told()).toEqual(['probe']);
    // More goes out behind the probe, and one ACK covers it all: the last segment had been lost, or its probe had.
    await watch.sender.write(1);
    watch.told();
    watch.sender.peer.after(RTT);
    watch.sender.ack(6);
    expect(watch.told()).toEqual(['reduced']);
    expect(watch.sender.info.recovery).toBe('open');
  });

  it('how it was found out that nothing had been lost', async () => {
    const eifel = await Watch.with(20, { timestamps: true });
    const original = eifel.sender.peer.tsval!;
    eifel.sender.peer.after(RTT);
    eifel.sender.ack(0, [[1, 4]]);
    eifel.told();
    eifel.sender.ack(4, [], original);
    expect(eifel.why()[0]).toMatch(/RFC 3522/);

    const reported = await Watch.with(10);
    reported.sender.peer.after(RTT);
    reported.sender.ack(0, [[1, 4]]);
    reported.sender.peer.after(RTT);
    reported.sender.ack(10);
    reported.told();
    reported.sender.ack(10, [[0, 1]]);
    expect(reported.sender.info.responsesUndone).toBe(1);
    expect(reported.why()).toEqual([expect.stringMatching(/RFC 3708/)]);

    const forward = await Watch.with(20, { stack: { lossRecovery: 'sack' } });
    forward.sender.peer.after(300);
    forward.sender.ack(1);
    forward.told();
    forward.sender.ack(2);
    expect(forward.why()[0]).toMatch(/RFC 5682/);
  });

  it('of the reordering window as long as losses are found by time', async () => {
    const rack = await Watch.with(10);
    expect(recoveryView(rack.sender.peer.tcb)).toEqual({});
    rack.sender.peer.after(RTT);
    rack.sender.ack(1);
    expect(recoveryView(rack.sender.peer.tcb)).toEqual({ reoWndMs: RTT / 4 });
    rack.sender.ack(1, [[2, 5]]);
    expect(recoveryView(rack.sender.peer.tcb)).toEqual({ stage: 'fast recovery', reoWndMs: 0 });
    const sack = await Watch.with(10, { stack: { lossRecovery: 'sack' } });
    sack.sender.peer.after(RTT);
    sack.sender.ack(1);
    expect(recoveryView(sack.sender.peer.tcb)).toEqual({});
  });
});

const RUNS: readonly InspectedOptions[] = [
  { seed: 1, bad: { loss: 5, reorder: 5, duplicate: 2 } },
  { seed: 2, bad: { loss: 15 } },
  { seed: 3, bad: { loss: 8 }, lossRecovery: 'sack' },
  { seed: 4, bad: { loss: 8 }, sack: false, congestionControl: 'reno' },
  { seed: 5, bad: { loss: 10, reorder: 20 }, timestamps: false },
];

async function toldBy(options: InspectedOptions, octets = 300_000): Promise<readonly Envelope[]> {
  const run = inspected(options);
  const inspector = createInspector(run.stacks);
  const viewer = inspector.attach();
  const envelopes: Envelope[] = [...viewer.read()];
  inspector.listen((entry) => envelopes.push(entry.envelope('masked')));
  echo(run.server.stack);
  const received = exchange(run.client.stack, octets);
  await run.clock.run();
  expect(await received).toBe(octets);
  return envelopes;
}

describe('of a lossy transfer', () => {
  it.each(RUNS)('the entries and the gauges tell the same: $bad $lossRecovery', async (options) => {
    const envelopes = await toldBy(options);
    const stages = new Map<string, string | null>();
    const undone = new Map<string, number>();
    let gauges = 0;
    let turns = 0;
    for (const envelope of envelopes) {
      if (envelope.kind === 'recovery') {
        const { connection, what, stage } = envelope;
        if (what === 'undone') undone.set(connection, (undone.get(connection) ?? 0) + 1);
        if (what !== 'stage') continue;
        turns++;
        // The same once more is a new recovery right behind the one before.
        if (stage === (stages.get(connection) ?? null)) expect(stage).toBe('fast recovery');
        stages.set(connection, stage!);
      }
      if (envelope.kind !== 'tcb') continue;
      gauges++;
      const { recovery, totals } = envelope.tcb;
      expect(recovery.stage ?? null).toBe(stages.get(envelope.connection) ?? null);
      expect(totals.responsesUndone).toBe(undone.get(envelope.connection) ?? 0);
    }
    expect(turns).toBeGreaterThan(3);
    // Told when something changes, and not with every step.
    expect(turns).toBeLessThan(gauges / 5);
  });

  it('each stage has a name, and every entry a paragraph or an end', async () => {
    const entries = (await Promise.all(RUNS.slice(0, 2).map((options) => toldBy(options))))
      .flat()
      .filter((envelope): envelope is RecoveryEnvelope => envelope.kind === 'recovery');
    for (const { what, stage, why } of entries) {
      if (what === 'stage' && stage === null) expect(why).toMatch(/^over/);
      else expect(why).toMatch(/RFC \d+/);
      if (stage) expect(STAGE_WORDS[stage].name).not.toBe('');
    }
    const kinds = new Set(entries.map(({ what }) => what));
    for (const what of ['stage', 'probe', 'undone'] as const) expect(kinds).toContain(what);
  });

  it('marks of congestion reduce the window without a stage', async () => {
    const envelopes = await toldBy({ seed: 6, bad: { ecnMark: 3 }, ecn: 'request' });
    const entries = envelopes.filter((envelope) => envelope.kind === 'recovery');
    expect(entries).toContainEqual(
      expect.objectContaining({ what: 'reduced', why: expect.stringMatching(/RFC 3168/) }),
    );
  });

  it('slow start becomes conservative where a queue builds up, and is over after some rounds', async () => {
    const envelopes = await toldBy({ seed: 7, delayMs: 20, bad: { rate: 8_000_000 } }, 1_500_000);
    const stages = envelopes
      .filter((envelope) => envelope.kind === 'recovery' && envelope.host === 'client')
      .map((envelope) => envelope.kind === 'recovery' && envelope.stage);
    expect(stages.slice(0, 2)).toEqual(['CSS', null]);
  });

  it('the beginning of a connection is no stage', async () => {
    const { sender } = await Watch.with(0);
    expect(stageOf(sender.peer.tcb)).toBeUndefined();
  });
});
