/**
 * Segments through one connection actor: with the short cut (a segment without a label leaves the chart alone), and with
 * every one of them sent through the chart.
 */

import { type Actor, createActor } from 'xstate';
import { type ConnectionLogic, connectionLogic, type Interpreter } from '../../../machines/index.ts';
import { DEFAULTS } from '../../../src/stack/settings.ts';
import { createTcb, type Segment, seq } from '../../../src/tcp/index.ts';
import { FLAG, NO_OPTIONS } from '../../../src/wire/index.ts';
import type { Context } from '../context.ts';
import type { Findings } from '../figures.ts';
import { interleaved } from '../interleave.ts';
import { threadSeconds } from '../thread-time.ts';

const row = 'actor';
const SEGMENTS = 20_000;
const TEXT = new Uint8Array(1_460);
const IRS = 1_000;

export async function segmentsThroughOneActor({ scale, tell }: Context): Promise<Findings> {
  const trial = (subject: string, alwaysStep: boolean, interpreter?: Interpreter) => ({
    subject,
    quantity: 'segments',
    unit: '/s',
    once: async () => segmentsPerSecond(alwaysStep, interpreter),
  });
  const trials = [
    trial('chart left alone where no arrow is taken', false),
    trial('chart stepped for each', true),
    trial("chart stepped for each by XState's interpreter", true, 'xstate'),
  ];
  // What runs for the first time is not compiled yet.
  for (const { once } of trials) await once();
  return { figures: await interleaved(row, trials, scale.rounds, tell), missing: [] };
}

function segmentsPerSecond(alwaysStep: boolean, interpreter?: Interpreter): number {
  const actor = establishedActor(alwaysStep, interpreter);
  const segments = Array.from({ length: SEGMENTS }, (_, index) => textSegment(index));
  const start = threadSeconds();
  for (const segment of segments) {
    actor.send({ type: 'segment.arrives', segment, listening: 'none' });
    actor.send({ type: 'receive', count: TEXT.length });
  }
  return SEGMENTS / (threadSeconds() - start);
}

function establishedActor(alwaysStep: boolean, interpreter?: Interpreter): Actor<ConnectionLogic> {
  const settings = {
    ...DEFAULTS,
    mss: 1_460,
    pathMss: 1_460,
    largestText: 0,
    ipVersion: 4,
    timestamps: false,
  } as const;
  const logic = connectionLogic({
    clock: { now: () => 0 },
    alwaysStep,
    interpreter,
    deviceReady: () => true,
    transmit: () => {},
    told: () => {},
    stepped: () => {},
  });
  const clock = { setTimeout: () => 0, clearTimeout: () => {} };
  const actor = createActor(logic, { clock, input: { tcb: createTcb('active', 0, settings, 0) } });
  actor.start();
  actor.send({ type: 'open' });
  const synAck = {
    ...textSegment(0),
    seq: seq(IRS),
    ack: seq(1),
    flags: FLAG.SYN | FLAG.ACK,
    text: new Uint8Array(0),
  };
  actor.send({ type: 'segment.arrives', segment: synAck, listening: 'none' });
  return actor;
}

function textSegment(index: number): Segment {
  return {
    kind: 'tcp',
    srcPort: 80,
    dstPort: 1_024,
    seq: seq(IRS + 1 + index * TEXT.length),
    ack: seq(1),
    flags: FLAG.ACK,
    wnd: 65_535,
    up: 0,
    options: NO_OPTIONS,
    text: TEXT,
  };
}
