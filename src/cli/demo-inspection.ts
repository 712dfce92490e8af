import { extname } from 'node:path';
import {
  type Inspector,
  inspectable,
  linkedDevice,
  type SwitchingSource,
  switchingSource,
  type VirtualRun,
  virtualRun,
} from '../inspect/index.ts';
import type { InspectorServer } from '../node/inspector-server.ts';
import type { RecordFile } from '../node/record-file.ts';
import type { Stage } from '../sim/index.ts';
import type { Failure } from './exit.ts';
import type { InspectFlags } from './inspect-options.ts';
import { HOST_TIME, inspectorOf, startRecord, startServer } from './inspection.ts';
import { firstAbort, interruption } from './interruption.ts';
import type { Output } from './output.ts';

/** Shows scenes to viewers while they are played, and records them. */
export interface DemoInspection {
  /** The stage for the next scene. It waits there for a viewer, and goes at the pace that viewers set. */
  stage(): Stage;
  /** A scene is over: its record is closed. */
  sceneIsOver(): Promise<void>;
  /**
   * Stays until an interrupt, so that viewers can look at what was played; then everything is closed.
   *
   * @throws Failure when a record could not be written
   */
  close(): Promise<void>;
}

/** @throws UsageError for a record that can't be written, StackError for a port that is taken */
export async function inspectDemo(flags: InspectFlags, output: Output): Promise<DemoInspection> {
  const source = switchingSource();
  const interrupted = flags.inspect === undefined ? undefined : interruption();
  const server = await startServer(source, flags, output);
  if (server) output.message('The scene waits for a viewer, and then plays; Ctrl-C ends it.');
  return new ShownScenes({ flags, output, source, server, interrupted });
}

interface ShownScenesParts {
  readonly flags: InspectFlags;
  readonly output: Output;
  readonly source: SwitchingSource;
  readonly server: InspectorServer | undefined;
  readonly interrupted: AbortSignal | undefined;
}

class ShownScenes implements DemoInspection {
  readonly #flags: InspectFlags;
  readonly #output: Output;
  readonly #source: SwitchingSource;
  readonly #server: InspectorServer | undefined;
  readonly #interrupted: AbortSignal | undefined;
  #run: VirtualRun | undefined;
  #record: RecordFile | undefined;
  #failure: Failure | undefined;
  #worlds = 0;

  constructor({ flags, output, source, server, interrupted }: ShownScenesParts) {
    this.#flags = flags;
    this.#output = output;
    this.#source = source;
    this.#server = server;
    this.#interrupted = interrupted;
    // The first viewer begins the play; those that come later find it as it is.
    source.onAttach = () => {
      source.onAttach = undefined;
      this.#run?.resume();
    };
    interrupted?.addEventListener('abort', () => this.#run?.finish());
  }

  stage(): Stage {
    const run = this.#nextRun();
    return {
      clock(startMs) {
        // A scene's next part begins where the one before has ended.
        if (startMs > run.clock.now()) run.clock.advanceTo(startMs);
        return run.clock;
      },
      parts: (_, parts, link) => {
        const device = link ? linkedDevice(parts.device, link) : parts.device;
        return inspectable({ ...parts, device, record: this.#flags.record !== undefined });
      },
      stacks: (stacks) => this.#show(stacks && this.#inspect(stacks, run)),
    };
  }

  async sceneIsOver(): Promise<void> {
    await this.#endRecord();
  }

  async close(): Promise<void> {
    await this.#endRecord();
    if (this.#server && this.#interrupted && !this.#interrupted.aborted) {
      this.#output.message('The inspector stays open until Ctrl-C.');
      await firstAbort(this.#interrupted);
    }
    await this.#server?.close();
    if (this.#failure) throw this.#failure;
  }

  /** At the pace at which viewers left the scene before. */
  #nextRun(): VirtualRun {
    const before = this.#run;
    const run = virtualRun(HOST_TIME, before && !before.paused ? { speed: before.speed ?? 1 } : {});
    if (!this.#server || this.#interrupted?.aborted) run.finish();
    this.#run = run;
    return run;
  }

  #inspect(stacks: Parameters<typeof inspectorOf>[0], run: VirtualRun): Inspector {
    const inspector = inspectorOf(stacks, this.#flags, { run });
    void this.#endRecord();
    this.#worlds++;
    const { record } = this.#flags;
    if (record !== undefined) {
      const flags = { ...this.#flags, record: numbered(record, this.#worlds) };
      this.#record = startRecord(inspector, flags, (failure) => {
        this.#failure ??= failure;
      });
    }
    return inspector;
  }

  #show(inspector: Inspector | undefined): void {
    this.#source.show(inspector);
  }

  async #endRecord(): Promise<void> {
    const record = this.#record;
    this.#record = undefined;
    // What went wrong with it is told at the end, once all is closed.
    await record?.close().catch(() => {});
  }
}

/** `run.jsonl`, `run-2.jsonl`, …: a scene may have several parts, and a tour several scenes. */
function numbered(file: string, number: number): string {
  if (number === 1) return file;
  const extension = extname(file);
  return `${file.slice(0, file.length - extension.length)}-${number}${extension}`;
}
