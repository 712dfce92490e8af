import { createMemo, createSignal, For, Show } from 'solid-js';
import type uPlot from 'uplot';
import { download } from '../app/files.ts';
import { colour, rem } from '../app/preferences.ts';
import { model, selected, session, ticks } from '../app/state.ts';
import { Tools } from '../app/Tools.tsx';
import { sackBlocks } from '../ladder/decode.ts';
import { bytes, duration } from '../ui/format.ts';
import { type Columns, csv, gaugeData, type TimeSequence, throughput, timeSequence } from './data.ts';
import { type Line, Plot } from './Plot.tsx';
import './plots.css';

const CONGESTION: readonly Line[] = [
  { label: 'cwnd', colour: 'blue', stepped: true, width: 2.5 },
  { label: 'ssthresh', colour: 'vermillion', stepped: true, dash: [10, 5] },
  { label: 'in flight', colour: 'green', stepped: true, width: 1.5 },
  { label: 'SND.WND', colour: 'muted', stepped: true, dash: [3, 4] },
];
const RTT: readonly Line[] = [
  { label: 'SRTT', colour: 'blue', width: 2.5 },
  { label: '+ RTTVAR', colour: 'sky', width: 1 },
  { label: '− RTTVAR', colour: 'sky', width: 1 },
  { label: 'RTO', colour: 'vermillion', dash: [10, 5], stepped: true },
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

/** Lines are drawn anew so often at most. */
const REDRAW_MS = 150;

export function PlotsView() {
  let host!: HTMLDivElement;
  const [received, setReceived] = createSignal(false);
  const [windowShown, showWindow] = createSignal(false);

  const [again, setAgain] = createSignal(0);
  let late: number | undefined;
  let drawnAt = 0;
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
  const rates = createMemo((): Columns => {
    const order = moment();
    const current = series();
    return current ? throughput(current, order) : [[], [], []];
  });
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
  const top = (): number => {
    const current = sequence();
    if (!current) return 1;
    const text = current.segments.reduce((most, { to }) => Math.max(most, to), 1);
    const edge = windowShown()
      ? (current.lines[2] ?? []).reduce<number>((most, value) => Math.max(most, value ?? 0), 0)
      : 0;
    return Math.max(text, edge) * 1.06;
  };
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

  const saveCsv = (): void => {
    const current = gauges();
    if (!current) return;
    const columns = [...current.congestion, ...current.rtt.slice(1), ...current.window.slice(1)];
    const header = [
      'seconds',
      'cwnd',
      'ssthresh',
      'flight',
      'snd_wnd',
      'srtt_ms',
      'srtt_plus_rttvar_ms',
      'srtt_minus_rttvar_ms',
      'rto_ms',
      'rcv_wnd',
    ];
    download('plots.csv', new Blob([csv(header, columns)], { type: 'text/csv' }));
  };
  const savePng = (): void => {
    const canvases = [...host.querySelectorAll('canvas')];
    const whole = document.createElement('canvas');
    whole.width = Math.max(...canvases.map(({ width }) => width));
    whole.height = canvases.reduce((sum, { height }) => sum + height + 34, 0);
    const context = whole.getContext('2d');
    if (!context) return;
    context.fillStyle = colour('bg');
    context.fillRect(0, 0, whole.width, whole.height);
    let y = 0;
    for (const canvas of canvases) {
      context.fillStyle = colour('text');
      context.font = `600 17px ${colour('font')}`;
      context.fillText(canvas.closest('figure')?.dataset.plot ?? '', 12, y + 23);
      context.drawImage(canvas, 0, y + 34);
      y += canvas.height + 34;
    }
    whole.toBlob((blob) => blob && download('plots.png', blob), 'image/png');
  };
  const height = (): number => Math.round(15 * rem());
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
        <button type="button" onClick={saveCsv}>
          CSV
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
                    height={height() + 6 * rem()}
                    format={bytes}
                    range={() => [0, top()]}
                    draw={(plot) => drawSegments(plot, graph())}
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
            </div>
            <Plot
              title="Congestion"
              lines={CONGESTION}
              data={inScale(current().congestion)}
              height={height()}
              format={bytes}
              range={() => [0, congestionTop(current().congestion)]}
            />
            <Plot
              title="Round-trip time and RTO"
              lines={RTT}
              data={current().rtt}
              height={height()}
              format={duration}
              band={[2, 3]}
            />
            <Plot
              title="Throughput"
              lines={THROUGHPUT}
              data={rates()}
              height={height()}
              format={(value) => `${bytes(Math.round(value))}/s`}
            />
            <Plot
              title="Receive window"
              lines={WINDOW}
              data={current().window}
              height={height()}
              format={bytes}
            />
          </>
        )}
      </Show>
    </div>
  );
}

const KEY: readonly (readonly [sign: string, kind: string, words: string])[] = [
  ['┃', 'text', 'text, once'],
  ['╏ R', 'retransmission', 'sent again'],
  ['✕', 'lost', 'lost'],
  ['◆', 'SYN', 'SYN or FIN'],
  ['┋', 'sack', 'SACK block'],
];

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

function drawSegments(plot: uPlot, { segments, sacks }: TimeSequence): void {
  const { ctx: context } = plot;
  const ratio = devicePixelRatio || 1;
  const x = (seconds: number): number => plot.valToPos(seconds, 'x', true);
  const y = (value: number): number => plot.valToPos(value, 'y', true);
  const colours = {
    text: colour('blue'),
    retransmission: colour('orange'),
    lost: colour('vermillion'),
    SYN: colour('purple'),
    FIN: colour('purple'),
  };
  context.save();
  context.beginPath();
  context.rect(plot.bbox.left, plot.bbox.top, plot.bbox.width, plot.bbox.height);
  context.clip();
  context.lineWidth = 1.5 * ratio;
  context.strokeStyle = colour('green');
  context.setLineDash([2 * ratio, 2 * ratio]);
  for (const { seconds, from, to } of sacks) bar(context, x(seconds), y(from), y(to));
  context.setLineDash([]);
  for (const { seconds, from, to, kind } of segments) {
    const at = x(seconds);
    context.strokeStyle = colours[kind];
    context.fillStyle = colours[kind];
    context.lineWidth = (kind === 'text' ? 2 : 2.5) * ratio;
    if (kind === 'SYN' || kind === 'FIN') diamond(context, at, y(from), 4 * ratio);
    else bar(context, at, y(from), y(to));
    if (kind === 'lost') cross(context, at, (y(from) + y(to)) / 2, 4 * ratio);
    if (kind === 'retransmission') {
      context.font = `bold ${11 * ratio}px sans-serif`;
      context.fillText('R', at + 4 * ratio, y(to) - 2 * ratio);
    }
  }
  context.restore();
}

function bar(context: CanvasRenderingContext2D, x: number, from: number, to: number): void {
  context.beginPath();
  context.moveTo(x, from);
  context.lineTo(x, Math.min(to, from - 2));
  context.stroke();
}

function cross(context: CanvasRenderingContext2D, x: number, y: number, size: number): void {
  context.beginPath();
  context.moveTo(x - size, y - size);
  context.lineTo(x + size, y + size);
  context.moveTo(x - size, y + size);
  context.lineTo(x + size, y - size);
  context.stroke();
}

function diamond(context: CanvasRenderingContext2D, x: number, y: number, size: number): void {
  context.beginPath();
  context.moveTo(x, y - size);
  context.lineTo(x + size, y);
  context.lineTo(x, y + size);
  context.lineTo(x - size, y);
  context.closePath();
  context.fill();
}
