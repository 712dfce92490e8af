import { createSignal, type JSX, onMount, Show } from 'solid-js';
import { Portal } from 'solid-js/web';
import type { ViewName } from './state.ts';

/** A view's buttons, in the head of its pane. */
export function Tools(props: { readonly view: ViewName; readonly children: JSX.Element }) {
  const [mount, setMount] = createSignal<HTMLElement>();
  onMount(() => setMount(document.getElementById(`tools-${props.view}`) ?? undefined));
  return (
    <Show when={mount()}>
      {(element) => (
        <Portal
          mount={element()}
          ref={(wrapper: HTMLDivElement) => {
            wrapper.className = 'pane-tools';
          }}
        >
          {props.children}
        </Portal>
      )}
    </Show>
  );
}
