/** Findings as a picture: how far each aim is reached, and the figures over a device as bars. Pure; plain SVG, no script. */

import { type Aim, progress } from './aims.ts';
import { type Figure, type Findings, ROWS, type RowName } from './figures.ts';
import { median } from './statistics.ts';
import { withUnit } from './table.ts';

const WIDTH = 982;
const LABEL = 380;
const FIGURE = 202;
const BAR = WIDTH - LABEL - FIGURE;
const LINE = 20;
const MARGIN = 16;
/** Rows whose figures stand beside those of other subjects. */
const COMPARED: readonly RowName[] = ['bulk', 'echo', 'connections', 'memory'];
/** Aims that are passed by more than this are drawn as if by this. */
const FURTHEST = 2;

const STYLE = `
  text { font: 12px system-ui, sans-serif; fill: #1b1f24 }
  .title { font-weight: 600; font-size: 14px }
  .quiet { fill: #66707b }
  .met { fill: #2f855a } .short { fill: #c05621 } .own { fill: #2b6cb0 } .other { fill: #a0aec0 }
  .aim { stroke: #1b1f24; stroke-width: 1.5 }
  @media (prefers-color-scheme: dark) {
    text { fill: #e6edf3 } .quiet { fill: #8b98a5 } .aim { stroke: #e6edf3 } .other { fill: #5b6774 }
  }`;

interface Bar {
  readonly label: string;
  readonly figure: string;
  /** From 0 to 1. */
  readonly length: number;
  readonly kind: 'met' | 'short' | 'own' | 'other';
}

export function picture({ figures }: Findings, aims: readonly Aim[]): string {
  const drawing = new Drawing();
  const known = aims.filter(({ measured }) => measured !== undefined);
  if (known.length > 0) drawing.section('Aims: the line is the aim', known.map(aimBar), 1 / FURTHEST);
  for (const row of COMPARED) {
    const own = figures.filter((figure) => figure.row === row);
    for (const quantity of new Set(own.map((figure) => figure.quantity))) {
      const bars = figureBars(own.filter((figure) => figure.quantity === quantity));
      drawing.section(`${row}, ${quantity}: ${ROWS[row]}`, bars);
    }
  }
  return drawing.end();
}

class Drawing {
  #y = MARGIN;
  readonly #parts: string[] = [];

  /** @param aim where a line is drawn through all bars */
  section(title: string, bars: readonly Bar[], aim?: number): void {
    this.#text(MARGIN, 'title', title);
    this.#y += LINE;
    const top = this.#y;
    for (const { label, figure, length, kind } of bars) {
      this.#text(MARGIN, '', label);
      const width = Math.max(1, length * BAR).toFixed(1);
      this.#parts.push(
        `<rect class="${kind}" x="${LABEL}" y="${this.#y + 3}" width="${width}" height="${LINE - 6}" rx="2"/>`,
      );
      this.#text(LABEL + BAR + 8, 'quiet', figure);
      this.#y += LINE;
    }
    if (aim !== undefined) {
      const x = LABEL + aim * BAR;
      this.#parts.push(`<line class="aim" x1="${x}" y1="${top}" x2="${x}" y2="${this.#y}"/>`);
    }
    this.#y += LINE;
  }

  end(): string {
    const box = `0 0 ${WIDTH} ${this.#y}`;
    return [
      `<svg xmlns="http://www.w3.org/2000/svg" viewBox="${box}" width="${WIDTH}" height="${this.#y}" role="img">`,
      '<title>Figures of statewire</title>',
      `<style>${STYLE}\n</style>`,
      ...this.#parts,
      '</svg>',
      '',
    ].join('\n');
  }

  #text(x: number, kind: string, text: string): void {
    const style = kind === '' ? '' : ` class="${kind}"`;
    this.#parts.push(`<text${style} x="${x}" y="${this.#y + LINE - 6}">${escaped(text)}</text>`);
  }
}

function aimBar(aim: Aim): Bar {
  const { text, measured, unit, bound, sense, isMet } = aim;
  return {
    label: text,
    figure: `${withUnit(measured!, unit)} (${sense} ${withUnit(bound, unit)})`,
    length: Math.min(progress(aim)!, FURTHEST) / FURTHEST,
    kind: isMet ? 'met' : 'short',
  };
}

function figureBars(figures: readonly Figure[]): Bar[] {
  const greatest = Math.max(...figures.map(({ values }) => median(values)));
  return figures.map(({ subject, values, unit, row }) => ({
    label: subject,
    figure: withUnit(median(values), unit),
    length: greatest > 0 ? median(values) / greatest : 0,
    kind: row === 'memory' || subject.startsWith('statewire') ? 'own' : 'other',
  }));
}

function escaped(text: string): string {
  return text
    .replaceAll('&', '&amp;')
    .replaceAll('<', '&lt;')
    .replaceAll('>', '&gt;')
    .replaceAll('"', '&quot;');
}
