import { For } from 'solid-js';
import { panes, show, TITLES, VIEWS, type ViewName } from './state.ts';

const ICONS: Readonly<Record<ViewName, string>> = {
  connections: 'M3 5h18M3 12h18M3 19h18',
  chart: 'M9 3h6v5H9zM2 16h6v5H2zM16 16h6v5h-6zM12 8v4M5 16v-4h14v4',
  ladder: 'M5 2v20M19 2v20M5 6l14 3M19 12L5 15M5 18l14 2',
  'sequence-space': 'M2 8h20v8H2zM8 8v8M14 8v8',
  timers: 'M12 7v6l4 2M12 3a9 9 0 1 0 .01 0zM9 1h6',
  plots: 'M3 3v18h18M6 16l4-6 4 3 6-8',
  time: 'M5 4v16l7-8zM12 4v16l7-8z',
  faults: 'M13 2L5 14h6l-1 8 9-13h-6z',
  scenes: 'M3 6h18v13H3zM3 10h18M7 6l2 4M13 6l2 4',
};

export function Nav() {
  return (
    <nav class="nav" aria-label="Views">
      <For each={VIEWS}>
        {(view, index) => (
          <div class="nav-item" classList={{ current: panes().includes(view) }}>
            <button
              type="button"
              class="quiet nav-open"
              data-open={view}
              aria-current={panes()[0] === view ? 'page' : undefined}
              onClick={(event) => show(view, event.shiftKey ? 1 : 0)}
              title={`${TITLES[view]} (${index() + 1}; with Shift beside the first)`}
            >
              <svg viewBox="0 0 24 24" width="20" height="20" aria-hidden="true">
                <path
                  d={ICONS[view]}
                  fill="none"
                  stroke="currentColor"
                  stroke-width="1.8"
                  stroke-linejoin="round"
                />
              </svg>
              <span class="nav-title">{TITLES[view]}</span>
              <kbd>{index() + 1}</kbd>
            </button>
            <button
              type="button"
              class="quiet nav-beside"
              onClick={() => show(view, 1)}
              aria-label={`Show ${TITLES[view]} beside`}
              title="Show beside"
            >
              ◨
            </button>
          </div>
        )}
      </For>
    </nav>
  );
}
