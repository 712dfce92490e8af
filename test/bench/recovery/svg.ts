/** Goodput of all cells as a picture: plain SVG, no script. Pure. */

import type { Comparison } from './report.ts';

const LABEL = 210;
const WIDTH = 900;
const LINE = 22;
const TOP = 54;
/** The ratio at the right edge; what is beyond is drawn there. */
const FURTHEST = 2;

const STYLE = `
  text { font: 12px system-ui, sans-serif; fill: #1b1f24 }
  .title { font-weight: 600; font-size: 14px } .quiet { fill: #66707b }
  .range { stroke: #2b6cb0; stroke-width: 6; stroke-linecap: round; opacity: .45 }
  .median { fill: #2b6cb0 } .missed .median { fill: #c05621 } .missed .range { stroke: #c05621 }
  .even { stroke: #1b1f24 } .bound { stroke: #a0aec0; stroke-dasharray: 3 3 }
  @media (prefers-color-scheme: dark) {
    text { fill: #e6edf3 } .quiet { fill: #8b98a5 } .even { stroke: #e6edf3 }
  }`;

/** A line for each cell: the quartiles of the ratio, with the median as a dot. */
export function picture(comparisons: readonly Comparison[]): string {
  const height = TOP + LINE * comparisons.length + 12;
  const x = (ratio: number): number => LABEL + (Math.min(ratio, FURTHEST) / FURTHEST) * (WIDTH - LABEL - 70);
  const rule = (ratio: number, kind: string): string =>
    `<line class="${kind}" x1="${x(ratio)}" x2="${x(ratio)}" y1="${TOP - 10}" y2="${height - 8}"/>` +
    `<text class="quiet" x="${x(ratio)}" y="${TOP - 16}" text-anchor="middle">${ratio.toFixed(1)}</text>`;
  const lines = comparisons.map(({ cell, ratio, missed }, index) => {
    const y = TOP + LINE * index + 8;
    return [
      `<g class="${missed ? 'missed' : 'met'}">`,
      `<text x="8" y="${y + 4}">${cell}</text>`,
      `<line class="range" x1="${x(ratio.low)}" x2="${x(ratio.high)}" y1="${y}" y2="${y}"/>`,
      `<circle class="median" cx="${x(ratio.median)}" cy="${y}" r="4"/>`,
      `<text class="quiet" x="${WIDTH - 50}" y="${y + 4}">${ratio.median.toFixed(2)}</text></g>`,
    ].join('');
  });
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${WIDTH} ${height}" width="${WIDTH}" height="${height}">`,
    '<title>Goodput of statewire by that of Linux with CUBIC, cell by cell</title>',
    `<style>${STYLE}</style>`,
    '<text class="title" x="8" y="20">Goodput of statewire by that of Linux with CUBIC: quartiles and median</text>',
    rule(0.9, 'bound'),
    rule(1, 'even'),
    ...lines,
    '</svg>',
    '',
  ].join('\n');
}
