/** The plots as one picture, with what their lines and signs mean. */

import { download } from '../app/files.ts';
import { colour } from '../app/preferences.ts';
import { KEY } from './segments.ts';

const HEAD = 56;
const SIGN_COLOURS: Readonly<Record<string, string>> = {
  text: 'blue',
  retransmission: 'orange',
  lost: 'vermillion',
  SYN: 'purple',
  sack: 'green',
};

/** Saves all plots within `host`. Rejects where the browser can't make the picture. */
export async function savePlots(host: HTMLElement): Promise<void> {
  const canvases = [...host.querySelectorAll('canvas')];
  const left = Math.min(...canvases.map((canvas) => canvas.getBoundingClientRect().left));
  /** In rows, as they stand on the page. */
  const rows = new Map<number, HTMLCanvasElement[]>();
  for (const canvas of canvases) {
    const top = Math.round(canvas.getBoundingClientRect().top);
    rows.set(top, [...(rows.get(top) ?? []), canvas]);
  }
  const ratio = devicePixelRatio || 1;
  const xOf = (canvas: HTMLCanvasElement): number => (canvas.getBoundingClientRect().left - left) * ratio;
  const heightOf = (row: readonly HTMLCanvasElement[]): number =>
    Math.max(...row.map(({ height }) => height)) + HEAD * ratio;
  const whole = document.createElement('canvas');
  whole.width = Math.max(...canvases.map((canvas) => xOf(canvas) + canvas.width));
  whole.height = [...rows.values()].reduce((sum, row) => sum + heightOf(row), 0);
  const context = whole.getContext('2d');
  if (!context) throw new Error('this browser gives no canvas to draw on');
  context.fillStyle = colour('bg');
  context.fillRect(0, 0, whole.width, whole.height);
  let y = 0;
  for (const row of rows.values()) {
    for (const canvas of row) {
      context.drawImage(canvas, xOf(canvas), y + HEAD * ratio);
      context.save();
      context.translate(xOf(canvas), y);
      context.scale(ratio, ratio);
      drawHead(context, canvas, canvas === canvases[0]);
      context.restore();
    }
    y += heightOf(row);
  }
  const blob = await new Promise<Blob | null>((resolve) => whole.toBlob(resolve, 'image/png'));
  if (!blob) throw new Error('this browser could not make a PNG');
  download('plots.png', blob);
}

function drawHead(context: CanvasRenderingContext2D, canvas: HTMLCanvasElement, withSigns: boolean): void {
  const { plot = '', lines = '' } = canvas.closest('figure')?.dataset ?? {};
  context.fillStyle = colour('text');
  context.font = `600 16px ${colour('font')}`;
  context.fillText(plot, 12, 22);
  const own = lines.split(';').map((entry) => {
    const at = entry.lastIndexOf(' ');
    return ['▬', entry.slice(at + 1), entry.slice(0, at)] as const;
  });
  const signs = KEY.map(([sign, kind, words]) => [sign, SIGN_COLOURS[kind] ?? 'text', words] as const);
  drawKey(context, 12, 45, withSigns ? [...own, ...signs] : own);
}

function drawKey(
  context: CanvasRenderingContext2D,
  left: number,
  y: number,
  entries: readonly (readonly [sign: string, colourName: string, words: string])[],
): void {
  context.font = `14px ${colour('font')}`;
  let x = left;
  for (const [sign, name, words] of entries) {
    context.fillStyle = colour(name);
    context.fillText(sign, x, y);
    x += context.measureText(sign).width + 6;
    context.fillStyle = colour('text');
    context.fillText(words, x, y);
    x += context.measureText(words).width + 20;
  }
}
