/** Campaigns by way of a real Redis server, with real workers: processes of the built command. */

import { type ChildProcess, execFile, spawn } from 'node:child_process';
import { promisify } from 'node:util';
import { Queue, QueueEvents } from 'bullmq';
import { afterAll, afterEach, beforeAll, expect, it } from 'vitest';
import { queueExecutor } from '../../src/node/campaign/queue.ts';
import { Lines } from '../support/lines.ts';
import { describeWithRedis, ended, type RedisServer, startRedis } from '../support/redis.ts';
import { CLI } from '../support/serve.ts';

const TIMEOUT_MS = 180_000;
const CAMPAIGN = ['sim', '--runs', '20', '--seed', 'queue', '--json'];

interface Ended {
  readonly stdout: string;
  readonly stderr: string;
  readonly code: number;
}

async function statewire(...args: string[]): Promise<Ended> {
  return promisify(execFile)(process.execPath, [CLI, ...args]).then(
    ({ stdout, stderr }) => ({ stdout, stderr, code: 0 }),
    ({ stdout, stderr, code }) => ({ stdout, stderr, code }),
  );
}

describeWithRedis('a campaign by way of a queue', () => {
  let redis: RedisServer;
  let local: Ended;
  const workers: ChildProcess[] = [];

  beforeAll(async () => {
    redis = await startRedis();
    local = await statewire(...CAMPAIGN, '-j', '1');
  }, TIMEOUT_MS);

  afterEach(async () => {
    for (const worker of workers.splice(0)) await ended(worker, 'SIGTERM');
  });

  afterAll(() => redis?.close());

  async function startWorker(): Promise<ChildProcess> {
    const args = [CLI, 'worker', '--queue', redis.url, '-j', '1', '--json'];
    const worker = spawn(process.execPath, args, { stdio: ['ignore', 'pipe', 'inherit'] });
    workers.push(worker);
    await new Lines(worker.stdout!).next((line) => line.includes('"ready"'), 60_000);
    return worker;
  }

  it(
    'prints the same bytes as one on this machine, however many workers play it',
    async () => {
      expect(local.code).toBe(0);
      for (const count of [1, 2]) {
        while (workers.length < count) await startWorker();
        expect((await statewire(...CAMPAIGN, '--queue', redis.url)).stdout).toBe(local.stdout);
      }
    },
    TIMEOUT_MS,
  );

  it(
    'loses nothing when a worker is killed with a job in hand',
    async () => {
      const first = await startWorker();
      const campaign = statewire(...CAMPAIGN, '--queue', redis.url);
      const queue = new Queue('statewire-campaign', { connection: { url: redis.url } });
      while ((await queue.getActiveCount()) === 0) await new Promise((resolve) => setTimeout(resolve, 20));
      await ended(first, 'SIGKILL');
      expect(await queue.getActiveCount()).toBeGreaterThan(0);
      await startWorker();
      expect((await campaign).stdout).toBe(local.stdout);
      // And nothing is left at the server.
      expect(await queue.getJobCounts('active', 'waiting', 'completed', 'failed')).toEqual({
        active: 0,
        waiting: 0,
        completed: 0,
        failed: 0,
      });
      await queue.close();
    },
    TIMEOUT_MS,
  );

  it(
    'is refused by a worker of another version, which would play other runs',
    async () => {
      await startWorker();
      const connection = { url: redis.url };
      const queue = new Queue('statewire-campaign', { connection });
      const events = new QueueEvents('statewire-campaign', { connection });
      await events.waitUntilReady();
      const job = await queue.add('play', {
        job: { kind: 'play', seed: '1', first: 1, count: 1 },
        version: '0.0.0',
      });
      await expect(job.waitUntilFinished(events)).rejects.toThrow(
        /it is statewire .*, and the campaign is of 0\.0\.0/,
      );
      await job.remove();
      await events.close();
      await queue.close();
    },
    TIMEOUT_MS,
  );

  it(
    'says where to get workers while there is none, and goes away when it is told to',
    async () => {
      const campaign = spawn(process.execPath, [CLI, ...CAMPAIGN, '--queue', redis.url], {
        stdio: ['ignore', 'ignore', 'pipe'],
      });
      await new Lines(campaign.stderr!).next(
        (line) => line.includes('No worker is at the queue yet'),
        60_000,
      );
      await ended(campaign, 'SIGINT');
      expect(campaign.exitCode).toBe(130);
      const queue = new Queue('statewire-campaign', { connection: { url: redis.url } });
      expect(await queue.getWaitingCount()).toBe(0);
      await queue.close();
    },
    TIMEOUT_MS,
  );

  it('takes a job back that the server has not yet confirmed when it is cancelled', async () => {
    const executor = await queueExecutor(redis.url);
    const job = executor.execute({ kind: 'play', seed: '1', first: 1, count: 1 });
    executor.cancel!();
    await expect(job).rejects.toThrow(/it was cancelled/);
    await executor.close();
    const queue = new Queue('statewire-campaign', { connection: { url: redis.url } });
    expect(await queue.getWaitingCount()).toBe(0);
    await queue.close();
  });

  it(
    'says what is wrong with a server that is none',
    async () => {
      const nowhere = await statewire(...CAMPAIGN, '--queue', 'redis://someone:secret@127.0.0.1:1');
      expect(nowhere).toMatchObject({ code: 1, stdout: '' });
      expect(nowhere.stderr).toMatch(
        /--queue: can't reach the Redis server at redis:\/\/127\.0\.0\.1:1: .*ECONNREFUSED/,
      );
      expect(nowhere.stderr).not.toContain('secret');
      expect((await statewire('worker', '--queue', 'http://127.0.0.1')).stderr).toMatch(
        /is no redis:\/\/HOST/,
      );
    },
    TIMEOUT_MS,
  );
});
