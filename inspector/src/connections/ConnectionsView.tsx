import { createMemo, createSignal, For, Index, onCleanup, onMount, Show } from 'solid-js';
import { rem } from '../app/preferences.ts';
import { changed, model, nowMs, position, select, selected, session, show } from '../app/state.ts';
import { type Connection, endpoint, stateOf } from '../store/model.ts';
import { bytes, count, duration } from '../ui/format.ts';
import { ageMs, errorsOf, parseFilter } from './filter.ts';
import { Listeners } from './Listeners.tsx';
import './connections.css';

interface Column {
  readonly id: string;
  readonly title: string;
  readonly number?: true;
  text(connection: Connection, nowMs: number): string;
  key(connection: Connection, nowMs: number): string | number;
}

const COLUMNS: readonly Column[] = [
  text('host', 'Host', ({ host }) => host),
  text('local', 'Local', ({ view }) => endpoint(view.localAddress, view.localPort)),
  text('remote', 'Remote', ({ view }) => endpoint(view.remoteAddress, view.remotePort)),
  text('role', 'Role', ({ view }) => view.origin),
  text('state', 'State', stateOf),
  number('age', 'Age', ageMs, (value) => (Number.isNaN(value) ? 'before' : duration(value))),
  number('sent', 'Sent', ({ tcb }) => tcb.totals.bytesSent, bytes),
  number('received', 'Received', ({ tcb }) => tcb.totals.bytesReceived, bytes),
  number(
    'srtt',
    'SRTT',
    ({ tcb }) => tcb.rtt.srttMs ?? Number.NaN,
    (value) => (Number.isNaN(value) ? '–' : duration(value)),
  ),
  number('cwnd', 'cwnd', ({ tcb }) => tcb.cc.cwnd, bytes),
  number('retransmissions', 'Retr.', ({ tcb }) => tcb.totals.retransmissions, count),
  number('errors', 'Errors', errorsOf, count),
];

const COLLATOR = new Intl.Collator('en', { numeric: true });

/** Finished connections stay so long, in the time of what is watched, unless they are kept. */
const FADE_MS = 5_000;
/** A table of thousands is put in order anew so often at most. */
const SORT_MS = 250;

/** Ages go on, and finished connections fade, while nothing is told. */
const REFRESH_MS = 250;

// They outlast the view: whoever looks at a chart and comes back finds the same list.
const [query, setQuery] = createSignal('');
const [sort, setSort] = createSignal<{ readonly column: Column; readonly down: boolean }>();
const [chosenKept, setKept] = createSignal<boolean>();
/** Of live traffic they would be too many before long; a run inside the page is looked at from its beginning. */
const kept = (): boolean => chosenKept() ?? session()?.kind !== 'live';

/** How much is left of a finished connection: 1 to 0. */
function fading({ endedMs }: Connection, now: number): number {
  return endedMs === null || kept() ? 1 : Math.max(0, 1 - (now - endedMs) / FADE_MS);
}

export function ConnectionsView() {
  let scroller!: HTMLDivElement;
  const [scrollTop, setScrollTop] = createSignal(0);
  const [height, setHeight] = createSignal(600);
  const parsed = createMemo(() => parseFilter(query()));
  const rowHeight = () => Math.round(2.2 * rem());

  let sortedAt = 0;
  const rows = createMemo<readonly Connection[]>((before) => {
    const now = nowMs();
    const { connections } = model();
    const { filter } = parsed();
    const order = sort();
    const matching: Connection[] = [];
    for (const connection of connections.values()) {
      if (fading(connection, now) === 0) continue;
      if (!filter(connection, now)) continue;
      matching.push(connection);
    }
    if (!order) return matching;
    // Between two sorts rows keep their places, and show their present values.
    const due = performance.now() - sortedAt > SORT_MS;
    if (!due && before?.length === matching.length) {
      const names = new Set(matching.map(({ name }) => name));
      if (before.every(({ name }) => names.has(name)))
        return before.map(({ name }) => connections.get(name)!);
    }
    sortedAt = performance.now();
    const { column, down } = order;
    const keys = new Map(matching.map((connection) => [connection, column.key(connection, now)]));
    return matching.sort((a, b) => (down ? -1 : 1) * compare(keys.get(a)!, keys.get(b)!));
  }, []);

  const inView = () => Math.ceil(height() / rowHeight()) + 4;
  // A filter may leave so few that the place scrolled to lies behind them.
  const first = () =>
    Math.max(0, Math.min(Math.floor(scrollTop() / rowHeight()) - 2, rows().length - inView()));
  const shown = createMemo(() => rows().slice(first(), first() + inView()));

  onMount(() => {
    const observer = new ResizeObserver(() => setHeight(scroller.clientHeight));
    observer.observe(scroller);
    const timer = setInterval(() => position() === undefined && changed(), REFRESH_MS);
    onCleanup(() => {
      clearInterval(timer);
      observer.disconnect();
    });
  });

  function sortBy(column: Column): void {
    sortedAt = 0;
    setSort((before) => {
      if (before?.column !== column) return { column, down: column.number === true };
      return before.down === (column.number === true) ? { column, down: !before.down } : undefined;
    });
  }

  function keys(event: KeyboardEvent): void {
    const step = { ArrowUp: -1, ArrowDown: 1 }[event.key];
    if (event.key === 'Enter') show('chart');
    if (step === undefined) return;
    event.preventDefault();
    const list = rows();
    const at = list.findIndex(({ name }) => name === selected()?.name);
    const next = list[Math.max(0, Math.min(list.length - 1, at + step))];
    if (!next) return;
    select(next.name);
    const y = list.indexOf(next) * rowHeight();
    if (y < scroller.scrollTop || y + 2 * rowHeight() > scroller.scrollTop + height())
      scroller.scrollTop = y - height() / 2;
  }

  return (
    <div class="connections" data-count={rows().length}>
      <div class="connections-tools">
        <input
          id="connection-filter"
          type="search"
          placeholder="Filter: state:TIME-WAIT port:80 retransmissions>0"
          value={query()}
          onInput={(event) => setQuery(event.currentTarget.value)}
          aria-label="Filter connections"
          spellcheck={false}
        />
        <span class="muted">
          {count(rows().length)} of {count(model().connections.size)}
        </span>
        <label class="check">
          <input
            type="checkbox"
            checked={kept()}
            onChange={(event) => setKept(event.currentTarget.checked)}
          />{' '}
          keep finished ones
        </label>
      </div>
      <Show when={parsed().problem}>{(problem) => <p class="filter-problem">{problem()}</p>}</Show>
      <Listeners />
      <div
        class="connections-scroll"
        ref={scroller}
        tabindex="0"
        role="group"
        aria-label="Connections"
        onScroll={() => setScrollTop(scroller.scrollTop)}
        onKeyDown={keys}
      >
        <table>
          <thead>
            <tr>
              <For each={COLUMNS}>
                {(column) => (
                  <th
                    class={column.number ? 'number' : ''}
                    aria-sort={
                      sort()?.column === column ? (sort()?.down ? 'descending' : 'ascending') : undefined
                    }
                  >
                    <button type="button" class="quiet" onClick={() => sortBy(column)}>
                      {column.title}
                      {sort()?.column === column ? (sort()?.down ? ' ▾' : ' ▴') : ''}
                    </button>
                  </th>
                )}
              </For>
            </tr>
          </thead>
          <tbody>
            <tr style={{ height: `${first() * rowHeight()}px` }} class="space" />
            <Index each={shown()}>
              {(connection) => <Row connection={connection()} height={rowHeight()} />}
            </Index>
            <tr
              style={{ height: `${Math.max(0, rows().length - first() - shown().length) * rowHeight()}px` }}
              class="space"
            />
          </tbody>
        </table>
        <Show when={rows().length === 0}>
          <p class="empty">
            {model().connections.size === 0 ? nothingYet() : 'No connection matches the filter.'}
          </p>
        </Show>
      </div>
    </div>
  );
}

/** What whoever watches a stack that has nothing to do may do. */
function nothingYet(): string {
  const { hello, listeners } = model();
  const addresses = (hello?.hosts ?? []).flatMap((host) => host.addresses);
  if (hello?.mode !== 'live' || addresses.length === 0) return 'No connection yet.';
  const ports = [...listeners.values()]
    .filter(({ endedMs }) => endedMs === null)
    .map(({ view }) => view.port);
  const where = ports.length > 0 ? `, port ${ports.join(' or ')}` : '';
  return `No connection yet. The stack is at ${addresses.join(', ')}${where}.`;
}

function Row(props: { readonly connection: Connection; readonly height: number }) {
  return (
    <tr
      style={{
        height: `${props.height}px`,
        opacity: 0.2 + 0.8 * fading(props.connection, nowMs()),
      }}
      data-connection={props.connection.name}
      classList={{
        selected: selected()?.name === props.connection.name,
        finished: props.connection.endedMs !== null,
      }}
      onClick={() => select(props.connection.name)}
      onDblClick={() => show('chart')}
    >
      <For each={COLUMNS}>
        {(column) => (
          <td class={column.number ? 'number' : ''} data-column={column.id}>
            <Show when={column.id === 'state'} fallback={column.text(props.connection, nowMs())}>
              <span class="state-chip" data-phase={phase(stateOf(props.connection))}>
                {stateOf(props.connection)}
              </span>
              <Show when={props.connection.how}>{(how) => <span class="muted how">{how()}</span>}</Show>
            </Show>
          </td>
        )}
      </For>
    </tr>
  );
}

function phase(state: string): string {
  if (state === 'ESTABLISHED') return 'open';
  if (state.startsWith('SYN') || state === 'LISTEN') return 'opening';
  return state === 'TIME-WAIT' ? 'waiting' : state === 'CLOSED' ? 'closed' : 'closing';
}

function text(id: string, title: string, read: (connection: Connection) => string): Column {
  return { id, title, text: read, key: read };
}

function number(
  id: string,
  title: string,
  read: (connection: Connection, nowMs: number) => number,
  words: (value: number) => string,
): Column {
  return { id, title, number: true, key: read, text: (connection, now) => words(read(connection, now)) };
}

function compare(a: string | number, b: string | number): number {
  if (typeof a === 'number' && typeof b === 'number') {
    if (Number.isNaN(a) || Number.isNaN(b)) return Number.isNaN(a) ? (Number.isNaN(b) ? 0 : -1) : 1;
    return a - b;
  }
  return COLLATOR.compare(String(a), String(b));
}
