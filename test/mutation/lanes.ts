/** Processes that run tests over mutants, one mutant each at a time; one that hangs is ended by its own id. */

import { type ChildProcess, fork } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import type { LaneAnswer, LaneRequest } from './lane.ts';

const SOURCE = fileURLToPath(new URL('lane.ts', import.meta.url));
const ROOT = fileURLToPath(new URL('../..', import.meta.url));

export class Lane {
  #child: ChildProcess | undefined;

  /** The answer, or undefined when there was none within `boundMs`: the mutant makes the tests run for ever. */
  async run(request: LaneRequest, boundMs: number): Promise<LaneAnswer | undefined> {
    this.#child ??= await start();
    this.#child.send(request);
    const answer = await next(this.#child, boundMs);
    if (answer === undefined) this.end();
    return answer as LaneAnswer | undefined;
  }

  /** Ends the process and those that it has started, which are its group. */
  end(): void {
    const pid = this.#child?.pid;
    this.#child = undefined;
    if (pid === undefined) return;
    try {
      process.kill(-pid, 'SIGKILL');
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'ESRCH') throw error;
    }
  }
}

async function start(): Promise<ChildProcess> {
  const child = fork(SOURCE, { cwd: ROOT, execArgv: ['--import', 'tsx'], detached: true });
  if ((await next(child, 60_000)) === undefined) throw new Error('a lane did not start within 60 s');
  return child;
}

function next(child: ChildProcess, boundMs: number): Promise<unknown> {
  return new Promise((resolve, reject) => {
    const settle = (): void => {
      clearTimeout(timer);
      child.off('message', onMessage).off('exit', onExit);
    };
    const onMessage = (message: unknown): void => {
      settle();
      resolve(message);
    };
    const onExit = (code: number | null): void => {
      settle();
      reject(new Error(`a lane ended by itself with status ${code}`));
    };
    const timer = setTimeout(() => {
      settle();
      resolve(undefined);
    }, boundMs);
    child.on('message', onMessage).on('exit', onExit);
  });
}
