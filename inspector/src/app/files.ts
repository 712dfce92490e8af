/** Saved runs: dropped on the page, or chosen, and saved from it. */

import type { Envelope } from '../../../src/inspect/protocol.ts';
import { Timeline } from '../store/timeline.ts';
import { recordSession } from './session.ts';
import { goTo, open, session, setNotice } from './state.ts';

/** Takes dropped files until the returned function is called. */
export function takeDrops(): () => void {
  const root = document.documentElement;
  const over = (event: DragEvent): void => {
    event.preventDefault();
    root.classList.add('dropping');
  };
  const leave = (event: DragEvent): void => {
    if (event.relatedTarget === null) root.classList.remove('dropping');
  };
  const drop = (event: DragEvent): void => {
    event.preventDefault();
    root.classList.remove('dropping');
    const file = event.dataTransfer?.files[0];
    if (file) void openFile(file);
  };
  window.addEventListener('dragover', over);
  window.addEventListener('dragleave', leave);
  window.addEventListener('drop', drop);
  return () => {
    window.removeEventListener('dragover', over);
    window.removeEventListener('dragleave', leave);
    window.removeEventListener('drop', drop);
  };
}

export async function openFile(file: File): Promise<void> {
  try {
    const timeline = new Timeline();
    const { skipped } = await readLines(file.stream(), timeline);
    if (timeline.length === 0) throw new Error('it holds no entries; a saved run is a file of JSON lines');
    open(recordSession(file.name, timeline), ['chart', 'ladder']);
    goTo(undefined);
    if (skipped > 0) setNotice({ text: `${skipped} lines of ${file.name} could not be read`, bad: true });
  } catch (error) {
    setNotice({ text: `${file.name} can't be opened: ${(error as Error).message}`, bad: true });
  }
}

/** Lines that are no envelopes (the record's inputs, for one) are passed over; broken ones are counted. */
async function readLines(
  stream: ReadableStream<Uint8Array>,
  timeline: Timeline,
): Promise<{ skipped: number }> {
  const reader = stream
    .pipeThrough(new TextDecoderStream() as TransformStream<Uint8Array, string>)
    .getReader();
  let rest = '';
  let skipped = 0;
  const take = (lines: readonly string[]): void => {
    const envelopes: Envelope[] = [];
    for (const line of lines) {
      if (line.trim() === '') continue;
      try {
        const value = JSON.parse(line) as Partial<Envelope>;
        if (typeof value.kind === 'string' && typeof value.order === 'number')
          envelopes.push(value as Envelope);
      } catch {
        skipped++;
      }
    }
    timeline.append(envelopes);
  };
  for (;;) {
    const { done, value } = await reader.read();
    if (done) break;
    const lines = (rest + value).split('\n');
    rest = lines.pop() ?? '';
    take(lines);
  }
  take([rest]);
  return { skipped };
}

/** Saves what the page has of the session: for viewing, not for a replay, which needs every input from the start. */
export function downloadRecord(): void {
  const current = session();
  if (!current) return;
  const lines: string[] = [];
  for (const envelope of current.timeline.between(0, Number.POSITIVE_INFINITY))
    lines.push(JSON.stringify(envelope));
  download(`${current.name.replaceAll(/[^\w.-]+/g, '-')}.jsonl`, new Blob([`${lines.join('\n')}\n`]));
}

export function download(name: string, blob: Blob): void {
  const link = document.createElement('a');
  link.href = URL.createObjectURL(blob);
  link.download = name;
  link.click();
  setTimeout(() => URL.revokeObjectURL(link.href), 10_000);
}
