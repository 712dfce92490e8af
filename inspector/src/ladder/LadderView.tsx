import { createEffect, createMemo, createSignal, Index, on, onCleanup, onMount, Show } from 'solid-js';
import { atMostEvery } from '../app/pictures.ts';
import { colour, numbers, rem, setNumbers, theme } from '../app/preferences.ts';
import {
  goTo,
  model,
  position,
  selected,
  selectedRow,
  session,
  setSelectedRow,
  ticks,
} from '../app/state.ts';
import { Tools } from '../app/Tools.tsx';
import type { FrameRow } from '../store/frame-log.ts';
import { endpoint } from '../store/model.ts';
import type { Wire } from '../store/wire.ts';
import { draw, type Palette } from './draw.ts';
import { FrameDetails } from './FrameDetails.tsx';
import { type Geometry, geometryOf, rowsOf, scrolling } from './geometry.ts';
import { LadderKey } from './LadderKey.tsx';
import { numbersOf, rowText } from './rows.ts';
import './ladder.css';

/** Who hears the page can't follow faster than this. */
const WORDS_MS = 500;

export function LadderView() {
  let scroller!: HTMLDivElement;
  let canvas!: HTMLCanvasElement;
  const [size, setSize] = createSignal({ width: 600, height: 400 });
  /** Where the view begins, in the ladder's own pixels. */
  const [top, setTop] = createSignal(0);
  const [hovered, setHovered] = createSignal<number>();
  const [everything, setEverything] = createSignal(false);
  let following = true;

  const wire = () => {
    ticks();
    return session()?.timeline.wire;
  };
  const place = createMemo(() => {
    ticks();
    const connection = selected();
    return connection ? session()?.timeline.wire.of(connection.name) : undefined;
  });
  const geometry = createMemo(() => geometryOf(size().width, rem()));
  const rows = createMemo(() => {
    const all = wire();
    if (!all) return undefined;
    return rowsOf(all, everything() ? undefined : place()?.conversation.index, model().order);
  });
  const scroll = createMemo(() => scrolling(rows()?.length ?? 0, geometry(), size().height));
  const watched = createMemo(() => new Set(model().hello?.hosts.flatMap(({ addresses }) => addresses) ?? []));

  const palette = createMemo(readPalette);
  const fonts = createMemo(() => {
    theme();
    return { mono: colour('mono'), sans: colour('font') };
  });

  onMount(() => {
    const observer = new ResizeObserver(() => {
      setSize({ width: scroller.clientWidth, height: scroller.clientHeight });
    });
    observer.observe(scroller);
    onCleanup(() => observer.disconnect());
  });

  createEffect(() => {
    const all = wire();
    const list = rows();
    const { width, height } = size();
    const context = fitCanvas(canvas, width, height);
    if (!context || !all || !list) return;
    draw({
      context,
      geometry: geometry(),
      palette: palette(),
      fonts: fonts(),
      wire: all,
      rows: list,
      shownOrder: model().order,
      numbers: numbers(),
      scrollTop: top() - geometry().pad,
      height,
      selected: selectedRow(),
      hovered: hovered(),
      isWatched: (address) => watched().has(address),
    });
  });

  // New rows scroll into view as long as the end is in view; a moment of the past is always shown at its end.
  createEffect(
    on([() => rows()?.length, position], () => {
      if (following || position() !== undefined) queueMicrotask(toEnd);
    }),
  );

  // The details of a frame take their place from the rows: its own stays in view.
  createEffect(
    on([() => size().height, selectedRow], ([, row]) => {
      if (row === undefined) queueMicrotask(() => following && toEnd());
      else queueMicrotask(() => keepInView((rows()?.countUpTo(wire()!.frames.orderOf(row)) ?? 0) - 1));
    }),
  );

  function keepInView(index: number): void {
    const { rowHeight, pad } = geometry();
    const y = pad + index * rowHeight;
    if (y < top() || y + 2 * rowHeight > top() + size().height) moveTo(y - size().height / 2);
  }

  function toEnd(): void {
    scroller.scrollTop = scroll().height;
    setTop(scroller.scrollTop * scroll().ratio);
  }

  /** One pixel of a long ladder's bar is several of the ladder: those between are kept, as long as the bar does not move. */
  function moveTo(wanted: number): void {
    const { height, ratio } = scroll();
    const next = Math.max(0, Math.min(wanted, (height - size().height) * ratio));
    scroller.scrollTop = next / ratio;
    setTop(next);
  }

  function scrolled(): void {
    const { ratio } = scroll();
    following = scroller.scrollTop + scroller.clientHeight >= scroller.scrollHeight - 4;
    if (Math.abs(scroller.scrollTop - top() / ratio) >= 1) setTop(scroller.scrollTop * ratio);
  }

  function wheeled(event: WheelEvent): void {
    if (scroll().ratio === 1 || event.ctrlKey || event.deltaMode !== WheelEvent.DOM_DELTA_PIXEL) return;
    event.preventDefault();
    moveTo(top() + event.deltaY);
  }

  function itemAt(clientY: number): number | undefined {
    const y = clientY - canvas.getBoundingClientRect().top + top() - geometry().pad;
    const index = Math.floor(y / geometry().rowHeight);
    return index >= 0 && index < (rows()?.length ?? 0) ? index : undefined;
  }

  function pick(index: number | undefined): void {
    const item = index === undefined ? undefined : rows()?.at(index);
    setSelectedRow(item !== undefined && item >= 0 ? item : undefined);
  }

  function keys(event: KeyboardEvent): void {
    const step = { ArrowUp: -1, ArrowDown: 1, PageUp: -10, PageDown: 10 }[event.key];
    const list = rows();
    if (step === undefined || !list || list.length === 0) return;
    event.preventDefault();
    const now = selectedRow();
    const at = now === undefined ? list.length - 1 : list.countUpTo(wire()!.frames.orderOf(now)) - 1;
    let next = Math.max(0, Math.min(list.length - 1, at + step));
    while (list.at(next) < 0 && next + Math.sign(step) >= 0 && next + Math.sign(step) < list.length)
      next += Math.sign(step);
    pick(next);
  }

  /** For those who hear the page, and for tests: what is in view, in words. */
  const pictures = atMostEvery(WORDS_MS);
  const words = createMemo(
    on([pictures, top, size, everything, numbers, place, position], () => {
      const all = wire();
      const list = rows();
      if (!all || !list) return [];
      const first = Math.max(0, Math.floor(top() / geometry().rowHeight));
      const last = Math.min(list.length - 1, Math.ceil((top() + size().height) / geometry().rowHeight));
      const texts: string[] = [];
      for (let index = first; index <= last; index++)
        texts.push(rowText(list.at(index), all, numbers(), model().order));
      return texts;
    }),
  );

  return (
    <div class="ladder" data-rows={rows()?.length ?? 0}>
      <Tools view="ladder">
        <label class="check">
          <input
            type="checkbox"
            checked={everything()}
            onChange={(event) => setEverything(event.currentTarget.checked)}
          />{' '}
          all frames
        </label>
        <button
          type="button"
          aria-pressed={numbers() === 'relative'}
          onClick={() => setNumbers(numbers() === 'relative' ? 'absolute' : 'relative')}
          title="Sequence numbers (r)"
        >
          {numbers() === 'relative' ? 'relative numbers' : 'absolute numbers'}
        </button>
      </Tools>
      <div class="lanes-head">
        <span class="lane-time muted" style={{ width: `${geometry().timeWidth - 0.3 * rem()}px` }}>
          seconds
        </span>
        <Show
          when={!everything() && place()}
          fallback={
            <span class="lane-all muted" style={{ left: `${geometry().timeWidth + rem()}px` }}>
              all frames; on the left the end that was heard first
            </span>
          }
        >
          {(found) => (
            <>
              <LaneName end={found().conversation.a} geometry={geometry()} side={0} />
              <LaneName end={found().conversation.b} geometry={geometry()} side={1} />
            </>
          )}
        </Show>
      </div>
      <div
        class="ladder-scroll"
        ref={scroller}
        tabindex="0"
        role="group"
        aria-label="Ladder"
        onScroll={scrolled}
        onWheel={wheeled}
        onKeyDown={keys}
      >
        <div style={{ height: `${scroll().height}px` }}>
          <canvas
            ref={canvas}
            onMouseMove={(event) => setHovered(itemAt(event.clientY))}
            onMouseLeave={() => setHovered(undefined)}
            onClick={(event) => pick(itemAt(event.clientY))}
            onDblClick={(event) => {
              const index = itemAt(event.clientY);
              const all = wire();
              const list = rows();
              if (index !== undefined && all && list) goTo(all.orderOf(list.at(index)));
            }}
          />
        </div>
      </div>
      <Show when={(rows()?.length ?? 0) === 0}>
        <p class="ladder-empty muted">No frame has crossed the wire yet.</p>
      </Show>
      <ul class="visually-hidden" aria-label="Frames in view">
        <Index each={words()}>{(text) => <li>{text()}</li>}</Index>
      </ul>
      <LadderKey />
      <Show when={selectedRow() !== undefined && wire()?.frames.row(selectedRow()!)}>
        {(row) => (
          <FrameDetails
            row={row()}
            bytes={wire()!.frames.bytes(row().index)}
            relative={numbersOf(row(), wire()!, wire()!.conversation(row().conversation), 'relative')}
            shownOrder={model().order}
            toWatched={watched().has(destinationOf(row(), wire()!))}
            onClose={() => setSelectedRow(undefined)}
          />
        )}
      </Show>
    </div>
  );
}

function destinationOf({ conversation, direction }: FrameRow, wire: Wire): string {
  const { a, b } = wire.conversation(conversation);
  return direction === 0 ? b.address : a.address;
}

function LaneName(props: {
  readonly end: { readonly address: string; readonly port: number };
  readonly geometry: Geometry;
  readonly side: 0 | 1;
}) {
  const host = () => model().hello?.hosts.find(({ addresses }) => addresses.includes(props.end.address));
  const words = () => endpoint(props.end.address, props.end.port);
  return (
    <span
      class="lane-name"
      style={{
        left: `${props.geometry.lanes[props.side]}px`,
        'max-width': `${2 * props.geometry.stateWidth - 8}px`,
      }}
      title={words()}
    >
      <strong>{host()?.name ?? 'peer'}</strong> <span class="mono">{words()}</span>
    </span>
  );
}

function fitCanvas(
  canvas: HTMLCanvasElement,
  width: number,
  height: number,
): CanvasRenderingContext2D | null {
  const ratio = devicePixelRatio || 1;
  const pixels = { width: Math.round(width * ratio), height: Math.round(height * ratio) };
  if (canvas.width !== pixels.width || canvas.height !== pixels.height) {
    canvas.width = pixels.width;
    canvas.height = pixels.height;
    canvas.style.width = `${width}px`;
    canvas.style.height = `${height}px`;
  }
  const context = canvas.getContext('2d', { alpha: false });
  context?.setTransform(ratio, 0, 0, ratio, 0, 0);
  return context;
}

function readPalette(): Palette {
  return {
    bg: colour('bg'),
    surface: colour('surface'),
    text: colour('text'),
    muted: colour('muted'),
    faint: colour('faint'),
    line: colour('line'),
    accent: colour('accent'),
    accentSoft: colour('accent-soft'),
    blue: colour('blue'),
    green: colour('green'),
    orange: colour('orange'),
    vermillion: colour('vermillion'),
    purple: colour('purple'),
    sky: colour('sky'),
  };
}
