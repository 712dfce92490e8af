/** One plot. All of a page share their cursor. */

import { createEffect, on, onCleanup, onMount } from 'solid-js';
import uPlot from 'uplot';
import { colour, rem, textSize, theme } from '../app/preferences.ts';
import type { Columns } from './data.ts';

export interface Line {
  readonly label: string;
  readonly colour: string;
  readonly dash?: readonly number[];
  readonly width?: number;
  readonly stepped?: true;
}

export interface PlotProps {
  readonly title: string;
  readonly lines: readonly Line[];
  readonly data: Columns;
  readonly height: number;
  readonly format: (value: number) => string;
  /** A filled band between two of the lines. */
  readonly band?: readonly [number, number];
  /** Draws what is no line, in the plot's own pixels. */
  readonly draw?: (plot: uPlot) => void;
  /** The range of the vertical axis, where the lines alone don't tell it. */
  readonly range?: () => readonly [number, number];
  readonly log?: boolean;
}

export function Plot(props: PlotProps) {
  let host!: HTMLDivElement;
  let plot: uPlot | undefined;
  let zoomed = false;

  function build(): void {
    plot?.destroy();
    plot = new uPlot(
      options(props, host.clientWidth, () => {
        zoomed = true;
      }),
      props.data as uPlot.AlignedData,
      host,
    );
    plot.over.addEventListener('dblclick', () => {
      zoomed = false;
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
      () => props.data,
      (data) => plot?.setData(data as uPlot.AlignedData, !zoomed),
      { defer: true },
    ),
  );
  return (
    <figure class="plot" data-plot={props.title} data-points={props.data[0]?.length ?? 0}>
      <figcaption>{props.title}</figcaption>
      <div ref={host} />
    </figure>
  );
}

function options(props: PlotProps, width: number, onZoom: () => void): uPlot.Options {
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
    cursor: { sync: { key: 'statewire' }, drag: { x: true, y: false } },
    legend: { live: true },
    scales: {
      x: { time: false },
      y: props.range
        ? { range: () => [...props.range!()] }
        : { range: (_, low, high) => [Math.min(0, low ?? 0), (high || 1) * 1.06] },
    },
    axes: [
      { ...axis(), values: (_, splits) => splits.map((value) => `${Number(value.toPrecision(6))} s`) },
      { ...axis(), size: 6 * rem(), values: (_, splits) => splits.map(props.format) },
    ],
    series: [
      { label: 'time', value: (_, value) => (value === null ? '–' : `${value.toFixed(6)} s`) },
      ...props.lines.map(
        (line): uPlot.Series => ({
          label: line.label,
          stroke: colour(line.colour),
          width: line.width ?? 2,
          ...(line.dash ? { dash: [...line.dash] } : {}),
          ...(line.stepped && stepped ? { paths: stepped } : {}),
          spanGaps: true,
          points: { show: false },
          value: (_, value) => (value === null ? '–' : props.format(value)),
        }),
      ),
    ],
    ...(props.band
      ? { bands: [{ series: [props.band[0], props.band[1]], fill: `${colour('blue')}33` }] }
      : {}),
    hooks: {
      draw: [(plot) => props.draw?.(plot)],
      setSelect: [(plot) => plot.select.width > 0 && onZoom()],
    },
  };
}
