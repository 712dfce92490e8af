/** A thread of `statewire serve --workers N`: one stack on one queue of the device. */

import { type MessagePort, parentPort, workerData } from 'node:worker_threads';
import { StackError } from '../errors.ts';
import { Handover } from '../node/handover.ts';
import { inheritInterpreter } from '../node/interpreter.ts';
import { Failure, UsageError } from './exit.ts';
import { Output } from './output.ts';
import { type Readiness, type Reporter, readinessOf, reporterOf, type Standing } from './report.ts';
import { ANSWERS_MS, connectionOptionsOf, type ServeFlags, startServices } from './serve-services.ts';
import type { Web } from './web.ts';
import { openWire, type Wire } from './wire.ts';

/** What a thread is given when it begins. */
export interface ThreadTask {
  readonly flags: ServeFlags;
  readonly index: number;
  readonly size: number;
  /** To the next thread of the ring, and from the one before. */
  readonly next: MessagePort;
  readonly previous: MessagePort;
}

export type ThreadAsk = 'standing' | 'close';

export type ThreadAnswer =
  | { readonly tell: 'ready'; readonly readiness: Readiness }
  | { readonly tell: 'failed'; readonly error: ToldError }
  | { readonly tell: 'gone'; readonly error: ToldError }
  | { readonly tell: 'standing'; readonly standing: Standing }
  | { readonly tell: 'closed'; readonly standing: Standing };

/** An error on its way between threads, which take its class away. */
export interface ToldError {
  readonly kind: 'usage' | 'failure' | 'stack' | 'fault';
  readonly message: string;
  readonly code?: string;
}

if (parentPort) {
  inheritInterpreter();
  await serveShare(parentPort, workerData as ThreadTask);
}

async function serveShare(main: MessagePort, task: ThreadTask): Promise<void> {
  const tell = (answer: ThreadAnswer): void => main.postMessage(answer);
  const { flags, index, size } = task;
  const handover = new Handover(task);
  const output = new Output({ json: flags.json === true });
  let wire: Wire | undefined;
  let report: Reporter;
  let web: Web | undefined;
  try {
    wire = await openWire(flags, output, connectionOptionsOf(flags), {
      isLast: index === size - 1,
      handover,
    });
    report = reporterOf(wire, output);
    web = await startServices(flags, wire, report);
  } catch (error) {
    tell({ tell: 'failed', error: told(error) });
    await wire?.close();
    handover.close();
    main.close();
    return;
  }
  const { gone } = wire;
  gone.addEventListener('abort', () => tell({ tell: 'gone', error: told(gone.reason) }));
  main.on('message', (ask: ThreadAsk) => {
    if (ask === 'standing') tell({ tell: 'standing', standing: report.standing() });
    else void close(wire);
  });
  tell({ tell: 'ready', readiness: readinessOf(wire) });

  /** What keeps the thread alive is closed one after the other, so that it ends by itself: see `openTun`. */
  async function close(open: Wire): Promise<void> {
    await web?.close(ANSWERS_MS);
    await open.close();
    handover.close();
    tell({ tell: 'closed', standing: report.standing() });
    main.close();
  }
}

function told(error: unknown): ToldError {
  if (error instanceof UsageError) return { kind: 'usage', message: error.message };
  if (error instanceof Failure) return { kind: 'failure', message: error.message };
  if (error instanceof StackError) return { kind: 'stack', message: error.message, code: error.code };
  return { kind: 'fault', message: error instanceof Error ? (error.stack ?? error.message) : String(error) };
}
