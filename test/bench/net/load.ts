/** The C client of a bed: each call is one measurement. */

import type { ChildProcess } from 'node:child_process';
import { Lines } from '../../support/lines.ts';
import { type Bed, DEVICE, kill, PORT, SERVER_ADDRESS } from './bed.ts';

/** A measurement's length, after a time that does not count. */
export interface Window {
  readonly warmMs: number;
  readonly windowMs: number;
}

/** The client gives up by itself before. */
const LONGEST_MS = 60_000;

export type Direction = 'up' | 'down';

/** Bits a second of each of so many connections. */
export async function bulk(
  bed: Bed,
  load: string,
  direction: Direction,
  connections: number,
  window: Window,
): Promise<number[]> {
  const port = direction === 'up' ? PORT.discard : PORT.chargen;
  const args = ['bulk', direction, SERVER_ADDRESS, port, connections];
  const { seconds, bytes } = await run<{ seconds: number; bytes: number[] }>(bed, load, args, window);
  return bytes.map((each) => (each * 8) / seconds);
}

/** Round trips of one byte a second. */
export function echo(bed: Bed, load: string, window: Window): Promise<number> {
  return rate(bed, load, ['echo', SERVER_ADDRESS, PORT.echo], window);
}

/** Connections opened and closed a second, so many at a time. */
export function connect(bed: Bed, load: string, parallel: number, window: Window): Promise<number> {
  return rate(bed, load, ['connect', SERVER_ADDRESS, PORT.discard, parallel], window);
}

export interface Held {
  /** How long each tenth of the connections took to open. */
  readonly tenthsSeconds: readonly number[];
  /** Lets them go. */
  release(): Promise<void>;
}

/**
 * Opens connections, `parallel` at a time, and holds them: each tenth by a process and from an address of its own, since
 * there are limits to the descriptors of one and to the ports of the other.
 */
export async function hold(bed: Bed, load: string, count: number, parallel: number): Promise<Held> {
  const share = Math.round(count / 10);
  const tenthsSeconds: number[] = [];
  const children: ChildProcess[] = [];
  for (let tenth = 0; tenth < 10; tenth++) {
    const source = `198.18.0.${100 + tenth}`;
    await bed.client.ip('address', 'add', `${source}/24`, 'dev', DEVICE);
    const args = ['hold', SERVER_ADDRESS, PORT.discard, source, share, parallel].map(String);
    const child = bed.client.spawn(load, args);
    children.push(child);
    let said = '';
    child.stderr!.on('data', (text) => {
      said += text;
    });
    const line = await new Lines(child.stdout!)
      .next(() => true, 10_000 + share * 20)
      .catch((error) => {
        const opened = share * tenth;
        throw new Error(`no more than ${opened} connections could be opened: ${said}`, { cause: error });
      });
    tenthsSeconds.push((JSON.parse(line) as { seconds: number }).seconds);
  }
  return {
    tenthsSeconds,
    release: async () => {
      await Promise.all(children.map(kill));
    },
  };
}

async function rate(bed: Bed, load: string, args: readonly (string | number)[], window: Window) {
  const { count, seconds } = await run<{ count: number; seconds: number }>(bed, load, args, window);
  return count / seconds;
}

async function run<Result>(
  bed: Bed,
  load: string,
  args: readonly (string | number)[],
  { warmMs, windowMs }: Window,
): Promise<Result> {
  const words = [...args, warmMs, windowMs].map(String);
  const options = { timeoutMs: LONGEST_MS + warmMs + windowMs };
  const { code, stdout, stderr } = await bed.client.exec(load, words, options);
  if (code !== 0)
    throw new Error(`${bed.subject}: load ${words.join(' ')}: ${stderr.trim() || `code ${code}`}`);
  return JSON.parse(stdout) as Result;
}
