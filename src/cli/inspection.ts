import { createRequire } from 'node:module';
import { createInspector, type Inspector, type InspectorOptions, type Source } from '../inspect/index.ts';
import {
  type InspectorServer,
  type InspectorServerOptions,
  serveInspector,
} from '../node/inspector-server.ts';
import { type RecordFile, recordToFile } from '../node/record-file.ts';
import type { Stack } from '../stack/api.ts';
import { Failure, UsageError } from './exit.ts';
import type { InspectFlags } from './inspect-options.ts';
import type { Output } from './output.ts';

/** The time by which viewers play a simulation. */
export const HOST_TIME = {
  now: () => performance.now(),
  setTimeout: (callback: () => void, delayMs: number) => setTimeout(callback, delayMs),
  clearTimeout: (timer: NodeJS.Timeout) => clearTimeout(timer),
};

/** What watches a command's stacks while it runs. */
export interface Inspection {
  readonly server: InspectorServer | undefined;
  /** Lets a run go on that a viewer has paused: a clock that stands would keep connections from closing. */
  resume(): void;
  /** Ends the record, then the viewers. */
  close(): Promise<void>;
}

/** The inspector of a command's stacks, as its options say. Nothing is attached to them yet. */
export function inspectorOf(
  stacks: Stack | Readonly<Record<string, Stack>>,
  flags: InspectFlags,
  options: InspectorOptions = {},
): Inspector {
  return createInspector(stacks, {
    version: productVersion(),
    ...(flags.showPayload ? { payload: 'shown' } : {}),
    ...(flags.inspectRing === undefined ? {} : { ring: flags.inspectRing }),
    ...options,
  });
}

/**
 * Begins the record that the options ask for. Has to be called before anything happens to the stacks.
 *
 * @param failed told, once, that the file can't be written any more
 * @throws UsageError when the file can't be written
 */
export function startRecord(
  inspector: Inspector,
  flags: InspectFlags,
  failed: (failure: Failure) => void,
): RecordFile | undefined {
  if (flags.record === undefined) return undefined;
  try {
    return recordToFile(inspector, flags.record, {
      onError: (error) => failed(new Failure(`The record can't be written: ${error.message}`)),
      ...(flags.maskPayload ? { payload: 'masked' } : {}),
    });
  } catch (error) {
    throw new UsageError(`--record: can't write ${flags.record}: ${(error as Error).message}`);
  }
}

/** Serves the page that the options ask for, and says where. */
export async function startServer(
  source: Source,
  flags: InspectFlags,
  output: Output,
): Promise<InspectorServer | undefined> {
  if (flags.inspect === undefined) return undefined;
  const options: InspectorServerOptions = {
    port: flags.inspect,
    ...(flags.inspectHost === undefined ? {} : { host: flags.inspectHost }),
    ...(flags.statelyOrigin === undefined ? {} : { statelyOrigin: flags.statelyOrigin }),
  };
  const server = await serveInspector(source, options);
  output.event('inspector', { url: server.url });
  output.message(`inspector: ${server.url}`);
  return server;
}

/**
 * Record and page for stacks in real time.
 *
 * @param failed told, once, that the record can't be written any more
 */
export async function startInspection(
  stack: Stack,
  flags: InspectFlags,
  output: Output,
  failed: (failure: Failure) => void,
): Promise<Inspection> {
  const epochMs = performance.timeOrigin + performance.now() - stack.clock.now();
  const inspector = inspectorOf(stack, flags, { epochMs });
  const record = startRecord(inspector, flags, failed);
  let server: InspectorServer | undefined;
  try {
    server = await startServer(inspector, flags, output);
  } catch (error) {
    await record?.close();
    throw error;
  }
  return {
    server,
    resume() {
      if (inspector.paused) inspector.execute({ command: 'resume' });
    },
    async close() {
      // What went wrong with it is told to `failed`.
      await record?.close().catch(() => {});
      await server?.close();
    },
  };
}

function productVersion(): string {
  const { version } = createRequire(import.meta.url)('statewire/package.json') as { version: string };
  return version;
}
