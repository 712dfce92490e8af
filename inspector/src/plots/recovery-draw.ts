/** Draws loss recovery on a plot over time: stages as hatched stretches behind its lines, and marks at its foot. */

import type uPlot from 'uplot';
import type { RecoveryStage } from '../../../src/inspect/protocol.ts';
import { colour } from '../app/preferences.ts';
import type { Recovery, RecoveryMark } from '../store/recovery-log.ts';
import { MARK_WORDS, stageWords } from './recovery.ts';

/** How a stage is told from the others: by its hatching as well as by its colour. */
export interface StageLook {
  readonly colour: string;
  readonly hatch: 'rising' | 'falling' | 'crossed' | 'upright' | 'level' | 'dotted';
}

export const STAGE_LOOKS: Readonly<Record<RecoveryStage, StageLook>> = {
  'fast recovery': { colour: 'orange', hatch: 'rising' },
  'RTO recovery': { colour: 'vermillion', hatch: 'crossed' },
  'F-RTO': { colour: 'purple', hatch: 'falling' },
  'window recovery': { colour: 'muted', hatch: 'level' },
  'path MTU': { colour: 'muted', hatch: 'dotted' },
  CSS: { colour: 'green', hatch: 'upright' },
};

const UNKNOWN: StageLook = { colour: 'muted', hatch: 'dotted' };

export const MARK_COLOURS: Readonly<Record<RecoveryMark['what'], string>> = {
  probe: 'sky',
  undone: 'green',
  reduced: 'orange',
};

/** CSS pixels. */
const TILE = 9;
const LABEL = 15;
const LEAST = 2;
const BADGE = 7;
const PADDING = 2;

export interface Strip {
  readonly recovery: Recovery;
  /** Without labels and marks only the stretches are drawn. */
  readonly isLabelled: boolean;
}

/** Behind the lines. */
export function drawStages(plot: uPlot, { recovery, isLabelled }: Strip): void {
  const { ctx: context, bbox } = plot;
  const ratio = devicePixelRatio || 1;
  clipped(plot, () => {
    for (const { stage, left, width } of places(plot, recovery)) {
      const look = STAGE_LOOKS[stage] ?? UNKNOWN;
      const tone = colour(look.colour);
      context.fillStyle = `${tone}1c`;
      context.fillRect(left, bbox.top, width, bbox.height);
      const pattern = context.createPattern(tile(look, tone, ratio), 'repeat');
      if (pattern) {
        context.fillStyle = pattern;
        context.fillRect(left, bbox.top, width, bbox.height);
      }
      context.fillStyle = tone;
      // A hair's breadth less, so that one is told from the next.
      context.fillRect(left, bbox.top, Math.max(width - ratio, ratio), (isLabelled ? LABEL : 3) * ratio);
    }
  });
}

/** Above the lines: the stages' names as far as there is room for them, and the marks. */
export function drawMarks(plot: uPlot, { recovery, isLabelled }: Strip): void {
  if (!isLabelled) return;
  const { ctx: context, bbox } = plot;
  const ratio = devicePixelRatio || 1;
  clipped(plot, () => {
    context.font = `600 ${11 * ratio}px ${colour('font')}`;
    context.textBaseline = 'middle';
    context.textAlign = 'left';
    const edge = bbox.left + bbox.width;
    for (const { stage, left, width } of places(plot, recovery)) {
      const { name, short } = stageWords({ stage });
      const from = Math.max(left, bbox.left);
      const room = Math.min(left + width, edge) - from - 2 * PADDING * ratio;
      const label = [name, short].find((text) => context.measureText(text).width <= room);
      if (label === undefined) continue;
      context.fillStyle = colour('bg');
      context.fillText(label, from + PADDING * ratio, bbox.top + (LABEL / 2 + 0.5) * ratio);
    }
    let free = Number.NEGATIVE_INFINITY;
    for (const { what, timeMs } of recovery.marks) {
      const x = plot.valToPos(timeMs / 1_000, 'x', true);
      drawMark(context, what, x, { top: bbox.top, foot: bbox.top + bbox.height }, x > free);
      if (x > free) free = x + 2 * BADGE * ratio;
    }
  });
}

/** A badge with a letter at the foot of a dotted line: round, square or standing on a corner. */
function drawMark(
  context: CanvasRenderingContext2D,
  what: RecoveryMark['what'],
  x: number,
  { top, foot }: { readonly top: number; readonly foot: number },
  isWhole: boolean,
): void {
  const ratio = devicePixelRatio || 1;
  const tone = colour(MARK_COLOURS[what] ?? 'muted');
  context.strokeStyle = tone;
  context.fillStyle = tone;
  context.lineWidth = ratio;
  context.setLineDash([2 * ratio, 3 * ratio]);
  context.beginPath();
  context.moveTo(x, top);
  context.lineTo(x, foot);
  context.stroke();
  context.setLineDash([]);
  // One that would cover the badge before it is small, and says less.
  const size = (isWhole ? BADGE : BADGE / 2) * ratio;
  const y = foot - (BADGE + 1) * ratio;
  context.beginPath();
  if (what === 'probe') context.rect(x - size, y - size, 2 * size, 2 * size);
  else if (what === 'undone') context.arc(x, y, size, 0, 2 * Math.PI);
  else {
    context.moveTo(x, y - size * 1.25);
    context.lineTo(x + size * 1.25, y);
    context.lineTo(x, y + size * 1.25);
    context.lineTo(x - size * 1.25, y);
    context.closePath();
  }
  context.fill();
  if (!isWhole) return;
  context.font = `700 ${10.5 * ratio}px ${colour('font')}`;
  context.textAlign = 'center';
  context.fillStyle = colour('bg');
  context.fillText(MARK_WORDS[what]?.letter ?? '?', x, y + 0.5 * ratio);
  context.textAlign = 'left';
}

/** In the canvas's pixels; what is too short to be seen is drawn a little wider than it is. */
function* places(
  plot: uPlot,
  { spans }: Recovery,
): Generator<{ readonly stage: RecoveryStage; readonly left: number; readonly width: number }> {
  const ratio = devicePixelRatio || 1;
  const { left: from, width: whole } = plot.bbox;
  for (const { stage, fromMs, toMs } of spans) {
    const left = plot.valToPos(fromMs / 1_000, 'x', true);
    const right = Math.max(plot.valToPos(toMs / 1_000, 'x', true), left + LEAST * ratio);
    if (right < from || left > from + whole) continue;
    yield { stage, left, width: right - left };
  }
}

function clipped({ ctx: context, bbox }: uPlot, draw: () => void): void {
  context.save();
  context.beginPath();
  context.rect(bbox.left, bbox.top, bbox.width, bbox.height);
  context.clip();
  draw();
  context.restore();
}

function tile({ hatch }: StageLook, tone: string, ratio: number): HTMLCanvasElement {
  const canvas = document.createElement('canvas');
  const size = Math.round(TILE * ratio);
  canvas.width = size;
  canvas.height = size;
  const context = canvas.getContext('2d');
  if (!context) return canvas;
  context.strokeStyle = `${tone}66`;
  context.fillStyle = `${tone}88`;
  context.lineWidth = ratio;
  const line = (fromX: number, fromY: number, toX: number, toY: number): void => {
    context.moveTo(fromX, fromY);
    context.lineTo(toX, toY);
  };
  context.beginPath();
  // Beyond the corners, so that the tiles meet without a gap.
  if (hatch === 'rising' || hatch === 'crossed') {
    for (const shift of [-size, 0, size]) line(shift - 1, size + 1, shift + size + 1, -1);
  }
  if (hatch === 'falling' || hatch === 'crossed') {
    for (const shift of [-size, 0, size]) line(shift - 1, -1, shift + size + 1, size + 1);
  }
  if (hatch === 'upright') line(size / 2, 0, size / 2, size);
  if (hatch === 'level') line(0, size / 2, size, size / 2);
  context.stroke();
  if (hatch === 'dotted') context.fillRect(size / 2, size / 2, 2 * ratio, 2 * ratio);
  return canvas;
}
