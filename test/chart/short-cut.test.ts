/**
 * The short cut: an input that takes no arrow does not step the chart. The same traffic, with and without it, must give the
 * same frames, the same TCBs and the same states after every frame; and so it must on either interpreter, which inspection
 * can't tell apart.
 */

import { describe, expect, it } from 'vitest';
import type { AnyActorRef, AnyMachineSnapshot, AnyTransitionDefinition, InspectionEvent } from 'xstate';
import type { Interpreter } from '../../machines/index.ts';
import { createStack, pair, type Stack } from '../../src/index.ts';
import { impair } from '../../src/net/index.ts';
import { seededRandom, virtualClock } from '../../src/sim/index.ts';
import type { Tcb } from '../../src/tcp/index.ts';

interface Trace {
  readonly frames: string[];
  readonly states: string[];
  readonly tcbs: string[];
  /** All that XState's inspection tells. */
  readonly inspected: string[];
  /** Chart steps among it. */
  steps: number;
}

interface Way {
  readonly pacing?: boolean;
  readonly alwaysStep?: boolean;
  readonly interpreter?: Interpreter;
}

type Workload = (client: Stack, server: Stack) => Promise<void>;

/** A link that loses and disorders, or one that carries super-segments and no checksums. */
type Link = 'bad' | 'offload';

async function play(
  seed: number,
  { alwaysStep = false, interpreter, pacing = false }: Way,
  workload: Workload,
  link: Link = 'bad',
): Promise<Trace> {
  const clock = virtualClock();
  const random = seededRandom(seed);
  const offload = link === 'offload' ? { offload: { largest: 65_535 } } : {};
  // Nothing is paced on a way to a host nearby.
  const [left, right] = pair(clock, { delayMs: pacing ? 6 : 3, ...offload });
  const faults = { loss: 4, reorder: 6, duplicate: 3, corrupt: 1, jitterMs: 4 };
  const device =
    link === 'bad' ? impair(left, { in: faults, out: faults, clock, random: random.fork('link') }) : left;
  const trace: Trace = { frames: [], states: [], tcbs: [], inspected: [], steps: 0 };
  const inWords = inspectionInWords();
  const inspect = (event: InspectionEvent): void => {
    if (event.type === '@xstate.microstep') trace.steps++;
    trace.inspected.push(`${clock.now()} ${inWords(event)}`);
  };
  const chosen = interpreter === undefined ? {} : { interpreter };
  const options = {
    ...chosen,
    clock,
    mslMs: 2_000,
    userTimeoutMs: 60_000,
    receiveBuffer: 20_000,
    sendBuffer: 30_000,
    pacing,
  };
  const client = createStack(
    { ...options, device, addresses: ['198.18.0.1'], random: random.fork('client') },
    { alwaysStep, inspect },
  );
  const server = createStack(
    { ...options, device: right, addresses: ['198.18.0.2'], random: random.fork('server') },
    { alwaysStep, inspect },
  );
  for (const stack of [client, server]) {
    stack.tap(({ kind, timeMs, frame, before, after, reason, connection }) => {
      trace.frames.push(`${kind} ${timeMs} ${Buffer.from(frame).toString('hex')}`);
      trace.states.push(`${before} ${after} ${reason}`);
      trace.tcbs.push(JSON.stringify(connection?.info() ?? null));
    });
  }
  const done = workload(client, server);
  await clock.run({ maxSteps: 200_000 });
  await done;
  return trace;
}

/** Whether a snapshot, or its value, is the very one of before is told too: viewers go by it. */
function inspectionInWords(): (event: InspectionEvent) => string {
  const last = new Map<unknown, AnyMachineSnapshot>();
  const ofSnapshot = (actor: unknown, snapshot: AnyMachineSnapshot): unknown => {
    const before = last.get(actor);
    last.set(actor, snapshot);
    const { status, value, context, output, _nodes } = snapshot;
    const { tcb, ...rest } = context as { readonly tcb?: Tcb };
    const nodes = _nodes.map(({ id }) => id);
    const isSame = [snapshot === before, value === before?.value, context === before?.context];
    return [status, value, rest, tcb?.snd.nxt, tcb?.rcv.nxt, output?.ending, nodes, isSame];
  };
  return (told) => {
    const { type, actorRef, event, sourceRef, action, snapshot, _transitions } = told as InspectionEvent &
      Record<'event' | 'sourceRef' | 'action' | 'snapshot', Record<string, unknown> | undefined> & {
        readonly _transitions?: readonly AnyTransitionDefinition[];
      };
    const arrows = _transitions?.map(({ source, target, eventType }) => [
      source.id,
      target?.map(({ id }) => id),
      eventType,
    ]);
    const after = snapshot && ofSnapshot(actorRef, snapshot as unknown as AnyMachineSnapshot);
    const by = action && [action.type, action.type === 'transmit' ? undefined : action.params];
    return JSON.stringify([
      type,
      (actorRef as AnyActorRef).id,
      sourceRef?.id,
      event?.type,
      by,
      arrows,
      after,
    ]);
  };
}

const bytes = (count: number, seed: number): Uint8Array =>
  Uint8Array.from({ length: count }, (_, i) => (i * 7 + seed) & 0xff);

const bothWays: Workload = async (client, server) => {
  const listener = server.listen({ port: 80 });
  const serving = (async () => {
    const connection = (await listener.accept())!;
    const writing = connection.write(bytes(60_000, 3)).then(() => connection.shutdown());
    while (await connection.read(900));
    await writing;
  })();
  const connection = await client.connect({ host: '198.18.0.2', port: 80 });
  const writing = connection.write(bytes(80_000, 5)).then(() => connection.shutdown());
  while (await connection.read());
  await Promise.all([writing, serving]);
};

const halfCloses: Workload = async (client, server) => {
  const listener = server.listen({ port: 80 });
  const serving = (async () => {
    for (let count = 0; count < 5; count++) {
      const connection = (await listener.accept())!;
      while (await connection.read());
      await connection.write(bytes(5_000, count));
      await connection.shutdown();
    }
  })();
  for (let count = 0; count < 5; count++) {
    const connection = await client.connect({ host: '198.18.0.2', port: 80 });
    await connection.write(bytes(100, count));
    const closed = connection.shutdown();
    while (await connection.read());
    await closed;
  }
  await serving;
};

const resets: Workload = async (client, server) => {
  const listener = server.listen({ port: 80 });
  const serving = (async () => {
    for (let count = 0; count < 4; count++) {
      const connection = (await listener.accept())!;
      await connection.read();
      if (count % 2 === 0) connection.abort();
      else await connection.close().catch(() => {});
    }
  })();
  for (let count = 0; count < 4; count++) {
    const connection = await client.connect({ host: '198.18.0.2', port: 80 });
    await connection.write(bytes(20_000, count)).catch(() => {});
    await connection.read().catch(() => {});
    connection.abort();
  }
  // One more, to a port where nobody listens.
  await client.connect({ host: '198.18.0.2', port: 81 }).catch(() => {});
  await serving;
};

describe('a segment that takes no arrow', () => {
  it.each([
    ['a transfer in both directions', bothWays],
    ['half-closes', halfCloses],
    ['resets', resets],
  ])('leaves nothing different by leaving the chart alone: %s', async (_, workload) => {
    for (const seed of [1, 2, 3, 4]) {
      const short = await play(seed, {}, workload);
      const stepped = await play(seed, { alwaysStep: true }, workload);
      expect(short.frames.length).toBeGreaterThan(30);
      expect(short.frames).toEqual(stepped.frames);
      expect(short.states).toEqual(stepped.states);
      expect(short.tcbs).toEqual(stepped.tcbs);
    }
  });

  it.each([
    ['a transfer in both directions', bothWays],
    ['half-closes', halfCloses],
    ['resets', resets],
  ])('leaves nothing different where segments come joined and in batches: %s', async (_, workload) => {
    for (const seed of [1, 2]) {
      const short = await play(seed, {}, workload, 'offload');
      const stepped = await play(seed, { alwaysStep: true }, workload, 'offload');
      expect(short.frames.length).toBeGreaterThan(30);
      expect(short.frames).toEqual(stepped.frames);
      expect(short.states).toEqual(stepped.states);
      expect(short.tcbs).toEqual(stepped.tcbs);
    }
  });

  it('leaves nothing different where text is paced', async () => {
    for (const seed of [1, 2]) {
      const short = await play(seed, { pacing: true }, bothWays);
      const stepped = await play(seed, { pacing: true, alwaysStep: true }, bothWays);
      expect(short.frames).toEqual(stepped.frames);
      expect(short.states).toEqual(stepped.states);
      expect(short.tcbs).toEqual(stepped.tcbs);
    }
  });

  it('does leave it alone: most segments of a transfer step no chart', async () => {
    const short = await play(1, {}, bothWays);
    const stepped = await play(1, { alwaysStep: true }, bothWays);
    expect(short.steps).toBeLessThan(short.frames.length / 4);
    expect(stepped.steps).toBeGreaterThan(stepped.frames.length / 4);
  });
});

describe('the compiled charts', () => {
  it('send what XState’s interpreter sends where text is paced, and inspection tells the same of both', async () => {
    for (const alwaysStep of [false, true]) {
      const compiled = await play(5, { alwaysStep, pacing: true, interpreter: 'compiled' }, bothWays);
      const xstate = await play(5, { alwaysStep, pacing: true, interpreter: 'xstate' }, bothWays);
      expect(compiled.inspected.filter((told) => told.includes('timer.pacing')).length).toBeGreaterThan(5);
      expect(compiled.inspected).toEqual(xstate.inspected);
      expect(compiled.frames).toEqual(xstate.frames);
    }
  });

  it.each([
    ['a transfer in both directions', bothWays],
    ['half-closes', halfCloses],
    ['resets', resets],
  ])(
    'send what XState’s interpreter sends, and inspection tells the same of both: %s',
    async (_, workload) => {
      for (const alwaysStep of [false, true]) {
        for (const seed of [1, 2]) {
          const compiled = await play(seed, { alwaysStep, interpreter: 'compiled' }, workload);
          const xstate = await play(seed, { alwaysStep, interpreter: 'xstate' }, workload);
          expect(compiled.steps).toBeGreaterThan(30);
          expect(compiled.inspected).toEqual(xstate.inspected);
          expect(compiled.frames).toEqual(xstate.frames);
          expect(compiled.states).toEqual(xstate.states);
          expect(compiled.tcbs).toEqual(xstate.tcbs);
        }
      }
    },
  );
});
