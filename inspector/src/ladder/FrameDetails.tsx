/** One frame in full: its fields beside its octets. What one points at in one is shown in the other. */

import { createMemo, createSignal, For, onCleanup, onMount, Show } from 'solid-js';
import { FLAG } from '../../../src/wire/index.ts';
import { rem } from '../app/preferences.ts';
import { goTo } from '../app/state.ts';
import { type FrameRow, MARK } from '../store/frame-log.ts';
import { seconds } from '../ui/format.ts';
import { decode, type Field } from './decode.ts';

/** Longer frames are cut in this view: the rest is text. */
const SHOWN = 1_024;

export interface FrameDetailsProps {
  readonly row: FrameRow;
  readonly bytes: Uint8Array;
  /** Its numbers, counted from the initial ones. */
  readonly relative: { readonly seq: number; readonly ack: number };
  readonly shownOrder: number;
  /** Whether it went to a stack that is watched, which would have told of its arrival. */
  readonly toWatched: boolean;
  onClose(): void;
}

export function FrameDetails(props: FrameDetailsProps) {
  let host!: HTMLElement;
  const [pointed, setPointed] = createSignal<Field>();
  const [width, setWidth] = createSignal(600);
  onMount(() => {
    const observer = new ResizeObserver(() => setWidth(host.clientWidth));
    observer.observe(host);
    onCleanup(() => observer.disconnect());
  });
  /** So many octets that the fields still have their place beside them. */
  const perLine = (): number => (width() < 66 * rem() ? 8 : 16);
  const fields = createMemo(() => decode(props.bytes, props.row.wireLength));
  const lines = createMemo(() => {
    const shown = props.bytes.subarray(0, SHOWN);
    return Array.from({ length: Math.ceil(shown.length / perLine()) }, (_, index) => index * perLine());
  });
  const isPointed = (at: number): boolean => {
    const field = pointed();
    return field !== undefined && at >= field.from && at < field.to;
  };
  /** The narrowest field around an octet. */
  const fieldAt = (at: number): Field | undefined =>
    fields()
      .filter(({ from, to }) => at >= from && at < to)
      .sort((a, b) => a.to - a.from - (b.to - b.from))[0];
  /** What had become of it at the moment that is shown. */
  const fate = (): string | undefined => {
    const { row } = props;
    if (row.arriveOrder <= props.shownOrder)
      return (row.marks & MARK.dropped) !== 0 ? 'Thrown away:' : 'Arrived:';
    return row.lostOrder <= props.shownOrder ? 'Lost:' : undefined;
  };
  const relativeTo = ({ name }: Field): string | undefined => {
    const { row, relative } = props;
    if (name === 'Sequence number') return `(${relative.seq} behind the ISS)`;
    const isAck = name === 'Acknowledgment number' && (row.flags & FLAG.ACK) !== 0;
    return isAck ? `(${relative.ack} behind the IRS)` : undefined;
  };
  return (
    <aside ref={host} class="frame-details" aria-label="The frame, decoded">
      <header>
        <h3>Frame {props.row.index + 1}</h3>
        <span class="muted">
          {seconds(props.row.timeMs)}, {props.row.wireLength} octets
        </span>
        <span class="spacer" />
        <button
          type="button"
          class="quiet"
          onClick={() => goTo(props.row.order)}
          title="Show all views as they were then"
        >
          Go to this moment
        </button>
        <button
          type="button"
          class="quiet"
          onClick={() => props.onClose()}
          aria-label="Close the frame's details"
        >
          ✕
        </button>
      </header>
      <div class="frame-why">
        <Show when={props.row.sentReason}>
          <p>
            <strong>Sent:</strong> {props.row.sentReason} <Change {...props.row.sender} />
          </p>
        </Show>
        <Show
          when={fate()}
          fallback={
            <p class="muted">
              {props.toWatched
                ? 'At this moment it is on its way.'
                : 'Whether it arrived is known to the peer alone, who is not watched.'}
            </p>
          }
        >
          {(words) => (
            <p>
              <strong>{words()}</strong> {props.row.arrivedReason} <Change {...props.row.receiver} />
            </p>
          )}
        </Show>
      </div>
      <div class="frame-columns">
        <table class="fields">
          <tbody>
            <For each={fields()}>
              {(field, index) => (
                <>
                  <Show when={index() === 0 || fields()[index() - 1]!.layer !== field.layer}>
                    <tr>
                      <th scope="rowgroup" colspan="2">
                        {field.layer}
                      </th>
                    </tr>
                  </Show>
                  <tr
                    classList={{ pointed: pointed() === field }}
                    onMouseEnter={() => setPointed(field)}
                    onMouseLeave={() => setPointed(undefined)}
                  >
                    <td>{field.name}</td>
                    <td class="mono">
                      {field.value}
                      <Show when={relativeTo(field)}>{(words) => <span class="muted"> {words()}</span>}</Show>
                    </td>
                  </tr>
                </>
              )}
            </For>
          </tbody>
        </table>
        <div class="octets mono" role="img" aria-label="The frame's octets">
          <For each={lines()}>
            {(start) => (
              <div class="octet-line">
                <span class="muted">{start.toString(16).padStart(4, '0')}</span>
                <span>
                  <For each={Array.from(props.bytes.subarray(start, Math.min(start + perLine(), SHOWN)))}>
                    {(byte, index) => (
                      // biome-ignore lint/a11y/noStaticElementInteractions: pointing only shows what the table says in words
                      <span
                        class="octet"
                        classList={{ pointed: isPointed(start + index()) }}
                        onMouseEnter={() => setPointed(fieldAt(start + index()))}
                        onMouseLeave={() => setPointed(undefined)}
                      >
                        {byte.toString(16).padStart(2, '0')}
                      </span>
                    )}
                  </For>
                </span>
                <span class="muted">
                  {Array.from(
                    props.bytes.subarray(start, Math.min(start + perLine(), SHOWN)),
                    printable,
                  ).join('')}
                </span>
              </div>
            )}
          </For>
          <Show when={props.bytes.length < props.row.wireLength}>
            <p class="muted">{props.row.wireLength - props.bytes.length} octets of text are masked.</p>
          </Show>
        </div>
      </div>
    </aside>
  );
}

function Change(props: { readonly before: string | undefined; readonly after: string | undefined }) {
  return (
    <Show when={props.before !== props.after && props.after}>
      <span class="muted">
        ({props.before} → {props.after})
      </span>
    </Show>
  );
}

function printable(byte: number): string {
  return byte >= 32 && byte < 127 ? String.fromCharCode(byte) : '·';
}
