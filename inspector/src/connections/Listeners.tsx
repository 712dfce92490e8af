import { createMemo, For, Show } from 'solid-js';
import { model } from '../app/state.ts';
import { endpoint } from '../store/model.ts';

export function Listeners() {
  const listeners = createMemo(() =>
    [...model().listeners.values()].filter(({ endedMs }) => endedMs === null),
  );
  return (
    <Show when={listeners().length > 0}>
      <ul class="listeners" aria-label="Listeners">
        <For each={listeners()}>
          {({ view }) => (
            <li class="listener" data-listener={view.listener}>
              <span>
                <strong>{view.host}</strong> listens at{' '}
                <span class="mono">{endpoint(view.address ?? '*', view.port)}</span>
              </span>
              <Backlog title="half-open" value={view.halfOpen} limit={view.halfOpenBacklog} />
              <Backlog title="to accept" value={view.acceptQueue} limit={view.backlog} />
            </li>
          )}
        </For>
      </ul>
    </Show>
  );
}

function Backlog(props: { readonly title: string; readonly value: number; readonly limit: number }) {
  return (
    <span class="backlog">
      <span class="muted">{props.title}</span>
      <meter min="0" max={props.limit} high={props.limit * 0.8} value={props.value} />
      <span class="number">
        {props.value}/{props.limit}
      </span>
    </span>
  );
}
