/** Draws the part of a ladder that is in view. Called once a picture; looks at the rows in view and a few above them. */

import type { State } from '../../../src/tcp/state.ts';
import type { Numbers } from '../app/preferences.ts';
import { type FrameRow, MARK } from '../store/frame-log.ts';
import type { Note, Wire } from '../store/wire.ts';
import type { Geometry, Rows } from './geometry.ts';
import { noteText, rowWords } from './rows.ts';
import { cross, dot, head, line, stop, stroke } from './shapes.ts';

export interface Palette {
  readonly bg: string;
  readonly surface: string;
  readonly text: string;
  readonly muted: string;
  readonly faint: string;
  readonly line: string;
  readonly accent: string;
  readonly accentSoft: string;
  readonly blue: string;
  readonly green: string;
  readonly orange: string;
  readonly vermillion: string;
  readonly purple: string;
  readonly sky: string;
}

export interface Scene {
  readonly context: CanvasRenderingContext2D;
  readonly geometry: Geometry;
  readonly palette: Palette;
  readonly fonts: { readonly mono: string; readonly sans: string };
  readonly wire: Wire;
  readonly rows: Rows;
  readonly shownOrder: number;
  readonly numbers: Numbers;
  readonly scrollTop: number;
  readonly height: number;
  readonly selected: number | undefined;
  readonly hovered: number | undefined;
  /** Whether a stack at this address is watched: only then can it be told that a segment arrived. */
  isWatched(address: string): boolean;
}

/** A segment can be so many rows on its way into view. */
const LOOK_BACK = 80;
/** How far up a lane's state is looked for. */
const STATE_LOOK_BACK = 400;

export function draw(scene: Scene): void {
  const { context, geometry, palette, scrollTop, height, rows } = scene;
  const { rowHeight } = geometry;
  context.fillStyle = palette.bg;
  context.fillRect(0, 0, geometry.width, height);
  const first = Math.max(0, Math.floor(scrollTop / rowHeight));
  const last = Math.min(rows.length - 1, Math.ceil((scrollTop + height) / rowHeight));
  if (rows.length === 0) return;
  grounds(scene, first, last);
  lanes(scene, first, last);
  for (let index = Math.max(0, first - LOOK_BACK); index <= last; index++) {
    const item = rows.at(index);
    if (item >= 0) frame(scene, index, item, index >= first);
  }
  // What is written stands on all lines, those of later segments too.
  for (let index = first; index <= last; index++) {
    const item = rows.at(index);
    const row = item < 0 ? undefined : scene.wire.frames.row(item);
    const told = item < 0 ? scene.wire.note(item) : undefined;
    if (row) words(scene, index, row);
    else if (told) note(scene, index, told);
  }
}

function y(scene: Scene, index: number, part: number): number {
  return (index + part) * scene.geometry.rowHeight - scene.scrollTop;
}

function grounds(scene: Scene, first: number, last: number): void {
  const { context, geometry, palette, rows, fonts } = scene;
  context.font = `${0.86 * geometry.rem}px ${fonts.mono}`;
  context.textBaseline = 'middle';
  context.textAlign = 'right';
  let before = first > 0 ? timeOf(scene, rows.at(first - 1)) : 0;
  for (let index = first; index <= last; index++) {
    const item = rows.at(index);
    const top = y(scene, index, 0);
    if (item === scene.selected || index === scene.hovered) {
      context.fillStyle = item === scene.selected ? palette.accentSoft : palette.surface;
      context.fillRect(0, top, geometry.width, geometry.rowHeight);
    }
    const timeMs = timeOf(scene, item);
    context.fillStyle = timeMs === before && index > 0 ? palette.faint : palette.muted;
    context.fillText(
      timeText(timeMs, geometry),
      geometry.timeWidth - 0.3 * geometry.rem,
      y(scene, index, 0.5),
    );
    // A second in which nothing happened is told apart from none.
    if (index > 0 && timeMs - before >= 1_000) {
      context.strokeStyle = palette.line;
      context.setLineDash([2, 4]);
      stroke(context, [
        [0, top],
        [geometry.width, top],
      ]);
      context.setLineDash([]);
    }
    before = timeMs;
  }
}

function timeText(timeMs: number, geometry: Geometry): string {
  return (timeMs / 1_000).toFixed(geometry.timeWidth < 6 * geometry.rem ? 3 : 6);
}

function timeOf(scene: Scene, item: number): number {
  return scene.wire.timeOf(item);
}

interface Change {
  readonly at: number;
  readonly order: number;
  readonly state: string;
  readonly before: string | undefined;
}

function lanes(scene: Scene, first: number, last: number): void {
  for (const side of [0, 1] as const) {
    const changes = changesOf(scene, side, Math.max(0, first - STATE_LOOK_BACK), last);
    lane(scene, side, changes, last);
  }
}

/** Names of states are repeated after so many rows, so that one is always in view. */
const REPEAT_ROWS = 9;

function lane(scene: Scene, side: 0 | 1, changes: readonly Change[], last: number): void {
  const { context, geometry, palette, height, fonts } = scene;
  const { rowHeight, rem } = geometry;
  const x = geometry.lanes[side];
  const bottom = Math.min(height, y(scene, last + 1, 0));
  context.font = `600 ${0.82 * rem}px ${fonts.sans}`;
  context.textAlign = side === 0 ? 'right' : 'left';
  const name = (state: string, textY: number, alpha: number): void => {
    context.globalAlpha = alpha;
    context.fillStyle = stateColour(palette, state);
    context.fillText(state, x + (side === 0 ? -9 : 9), textY);
    context.globalAlpha = 1;
  };
  const stretch = (state: string | undefined, from: number, to: number, named: number): void => {
    context.fillStyle = stateColour(palette, state);
    context.fillRect(x - 2.5, from, 5, Math.max(0, to - from));
    if (state === undefined) return;
    for (let at = named + REPEAT_ROWS * rowHeight; at < to - rowHeight; at += REPEAT_ROWS * rowHeight)
      name(state, at, 0.7);
  };
  let state = changes[0]?.before;
  let from = 0;
  let named = -(REPEAT_ROWS - 0.8) * rowHeight;
  for (const change of changes) {
    const at = change.at - scene.scrollTop;
    if (at > height) break;
    if (at >= 0) {
      stretch(state, from, at, named);
      named = Math.max(at, named + 1.05 * rem);
      name(change.state, named, 1);
      context.beginPath();
      context.arc(x, at, 4.5, 0, Math.PI * 2);
      context.fill();
    }
    state = change.state;
    from = Math.max(0, at);
  }
  stretch(state, from, bottom, named);
}

/** The changes of state at one end, in the order in which they happened there. */
function changesOf(scene: Scene, side: 0 | 1, first: number, last: number): Change[] {
  const { rows, wire, geometry, shownOrder } = scene;
  const changes: Change[] = [];
  const add = (at: number, order: number, { before, after }: FrameRow['sender']): void => {
    if (after !== undefined) changes.push({ at, order, state: after, before });
  };
  for (let index = first; index <= last; index++) {
    const item = rows.at(index);
    if (item < 0) {
      const told = wire.note(item);
      if (!told) continue;
      const { side: ofSide, state, order } = told;
      if (ofSide === side)
        add((index + 0.5) * geometry.rowHeight, order, { before: undefined, after: state as State });
      continue;
    }
    const row = wire.frames.row(item);
    if (!row) continue;
    if (row.direction === side) add(departY(geometry, index), row.order, row.sender);
    else if (row.arriveOrder <= shownOrder) add(arriveY(scene, index, row), row.arriveOrder, row.receiver);
  }
  changes.sort((a, b) => a.at - b.at || a.order - b.order);
  // A state that changed without a frame (a CLOSE behind queued text) is found at the next one.
  return changes.filter((change, index) => index === 0 || change.state !== changes[index - 1]!.state);
}

export function stateColour(palette: Palette, state: string | undefined): string {
  switch (state) {
    case 'ESTABLISHED':
      return palette.green;
    case 'SYN-SENT':
    case 'SYN-RECEIVED':
      return palette.sky;
    case 'TIME-WAIT':
      return palette.purple;
    case 'CLOSED':
    case 'LISTEN':
      return palette.muted;
    case undefined:
      return palette.line;
    default:
      return palette.orange;
  }
}

function departY(geometry: Geometry, index: number): number {
  return (index + 0.52) * geometry.rowHeight;
}

/** A segment arrives between the rows of what happened before and after. */
function arriveY(scene: Scene, index: number, row: FrameRow): number {
  const { geometry, rows } = scene;
  if (row.arriveOrder === row.order) return departY(geometry, index) + 0.3 * geometry.rowHeight;
  const slot = Math.max(index + 1, rows.countUpTo(row.arriveOrder));
  return (slot - 0.14) * geometry.rowHeight;
}

function frame(scene: Scene, index: number, item: number, inView: boolean): void {
  const { context, geometry, palette, wire, shownOrder, scrollTop } = scene;
  const row = wire.frames.row(item);
  if (!row) return;
  const conversation = wire.conversation(row.conversation);
  const lost = isLost(row, scene);
  const arrived = row.arriveOrder <= shownOrder;
  const destination = row.direction === 0 ? conversation.b : conversation.a;
  const unknown = !arrived && !lost && !scene.isWatched(destination.address);
  const startY = departY(geometry, index) - scrollTop;
  const endY = arrived ? arriveY(scene, index, row) - scrollTop : startY + 0.3 * geometry.rowHeight;
  if (!inView && endY < 0) return;
  const fromX = geometry.lanes[row.direction] + (row.direction === 0 ? 6 : -6);
  const wholeX = geometry.lanes[row.direction === 0 ? 1 : 0] + (row.direction === 0 ? -6 : 6);
  const share = arrived || unknown ? 1 : lost ? 0.62 : 0.5;
  const toX = fromX + (wholeX - fromX) * share;
  const colour = colourOf(palette, row, lost);
  context.strokeStyle = colour;
  context.fillStyle = colour;
  context.lineWidth = row.flags & 0b111 || row.length > 0 ? 2 : 1.3;
  const { marks } = row;
  if (marks & MARK.retransmitted) context.setLineDash([8, 4]);
  else if (marks & MARK.duplicated) context.setLineDash([2, 3]);
  line(context, fromX, startY, toX, endY, (marks & MARK.duplicated) !== 0);
  context.setLineDash([]);
  if (lost) cross(context, toX, endY);
  else if (marks & MARK.dropped && arrived) stop(context, toX, endY);
  else if (arrived || unknown) head(context, fromX, startY, toX, endY);
  else dot(context, toX, endY);
  context.lineWidth = 1;
}

function isLost(row: FrameRow, { shownOrder }: Scene): boolean {
  return (row.marks & MARK.lost) !== 0 && row.lostOrder <= shownOrder;
}

function colourOf(palette: Palette, row: FrameRow, lost: boolean): string {
  if (lost || row.flags & 4) return palette.vermillion;
  if (row.marks & (MARK.retransmitted | MARK.dropped | MARK.corrupted)) return palette.orange;
  if (row.flags & 2) return palette.sky;
  if (row.flags & 1) return palette.purple;
  return row.length > 0 ? palette.blue : palette.faint;
}

function words(scene: Scene, index: number, row: FrameRow): void {
  const { context, geometry, palette, fonts } = scene;
  const colour = colourOf(palette, row, isLost(row, scene));
  const { flags, parts, tags } = rowWords(row, scene.wire, scene.numbers, scene.shownOrder);
  const size = 0.86 * geometry.rem;
  context.textAlign = 'left';
  context.font = `${size}px ${fonts.mono}`;
  const character = context.measureText('0').width;
  const room = Math.floor((geometry.lanes[1] - geometry.lanes[0] - 24) / character);
  const tagText = tags.length > 0 ? ` ${tags.join(', ')}` : '';
  let text = '';
  for (const part of parts) {
    if (flags.length + text.length + part.length + tagText.length + 2 > room) break;
    text += ` ${part}`;
  }
  const total = (flags.length + text.length + tagText.length) * character;
  let x = (geometry.lanes[0] + geometry.lanes[1] - total) / 2;
  const textY = y(scene, index, 0.27);
  context.fillStyle = scene.selected === row.index ? palette.accentSoft : palette.bg;
  context.globalAlpha = 0.92;
  context.fillRect(x - 4, textY - size * 0.6, total + 8, size * 1.2);
  context.globalAlpha = 1;
  context.fillStyle = colour === palette.faint ? palette.muted : colour;
  context.font = `700 ${size}px ${fonts.mono}`;
  context.fillText(flags, x, textY);
  x += flags.length * character;
  context.font = `${size}px ${fonts.mono}`;
  context.fillStyle = palette.text;
  context.fillText(text, x, textY);
  x += text.length * character;
  context.fillStyle = tags.includes('lost') ? palette.vermillion : palette.orange;
  context.font = `700 ${size}px ${fonts.mono}`;
  context.fillText(tagText, x, textY);
}

function note(scene: Scene, index: number, told: Note): void {
  const { context, geometry, palette, fonts } = scene;
  const x = geometry.lanes[told.side];
  context.font = `italic ${0.9 * geometry.rem}px ${fonts.sans}`;
  context.textAlign = told.side === 0 ? 'left' : 'right';
  context.fillStyle = told.state === undefined ? palette.muted : palette.purple;
  const sign = told.side === 0 ? '◂ ' : ' ▸';
  const text = noteText(told);
  context.fillText(
    told.side === 0 ? sign + text : text + sign,
    x + (told.side === 0 ? 10 : -10),
    y(scene, index, 0.5),
  );
}
