/**
 * Loaded into a process before its program, by `--import`: answers what a benchmark asks of it over the channel that it was
 * started with. It is JavaScript, so that the process needs no compiler in it.
 */

import { readFileSync, writeFileSync } from 'node:fs';
import { Session } from 'node:inspector/promises';
import { PerformanceObserver } from 'node:perf_hooks';
import { isMainThread } from 'node:worker_threads';

const RSS_EVERY_MS = 1_000;
const PROFILE_EVERY_US = 500;

let pausesMs = [];
let rss = [];
let sampling;
let session;

const collector = new PerformanceObserver((list) => {
  for (const { duration } of list.getEntries()) pausesMs.push(duration);
});

const answers = {
  thread() {
    return { seconds: Number(readFileSync('/proc/self/schedstat', 'ascii').split(' ')[0]) / 1e9 };
  },
  heap() {
    globalThis.gc();
    globalThis.gc();
    const { heapUsed, external, rss } = process.memoryUsage();
    return { heapUsed, external, rss };
  },
  watch() {
    pausesMs = [];
    rss = [process.memoryUsage.rss()];
    collector.observe({ entryTypes: ['gc'] });
    sampling = setInterval(() => rss.push(process.memoryUsage.rss()), RSS_EVERY_MS);
    sampling.unref();
    return {};
  },
  watched() {
    clearInterval(sampling);
    collector.disconnect();
    return { pausesMs, rss };
  },
  async profile() {
    session = new Session();
    session.connect();
    await session.post('Profiler.enable');
    await session.post('Profiler.setSamplingInterval', { interval: PROFILE_EVERY_US });
    await session.post('Profiler.start');
    return {};
  },
  async profiled({ file }) {
    const { profile } = await session.post('Profiler.stop');
    session.disconnect();
    writeFileSync(file, JSON.stringify(profile));
    return {};
  },
};

// Threads of the process load this too, and have no channel.
if (isMainThread) {
  process.on('message', async (question) => process.send(await answers[question.ask](question)));
  // To be asked something is no reason to stay.
  process.channel.unref();
}
