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
const IDLE = 5_000;

export async function stacksInMemory({ scale, tell }: Context): Promise<Findings> {
  const { rounds, windowMs } = scale;
  buildServe();
  const workers: Worker[] = [];
  try {
    const trials: Trial[] = [];
    for (const subject of Object.keys(SUBJECTS) as MemorySubject[]) {
      const worker = new Worker();
      workers.push(worker);
      const ask = (question: Omit<MemoryQuestion, 'subject'>) => worker.ask({ subject, ...question });
      await ask({ measure: 'bulk', windowMs: windowMs / 2 });
      trials.push({
        subject: SUBJECTS[subject],
        quantity: 'bulk',
        unit: 'Gbit/s',
        once: () => ask({ measure: 'bulk', windowMs }),
      });
    }
    for (const interpreter of INTERPRETERS) {
      const worker = new Worker();
      workers.push(worker);
      const ask = (lengthMs: number) =>
        worker.ask({ subject: 'checksums', measure: 'connections', interpreter, windowMs: lengthMs });
      await ask(windowMs / 2);
      trials.push({
        subject: `charts stepped by ${interpreter === 'xstate' ? "XState's interpreter" : 'compiled tables'}`,
        quantity: 'connections, one at a time',
        unit: '/s',
        once: () => ask(windowMs),
      });
    }
    const figures = await interleaved(row, trials, rounds, tell);
    const last = new Worker();
    workers.push(last);
    tell(`${row}: idle connections`);
    const bytes = await last.ask({ subject: 'checksums', measure: 'idle', windowMs: 0, count: IDLE });
    const idle = {
      row,
      subject: `idle connections, of ${(2 * IDLE).toLocaleString('en-US')}`,
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
