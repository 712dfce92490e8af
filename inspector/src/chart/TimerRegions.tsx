/** The parallel regions beside the connection's own: which timer runs, and how long it has to go. */

import { For, Show } from 'solid-js';
import type { ChartValue } from '../../../src/inspect/protocol.ts';
import type { Connection } from '../store/model.ts';
import { duration } from '../ui/format.ts';
import type { TimerRegion } from './graph.ts';
import { TIMERS_AT } from './layout.ts';

const STEP = 20;
const HEAD = 23;

export function TimerRegions(props: {
  readonly regions: readonly TimerRegion[];
  readonly connection: Connection | undefined;
  readonly nowMs: number;
}) {
  const top = (index: number): number =>
    props.regions
      .slice(0, index)
      .reduce<number>((y, region) => y + HEAD + region.states.length * STEP + 8, TIMERS_AT.y);
  const active = (region: string): string | undefined => {
    const { connection } = props;
    if (!connection || connection.endedMs !== null) return undefined;
    return activeIn(connection.tcb.value, region);
  };
  const left = (region: string, state: string): string | undefined => {
    const name = region === 'ack timer' ? 'delayed ACK' : state;
    const timer = props.connection?.tcb.timers.find((running) => running.timer === name);
    return timer && duration(Math.max(0, (timer.dueMs ?? timer.armedMs) - props.nowMs));
  };
  return (
    <For each={props.regions}>
      {(region, index) => (
        <g class="region" data-region={region.name} data-active={active(region.name) ?? ''}>
          <title>{region.description}</title>
          <rect
            x={TIMERS_AT.x}
            y={top(index())}
            width={TIMERS_AT.width}
            height={HEAD + region.states.length * STEP + 2}
            rx="6"
          />
          <text class="region-name" x={TIMERS_AT.x + 8} y={top(index()) + 16}>
            {region.name}
          </text>
          <For each={region.states}>
            {(state, row) => (
              <g class="timer-state" classList={{ active: active(region.name) === state.name }}>
                <title>{state.description}</title>
                <rect
                  x={TIMERS_AT.x + 4}
                  y={top(index()) + HEAD + row() * STEP - 1}
                  width={TIMERS_AT.width - 8}
                  height={STEP - 1}
                  rx="4"
                />
                <text x={TIMERS_AT.x + 10} y={top(index()) + HEAD + row() * STEP + 13}>
                  {state.name}
                </text>
                <Show when={active(region.name) === state.name && left(region.name, state.name)}>
                  {(text) => (
                    <text
                      class="left"
                      x={TIMERS_AT.x + TIMERS_AT.width - 7}
                      y={top(index()) + HEAD + row() * STEP + 13}
                      text-anchor="end"
                    >
                      {text()}
                    </text>
                  )}
                </Show>
              </g>
            )}
          </For>
        </g>
      )}
    </For>
  );
}

function activeIn(value: ChartValue, region: string): string | undefined {
  if (typeof value === 'string') return undefined;
  for (const [name, inner] of Object.entries(value)) {
    if (name === region) return typeof inner === 'string' ? inner : Object.keys(inner)[0];
    const deeper = activeIn(inner, region);
    if (deeper !== undefined) return deeper;
  }
  return undefined;
}
