import { createMemo, createSignal, For, onCleanup, onMount, Show } from 'solid-js';
import { model, selected, session } from '../app/state.ts';
import { Tools } from '../app/Tools.tsx';
import type { Connection } from '../store/model.ts';
import { bytes, count } from '../ui/format.ts';
import { type Block, heardSacks } from './sacks.ts';
import { receiveSpace, type Space, type SpanKind, sendSpace } from './spans.ts';
import './sequence-space.css';

const BAR = { y: 62, height: 50 } as const;
/** Where names stand, above the bar and below it: the nearer row first. */
const ROWS = { above: [50, 24], below: [136, 160] } as const;

export function SequenceSpaceView() {
  let host!: HTMLDivElement;
  const [whole, setWhole] = createSignal(false);
  const [width, setWidth] = createSignal(1_000);
  const sacks = (connection: Connection): readonly Block[] => {
    const wire = session()?.timeline.wire;
    return wire ? heardSacks(connection, wire, model().order) : [];
  };
  onMount(() => {
    const observer = new ResizeObserver(
      ([entry]) => entry && setWidth(Math.max(320, entry.contentRect.width)),
    );
    observer.observe(host);
    onCleanup(() => observer.disconnect());
  });
  return (
    <div class="scroll padded sequence-space" ref={host}>
      <Tools view="sequence-space">
        <button type="button" aria-pressed={!whole()} onClick={() => setWhole(false)}>
          what is under way
        </button>
        <button type="button" aria-pressed={whole()} onClick={() => setWhole(true)}>
          whole window
        </button>
      </Tools>
      <Show
        when={selected()}
        fallback={<p class="empty">No connection yet: there are no sequence numbers.</p>}
      >
        {(connection) => (
          <>
            <Part
              title="Send sequence space"
              note={`ISS ${connection().tcb.iss}; numbers are relative to it`}
              space={sendSpace(connection().tcb, whole())}
              sacks={sacks(connection())}
              width={width()}
            />
            <Numbers facts={sendFacts(connection())} />
            <Part
              title="Receive sequence space"
              note={`IRS ${connection().tcb.irs}; numbers are relative to it`}
              space={receiveSpace(connection().tcb, whole())}
              width={width()}
            />
            <Numbers facts={receiveFacts(connection())} />
            <Queue connection={connection()} />
          </>
        )}
      </Show>
    </div>
  );
}

interface PartProps {
  readonly title: string;
  readonly note: string;
  readonly space: Space;
  /** What the peer has told that it holds. */
  readonly sacks?: readonly Block[];
  /** In pixels: names are as large in a narrow pane as in a wide one. */
  readonly width: number;
}

function Part(props: PartProps) {
  const x = (at: number): number =>
    ((at - props.space.from) / (props.space.to - props.space.from)) * props.width;
  const clip = (at: number): number => Math.max(0, Math.min(props.width, x(at)));
  const marks = createMemo(() => spread(props.space, x, props.width));
  const top = (): number => (marks().some(({ nameY }) => nameY === ROWS.above[1]) ? 0 : 28);
  const bottom = (): number => (marks().some(({ nameY }) => nameY === ROWS.below[1]) ? 168 : 146);
  const kinds = createMemo(() => [
    ...new Set(props.space.spans.filter(({ from, to }) => to > from).map(({ kind }) => kind)),
  ]);
  return (
    <section class="space-part" aria-label={props.title}>
      <h3>
        {props.title} <span class="muted note">{props.note}</span>
      </h3>
      <svg
        viewBox={`0 ${top()} ${props.width} ${bottom() - top()}`}
        class="space-figure"
        role="img"
        aria-label={props.title}
      >
        <defs>
          <pattern
            id="hatch-hole"
            width="8"
            height="8"
            patternUnits="userSpaceOnUse"
            patternTransform="rotate(45)"
          >
            <path d="M0 0V8" class="hatch-hole" />
          </pattern>
          <pattern
            id="hatch-lost"
            width="8"
            height="8"
            patternUnits="userSpaceOnUse"
            patternTransform="rotate(-45)"
          >
            <path d="M0 0V8" class="hatch-lost" />
          </pattern>
          <pattern id="dots-sacked" width="7" height="7" patternUnits="userSpaceOnUse">
            <circle cx="3.5" cy="3.5" r="2.1" class="dot-sacked" />
          </pattern>
        </defs>
        <rect class="ground" x="0" y={BAR.y} width={props.width} height={BAR.height} />
        <For each={props.space.spans}>
          {(span) => (
            <Show when={span.to > span.from && x(span.to) > 0 && x(span.from) < props.width}>
              <g class="span" data-kind={span.kind} data-from={span.from} data-to={span.to}>
                <title>{`${span.kind}: ${span.from}–${span.to} (${span.label})`}</title>
                <rect
                  class="fill"
                  x={clip(span.from)}
                  y={BAR.y}
                  width={Math.max(1.5, clip(span.to) - clip(span.from))}
                  height={BAR.height}
                />
                <rect
                  class="pattern"
                  x={clip(span.from)}
                  y={BAR.y}
                  width={Math.max(1.5, clip(span.to) - clip(span.from))}
                  height={BAR.height}
                />
              </g>
            </Show>
          )}
        </For>
        <For each={props.sacks ?? []}>
          {(block) => (
            <Show when={x(block.to) > 0 && x(block.from) < props.width}>
              <g class="sack" data-from={block.from} data-to={block.to}>
                <title>{`SACK block ${block.from}–${block.to}: the peer holds it`}</title>
                <rect
                  x={clip(block.from)}
                  y={BAR.y + BAR.height - 11}
                  width={Math.max(2, clip(block.to) - clip(block.from))}
                  height="11"
                />
              </g>
            </Show>
          )}
        </For>
        <For each={marks()}>
          {(mark) => (
            <g class="mark" data-mark={mark.name} data-at={mark.at}>
              <path
                d={`M${mark.x} ${mark.below ? BAR.y - 4 : mark.nameY + 6} V${mark.below ? mark.nameY - 13 : BAR.y + BAR.height + 4}`}
              />
              <text x={mark.nameX} y={mark.nameY} text-anchor={mark.anchor}>
                {mark.name} <tspan class="at">{count(mark.at)}</tspan>
                {mark.beyond ? ' ▸' : ''}
              </text>
            </g>
          )}
        </For>
        <For each={props.space.spans}>
          {(span) => (
            <Show when={clip(span.to) - clip(span.from) > 10 + span.kind.length * 8}>
              <text
                class="span-name"
                data-kind={span.kind}
                x={(clip(span.from) + clip(span.to)) / 2}
                y={BAR.y + BAR.height / 2 + 5}
                text-anchor="middle"
              >
                {span.kind}
              </text>
            </Show>
          )}
        </For>
      </svg>
      <div class="legend">
        <For each={kinds()}>
          {(kind) => (
            <span class="legend-entry">
              <Swatch kind={kind} /> {kind}
            </span>
          )}
        </For>
        <Show when={(props.sacks ?? []).length > 0}>
          <span class="legend-entry">
            <svg width="26" height="14" aria-hidden="true">
              <g class="sack">
                <rect y="3" width="26" height="9" />
              </g>
            </svg>
            SACK block, heard
          </span>
        </Show>
      </div>
    </section>
  );
}

/** Names stand in two rows above the bar and two below, so that they don't lie on each other, nor on each other's lines. */
function spread(space: Space, x: (at: number) => number, width: number) {
  const taken: Record<number, number> = {};
  const marks = space.marks
    .map((mark) => ({
      ...mark,
      x: Math.max(1, Math.min(width - 1, x(mark.at))),
      beyond: x(mark.at) > width + 1,
    }))
    .sort((a, b) => a.x - b.x);
  return marks.map((mark, index) => {
    const own = (mark.name.length + String(mark.at).length) * 8.6 + 26;
    const next = marks.find((other, place) => place > index && other.below === mark.below);
    const rows = mark.below ? ROWS.below : ROWS.above;
    const isFree = (row: number, from: number): boolean => (taken[row] ?? 0) <= from;
    // To the left, where there is no room to the right, or another mark's line comes down there.
    const isCrossed = next !== undefined && next.x < mark.x + own;
    const isLeft = mark.x + own > width || (isCrossed && isFree(rows[0], mark.x - own));
    const from = isLeft ? mark.x - own : mark.x;
    const row = rows.find((candidate) => isFree(candidate, from)) ?? rows[1];
    taken[row] = from + own;
    return {
      ...mark,
      anchor: isLeft ? ('end' as const) : ('start' as const),
      nameX: isLeft ? mark.x - 5 : mark.x + 5,
      nameY: row,
    };
  });
}

function Swatch(props: { readonly kind: SpanKind }) {
  return (
    <svg width="26" height="14" aria-hidden="true">
      <g class="span" data-kind={props.kind}>
        <rect class="fill" width="26" height="14" />
        <rect class="pattern" width="26" height="14" />
      </g>
    </svg>
  );
}

type Fact = readonly [name: string, value: string];

function sendFacts({ tcb }: Connection): readonly Fact[] {
  const { snd, iss, cc } = tcb;
  return [
    ['SND.UNA', `${snd.una} (${(snd.una - iss) >>> 0})`],
    ['SND.NXT', `${snd.nxt} (${(snd.nxt - iss) >>> 0})`],
    ['SND.WND', bytes(snd.wnd)],
    ['in flight', bytes(snd.flight)],
    ['queued', bytes(snd.queued)],
    ['cwnd', bytes(cc.cwnd)],
    ['control', cc.state ? `${cc.name}, ${cc.state}` : cc.name],
    ['MSS', bytes(snd.mss)],
    ['path MTU', pathInWords(tcb.path)],
    ['recovery', tcb.recovery.phase],
  ];
}

function pathInWords({ mtu, searchHigh, searching, probe }: Connection['tcb']['path']): string {
  if (probe !== null) return `${bytes(mtu)}, a probe of ${bytes(probe)} is out`;
  return searching ? `${bytes(mtu)}, up to ${bytes(searchHigh)} may be tried` : bytes(mtu);
}

function receiveFacts({ tcb }: Connection): readonly Fact[] {
  const { rcv, irs } = tcb;
  return [
    ['RCV.NXT', `${rcv.nxt} (${(rcv.nxt - irs) >>> 0})`],
    ['RCV.WND', bytes(rcv.wnd)],
    ['to be read', bytes(rcv.queued)],
    ['out of order', `${rcv.blocks.length} ${rcv.blocks.length === 1 ? 'block' : 'blocks'}`],
    ['owed to the peer', rcv.ack === 'none' ? 'nothing' : `ACK ${rcv.ack} (${rcv.ackReason})`],
  ];
}

function Numbers(props: { readonly facts: readonly Fact[] }) {
  return (
    <dl class="space-facts">
      <For each={props.facts}>
        {([name, value]) => (
          <div>
            <dt>{name}</dt>
            <dd class="mono" data-fact={name}>
              {value}
            </dd>
          </div>
        )}
      </For>
    </dl>
  );
}

/** More entries than this say no more. */
const LISTED = 40;

function Queue(props: { readonly connection: Connection }) {
  const queue = () => {
    model();
    return props.connection.tcb.retransmissionQueue;
  };
  return (
    <section aria-label="Retransmission queue">
      <h3>
        Retransmission queue{' '}
        <span class="muted note">
          {queue().length === 0
            ? 'empty'
            : `${queue().length} ${queue().length === 1 ? 'stretch' : 'stretches'}`}
        </span>
      </h3>
      <div class="queue">
        <For each={queue().slice(0, LISTED)}>
          {(entry) => (
            <span class="queue-entry mono" data-is={entry.is}>
              {(entry.left - props.connection.tcb.iss) >>> 0}–{(entry.right - props.connection.tcb.iss) >>> 0}
              {entry.control ? ` ${entry.control}` : ''} <em>{entry.is}</em>
            </span>
          )}
        </For>
        <Show when={queue().length > LISTED}>
          <span class="muted">and {queue().length - LISTED} more</span>
        </Show>
      </div>
    </section>
  );
}
