import { cpus, loadavg, release, totalmem } from 'node:os';

/** Where the figures come from. */
export interface Machine {
  readonly processor: string;
  readonly cores: number;
  readonly memoryGiB: number;
  readonly system: string;
  readonly node: string;
  /** How many processes wanted to run during the minute before. */
  readonly load: number;
}

/** A sentence about the machine, and a warning where others were at work on it. */
export function machineText({ processor, cores, memoryGiB, system, node, load }: Machine): string {
  const text = `Node ${node}, ${system}; ${cores} × ${processor}, ${memoryGiB} GiB`;
  if (load < BUSY) return text;
  return `${text}\nOthers are at work on this machine (load ${load.toFixed(1)}): only ratios mean something, and they little.`;
}

/** One process of a user's that runs all the time. */
const BUSY = 1;

export function thisMachine(): Machine {
  const all = cpus();
  return {
    processor: all[0]?.model.trim() ?? 'unknown',
    cores: all.length,
    memoryGiB: Math.round(totalmem() / 2 ** 30),
    system: `${process.platform} ${release()} ${process.arch}`,
    node: process.version,
    load: Math.round((loadavg()[0] ?? 0) * 100) / 100,
  };
}
