/** The time-sequence graph's own signs: what is no line of a plot. */

import type uPlot from 'uplot';
import { colour } from '../app/preferences.ts';
import type { TimeSequence } from './data.ts';

export const KEY: readonly (readonly [sign: string, kind: string, words: string])[] = [
  ['┃', 'text', 'text, once'],
  ['╏ R', 'retransmission', 'sent again'],
  ['✕', 'lost', 'lost'],
  ['◆', 'SYN', 'SYN or FIN'],
  ['┋', 'sack', 'SACK block'],
];

/** Draws them on a plot whose axes are seconds and octets. */
export function drawSegments(plot: uPlot, { segments, sacks }: TimeSequence): void {
  const { ctx: context } = plot;
  const ratio = devicePixelRatio || 1;
  const x = (seconds: number): number => plot.valToPos(seconds, 'x', true);
  const y = (value: number): number => plot.valToPos(value, 'y', true);
  const colours = {
    text: colour('blue'),
    retransmission: colour('orange'),
    lost: colour('vermillion'),
    SYN: colour('purple'),
    FIN: colour('purple'),
  };
  context.save();
  context.beginPath();
  context.rect(plot.bbox.left, plot.bbox.top, plot.bbox.width, plot.bbox.height);
  context.clip();
  context.lineWidth = 1.5 * ratio;
  context.strokeStyle = colour('green');
  context.setLineDash([2 * ratio, 2 * ratio]);
  for (const { seconds, from, to } of sacks) bar(context, x(seconds), y(from), y(to));
  context.setLineDash([]);
  for (const { seconds, from, to, kind } of segments) {
    const at = x(seconds);
    context.strokeStyle = colours[kind];
    context.fillStyle = colours[kind];
    context.lineWidth = (kind === 'text' ? 2 : 2.5) * ratio;
    if (kind === 'SYN' || kind === 'FIN') diamond(context, at, y(from), 4 * ratio);
    else bar(context, at, y(from), y(to));
    if (kind === 'lost') cross(context, at, (y(from) + y(to)) / 2, 4 * ratio);
    if (kind === 'retransmission') {
      context.font = `bold ${11 * ratio}px sans-serif`;
      context.fillText('R', at + 4 * ratio, y(to) - 2 * ratio);
    }
  }
  context.restore();
}

function bar(context: CanvasRenderingContext2D, x: number, from: number, to: number): void {
  context.beginPath();
  context.moveTo(x, from);
  context.lineTo(x, Math.min(to, from - 2));
  context.stroke();
}

function cross(context: CanvasRenderingContext2D, x: number, y: number, size: number): void {
  context.beginPath();
  context.moveTo(x - size, y - size);
  context.lineTo(x + size, y + size);
  context.moveTo(x - size, y + size);
  context.lineTo(x + size, y - size);
  context.stroke();
}

function diamond(context: CanvasRenderingContext2D, x: number, y: number, size: number): void {
  context.beginPath();
  context.moveTo(x, y - size);
  context.lineTo(x + size, y);
  context.lineTo(x, y + size);
  context.lineTo(x - size, y);
  context.closePath();
  context.fill();
}
