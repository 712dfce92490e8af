/**
 * F-RTO (RFC 5682): after a timeout new text asks whether anything was lost, before all that is outstanding goes out again.
 * What shows that a timeout was for nothing differs with SACK (section 3.1) and without it (section 2.1); what is sent does not.
 */

import type { Draft } from '../draft.ts';
import { effectiveMss } from '../emit.ts';
import { distance } from '../seq.ts';

/** How many new segments ask. */
const QUESTIONS = 2;

/**
 * Step 2: the first ACK of something new after the timeout.
 *
 * @param wnd the window field of that ACK
 * @param isWhole whether all that was sent again is acknowledged
 */
export function askByNewText(tcb: Draft, wnd: number, isWhole: boolean): void {
  const { recovery, snd } = tcb;
  const flight = distance(snd.nxt, snd.una);
  const unsent = snd.queue.length - distance(snd.nxt, snd.text);
  // Without new text, or room for it in the peer's window, nothing would be heard: as after any timeout, then.
  const mayAsk = isWhole && unsent > 0 && wnd * 2 ** snd.shift > flight;
  recovery.frto = mayAsk ? 'probing' : 'off';
  recovery.recover = snd.nxt;
  recovery.window = flight + QUESTIONS * effectiveMss(tcb);
}

/** Step 3, branch (a): the timeout stands; two round trips would have opened the window to three segments by now. */
export function believeTimeout(tcb: Draft): void {
  const { recovery, snd, cc } = tcb;
  if (recovery.frto === 'probing') tcb.cc = { ...cc, cwnd: Math.min(cc.cwnd, 3 * snd.mss) };
  recovery.frto = 'off';
}
