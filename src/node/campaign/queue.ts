/**
 * Campaigns beyond one machine: the same jobs by way of a Redis server, through BullMQ. A worker that dies with a job in
 * hand loses nothing: its lock runs out, and another one takes the job.
 */

import { randomUUID } from 'node:crypto';
import { createRequire } from 'node:module';
import type * as BullMq from 'bullmq';
import type { Redis } from 'ioredis';
import type { Executor } from './executors.ts';
import type { CampaignJob, JobResult } from './jobs.ts';

const QUEUE = 'statewire-campaign';
/** Jobs at the server at a time: enough for hundreds of workers, and little to take away when it is over. */
const WIDTH = 500;
/** A worker that has not renewed its claim for so long is taken for dead. */
const LOCK_MS = 10_000;
const LOOK_FOR_DEAD_MS = 5_000;
const CANCELLED = 'it was cancelled';
/** However often workers die. */
const MOST_DEATHS = 1_000_000;
/** What nobody has fetched, since who asked for it is gone. */
const KEPT_S = 3_600;

/** What is in the queue: a job, and for which version of this package. Others would play other runs. */
interface QueuedJob {
  readonly job: CampaignJob;
  readonly version: string;
}

export class QueueError extends Error {
  override readonly name = 'QueueError';
}

export interface QueueExecutor extends Executor {
  /** How many workers are at the queue now. */
  workers(): Promise<number>;
}

/**
 * Has jobs done by whatever workers are at the queue, now or later.
 *
 * @param url `redis://HOST`, `rediss://USER:PASSWORD@HOST:PORT/DB`
 * @throws QueueError when there is no such server, or BullMQ is not installed
 */
export async function queueExecutor(url: string): Promise<QueueExecutor> {
  const { bullMq, connect, disconnect } = await openQueue(url);
  const queue = new bullMq.Queue<QueuedJob, JobResult>(QUEUE, { connection: connect() as never });
  const events = new bullMq.QueueEvents(QUEUE, { connection: connect() as never });
  await events.waitUntilReady();
  return new Queued(queue, events, disconnect);
}

class Queued implements QueueExecutor {
  readonly width = WIDTH;
  readonly #queue: BullMq.Queue<QueuedJob, JobResult>;
  readonly #events: BullMq.QueueEvents;
  readonly #disconnect: () => void;
  readonly #campaign = randomUUID();
  /** Jobs that are waited for, and how to stop that. */
  readonly #open = new Map<BullMq.Job<QueuedJob, JobResult>, (reason: Error) => void>();
  #count = 0;
  #isCancelled = false;

  constructor(queue: BullMq.Queue<QueuedJob, JobResult>, events: BullMq.QueueEvents, disconnect: () => void) {
    this.#queue = queue;
    this.#events = events;
    this.#disconnect = disconnect;
    events.setMaxListeners(0);
  }

  async workers(): Promise<number> {
    return this.#queue.getWorkersCount();
  }

  async execute(job: CampaignJob): Promise<JobResult> {
    const queued = await this.#queue.add(
      job.kind,
      { job, version: version() },
      {
        jobId: `${this.#campaign}-${this.#count++}`,
        removeOnComplete: { age: KEPT_S },
        removeOnFail: { age: KEPT_S },
      },
    );
    try {
      return await new Promise((resolve, reject) => {
        // Meanwhile the server was asked to take it.
        if (this.#isCancelled) throw new Error(CANCELLED);
        this.#open.set(queued, reject);
        queued.waitUntilFinished(this.#events).then(resolve, reject);
      });
    } catch (error) {
      throw new QueueError(`a worker of the queue failed: ${(error as Error).message}`);
    } finally {
      this.#open.delete(queued);
      await queued.remove().catch(() => {});
    }
  }

  cancel(): void {
    this.#isCancelled = true;
    for (const reject of this.#open.values()) reject(new Error(CANCELLED));
  }

  /** Takes back what no worker has begun. */
  async close(): Promise<void> {
    const jobs = [...this.#open.keys()];
    this.cancel();
    await Promise.all(jobs.map((job) => job.remove().catch(() => {})));
    await this.#events.close();
    await this.#queue.close();
    this.#disconnect();
  }
}

export interface QueueWorkerOptions {
  /** Does the jobs; as many at a time as it is wide. */
  readonly executor: Executor;
  /** A job is done. */
  readonly onDone?: (job: CampaignJob, result: JobResult) => void;
  /** The server is gone, or back with an error; the worker goes on trying. */
  readonly onTrouble?: (error: Error) => void;
  /** See above; for tests that can't wait so long. */
  readonly lockMs?: number;
  readonly lookForDeadMs?: number;
}

export interface QueueWorker {
  /** Finishes what it has in hand, and takes nothing more. */
  close(): Promise<void>;
}

/**
 * Takes jobs from the queue, for as long as it is not closed.
 *
 * @throws QueueError when there is no such server, or BullMQ is not installed
 */
export async function queueWorker(url: string, options: QueueWorkerOptions): Promise<QueueWorker> {
  const { executor, onDone, onTrouble, lockMs = LOCK_MS, lookForDeadMs = LOOK_FOR_DEAD_MS } = options;
  const { bullMq, connect, disconnect } = await openQueue(url);
  const worker = new bullMq.Worker<QueuedJob, JobResult>(
    QUEUE,
    async ({ data }) => {
      if (data.version !== version())
        throw new Error(`it is statewire ${version()}, and the campaign is of ${data.version}`);
      const result = await executor.execute(data.job);
      onDone?.(data.job, result);
      return result;
    },
    {
      connection: connect() as never,
      concurrency: executor.width,
      lockDuration: lockMs,
      stalledInterval: lookForDeadMs,
      maxStalledCount: MOST_DEATHS,
    },
  );
  worker.on('error', (error) => onTrouble?.(error));
  await worker.waitUntilReady();
  return {
    async close() {
      await worker.close();
      disconnect();
    },
  };
}

interface OpenedQueue {
  readonly bullMq: typeof BullMq;
  connect(): Redis;
  /** Ends what was connected: BullMQ leaves connections open that it was handed. */
  disconnect(): void;
}

async function openQueue(url: string): Promise<OpenedQueue> {
  if (!/^rediss?:\/\//.test(url)) throw new QueueError(`${url} is no redis://HOST or rediss://HOST`);
  const [bullMq, ioRedis] = await Promise.all([import('bullmq'), import('ioredis')]).catch((error: Error) => {
    throw new QueueError(
      `queues need the packages bullmq and ioredis: npm install bullmq ioredis (${error.message})`,
    );
  });
  await tryServer(
    new ioRedis.Redis(url, { lazyConnect: true, retryStrategy: () => null, maxRetriesPerRequest: 0 }),
    url,
  );
  // BullMQ's own condition: its connections wait for a server that is away for a while.
  const connections: Redis[] = [];
  return {
    bullMq,
    connect() {
      const connection = new ioRedis.Redis(url, { maxRetriesPerRequest: null });
      connections.push(connection);
      return connection;
    },
    disconnect() {
      for (const connection of connections) connection.disconnect();
    },
  };
}

/** A server that is not there is told of at once; one that goes away later is waited for. */
async function tryServer(redis: Redis, url: string): Promise<void> {
  let reason: Error | undefined;
  redis.on('error', (error) => {
    reason ??= error;
  });
  try {
    await redis.connect();
    await redis.ping();
  } catch (error) {
    const { message } = reason ?? (error as Error);
    throw new QueueError(`can't reach the Redis server at ${withoutPassword(url)}: ${message}`);
  } finally {
    redis.disconnect();
  }
}

/** A server's address as it may be printed. */
export function withoutPassword(url: string): string {
  return url.replace(/\/\/[^@/]*@/, '//');
}

function version(): string {
  return (createRequire(import.meta.url)('statewire/package.json') as { version: string }).version;
}
