/**
 * What crosses the wire between two stacks, and what their users did: put down as it happens, by taps on both stacks and by
 * the losses of the link between them. `layOut` of `ladder.ts` makes rows of it.
 */

import { originalOf } from '../net/fates.ts';
import type { Frame } from '../net/index.ts';
import { type Fate, fatesOf, type Loss } from '../net/index.ts';
import type { Connection, FrameEvent, Stack, State } from '../stack/api.ts';
import { decodeIp, decodeTcp, type TcpSegment } from '../wire/index.ts';

/** The two ends of a ladder: the left one and the right one. */
export type End = 'A' | 'B';

export function otherEnd(end: End): End {
  return end === 'A' ? 'B' : 'A';
}

/** What a segment did at one of the two ends, when it left or arrived there. */
export interface Moment {
  readonly timeMs: number;
  readonly before: State;
  readonly after: State;
  /** In the words of the stack's taps: the label and the RFC's paragraph, or why it was dropped. */
  readonly reason: string;
  readonly dropped: boolean;
}

/** One segment's way over the wire. */
export interface Passage {
  readonly src: End;
  /** As it was written, whatever happened to it afterwards. */
  readonly frame: Frame;
  readonly addresses: { readonly src: string; readonly dst: string; readonly version: 4 | 6 };
  readonly segment: TcpSegment;
  /** A copy that the network made, or an old segment that it had kept, was not sent by anybody now. */
  readonly origin: 'sent' | 'copy' | 'old duplicate';
  departure: Moment | undefined;
  arrival: Moment | undefined;
  /** Why it never arrived. */
  lost: string | undefined;
  fates: readonly Fate[];
}

/** One thing that happened at one end, in the order in which it happened there. */
export type Happening =
  | { readonly kind: 'departs'; readonly end: End; readonly timeMs: number; readonly passage: Passage }
  | { readonly kind: 'arrives'; readonly end: End; readonly timeMs: number; readonly passage: Passage }
  | { readonly kind: 'call'; readonly end: End; readonly timeMs: number; readonly text: string }
  | {
      readonly kind: 'state';
      readonly end: End;
      readonly timeMs: number;
      readonly before: State;
      readonly after: State;
    };

/** A recording is begun once, after whatever led up to it: that is kept for captures, and not shown. */
export interface Recording {
  readonly passages: readonly Passage[];
  readonly happenings: readonly Happening[];
  /** The states with which the ladder begins. */
  readonly initial: Readonly<Record<End, State>>;
}

/** What is said in the place of why a segment never arrived, where it still may. */
export const STILL_UNDER_WAY = 'still under way';

export class Recorder {
  readonly #now: () => number;
  readonly #passages: Passage[] = [];
  readonly #byFrame = new WeakMap<Frame, Passage>();
  readonly #lost = new WeakMap<Frame, string>();
  readonly #states: Record<End, State> = { A: 'CLOSED', B: 'CLOSED' };
  readonly #focus: Record<End, Connection | undefined> = { A: undefined, B: undefined };
  readonly #listening: Record<End, boolean> = { A: false, B: false };
  #happenings: Happening[] = [];
  #initial: Readonly<Record<End, State>> = { A: 'CLOSED', B: 'CLOSED' };

  constructor(now: () => number) {
    this.#now = now;
  }

  /** The ladder starts here, at the states that the ends have come to. */
  begin(): void {
    this.poll();
    this.#happenings = [];
    this.#initial = { ...this.#states };
  }

  get recording(): Recording {
    for (const passage of this.#passages) {
      if (!passage.arrival) passage.lost ??= 'nobody there';
    }
    return { passages: this.#passages, happenings: this.#happenings, initial: this.#initial };
  }

  /** Watches a stack until the returned function is called. */
  watch(end: End, stack: Pick<Stack, 'tap'>): () => void {
    return stack.tap((event) =>
      event.kind === 'sent' ? this.#departs(end, event) : this.#arrives(end, event),
    );
  }

  losses(loss: Loss): void {
    const frame = originalOf(loss.frame);
    const passage = this.#byFrame.get(frame);
    // A link that loses a frame at once does so before the stack has told of it.
    if (passage === undefined) this.#lost.set(frame, loss.why);
    else if (!passage.arrival) passage.lost = loss.why;
  }

  /** A frame that has not arrived when the recording ends, and is not lost. */
  stillUnderWay(frame: Frame): void {
    const passage = this.#byFrame.get(originalOf(frame));
    if (passage && !passage.arrival) passage.lost ??= STILL_UNDER_WAY;
  }

  /** A frame that is put on the wire by nobody's stack: an old segment that the network had kept. */
  injected(src: End, frame: Frame): void {
    this.#add(src, frame, 'old duplicate');
  }

  call(end: End, text: string): void {
    this.poll();
    this.#happenings.push({ kind: 'call', end, timeMs: this.#now(), text });
  }

  /** An end begins or ceases to listen, or has lost all it knew. */
  setState(end: End, state: State): void {
    this.#listening[end] = state === 'LISTEN';
    this.#focus[end] = undefined;
    this.#moveTo(end, state);
  }

  /** Looks for changes of state that came without a segment: timeouts, calls. */
  poll(): void {
    for (const end of ['A', 'B'] as const) {
      const connection = this.#focus[end];
      if (connection) this.#moveTo(end, connection.state);
    }
  }

  #moveTo(end: End, state: State): void {
    const before = this.#states[end];
    if (before === state) return;
    this.#states[end] = state;
    this.#happenings.push({ kind: 'state', end, timeMs: this.#now(), before, after: state });
  }

  #add(src: End, frame: Frame, origin: Passage['origin']): Passage | undefined {
    const packet = decodeIp(originalOf(frame));
    const segment = packet.kind === 'ip' ? decodeTcp(packet) : packet;
    if (packet.kind !== 'ip' || segment.kind !== 'tcp') return undefined;
    const addresses = { src: `${packet.src}`, dst: `${packet.dst}`, version: packet.version };
    const passage: Passage = {
      src,
      frame: originalOf(frame),
      addresses,
      segment,
      origin,
      departure: undefined,
      arrival: undefined,
      lost: this.#lost.get(frame),
      fates: fatesOf(frame),
    };
    this.#passages.push(passage);
    this.#byFrame.set(frame, passage);
    return passage;
  }

  #departs(end: End, event: FrameEvent): void {
    const passage = this.#add(end, event.frame, 'sent');
    if (!passage) return;
    const { timeMs, after, reason } = event;
    // The chart of a connection begins in SYN-SENT; its user was in CLOSED before.
    const before = this.#states[end];
    passage.departure = { timeMs, before, after, reason, dropped: false };
    if (event.connection) {
      this.#focus[end] = event.connection;
      this.#states[end] = after;
    }
    this.#happenings.push({ kind: 'departs', end, timeMs, passage });
  }

  #arrives(end: End, event: FrameEvent): void {
    const passage = this.#arriving(end, event.frame);
    if (!passage) return;
    const listens = event.kind === 'received' && !event.connection && event.before === 'LISTEN';
    const known = listens ? 'LISTEN' : this.#states[end];
    const after = this.#after(end, event);
    const { timeMs, reason } = event;
    const moment = { timeMs, before: known, after, reason, dropped: event.kind === 'dropped' };
    this.#states[end] = after;
    if (passage.arrival) {
      // A SYN that ends TIME-WAIT is told twice: once for the old connection, and once for the listener that takes it.
      passage.arrival = {
        ...moment,
        before: passage.arrival.before,
        reason: `${passage.arrival.reason}, ${reason}`,
      };
      return;
    }
    passage.arrival = moment;
    passage.fates = fatesOf(event.frame);
    this.#happenings.push({ kind: 'arrives', end, timeMs, passage });
  }

  #arriving(end: End, frame: Frame): Passage | undefined {
    if (fatesOf(frame).includes('duplicated') && !this.#byFrame.has(frame))
      return this.#add(otherEnd(end), frame, 'copy');
    return this.#byFrame.get(frame) ?? this.#byFrame.get(originalOf(frame));
  }

  /** The end's state after an arrival. "To LISTEN" (section 3.10.7.4) is the listener's: the connection's own chart says CLOSED. */
  #after(end: End, event: FrameEvent): State {
    const { connection, before, after } = event;
    if (!connection) return event.kind === 'received' && before === 'LISTEN' ? after : this.#states[end];
    if (before === 'SYN-RECEIVED' && after === 'CLOSED' && this.#listening[end]) {
      this.#focus[end] = undefined;
      return 'LISTEN';
    }
    this.#focus[end] = connection;
    return after;
  }
}
