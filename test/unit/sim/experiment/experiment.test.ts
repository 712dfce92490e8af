import { describe, expect, it } from 'vitest';
import {
  chain,
  dumbbell,
  type Experiment,
  type HostFrame,
  type SeriesRow,
  seriesLine,
  simulate,
  twoHosts,
  type WorkloadTools,
  type WorkloadValue,
} from '../../../../src/sim/index.ts';

const between = { from: 'left1', to: 'right1' } as const;
const WORKLOADS: readonly WorkloadValue[] = [
  { ...between, kind: 'bulk', bytes: 60_000, direction: 'both' },
  { ...between, kind: 'request-response', requests: 10, requestBytes: 100, responseBytes: 3_000, thinkMs: 5 },
  { ...between, kind: 'many-short', connections: 10, bytes: 300, everyMs: 7 },
  { ...between, kind: 'half-close', bytes: 50_000, replyBytes: 50_000, version: 6 },
  {
    ...between,
    kind: 'slow-reader',
    bytes: 60_000,
    readBytes: 3_000,
    everyMs: 20,
    server: { receiveBuffer: 8_000 },
  },
];

const bad = {
  both: {
    rate: 5e6,
    delayMs: 15,
    jitterMs: 5,
    queue: { kind: 'codel' },
    loss: 1,
    burst: { p: 0.5, r: 30 },
    reorder: 2,
    duplicate: 1,
    corrupt: 1,
  },
} as const;

/** What crossed the hosts' devices, as text. */
async function trace(experiment: Experiment): Promise<string> {
  const lines: string[] = [];
  const onFrame = ({ host, direction, timeMs, frame }: HostFrame): void => {
    lines.push(`${host} ${direction} ${timeMs} ${frame.join(' ')}`);
  };
  const { digest } = await simulate(experiment, { onFrame });
  return [...lines, digest].join('\n');
}

describe('a simulated run', () => {
  it('delivers everything, whatever the workload, over a good network', async () => {
    const result = await simulate({ topology: dumbbell({ pairs: 1 }), workloads: WORKLOADS });
    expect(result.violation).toBeUndefined();
    expect(result.workloads.map(({ bytesDelivered, outcome }) => [bytesDelivered, outcome])).toEqual([
      [120_000, { connections: 1, broken: 0, errors: [] }],
      [31_000, { connections: 1, broken: 0, errors: [] }],
      [6_000, { connections: 10, broken: 0, errors: [] }],
      [100_000, { connections: 1, broken: 0, errors: [] }],
      [60_000, { connections: 1, broken: 0, errors: [] }],
    ]);
    expect(result.retransmissions).toBe(0);
    expect(result.connectionEnds).toBe(28);
  });

  it('delivers everything over a bad one, too, and counts what went wrong by kind', async () => {
    const result = await simulate({
      topology: dumbbell({ pairs: 1, bottleneck: bad }),
      workloads: WORKLOADS,
    });
    expect(result.violation).toBeUndefined();
    expect(result.bytesDelivered).toBe(317_000);
    const { lost, 'burst-lost': burst, reordered, duplicated, corrupted } = result.faults;
    for (const count of [lost, burst, reordered, duplicated, corrupted]) expect(count).toBeGreaterThan(0);
    expect(result.faults.scripted).toBe(0);
  });

  it('repeats to the byte with the same seed, and is another one with another seed', async () => {
    const experiment = { seed: 3, topology: dumbbell({ pairs: 1, bottleneck: bad }), workloads: WORKLOADS };
    const first = await trace(experiment);
    expect(await trace(experiment)).toBe(first);
    expect(await trace({ ...experiment, seed: 4 })).not.toBe(first);
  });

  it('repeats with and without somebody who watches', async () => {
    const experiment = { topology: dumbbell({ pairs: 1, bottleneck: bad }), workloads: WORKLOADS };
    const watched = await simulate(experiment);
    expect((await simulate(experiment, { invariants: false })).digest).toBe(watched.digest);
  });

  it('tells of resets where one end aborts', async () => {
    for (const by of ['client', 'server'] as const) {
      const { violation, workloads } = await simulate({
        topology: twoHosts({ both: { delayMs: 10 } }),
        workloads: [{ kind: 'abort', from: 'client', to: 'server', bytes: 100_000, afterBytes: 20_000, by }],
      });
      expect(violation).toBeUndefined();
      expect(workloads[0]!.outcome).toEqual({ connections: 1, broken: 1, errors: ['ECONNRESET'] });
    }
  });

  it('ends with an error at the ends, not with a violation, where nothing gets through', async () => {
    const { violation, workloads, timeMs } = await simulate({
      topology: twoHosts({ both: { loss: 100 } }),
      workloads: [{ kind: 'bulk', from: 'client', to: 'server', bytes: 1 }],
    });
    expect(violation).toBeUndefined();
    expect(workloads[0]!.outcome).toEqual({ connections: 1, broken: 1, errors: ['ETIMEDOUT'] });
    // The user timeout.
    expect(timeMs).toBe(300_000);
  });

  it('learns the path MTU from routers', async () => {
    for (const version of [4, 6] as const) {
      const { violation, faults, bytesDelivered } = await simulate({
        topology: chain({ routers: 2, hops: [{}, { mtu: 1_300 }, {}] }),
        workloads: [{ kind: 'bulk', from: 'client', to: 'server', bytes: 100_000, version }],
      });
      expect({ violation, bytesDelivered }).toEqual({ violation: undefined, bytesDelivered: 100_000 });
      expect(faults['too-big']).toBeGreaterThan(0);
    }
  });

  it('tells of cwnd, flight, RTO and state as they change', async () => {
    const rows: SeriesRow[] = [];
    await simulate(
      {
        topology: twoHosts({ both: { delayMs: 10 } }),
        workloads: [{ kind: 'bulk', from: 'client', to: 'server', bytes: 100_000 }],
      },
      { onSeries: (row) => rows.push(row) },
    );
    const client = rows.filter(({ host }) => host === 'client');
    expect([...new Set(client.map(({ state }) => state))]).toEqual([
      'SYN-SENT',
      'ESTABLISHED',
      'FIN-WAIT-1',
      'TIME-WAIT',
      'CLOSED',
    ]);
    expect(Math.max(...client.map(({ flight }) => flight))).toBeGreaterThan(14_000);
    const established = client.find(({ state }) => state === 'ESTABLISHED')!;
    expect(established.srttMs).toBe(20);
    expect(seriesLine(client[0]!)).toMatch(
      /^0,client,198\.18\.0\.1:\d+-198\.18\.0\.2:5001,SYN-SENT,\d+,,1,,1000$/,
    );
  });
});

describe('a workload of one’s own', () => {
  const topology = twoHosts({ both: { delayMs: 5 } });

  const echo = async ({ host, address }: WorkloadTools): Promise<void> => {
    const listener = host('server').listen({ port: 7 });
    const connecting = host('client').connect({ host: address('server'), port: 7 });
    const accepted = (await listener.accept())!;
    const connection = await connecting;
    await connection.write(Uint8Array.of(1, 2, 3));
    await accepted.write((await accepted.read())!);
    expect(await connection.read()).toEqual(Uint8Array.of(1, 2, 3));
    await Promise.all([connection.close(), accepted.close()]);
  };

  it('uses the promise calls of the core', async () => {
    const { violation, workloads } = await simulate({ topology, workloads: [echo] });
    expect(violation).toBeUndefined();
    expect(workloads).toEqual([{ name: 'echo', bytesDelivered: 0, outcome: undefined, error: undefined }]);
  });

  it('is told of in the result when it throws, and the run goes on', async () => {
    const broken = async (): Promise<void> => {
      throw new RangeError('no luck');
    };
    const { violation, workloads } = await simulate({ topology, workloads: [broken, echo] });
    expect(violation).toBeUndefined();
    expect(workloads.map(({ error }) => error)).toEqual(['RangeError: no luck', undefined]);
  });

  it('has to end, and so have the connections that it opened', async () => {
    const waits = async ({ host }: WorkloadTools): Promise<void> => {
      await host('server').listen({ port: 7 }).accept();
    };
    expect((await simulate({ topology, workloads: [waits] })).violation).toMatchObject({
      invariant: 'ends',
      message: 'workload waits waits for something that never happens',
    });
    const forgets = async ({ host, address }: WorkloadTools): Promise<void> => {
      const listener = host('server').listen({ port: 7 });
      await host('client').connect({ host: address('server'), port: 7 });
      await listener.accept();
    };
    expect((await simulate({ topology, workloads: [forgets] })).violation).toMatchObject({
      invariant: 'ends',
      host: 'client',
      message: 'the connection is still in ESTABLISHED',
    });
  });

  it('is told which hosts there are when it asks for another one', async () => {
    const asks = async ({ host }: WorkloadTools): Promise<void> => void host('nobody');
    const { workloads } = await simulate({ topology, workloads: [asks] });
    expect(workloads[0]!.error).toMatch(/there is no host "nobody"; there are client, server/);
  });
});

it.each(['up', 'down', 'both'] as const)('a transfer of nothing, %s, ends as well', async (direction) => {
  const nothing = { kind: 'bulk', from: 'client', to: 'server', bytes: 0, direction } as const;
  const { violation, timeMs } = await simulate({ topology: twoHosts(), workloads: [nothing] });
  expect(violation).toBeUndefined();
  expect(timeMs).toBe(60_000); // TIME-WAIT: twice the MSL.
});

describe('an experiment that makes no sense', () => {
  it('is refused', async () => {
    const topology = twoHosts();
    const bulk = { kind: 'bulk', from: 'client', to: 'x', bytes: 1 } as const;
    await expect(simulate({ topology, workloads: [bulk] })).rejects.toThrow(
      /workload 1: there is no host "x"/,
    );
    await expect(
      simulate({ topology, workloads: [{ ...bulk, to: 'client', kind: 'bulky' } as never] }),
    ).rejects.toThrow(/no kind "bulky"/);
    await expect(
      simulate({ topology, workloads: [{ ...bulk, to: 'server', readBytes: 1 } as never] }),
    ).rejects.toThrow(/workload 1, bulk, has no field "readBytes"; there are kind, from, to/);
    await expect(simulate({ topology, workloads: [], limit: 5 } as never)).rejects.toThrow(
      /experiment has no field "limit"/,
    );
    await expect(simulate({ topology, workloads: 'all' as never })).rejects.toThrow(/no array/);
    await expect(simulate({ topology, workloads: [], limitMs: 0 })).rejects.toThrow(/limitMs is 0/);
  });
});
