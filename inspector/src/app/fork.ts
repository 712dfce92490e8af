/** Begins a run anew from a moment of its past. */

import { goTo, open, position, session, setNotice } from './state.ts';

export async function forkHere(): Promise<void> {
  const current = session();
  const order = position();
  if (!current?.fork || order === undefined) return;
  try {
    const fork = await current.fork(order);
    open(fork);
    goTo(undefined);
    setNotice({
      text: 'A new run that was the same up to here. What you change now is its own.',
      bad: false,
    });
  } catch (error) {
    setNotice({ text: `The run could not be forked: ${(error as Error).message}`, bad: true });
  }
}
