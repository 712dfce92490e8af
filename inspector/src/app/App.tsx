/** The page: header, the list of views, one or two of them side by side, and the bar of time. */

import { type Component, createEffect, For, lazy, onCleanup, onMount, Show, Suspense } from 'solid-js';
import { Dynamic } from 'solid-js/web';
import { SandboxBar, sandboxRun } from '../scenes/SandboxBar.tsx';
import { SceneBar } from '../scenes/SceneBar.tsx';
import { TimeBar } from '../time/TimeBar.tsx';
import { takeDrops } from './files.ts';
import { Header } from './Header.tsx';
import { Help } from './Help.tsx';
import { takeKeys } from './keys.ts';
import { connectIfServed } from './live.ts';
import { Nav } from './Nav.tsx';
import { attendTo } from './pictures.ts';
import { textSize, theme } from './preferences.ts';
import { helpShown, notice, panes, session, setNotice, setPanes, TITLES, type ViewName } from './state.ts';

const LOADERS = {
  connections: async () => (await import('../connections/ConnectionsView.tsx')).ConnectionsView,
  chart: async () => (await import('../chart/ChartView.tsx')).ChartView,
  ladder: async () => (await import('../ladder/LadderView.tsx')).LadderView,
  'sequence-space': async () => (await import('../sequence-space/SequenceSpaceView.tsx')).SequenceSpaceView,
  timers: async () => (await import('../timers/TimersView.tsx')).TimersView,
  plots: async () => (await import('../plots/PlotsView.tsx')).PlotsView,
  time: async () => (await import('../time/TimeView.tsx')).TimeView,
  faults: async () => (await import('../faults/FaultsView.tsx')).FaultsView,
  scenes: async () => (await import('../scenes/ScenesView.tsx')).ScenesView,
} satisfies Record<ViewName, () => Promise<Component>>;

const COMPONENTS = Object.fromEntries(
  Object.entries(LOADERS).map(([view, load]) => [view, lazy(async () => ({ default: await load() }))]),
) as unknown as Record<ViewName, Component>;

export function App() {
  onMount(() => {
    onCleanup(attendTo(window));
    onCleanup(takeKeys());
    onCleanup(takeDrops());
    connectIfServed();
    // The first view is there. The others are fetched before somebody asks for them, as long as the server is still there.
    requestIdleCallback(() => {
      for (const load of Object.values(LOADERS)) load().catch(() => {});
    });
  });
  createEffect(() => {
    document.documentElement.dataset.theme = theme();
    document.documentElement.dataset.text = textSize();
  });
  const shown = (): readonly ViewName[] => panes().filter((view) => view !== undefined);
  return (
    <div class="app">
      <Header />
      <Nav />
      <main class="panes" classList={{ two: shown().length === 2 }}>
        <For each={shown()}>
          {(view, index) => <Pane view={view} pane={index()} count={shown().length} />}
        </For>
      </main>
      <Show when={session()}>
        <div class="foot">
          <Show when={sandboxRun()}>
            <SandboxBar />
          </Show>
          <SceneBar />
          <TimeBar />
        </div>
      </Show>
      <Show when={notice()}>
        {(told) => (
          <div class="notice" classList={{ bad: told().bad }} role="status">
            <span>{told().text}</span>
            <button type="button" class="quiet" onClick={() => setNotice(undefined)} aria-label="Dismiss">
              ✕
            </button>
          </div>
        )}
      </Show>
      <Show when={helpShown()}>
        <Help />
      </Show>
    </div>
  );
}

function Pane(props: { readonly view: ViewName; readonly pane: number; readonly count: number }) {
  const close = (): void => {
    setPanes(([first, second]) => [(props.pane === 0 ? second : first) ?? first, undefined]);
  };
  return (
    <section class="pane" data-view={props.view} aria-label={TITLES[props.view]}>
      <header class="pane-head">
        <h2>{TITLES[props.view]}</h2>
        <div class="pane-tools" id={`tools-${props.view}`} />
        <Show when={props.count === 2}>
          <button type="button" class="quiet" onClick={close} aria-label={`Close ${TITLES[props.view]}`}>
            ✕
          </button>
        </Show>
      </header>
      <div class="pane-body">
        <Suspense>
          <Dynamic component={COMPONENTS[props.view]} />
        </Suspense>
      </div>
    </section>
  );
}
