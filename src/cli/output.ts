import { once } from 'node:events';
import type { Writable } from 'node:stream';
import { inspect, styleText } from 'node:util';

export interface OutputOptions {
  /** Events as JSON, one a line, in place of text for people. */
  readonly json?: boolean;
  /** Standard output carries something else (a capture, a download): then events and text go to stderr. */
  readonly stdoutTaken?: boolean;
}

/** Where a command says things: its data on stdout, messages on stderr. */
export class Output {
  readonly isJson: boolean;
  readonly #data: Writable;

  constructor({ json = false, stdoutTaken = false }: OutputOptions = {}) {
    this.isJson = json;
    this.#data = stdoutTaken ? process.stderr : process.stdout;
  }

  /** Data for people; nothing with `--json`. */
  text(text: string): void {
    if (!this.isJson) this.#data.write(`${text}\n`);
  }

  /** Data for programs: with `--json` a line such as `{"event":"ready", …}`, and nothing without. */
  event(event: string, fields: object = {}): void {
    if (this.isJson) this.#data.write(`${JSON.stringify({ event, ...fields })}\n`);
  }

  /** A remark, which is not data. */
  message(text: string): void {
    process.stderr.write(`${text}\n`);
  }

  /** Names and figures below one another, on stderr. */
  table(title: string, rows: Readonly<Record<string, string | number>>): void {
    const entries = Object.entries(rows);
    const width = Math.max(0, ...entries.map(([name]) => name.length));
    this.message(title);
    for (const [name, value] of entries) this.message(`  ${name.padEnd(width)}  ${value}`);
  }
}

/** Colours text where the stream is a terminal; NO_COLOR in the environment, set to anything, turns that off. */
export function coloured(
  stream: { readonly isTTY?: boolean },
  colour: 'green' | 'red' | 'dim' | 'bold',
  text: string,
): string {
  const wanted = stream.isTTY === true && (process.env.NO_COLOR ?? '') === '' && process.env.TERM !== 'dumb';
  return wanted ? styleText(colour, text) : text;
}

/** 67108864 as `64.0 MiB`. */
export function humanBytes(bytes: number): string {
  const units = ['bytes', 'KiB', 'MiB', 'GiB', 'TiB'];
  const power = bytes < 1_024 ? 0 : Math.min(units.length - 1, Math.floor(Math.log2(bytes) / 10));
  return `${power === 0 ? bytes : (bytes / 1_024 ** power).toFixed(1)} ${units[power]}`;
}

/** The figures that are above 0. */
export function positive(figures: Readonly<Record<string, number>>): Record<string, number> {
  return Object.fromEntries(Object.entries(figures).filter(([, value]) => value > 0));
}

/** Waits until all that was written to stdout has left the process. */
export async function stdoutFlushed(): Promise<void> {
  if (process.stdout.writableLength > 0) await once(process.stdout, 'drain');
}

/** A fault of this program, as opposed to one of the user or the network: with all that helps to find it. */
export function describeFault(error: unknown): string {
  return `statewire met a fault of its own; please report it with this text:\n${inspect(error)}`;
}
