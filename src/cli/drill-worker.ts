/** A worker of `statewire drill -j`: plays the scripts that it is sent, one after the other. */

import { parentPort, workerData } from 'node:worker_threads';
import { inheritInterpreter } from '../node/interpreter.ts';
import { playOne } from './drill-one.ts';
import type { WorkerAnswer, WorkerScript, WorkerTask } from './drill-workers.ts';

const { options, withPcap } = workerData as WorkerTask;

inheritInterpreter();
parentPort?.on('message', ({ index, source }: WorkerScript) => {
  parentPort?.postMessage({ index, played: playOne(source, options, withPcap) } satisfies WorkerAnswer);
});
