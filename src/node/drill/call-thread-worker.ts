/** What runs in a {@link CallThread}. */

import { parentPort, workerData } from 'node:worker_threads';
import { AT, type CallThreadData, serveCalls, WIDE_OFFSET } from './call-thread.ts';
import { loadLibc } from './libc.ts';

const libc = await loadLibc();
const data = workerData as CallThreadData;
new Int32Array(data.shared, 0, WIDE_OFFSET / 4)[AT.thread] = libc.call('gettid');
parentPort?.postMessage('ready');
serveCalls(libc, data);
