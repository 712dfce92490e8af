/** Two stacks joined in memory, on one thread: bulk, connections, and what an idle one holds. Each subject has a process. */

import { type ChildProcess, fork } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { INTERPRETERS } from '../../../machines/index.ts';
import type { Context } from '../context.ts';
import { type Findings, SUBJECT } from '../figures.ts';
import { interleaved, type Trial } from '../interleave.ts';
import type { MemoryQuestion, MemorySubject } from '../memory-worker.ts';
import { buildServe } from '../net/build.ts';

const row = 'memory';
const WORKER = fileURLToPath(new URL('../memory-worker.ts', import.meta.url));
const SUBJECTS: Readonly<Record<MemorySubject, string>> = {
  checksums: SUBJECT.checksums,
  eachAlone: SUBJECT.eachAlone,
  noChecksums: SUBJECT.noChecksums,
  superSegments: SUBJECT.superSegments,
};
/** On each of the two stacks, at most. */
const IDLE = 5_000;

export async function stacksInMemory({ scale, tell }: Context): Promise<Findings> {
  const { rounds, windowMs } = scale;
  const idleCount = Math.min(IDLE, Math.floor(scale.open / 2));
  buildServe();
  const workers: Worker[] = [];
  try {
    const start = async (
      trial: Omit<Trial, 'once'>,
      what: Omit<MemoryQuestion, 'windowMs'>,
    ): Promise<Trial> => {
      const worker = new Worker();
      workers.push(worker);
      // Compiles what will be measured.
      await worker.ask({ ...what, windowMs: windowMs / 2 });
      return { ...trial, once: () => worker.ask({ ...what, windowMs }) };
    };
    // Side by side: most of it is compiling, and nothing is measured yet.
    const trials = await Promise.all([
      ...(Object.keys(SUBJECTS) as MemorySubject[]).map((subject) =>
        start({ subject: SUBJECTS[subject], quantity: 'bulk', unit: 'Gbit/s' }, { subject, measure: 'bulk' }),
      ),
      ...INTERPRETERS.map((interpreter) =>
        start(
          {
            subject: `charts stepped by ${interpreter === 'xstate' ? "XState's interpreter" : 'compiled tables'}`,
            quantity: 'connections, one at a time',
            unit: '/s',
          },
          { subject: 'checksums', measure: 'connections', interpreter },
        ),
      ),
    ]);
    const figures = await interleaved(row, trials, rounds, tell);
    const last = new Worker();
    workers.push(last);
    tell(`${row}: idle connections`);
    const bytes = await last.ask({ subject: 'checksums', measure: 'idle', windowMs: 0, count: idleCount });
    const idle = {
      row,
      subject: `idle connections, of ${(2 * idleCount).toLocaleString('en-US')}`,
      quantity: 'heap of each',
      unit: 'KiB',
      values: [bytes / 1_024],
    } as const;
    return { figures: [...figures, idle], missing: [] };
  } finally {
    for (const worker of workers) worker.end();
  }
}

class Worker {
  readonly #child: ChildProcess;

  constructor() {
    this.#child = fork(WORKER, { execArgv: ['--expose-gc', '--import', 'tsx'] });
  }

  ask(question: MemoryQuestion): Promise<number> {
    return new Promise((resolve, reject) => {
      const ended = (code: number | null): void => reject(new Error(`${WORKER} ended with ${code}`));
      this.#child.once('exit', ended);
      this.#child.once('message', (value) => {
        this.#child.off('exit', ended);
        resolve(value as number);
      });
      this.#child.send(question);
    });
  }

  end(): void {
    this.#child.removeAllListeners('exit');
    if (this.#child.connected) this.#child.disconnect();
  }
}
