import { createMemo, createSignal, For, Show } from 'solid-js';
import { goTo, model, selected, setNotice } from '../app/state.ts';
import { Tools } from '../app/Tools.tsx';
import { endpoint, stateOf } from '../store/model.ts';
import { seconds } from '../ui/format.ts';
import { ChartDetails } from './ChartDetails.tsx';
import { ChartFigure } from './ChartFigure.tsx';
import { savePng, saveSvg } from './export.ts';
import { type ChartArrow, chartOf } from './graph.ts';
import { place, SIZE } from './layout.ts';
import { eventWords } from './words.ts';
import './chart.css';

export function ChartView() {
  const [picked, setPicked] = createSignal<ChartArrow>();
  const charts = createMemo(() => model().charts);
  const graph = createMemo(() => chartOf(charts()));
  /** In a narrow pane the details lie on the drawing: not on the arrow that they are about. */
  const detailsAt = (): 'top' | 'bottom' => {
    const found = place(graph().arrows).placed.find(({ arrow }) => arrow.id === picked()?.id);
    return found && found.label.y > SIZE.height * 0.42 ? 'top' : 'bottom';
  };
  let host!: HTMLDivElement;
  const trail = createMemo(() => selected()?.trail);
  const latestFirst = createMemo(() => [...(trail() ?? [])].reverse());
  const save = (how: typeof saveSvg | typeof savePng): void => {
    const figure = host.querySelector('svg');
    if (figure) how(figure, 'chart').catch((error: Error) => setNotice({ text: error.message, bad: true }));
  };
  return (
    <div class="chart">
      <Tools view="chart">
        <button type="button" onClick={() => save(saveSvg)}>
          SVG
        </button>
        <button type="button" onClick={() => save(savePng)}>
          PNG
        </button>
      </Tools>
      <div class="chart-now">
        <Show
          when={selected()}
          fallback={<span class="muted">No connection yet. This is the chart that each one runs.</span>}
        >
          {(connection) => (
            <>
              <span class="host">{connection().host}</span>
              <span class="mono muted">
                {endpoint(connection().view.localAddress, connection().view.localPort)}
              </span>
              <strong class="state-name" data-testid="lit-state">
                {stateOf(connection())}
              </strong>
              <Show when={connection().trail.at(-1)}>
                {(step) => (
                  <span>
                    <span class="muted">by</span> {eventWords(step().event)}{' '}
                    <span class="muted">at {seconds(step().timeMs)}</span>
                  </span>
                )}
              </Show>
            </>
          )}
        </Show>
      </div>
      <div class="figure-host" ref={host}>
        <ChartFigure
          graph={graph()}
          connection={selected()}
          nowMs={model().timeMs}
          picked={picked()}
          onPick={(arrow) => setPicked((before) => (before?.id === arrow.id ? undefined : arrow))}
        />
      </div>
      <div class="chart-side" data-details-at={detailsAt()}>
        <Show
          when={picked()}
          fallback={
            <p class="chart-hint muted">
              A click on an arrow shows the RFC's paragraph and the rule behind it.
            </p>
          }
        >
          {(arrow) => (
            <ChartDetails
              arrow={arrow()}
              visits={selected()?.visits[arrow().id] ?? 0}
              onClose={() => setPicked(undefined)}
            />
          )}
        </Show>
        <h3 class="trail-head">The connection's trail</h3>
        <ol class="trail" aria-label="The connection's trail, latest first">
          <For each={latestFirst()} fallback={<li class="muted">The trail is empty.</li>}>
            {(step, index) => (
              <li>
                <button
                  type="button"
                  class="quiet"
                  classList={{ latest: index() === 0 }}
                  onClick={() => goTo(step.order)}
                  title={step.description}
                >
                  <span class="mono muted">{seconds(step.timeMs)}</span>
                  <span>
                    {eventWords(step.event)} → <strong>{step.to}</strong>
                  </span>
                  <span class="trail-why muted">{step.description}</span>
                </button>
              </li>
            )}
          </For>
        </ol>
      </div>
    </div>
  );
}
