/** The drawing: figure 5 with the connection's present state, its last arrow and how often it took each of them. */

import { createMemo, For, Show } from 'solid-js';
import type { Connection } from '../store/model.ts';
import { stateOf } from '../store/model.ts';
import type { ChartArrow, ChartGraph } from './graph.ts';
import { BOXES, type Box, FRAME, LINES, MARGIN, place, SIZE } from './layout.ts';
import { GROUP } from './names.ts';
import { TimerRegions } from './TimerRegions.tsx';
import { eventWords } from './words.ts';

export interface FigureProps {
  readonly graph: ChartGraph;
  readonly connection: Connection | undefined;
  readonly nowMs: number;
  readonly picked: ChartArrow | undefined;
  onPick(arrow: ChartArrow): void;
}

export function ChartFigure(props: FigureProps) {
  const layout = createMemo(() => place(props.graph.arrows));
  const last = (): string | undefined => props.connection?.trail.at(-1)?.arrow;
  const visits = (arrow: string): number => props.connection?.visits[arrow] ?? 0;
  const taken = (from: string, to: string) => {
    const ids = props.graph.arrows
      .filter((arrow) => arrow.from === from && arrow.to === to)
      .map(({ id }) => id);
    return {
      lit: ids.includes(last() ?? ''),
      visited: ids.some((id) => visits(id) > 0),
      picked: props.picked?.from === from && props.picked.to === to,
    };
  };
  return (
    <svg
      class="figure"
      viewBox={`0 0 ${SIZE.width + (layout().unplaced.length > 0 ? MARGIN.width : 0)} ${SIZE.height}`}
      role="group"
      aria-label="The connection's statechart, laid out as figure 5 of RFC 9293"
    >
      <defs>
        <For each={['plain', 'visited', 'lit']}>
          {(kind) => (
            <marker
              id={`head-${kind}`}
              class={`head-${kind}`}
              viewBox="0 0 10 10"
              refX="8"
              refY="5"
              markerWidth={kind === 'lit' ? 5 : 7}
              markerHeight={kind === 'lit' ? 5 : 7}
              orient="auto-start-reverse"
            >
              <path d="M0 0 L10 5 L0 10 z" />
            </marker>
          )}
        </For>
      </defs>
      <rect class="group" x={FRAME.x} y={FRAME.y} width={FRAME.width} height={FRAME.height} rx="12" />
      <text class="group-name" x={FRAME.x + FRAME.width - 12} y={FRAME.y + 22} text-anchor="end">
        {GROUP}
      </text>
      <For each={LINES}>
        {(line) => (
          <path
            class="line"
            classList={taken(line.from, line.to)}
            d={line.path}
            marker-end={`url(#head-${
              taken(line.from, line.to).lit ? 'lit' : taken(line.from, line.to).visited ? 'visited' : 'plain'
            })`}
          />
        )}
      </For>
      <For each={BOXES}>{(box, index) => <StateBox box={box} first={index() === 0} {...props} />}</For>
      <For each={layout().placed}>
        {({ arrow, label }) => (
          <ArrowLabel
            {...props}
            arrow={arrow}
            x={label.x}
            y={label.y}
            anchor={label.anchor}
            lit={last() === arrow.id}
            visits={visits(arrow.id)}
          />
        )}
      </For>
      <Show when={layout().unplaced.length > 0}>
        <g class="unplaced">
          <text x={MARGIN.x} y={MARGIN.y}>
            not laid out yet:
          </text>
          <For each={layout().unplaced}>
            {(arrow, index) => (
              <ArrowLabel
                {...props}
                arrow={arrow}
                x={MARGIN.x}
                y={MARGIN.y + (index() + 1) * MARGIN.step}
                anchor="start"
                lit={last() === arrow.id}
                visits={visits(arrow.id)}
                long
              />
            )}
          </For>
        </g>
      </Show>
      <TimerRegions regions={props.graph.timers} connection={props.connection} nowMs={props.nowMs} />
    </svg>
  );
}

function StateBox(props: FigureProps & { readonly box: Box; readonly first: boolean }) {
  const state = () => props.graph.states.find(({ name }) => name === props.box.state);
  /** CLOSED is drawn twice: the upper one is where no connection has begun. */
  const active = (): boolean => {
    const { connection, box, first } = props;
    if (box.state !== 'CLOSED') return connection !== undefined && stateOf(connection) === box.state;
    if (!connection) return false;
    return stateOf(connection) === 'CLOSED' && !first;
  };
  const substate = (): string | undefined => {
    const value = props.connection?.tcb.value;
    const names = state()?.substates ?? [];
    if (!active() || names.length === 0 || typeof value !== 'object') return undefined;
    const text = JSON.stringify(value);
    return names.find((name) => text.includes(`"${name}"`));
  };
  return (
    <g class="state" classList={{ active: active() }} data-state={props.box.state} data-active={active()}>
      <title>{state()?.description}</title>
      <rect x={props.box.x} y={props.box.y} width={props.box.width} height={props.box.height} rx="8" />
      <text
        x={props.box.x + props.box.width / 2}
        y={props.box.y + props.box.height / 2 + (substate() ? -2 : 6)}
        text-anchor="middle"
      >
        {props.box.state}
      </text>
      <Show when={substate()}>
        <text
          class="substate"
          x={props.box.x + props.box.width / 2}
          y={props.box.y + props.box.height / 2 + 15}
          text-anchor="middle"
        >
          {substate()}
        </text>
      </Show>
    </g>
  );
}

interface LabelProps {
  readonly arrow: ChartArrow;
  readonly x: number;
  readonly y: number;
  readonly anchor: 'start' | 'middle' | 'end';
  readonly lit: boolean;
  readonly visits: number;
  readonly picked: ChartArrow | undefined;
  readonly long?: boolean;
  onPick(arrow: ChartArrow): void;
}

function ArrowLabel(props: LabelProps) {
  const words = () =>
    props.long
      ? `${props.arrow.from} → ${props.arrow.to}: ${eventWords(props.arrow.event)}`
      : eventWords(props.arrow.event);
  return (
    <g
      class="arrow"
      role="button"
      tabindex="0"
      data-arrow={props.arrow.id}
      data-visits={props.visits}
      data-lit={props.lit}
      classList={{ lit: props.lit, visited: props.visits > 0, picked: props.picked?.id === props.arrow.id }}
      aria-label={`${props.arrow.from} to ${props.arrow.to}: ${eventWords(props.arrow.event)}`}
      onClick={() => props.onPick(props.arrow)}
      onKeyDown={(event) => {
        if (event.key !== 'Enter' && event.key !== ' ') return;
        event.preventDefault();
        props.onPick(props.arrow);
      }}
    >
      <text x={props.x} y={props.y} text-anchor={props.anchor}>
        {words()}
        <Show when={props.visits > 0}>
          <tspan class="visits" dx="5">{`×${props.visits}`}</tspan>
        </Show>
      </text>
    </g>
  );
}
