/** One plot. All of a page share their cursor. */

import { createEffect, on, onCleanup, onMount } from 'solid-js';
import uPlot from 'uplot';
import { colour, rem, textSize, theme } from '../app/preferences.ts';
import type { Columns } from './data.ts';
import { drawMarks, drawStages, type Strip } from './recovery-draw.ts';

export interface Line {
  readonly label: string;
  readonly colour: string;
  readonly dash?: readonly number[];
  readonly width?: number;
  readonly stepped?: true;
  /** Where there is no value there is no line. */
  readonly gaps?: true;
}

export interface PlotProps {
  readonly title: string;
  readonly lines: readonly Line[];
  readonly data: Columns;
  readonly height: number;
  /** The stretch of time that all plots show, and whether somebody looks closer at a part of it. */
  readonly time: { readonly span: () => readonly [number, number]; zoomed: boolean };
  readonly format: (value: number) => string;
  /** A filled band between two of the lines. */
  readonly band?: readonly [number, number];
  /** Draws what is no line, in the plot's own pixels. */
  readonly draw?: (plot: uPlot) => void;
  /** The range of the vertical axis over a stretch of the horizontal one, where the lines alone don't tell it. */
  readonly range?: (fromSeconds: number, toSeconds: number) => readonly [number, number];
  /** Loss recovery, behind the lines and above them. */
  readonly strip?: Strip;
  /** What is to be told of a moment, besides the values of the lines. */
  readonly hint?: (atSeconds: number, reachSeconds: number) => readonly string[];
  /** What the legend says of lines that can't be drawn at their value. */
  readonly told?: Columns;
  /** A logarithmic vertical axis, in powers of ten. Values have to be positive. */
  readonly log?: true;
}

export function Plot(props: PlotProps) {
  let host!: HTMLDivElement;
  let plot: uPlot | undefined;
  /** Where the mouse is, while it is over this plot. */
  let mouse: MouseEvent | undefined;

  /** The other plots show the same moment: theirs is told anew once all of them have their new data. */
  function resync(): void {
    if (!mouse) return;
    const { clientX, clientY } = mouse;
    requestAnimationFrame(() => plot?.over.dispatchEvent(new MouseEvent('mousemove', { clientX, clientY })));
  }

  const hintBox = document.createElement('div');
  hintBox.className = 'plot-hint';
  hintBox.setAttribute('role', 'status');
  hintBox.hidden = true;

  function showHint(): void {
    if (!plot) return;
    const { left, width } = plot.over.getBoundingClientRect();
    const at = (mouse?.clientX ?? Number.NaN) - left;
    const reach = plot.posToVal(at + REACH, 'x') - plot.posToVal(at, 'x');
    const lines = Number.isNaN(at) ? [] : (props.hint?.(plot.posToVal(at, 'x'), reach) ?? []);
    hintBox.hidden = lines.length === 0;
    hintBox.replaceChildren(...lines.map(paragraph));
    // Beside the cursor, on the side where there is more room.
    const isRight = at > width / 2;
    hintBox.style.left = isRight ? '' : `${at + 14}px`;
    hintBox.style.right = isRight ? `${width - at + 14}px` : '';
  }

  function build(): void {
    plot?.destroy();
    plot = new uPlot(options(props, host.clientWidth, showHint), props.data as uPlot.AlignedData, host);
    plot.over.append(hintBox);
    plot.over.addEventListener('dblclick', () => {
      props.time.zoomed = false;
    });
    plot.over.addEventListener('mousemove', (event) => {
      // Those that are only told of it have a mouse of their own elsewhere.
      if (!event.isTrusted) return;
      mouse = event;
      showHint();
    });
    plot.over.addEventListener('mouseleave', () => {
      mouse = undefined;
      showHint();
    });
  }

  onMount(() => {
    build();
    const observer = new ResizeObserver(() =>
      plot?.setSize({ width: host.clientWidth, height: props.height }),
    );
    observer.observe(host);
    onCleanup(() => {
      observer.disconnect();
      plot?.destroy();
    });
  });
  createEffect(on([theme, textSize], build, { defer: true }));
  createEffect(
    on(
      () => props.height,
      (height) => plot?.setSize({ width: host.clientWidth, height }),
      { defer: true },
    ),
  );
  createEffect(
    on(
      () => props.data,
      (data) => {
        plot?.setData(data as uPlot.AlignedData, !props.time.zoomed);
        queueMicrotask(() => plot && fitHeight(plot, props));
        resync();
      },
      { defer: true },
    ),
  );
  return (
    <figure
      class="plot"
      data-plot={props.title}
      data-lines={props.lines.map(({ label, colour }) => `${label} ${colour}`).join(';')}
      data-points={props.data[0]?.length ?? 0}
    >
      <figcaption>{props.title}</figcaption>
      <div ref={host} />
    </figure>
  );
}

function options(props: PlotProps, width: number, onCursor: () => void): uPlot.Options {
  const font = `${0.86 * rem()}px ${colour('font')}`;
  const axis = (): uPlot.Axis => ({
    font,
    stroke: colour('muted'),
    grid: { stroke: colour('line'), width: 1 },
    ticks: { stroke: colour('line'), width: 1 },
  });
  const stepped = uPlot.paths.stepped?.({ align: 1 });
  return {
    width: Math.max(200, width),
    height: props.height,
    padding: [10, 12, 0, 0],
    cursor: { sync: { key: 'statewire', scales: ['x', null] }, y: false, drag: { x: true, y: false } },
    legend: { live: true },
    scales: {
      x: { time: false, range: (_, from, to) => (props.time.zoomed ? [from, to] : [...props.time.span()]) },
      y: verticalScale(props),
    },
    axes: [
      {
        ...axis(),
        size: 2.3 * rem(),
        values: (_, splits) => splits.map((value) => `${Number(value.toPrecision(6))} s`),
      },
      {
        ...axis(),
        size: 6 * rem(),
        ...(props.log
          ? { splits: (plot, _, low, high) => decades(low, high, plot.height), filter: (_, splits) => splits }
          : {}),
        values: (_, splits) => splits.map(props.format),
      },
    ],
    series: [
      { label: 'time', value: (_, value) => (value === null ? '–' : `${Number(value.toFixed(6))} s`) },
      ...props.lines.map(
        (line, index): uPlot.Series => ({
          label: line.label,
          stroke: colour(line.colour),
          width: line.width ?? 2,
          ...(line.dash ? { dash: [...line.dash] } : {}),
          ...(line.stepped && stepped ? { paths: stepped } : {}),
          spanGaps: line.gaps !== true,
          points: { show: false },
          value: (_, value, __, at) => {
            const told = at === null ? undefined : props.told?.[index + 1]?.[at];
            const shown = told === undefined ? value : told;
            return shown === null ? '–' : props.format(shown);
          },
        }),
      ),
    ],
    ...(props.band
      ? { bands: [{ series: [props.band[0], props.band[1]], fill: `${colour('blue')}33` }] }
      : {}),
    hooks: {
      drawClear: [(plot) => props.strip && drawStages(plot, props.strip)],
      draw: [(plot) => props.draw?.(plot), (plot) => props.strip && drawMarks(plot, props.strip)],
      setCursor: [onCursor],
      // What is set while scales are being set is forgotten: afterwards.
      setScale: [(plot, scale) => scale === 'x' && queueMicrotask(() => fitHeight(plot, props))],
      setSelect: [
        (plot) => {
          if (plot.select.width > 0) props.time.zoomed = true;
        },
      ],
    },
  };
}

function paragraph(text: string): HTMLElement {
  const line = document.createElement('p');
  line.textContent = text;
  return line;
}

function verticalScale({ range, log }: PlotProps): uPlot.Scale {
  // Set by `fitHeight` alone, once it is known which stretch of time is in view.
  if (range) return { auto: false, range: (_, low, high) => [low ?? 0, high ?? 1] };
  if (log) return { distr: 3, range: (_, low, high) => [(low || 1) / 1.4, (high || 10) * 1.4] };
  return { range: (_, low, high) => [Math.min(0, low ?? 0), (high || 1) * 1.06] };
}

function fitHeight(plot: uPlot, { range }: PlotProps): void {
  const { min, max } = plot.scales.x ?? {};
  if (!range || min === undefined || max === undefined || min === null || max === null) return;
  const [low, high] = range(min, max);
  const { y } = plot.scales;
  if (y?.min !== low || y?.max !== high) plot.setScale('y', { min: low, max: high });
}

/** So many pixels from a mark the cursor is still at it. */
const REACH = 6;

/** Pixels between two labels of an axis. */
const APART = 24;

/** Powers of ten; with room for them, their double and their half, too. */
function decades(low: number, high: number, height: number): number[] {
  const all = [[1, 2, 5], [1, 3], [1]].map((factors) => {
    const splits: number[] = [];
    for (let power = Math.floor(Math.log10(low)); 10 ** power <= high; power++) {
      splits.push(...factors.map((factor) => factor * 10 ** power));
    }
    return splits.filter((value) => value >= low && value <= high);
  });
  return all.find((splits) => splits.length * APART <= height) ?? all[2]!;
}
