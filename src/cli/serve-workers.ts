/** `statewire serve --workers N`: a stack in each of N threads, on as many queues of one TUN device. */

import { MessageChannel, Worker } from 'node:worker_threads';
import { type ErrorCode, StackError } from '../errors.ts';
import { EXIT, Failure, UsageError } from './exit.ts';
import { chosenImpairments } from './impairment-options.ts';
import { endBySignal, firstAbort, interruption } from './interruption.ts';
import { type Output, stdoutFlushed } from './output.ts';
import { type Readiness, type Standing, tellCounters, tellReady, tellStats, together } from './report.ts';
import { type ServeFlags, servicesOf } from './serve-services.ts';
import type { ThreadAnswer, ThreadAsk, ThreadTask, ToldError } from './serve-thread.ts';

export async function serveOnWorkers(flags: ServeFlags, count: number, output: Output): Promise<void> {
  checkAlone(flags);
  const interrupted = interruption(endBySignal);
  const gone = new AbortController();
  const threads: ServeThread[] = [];
  const channels = Array.from({ length: count }, () => new MessageChannel());
  let readiness: Readiness | undefined;
  try {
    // One after the other: the first finds the device's name, and the last sets it up.
    for (let index = 0; index < count; index++) {
      const thread = new ServeThread({
        flags: readiness === undefined ? flags : { ...flags, tun: readiness.device },
        index,
        size: count,
        next: channels[index]!.port1,
        previous: channels[(index + count - 1) % count]!.port2,
      });
      threads.push(thread);
      thread.onGone = (reason) => gone.abort(reason);
      readiness = await thread.ready;
    }
  } catch (error) {
    await Promise.all(threads.map((thread) => thread.close()));
    throw error;
  }

  const stats = (): void => {
    void Promise.all(threads.map((thread) => thread.standing())).then((standings) => {
      const each = standings.map(({ connections }) => connections);
      tellStats(output, together(standings), each);
    });
  };
  process.on('SIGUSR2', stats);
  tellReady(output, readiness!, flags.kernel ?? [], servicesOf(flags), count);
  await firstAbort(interrupted, gone.signal);

  process.off('SIGUSR2', stats);
  const last = await Promise.all(threads.map((thread) => thread.close()));
  const known = last.filter((standing) => standing !== undefined);
  if (known.length > 0) tellCounters(output, together(known));
  await stdoutFlushed();
  if (gone.signal.reason instanceof Error && gone.signal.reason.name !== 'AbortError')
    throw gone.signal.reason;
  process.exitCode = EXIT.ok;
}

/** What several stacks can't share. */
function checkAlone(flags: ServeFlags): void {
  const refused: readonly (readonly [string, boolean, string])[] = [
    ['--inspect', flags.inspect !== undefined, 'the page shows one stack'],
    ['--record', flags.record !== undefined, 'a record is of one stack'],
    ['--pcap', flags.pcap !== undefined, 'a capture is of one stack: take `tcpdump -i` of the device'],
    [
      '--iperf3',
      flags.iperf3 !== undefined,
      "a test's connections would come to different stacks, which don't know of each other's",
    ],
    [
      '--loss and the like',
      chosenImpairments(flags) !== undefined,
      'each stack would have a bad network of its own',
    ],
  ];
  const first = refused.find(([, isGiven]) => isGiven);
  if (first) throw new UsageError(`${first[0]} can't go with --workers: ${first[2]}.`);
}

/** One of the threads, as the main one sees it. */
class ServeThread {
  readonly ready: Promise<Readiness>;
  /** The device is gone, or the thread has failed. */
  onGone: (reason: Error) => void = () => {};
  readonly #worker: Worker;
  readonly #ended: Promise<void>;
  readonly #waiting: ((standing: Standing) => void)[] = [];
  #last: Standing | undefined;

  constructor(task: ThreadTask) {
    // Compiled or, while it is developed, not.
    const file = import.meta.url.endsWith('.js') ? './serve-thread.js' : './serve-thread.ts';
    this.#worker = new Worker(new URL(file, import.meta.url), {
      workerData: task,
      transferList: [task.next, task.previous],
      // The device closes its own descriptor, which Node would warn of.
      trackUnmanagedFds: false,
    });
    this.#ended = new Promise((resolve) => this.#worker.once('exit', () => resolve()));
    this.ready = new Promise((resolve, reject) => {
      this.#worker.on('message', (answer: ThreadAnswer) => {
        if (answer.tell === 'ready') resolve(answer.readiness);
        else if (answer.tell === 'failed') reject(errorOf(answer.error));
        else if (answer.tell === 'gone') this.onGone(errorOf(answer.error));
        else if (answer.tell === 'closed') this.#last = answer.standing;
        else this.#waiting.shift()?.(answer.standing);
      });
      this.#worker.on('error', (error) => {
        reject(error);
        this.onGone(error instanceof Error ? error : new Error(String(error)));
      });
    });
    this.ready.catch(() => {});
  }

  standing(): Promise<Standing> {
    return new Promise((resolve) => {
      this.#waiting.push(resolve);
      this.#ask('standing');
    });
  }

  /** Closes its connections and its queue; how things stood then, if it could still tell. */
  async close(): Promise<Standing | undefined> {
    this.#ask('close');
    await this.#ended;
    return this.#last;
  }

  #ask(ask: ThreadAsk): void {
    this.#worker.postMessage(ask);
  }
}

function errorOf({ kind, message, code }: ToldError): Error {
  if (kind === 'usage') return new UsageError(message);
  if (kind === 'failure') return new Failure(message);
  return kind === 'stack' ? new StackError(code as ErrorCode, message) : new Error(message);
}
