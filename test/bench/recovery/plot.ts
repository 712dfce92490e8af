/** Lines and points over two axes as a picture: plain SVG, no script. Pure. */

export interface Series {
  readonly name: string;
  readonly points: readonly (readonly [x: number, y: number])[];
  /** What is computed is a line, what was measured are dots. */
  readonly as: 'line' | 'dots';
}

export interface Axis {
  readonly name: string;
  readonly from: number;
  readonly to: number;
  readonly ticks: readonly number[];
  readonly scale?: 'linear' | 'logarithmic';
}

const WIDTH = 640;
const HEIGHT = 340;
const LEFT = 64;
const RIGHT = 170;
const TOP = 40;
const BOTTOM = 48;
const COLOURS = ['#2b6cb0', '#c05621', '#2f855a', '#805ad5', '#b7791f'];

const STYLE = `
  text { font: 12px system-ui, sans-serif; fill: #1b1f24 } .title { font-weight: 600; font-size: 14px } .quiet { fill: #66707b }
  .grid { stroke: #a0aec0; stroke-opacity: .4 } path { fill: none; stroke-width: 1.5 }
  @media (prefers-color-scheme: dark) { text { fill: #e6edf3 } .quiet { fill: #8b98a5 } }`;

/** Series that share a `name` without what follows a comma have one colour. */
export function plot(title: string, x: Axis, y: Axis, series: readonly Series[]): string {
  const atX = (value: number): number => round(LEFT + share(x, value) * (WIDTH - LEFT - RIGHT));
  const atY = (value: number): number => round(HEIGHT - BOTTOM - share(y, value) * (HEIGHT - TOP - BOTTOM));
  const kinds = [...new Set(series.map(({ name }) => kindOf(name)))];
  const parts = [
    ...x.ticks.map(
      (tick) =>
        `<line class="grid" x1="${atX(tick)}" x2="${atX(tick)}" y1="${TOP}" y2="${HEIGHT - BOTTOM}"/>` +
        `<text class="quiet" x="${atX(tick)}" y="${HEIGHT - BOTTOM + 16}" text-anchor="middle">${tick}</text>`,
    ),
    ...y.ticks.map(
      (tick) =>
        `<line class="grid" x1="${LEFT}" x2="${WIDTH - RIGHT}" y1="${atY(tick)}" y2="${atY(tick)}"/>` +
        `<text class="quiet" x="${LEFT - 6}" y="${atY(tick) + 4}" text-anchor="end">${tick}</text>`,
    ),
    `<text x="${(LEFT + WIDTH - RIGHT) / 2}" y="${HEIGHT - 10}" text-anchor="middle">${x.name}</text>`,
    `<text transform="translate(14 ${(TOP + HEIGHT - BOTTOM) / 2}) rotate(-90)" text-anchor="middle">${y.name}</text>`,
    ...series.map(({ name, points, as }) => {
      const colour = COLOURS[kinds.indexOf(kindOf(name)) % COLOURS.length]!;
      if (as === 'dots')
        return points
          .map(([px, py]) => `<circle cx="${atX(px)}" cy="${atY(py)}" r="3" fill="${colour}"/>`)
          .join('');
      const steps = points.map(([px, py], index) => `${index === 0 ? 'M' : 'L'}${atX(px)} ${atY(py)}`);
      return `<path stroke="${colour}" d="${steps.join('')}"/>`;
    }),
    ...series.map(({ name, as }, index) => {
      const colour = COLOURS[kinds.indexOf(kindOf(name)) % COLOURS.length]!;
      const at = TOP + 10 + 18 * index;
      const left = WIDTH - RIGHT + 12;
      const mark =
        as === 'dots'
          ? `<circle cx="${left + 8}" cy="${at}" r="3" fill="${colour}"/>`
          : `<path stroke="${colour}" d="M${left} ${at}h16"/>`;
      return `${mark}<text x="${left + 22}" y="${at + 4}">${name}</text>`;
    }),
  ];
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${WIDTH} ${HEIGHT}" width="${WIDTH}" height="${HEIGHT}">`,
    `<title>${title}</title>`,
    `<style>${STYLE}</style>`,
    `<text class="title" x="8" y="20">${title}</text>`,
    ...parts,
    '</svg>',
    '',
  ].join('\n');
}

function kindOf(name: string): string {
  return name.split(',')[0]!;
}

function share({ from, to, scale }: Axis, value: number): number {
  const inside = Math.min(to, Math.max(from, value));
  if (scale === 'logarithmic') return Math.log(inside / from) / Math.log(to / from);
  return (inside - from) / (to - from);
}

function round(value: number): number {
  return Math.round(value * 10) / 10;
}
