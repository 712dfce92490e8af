/** Saved runs: dropped on the page, or chosen, and saved from it. */

import { readRun, savedRun } from '../store/saved-run.ts';
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
    await readRun(file.stream(), timeline);
    open(recordSession(file.name, timeline), ['chart', 'ladder']);
    goTo(undefined);
  } catch (error) {
    setNotice({ text: `${file.name} can't be opened: ${(error as Error).message}`, bad: true });
  }
}

/** Saves what the page has of the session: for viewing, not for a replay, which needs every input from the start. */
export function downloadRun(): void {
  const current = session();
  if (!current) return;
  const name = current.name.replaceAll(/[^\w.-]+/g, '-').replace(/(\.jsonl)?$/, '.jsonl');
  download(name, new Blob(savedRun(current.timeline), { type: 'application/jsonl' }));
}

export function download(name: string, blob: Blob): void {
  const link = document.createElement('a');
  link.href = URL.createObjectURL(blob);
  link.download = name;
  link.click();
  setTimeout(() => URL.revokeObjectURL(link.href), 10_000);
}
