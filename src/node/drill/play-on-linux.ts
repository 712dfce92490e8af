/** Packetdrill scripts against this machine's own kernel: each in a process and a network namespace of its own. */

import { fork } from 'node:child_process';
import { existsSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import type { DrillOptions, DrillResult, Source } from '../../drill/index.ts';
import { readScript } from '../../drill/runner.ts';
import { StackError } from '../../errors.ts';
import type { DrillAnswer, DrillTask } from './protocol.ts';

const CHILD = fileURLToPath(new URL('./child.js', import.meta.url));

/** A profile says what a stack of this package is like; the kernel is as it is. */
export interface LinuxDrillOptions extends Omit<DrillOptions, 'profile' | 'seed'> {
  /** Ends the run, which then rejects with an AbortError. */
  readonly signal?: AbortSignal;
}

/**
 * Plays a script against the kernel of this machine, in real time. Nothing of the machine's own network is touched, and
 * nothing is left behind, however it ends.
 *
 * @throws StackError EPERM without root, EACCES or ENODEV without TUN devices, ENODEV without Linux or koffi
 * @example
 * ```ts
 * const result = await runScriptOnLinux({ file: 'listen.pkt', text });
 * console.log(describeResult(result));
 * ```
 */
export async function runScriptOnLinux(
  source: Source,
  { signal, ...options }: LinuxDrillOptions = {},
): Promise<DrillResult> {
  const task: DrillTask = { source, options: { ...options, profile: 'linux' } };
  const read = readScript(source, task.options);
  if ('verdict' in read) return read;
  // Its threads could not read TypeScript.
  if (!existsSync(CHILD))
    throw new Error('Scripts are played against the kernel by the built package: run `npm run build`.');
  const answer = await answerTo(task, signal);
  if (answer.kind === 'played') return answer.result;
  throw new StackError(answer.code, answer.message);
}

function answerTo(task: DrillTask, signal: AbortSignal | undefined): Promise<DrillAnswer> {
  return new Promise((resolve, reject) => {
    const child = fork(CHILD, {
      // Frames are bytes, which JSON does not know.
      serialization: 'advanced',
      stdio: ['ignore', 'ignore', 'pipe', 'ipc'],
      killSignal: 'SIGKILL',
      ...(signal ? { signal } : {}),
    });
    let stderr = '';
    child.stderr?.on('data', (data) => {
      stderr += data;
    });
    let answer: DrillAnswer | undefined;
    child.once('message', (message) => {
      answer = message as DrillAnswer;
    });
    child.once('error', reject);
    child.once('close', (code, signal) => {
      if (answer) resolve(answer);
      else
        reject(
          new Error(`${task.source.file}: the process that plays it ended (${signal ?? code})\n${stderr}`),
        );
    });
    child.send(task);
  });
}
