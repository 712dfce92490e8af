/**
 * The process that plays one script against the kernel, in a network namespace of its own. It is killed at the end, by itself:
 * a call of the script may still wait, and everything that was made goes with the process.
 */

import process from 'node:process';
import { playScript, readScript, runScript } from '../../drill/runner.ts';
import { StackError } from '../../errors.ts';
import { loadLibc } from './libc.ts';
import { LinuxTarget } from './linux-target.ts';
import { enterNamespace } from './namespace.ts';
import type { DrillAnswer, DrillTask } from './protocol.ts';

const PR_SET_PDEATHSIG = 1;
const SIGKILL = 9;

process.once('message', async (task: DrillTask) => {
  const answer = await play(task).catch((error: unknown): DrillAnswer => {
    if (!(error instanceof StackError)) throw error;
    return { kind: 'refused', code: error.code, message: error.message };
  });
  process.send!(answer, () => process.kill(process.pid, 'SIGKILL'));
});

async function play({ source, options }: DrillTask): Promise<DrillAnswer> {
  const read = readScript(source, options);
  if ('verdict' in read) return { kind: 'played', result: read };
  // Against the stack first: what was never run yet is slow in its first milliseconds, and then the kernel's time runs.
  runScript(source, options);
  const libc = await loadLibc();
  libc.call('prctl', PR_SET_PDEATHSIG, SIGKILL, 0, 0, 0);
  const namespace = await enterNamespace(libc, read.config);
  const target = await LinuxTarget.open(libc, read.config, namespace);
  target.hurry();
  return { kind: 'played', result: playScript(read, target, options) };
}
