import { spawnSync } from 'node:child_process';
import { requireTun } from '../../support/namespace.ts';
import { CLI } from '../../support/serve.ts';
import type { Scale } from '../command.ts';
import type { Context } from '../context.ts';
import { SUBJECT } from '../figures.ts';
import { type Bed, relayBed, type TunBed, vethBed } from './bed.ts';
import { buildServe } from './build.ts';
import { bulk, connect, type Window } from './load.ts';
import { compilePrograms, type Programs } from './programs.ts';
import { type StatewireBed, statewireBed } from './statewire-bed.ts';

/** All beds of a run: each is made when it is first wanted, and stays, idle while another is measured. */
export class Beds {
  readonly programs: Programs;
  readonly #made = new Map<string, Promise<Bed>>();
  readonly #help: string;

  readonly #warmUp: Window;

  private constructor(programs: Programs, { windowMs }: Scale) {
    this.programs = programs;
    this.#warmUp = { warmMs: 0, windowMs };
    this.#help = spawnSync(process.execPath, [CLI, 'serve', '--help'], { encoding: 'utf8' }).stdout;
  }

  /** The beds, or why there can be none here. */
  static open({ scale, tell }: Pick<Context, 'scale' | 'tell'>): Beds | { readonly reason: string } {
    const tun = requireTun();
    if (!tun.ok) return { reason: tun.reason };
    const programs = compilePrograms();
    if ('reason' in programs) return programs;
    tell('building');
    buildServe();
    return new Beds(programs, scale);
  }

  veth(): Promise<Bed> {
    return this.#once(SUBJECT.veth, () => vethBed(this.programs));
  }

  relay(mode: 'plain' | 'offload'): Promise<TunBed> {
    return this.#once(mode, () => relayBed(this.programs, mode));
  }

  /** What `serve` is run with: flags that this build does not have are told of. */
  serve(...flags: string[]): Promise<StatewireBed> {
    return this.#once(flags.join(' '), async () => {
      const bed = await statewireBed(flags);
      // What runs for the first time is not compiled yet.
      for (const direction of ['up', 'down'] as const) {
        await bulk(bed, this.programs.load, direction, 1, this.#warmUp);
      }
      await connect(bed, this.programs.load, 64, this.#warmUp);
      return bed;
    }) as Promise<StatewireBed>;
  }

  /** Whether `serve` has this option. */
  knows(option: string): boolean {
    return this.#help.includes(option);
  }

  async dispose(): Promise<void> {
    for (const bed of this.#made.values()) await (await bed.catch(() => undefined))?.dispose();
    this.#made.clear();
  }

  #once<Made extends Bed>(name: string, make: () => Promise<Made>): Promise<Made> {
    let bed = this.#made.get(name);
    if (bed === undefined) {
      bed = make();
      this.#made.set(name, bed);
    }
    return bed as Promise<Made>;
  }
}
