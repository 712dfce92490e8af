import {
  type DrillOptions,
  type DrillResult,
  runScriptOnStage,
  type Source,
  type Wait,
} from '../drill/index.ts';
import { inspectable, switchingSource, virtualRun } from '../inspect/index.ts';
import type { RecordFile } from '../node/record-file.ts';
import type { VirtualClock } from '../sim/index.ts';
import { createStack } from '../stack/stack.ts';
import { EXIT } from './exit.ts';
import type { InspectFlags } from './inspect-options.ts';
import { HOST_TIME, inspectorOf, startRecord, startServer } from './inspection.ts';
import { firstAbort, interruption } from './interruption.ts';
import type { Output } from './output.ts';

/** A script that was played, and is there to be looked at. */
export interface InspectedScript {
  readonly result: DrillResult;
  /** Stays until an interrupt, so that viewers can look at what was played; then the page is closed. */
  close(): Promise<void>;
}

/**
 * Plays a script for viewers, who step through it, or play it at their pace, and records it.
 *
 * @throws UsageError for a record that can't be written, StackError for a port that is taken
 */
export async function playInspected(
  source: Source,
  options: DrillOptions,
  flags: InspectFlags,
  output: Output,
): Promise<InspectedScript> {
  const run = virtualRun(HOST_TIME);
  const watched = switchingSource();
  const interrupted = flags.inspect === undefined ? undefined : interruption();
  const server = await startServer(watched, flags, output);
  if (server)
    output.message('The script waits in the page to be stepped through, or played. Ctrl-C ends it.');
  else run.finish();
  // Nobody steps any more: what is left of the script is played at once.
  interrupted?.addEventListener('abort', () => run.finish());
  let record: RecordFile | undefined;
  try {
    const result = await runScriptOnStage(source, options, {
      clock: run.clock,
      pass: (wait) => pass(run.clock, wait),
      makeStack(made) {
        const parts = inspectable({ ...made, record: flags.record !== undefined });
        const stack = createStack({ ...made, ...parts });
        const inspector = inspectorOf({ stack }, flags, { run });
        record = startRecord(inspector, flags, ({ message }) => {
          output.message(message);
          process.exitCode = EXIT.failure;
        });
        watched.show(inspector);
        return stack;
      },
    });
    await record?.close().catch(() => {});
    return {
      result,
      async close() {
        if (interrupted && !interrupted.aborted) {
          output.message('The script is over. The inspector stays open until Ctrl-C.');
          await firstAbort(interrupted);
        }
        await server?.close();
      },
    };
  } catch (error) {
    await server?.close();
    throw error;
  }
}

/** Each event of the script takes a step of its own, as a timer of the stack's does. */
async function pass(clock: VirtualClock, { timeMs, stop }: Wait): Promise<void> {
  const isTimed = timeMs < Number.POSITIVE_INFINITY;
  const step = isTimed ? clock.setTimeout(() => {}, timeMs - clock.now()) : undefined;
  await clock.run({ untilMs: timeMs, until: stop });
  if (step !== undefined) clock.clearTimeout(step);
}
