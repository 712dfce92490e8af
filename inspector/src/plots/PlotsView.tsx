import { createMemo, createSignal, For, onCleanup, onMount, Show } from 'solid-js';
import { download } from '../app/files.ts';
import { rem } from '../app/preferences.ts';
import { model, selected, session, setNotice, ticks } from '../app/state.ts';
import { Tools } from '../app/Tools.tsx';
import { sackBlocks } from '../ladder/decode.ts';
import type { Recovery } from '../store/recovery-log.ts';
import { bytes, duration } from '../ui/format.ts';
import {
  type Columns,
  csv,
  gaugeData,
  highest,
  segmentsCsv,
  type TimeSequence,
  throughput,
  timeSequence,
} from './data.ts';
import { savePlots } from './export.ts';
import { type Line, Plot } from './Plot.tsx';
import { RecoveryKey, RecoveryList } from './RecoveryKey.tsx';
import { hints, NO_RECOVERY, RECOVERY_COLUMNS, recoveryColumns } from './recovery.ts';
import type { Strip } from './recovery-draw.ts';
import { drawSegments, KEY } from './segments.ts';
import './plots.css';

const CONGESTION: readonly Line[] = [
  { label: 'cwnd', colour: 'blue', stepped: true, width: 2.5 },
  { label: 'ssthresh', colour: 'vermillion', stepped: true, dash: [10, 5], gaps: true },
  { label: 'in flight', colour: 'green', stepped: true, width: 1.5 },
  { label: 'SND.WND', colour: 'muted', stepped: true, dash: [3, 4] },
];
const RTT: readonly Line[] = [
  { label: 'SRTT', colour: 'blue', width: 2.5 },
  { label: '+RTTVAR', colour: 'sky', width: 1 },
  { label: '−RTTVAR', colour: 'sky', width: 1 },
  { label: 'RTO', colour: 'vermillion', dash: [10, 5], stepped: true },
  { label: 'reo_wnd', colour: 'orange', dash: [2, 3], width: 2, stepped: true, gaps: true },
];
const THROUGHPUT: readonly Line[] = [
  { label: 'acknowledged', colour: 'blue' },
  { label: 'received', colour: 'orange', dash: [8, 4] },
];
const WINDOW: readonly Line[] = [{ label: 'RCV.WND', colour: 'purple', stepped: true }];
const SEQUENCE: readonly Line[] = [
  { label: 'acknowledged', colour: 'green', stepped: true, width: 1.5 },
  { label: 'window edge', colour: 'orange', stepped: true, width: 1.5, dash: [6, 4] },
];

const GAUGE_COLUMNS = [
  'seconds',
  'cwnd',
  'ssthresh',
  'flight',
  'snd_wnd',
  'srtt_ms',
  'srtt_plus_rttvar_ms',
  'srtt_minus_rttvar_ms',
  'rto_ms',
  'reo_wnd_ms',
  'rcv_wnd',
  ...RECOVERY_COLUMNS,
];

/** Lines are drawn anew so often at most. */
const REDRAW_MS = 150;

export function PlotsView() {
  let host!: HTMLDivElement;
  const [received, setReceived] = createSignal(false);
  const [windowShown, showWindow] = createSignal(false);

  const [again, setAgain] = createSignal(0);
  let late: number | undefined;
  let drawnAt = Number.NEGATIVE_INFINITY;
  const moment = createMemo((before: number) => {
    ticks();
    const { order } = model();
    // While much happens, not every picture is worth new lines; the last one always is.
    if (performance.now() - drawnAt < REDRAW_MS && before !== 0) {
      clearTimeout(late);
      late = window.setTimeout(() => setAgain((count) => count + 1), REDRAW_MS);
      again();
      return before;
    }
    again();
    drawnAt = performance.now();
    return order;
  }, 0);
  const series = createMemo(() => {
    moment();
    const connection = selected();
    return connection ? session()?.timeline.series.get(connection.name) : undefined;
  });
  const gauges = createMemo(() => {
    const order = moment();
    const current = series();
    return current ? gaugeData(current, order) : undefined;
  });
  const recovery = createMemo((): Recovery => {
    moment();
    const connection = selected();
    const log = connection && session()?.timeline.recovery.get(connection.name);
    return log?.upTo(model()) ?? NO_RECOVERY;
  });
  const strip = createMemo((): Strip => ({ recovery: recovery(), isLabelled: true }));
  const backdrop = createMemo((): Strip => ({ recovery: recovery(), isLabelled: false }));
  const hint = (at: number, reach: number): readonly string[] => hints(recovery(), at, reach);
  const sequence = createMemo((): TimeSequence | undefined => {
    const order = moment();
    const connection = selected();
    const wire = session()?.timeline.wire;
    const place = connection && wire?.of(connection.name);
    if (!wire || !place) return undefined;
    const direction = received() ? (place.side === 0 ? 1 : 0) : place.side;
    return timeSequence(wire, place.conversation.index, direction, order, (row) =>
      sackBlocks(wire.frames.bytes(row)),
    );
  });
  /** Both lines and bars need the same stretch of time. */
  const lines = createMemo((): Columns => {
    const current = sequence();
    if (!current) return [[], [], []];
    const [seconds, acks, edges] = current.lines as [number[], number[], number[]];
    const first = current.segments[0]?.seconds;
    const last = current.segments.at(-1)?.seconds;
    const head = first !== undefined && first < (seconds[0] ?? Number.POSITIVE_INFINITY) ? [first] : [];
    const tail =
      last !== undefined && last > (seconds.at(-1) ?? Number.NEGATIVE_INFINITY) && last !== head[0]
        ? [last]
        : [];
    const around = <T,>(column: readonly T[], before: T | null, after: T | null) => [
      ...head.map(() => before),
      ...column,
      ...tail.map(() => after),
    ];
    const shown = windowShown() ? edges : edges.map(() => null);
    return [
      [...head, ...seconds, ...tail],
      around<number | null>(acks, null, acks.at(-1) ?? null),
      around<number | null>(shown, null, shown.at(-1) ?? null),
    ];
  });

  const time = {
    zoomed: false,
    /** While segments crossed the wire: a wait of 2 MSL behind them would leave no room for what there is to see. */
    span: (): readonly [number, number] => {
      const wire = lines()[0] ?? [];
      const seconds = wire.length > 1 ? (wire as readonly number[]) : (gauges()?.seconds ?? []);
      const from = seconds[0] ?? 0;
      const to = seconds.at(-1) ?? from;
      return [from, to > from ? to : from + 1];
    },
  };

  const rates = createMemo((): Columns => {
    const order = moment();
    const current = series();
    return current ? throughput(current, order, time.span()) : [[], [], []];
  });
  /** What is given away is of this moment, drawn already or not. */
  const renew = (): void => {
    drawnAt = Number.NEGATIVE_INFINITY;
    setAgain((count) => count + 1);
  };
  const saveCsv = (): void => {
    renew();
    const current = gauges();
    if (!current) return;
    const columns = [
      ...current.congestion,
      ...current.rtt.slice(1),
      ...current.window.slice(1),
      ...recoveryColumns(recovery(), current.orders),
    ];
    download('plots.csv', new Blob([csv(GAUGE_COLUMNS, columns)], { type: 'text/csv' }));
  };
  const saveSegments = (): void => {
    renew();
    const current = sequence();
    if (current) download('segments.csv', new Blob([segmentsCsv(current)], { type: 'text/csv' }));
  };
  const savePng = (): void => {
    renew();
    savePlots(host).catch((error: Error) => setNotice({ text: error.message, bad: true }));
  };
  /** All five fit into a pane of a usual height. */
  const [room, setRoom] = createSignal(700);
  onMount(() => {
    const observer = new ResizeObserver(() => setRoom(host.clientHeight));
    observer.observe(host);
    onCleanup(() => observer.disconnect());
  });
  const height = (): number => Math.round(Math.max(7.8 * rem(), room() * 0.19));
  return (
    <div class="scroll plots" ref={host}>
      <Tools view="plots">
        <button
          type="button"
          aria-pressed={received()}
          onClick={() => setReceived((before) => !before)}
          title="Whose text the time-sequence graph shows"
        >
          {received() ? 'text received' : 'text sent'}
        </button>
        <button type="button" aria-pressed={windowShown()} onClick={() => showWindow((before) => !before)}>
          window edge
        </button>
        <button type="button" onClick={saveCsv} title="The gauges over time">
          CSV
        </button>
        <button type="button" onClick={saveSegments} title="What the time-sequence graph draws">
          CSV of segments
        </button>
        <button type="button" onClick={savePng}>
          PNG
        </button>
      </Tools>
      <Show when={gauges()} fallback={<p class="empty">No connection yet: there is nothing to plot.</p>}>
        {(current) => (
          <>
            <div class="plot-wide">
              <Show when={sequence()}>
                {(graph) => (
                  <Plot
                    title="Time and sequence"
                    lines={SEQUENCE}
                    data={lines()}
                    time={time}
                    height={Math.round(Math.max(13 * rem(), room() * 0.34))}
                    format={bytes}
                    range={(from, to) => highest(graph(), from, to, windowShown())}
                    draw={(plot) => drawSegments(plot, graph())}
                    // Our recovery decides about our text alone.
                    {...(received() ? {} : { strip: strip(), hint })}
                  />
                )}
              </Show>
              <ul class="key" aria-label="Key">
                <For each={KEY}>
                  {([sign, kind, words]) => (
                    <li>
                      <span class="key-sign" data-kind={kind} aria-hidden="true">
                        {sign}
                      </span>
                      {words}
                    </li>
                  )}
                </For>
                <li class="muted">drag to look closer, double-click for all of it</li>
              </ul>
              <RecoveryKey recovery={recovery()} />
              <RecoveryList recovery={recovery()} />
            </div>
            <Plot
              title="Congestion"
              lines={CONGESTION}
              data={inScale(current().congestion)}
              time={time}
              height={height()}
              format={bytes}
              range={() => [0, congestionTop(current().congestion)]}
              strip={strip()}
              hint={hint}
            />
            <Plot
              title="Round-trip time and RTO"
              lines={RTT}
              log
              data={current().rttDrawn}
              told={current().rtt}
              strip={backdrop()}
              hint={hint}
              time={time}
              height={height()}
              format={duration}
              band={[2, 3]}
            />
            <Plot
              title="Throughput"
              lines={THROUGHPUT}
              data={rates()}
              time={time}
              height={height()}
              format={(value) => `${bytes(Math.round(value))}/s`}
            />
            <Plot
              title="Receive window"
              lines={WINDOW}
              data={current().window}
              time={time}
              height={height()}
              format={bytes}
            />
          </>
        )}
      </Show>
    </div>
  );
}

/** The peer's window may be a hundred times what is under way: then it is left out of the scale. */
function congestionTop(columns: Columns): number {
  const most = (index: number): number =>
    (columns[index] ?? []).reduce<number>((top, value) => Math.max(top, value ?? 0), 0);
  const own = Math.max(most(1), most(3));
  const others = [most(2), most(4)].filter((value) => value <= own * 4);
  return Math.max(own, ...others, 1) * 1.08;
}

function inScale(columns: Columns): Columns {
  const top = congestionTop(columns);
  return columns.map((column, index) =>
    index === 2 || index === 4
      ? column.map((value) => (value !== null && value > top ? null : value))
      : column,
  );
}
