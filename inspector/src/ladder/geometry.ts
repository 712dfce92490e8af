/** Where things stand in the ladder's drawing. Pure. */

import type { Wire } from '../store/wire.ts';

export interface Geometry {
  readonly width: number;
  readonly rowHeight: number;
  readonly rem: number;
  /** The two lanes. */
  readonly lanes: readonly [number, number];
  readonly timeWidth: number;
  readonly stateWidth: number;
  /** Above the first row. */
  readonly pad: number;
}

export function geometryOf(width: number, rem: number): Geometry {
  const narrow = width < 52 * rem;
  const timeWidth = (narrow ? 5.4 : 7) * rem;
  const stateWidth = (narrow ? 7.9 : 8.6) * rem;
  const lanes = [timeWidth + stateWidth, width - stateWidth] as const;
  return { width, rem, rowHeight: Math.round(2.3 * rem), lanes, timeWidth, stateWidth, pad: 0.5 * rem };
}

/** Rows, as far as they are shown: of one conversation or of all, up to a moment. */
export interface Rows {
  readonly length: number;
  /** A frame's row in the log, or a note: −1 − its place. */
  at(index: number): number;
  /** How many of them had happened by then. */
  countUpTo(order: number): number;
}

export function rowsOf(wire: Wire, conversation: number | undefined, shownOrder: number): Rows {
  const list = conversation === undefined ? wire.all : (wire.conversation(conversation)?.rows ?? wire.all);
  const gone = list.countWhile((item) => wire.isGone(item));
  const countUpTo = (order: number): number =>
    Math.max(0, list.countWhile((item) => wire.orderOf(item) <= order) - gone);
  return { length: countUpTo(shownOrder), at: (index) => list.at(index + gone), countUpTo };
}

/** Browsers cut elements that are higher than some 16 million pixels: a longer ladder is scrolled through in larger steps. */
const TALLEST = 8_000_000;

/** The height to scroll over for so many rows, and how many of the ladder's pixels one pixel of scrolling is. */
export function scrolling(
  rows: number,
  { rowHeight, pad }: Pick<Geometry, 'rowHeight' | 'pad'>,
  viewHeight: number,
): { readonly height: number; readonly ratio: number } {
  const whole = pad + rows * rowHeight + rowHeight;
  const height = Math.max(viewHeight, Math.min(whole, TALLEST));
  const ratio = height <= viewHeight ? 1 : Math.max(1, (whole - viewHeight) / (height - viewHeight));
  return { height, ratio };
}
