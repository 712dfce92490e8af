/** What the inspector costs: two stacks in memory with and without it, in interleaved pairs. */

import { type ChildProcess, spawn } from 'node:child_process';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { createStack, pair } from '../../../src/index.ts';
import { createInspector, inspectable } from '../../../src/inspect/index.ts';
import { serveInspector } from '../../../src/node/inspector-server.ts';
import { seededRandom, virtualClock } from '../../../src/sim/index.ts';
import type { Context } from '../context.ts';
import type { Figure, Findings } from '../figures.ts';
import { geometric } from '../statistics.ts';

const BYTES = 64 * 2 ** 20;
const row = 'inspector';

type Mode = 'without' | 'nobody watches' | 'watched';

export async function costOfInspection({ scale: { pairs }, tell }: Context): Promise<Findings> {
  if (pairs < 2)
    return { figures: [], missing: [{ row, reason: '--quick leaves it out: ask for it with --only' }] };
  const viewer = new Viewer();
  try {
    const figures: Figure[] = [];
    for (const mode of ['nobody watches', 'watched'] as const) {
      const ratios = await compare(mode, viewer, pairs, tell);
      const { low, high } = geometric(ratios);
      figures.push({
        row,
        subject: mode,
        quantity: 'throughput, to that without',
        unit: '×',
        values: ratios,
        note: `${mode}: mean with 95 % ${low.toFixed(3)} to ${high.toFixed(3)}, ${pairs} pairs, by CPU time`,
      });
    }
    return { figures, missing: [] };
  } finally {
    viewer.end();
  }
}

/** Throughput in a mode to that without, once for each pair of transfers. */
async function compare(mode: Mode, viewer: Viewer, pairs: number, tell: Context['tell']): Promise<number[]> {
  await seconds('without', viewer);
  await seconds(mode, viewer);
  const ratios: number[] = [];
  for (let count = 0; count < pairs; count++) {
    tell(`${row}, pair ${count + 1} of ${pairs}: ${mode}`);
    // The order changes, so that what the machine does meanwhile favours neither.
    const first = count % 2 === 0 ? 'without' : mode;
    const one = await seconds(first, viewer);
    const other = await seconds(first === mode ? 'without' : mode, viewer);
    ratios.push(first === mode ? other / one : one / other);
  }
  return ratios;
}

/** CPU time of a transfer, in this process: the viewer's own is not in it. */
async function seconds(mode: Mode, viewer: Viewer): Promise<number> {
  const clock = virtualClock();
  const [left, right] = pair(clock);
  const stackAt = (device: typeof left, address: string, seed: number) => {
    const plain = { device, clock, random: seededRandom(seed) };
    const parts = mode === 'without' ? plain : inspectable(plain);
    return createStack({ ...parts, addresses: [address], mslMs: 0 });
  };
  const client = stackAt(left, '198.18.0.1', 1);
  const server = stackAt(right, '198.18.0.2', 2);
  const inspector = mode === 'without' ? undefined : createInspector({ client, server });
  const served = inspector && (await serveInspector(inspector, { port: 0 }));
  if (mode === 'watched') await viewer.attach(served!.port);

  const listener = server.listen({ port: 80 });
  let received = 0;
  const reading = (async () => {
    const connection = (await listener.accept())!;
    for (let text = await connection.read(); text; text = await connection.read()) received += text.length;
  })();
  const writing = (async () => {
    const connection = await client.connect({ host: '198.18.0.2', port: 80 });
    const piece = new Uint8Array(65_536);
    for (let sent = 0; sent < BYTES; sent += piece.length) await connection.write(piece);
    await connection.shutdown();
  })();
  const before = process.cpuUsage();
  await clock.run({ until: () => received === BYTES });
  const { user, system } = process.cpuUsage(before);
  await served?.close();
  if (mode === 'watched') await viewer.gone();
  client.connections[Symbol.iterator]().next().value?.abort();
  await Promise.allSettled([reading, writing]);
  return (user + system) / 1e6;
}

/** The process of `viewer.ts`. */
class Viewer {
  readonly #child: ChildProcess;
  readonly #lines: AsyncIterator<string>;

  constructor() {
    const script = fileURLToPath(new URL('../viewer.ts', import.meta.url));
    this.#child = spawn(process.execPath, ['--import', 'tsx', script], {
      stdio: ['pipe', 'pipe', 'inherit'],
    });
    this.#lines = createInterface({ input: this.#child.stdout! })[Symbol.asyncIterator]();
  }

  async attach(port: number): Promise<void> {
    this.#child.stdin!.write(`ws://127.0.0.1:${port}/ws\n`);
    await this.#lines.next();
  }

  async gone(): Promise<void> {
    await this.#lines.next();
  }

  end(): void {
    this.#child.stdin!.end();
  }
}
