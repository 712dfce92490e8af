import { createMemo, createSignal, For, Index, onCleanup, onMount, Show } from 'solid-js';
import type { TimerView } from '../../../src/inspect/protocol.ts';
import { changed, goTo, model, nowMs, position, select, selected, ticks } from '../app/state.ts';
import { Tools } from '../app/Tools.tsx';
import type { Connection } from '../store/model.ts';
import { endpoint } from '../store/model.ts';
import { duration, seconds } from '../ui/format.ts';
import './timers.css';

/** Of thousands of timers, those that fire next. */
const LISTED = 60;
const MARKS = 60;

interface Running {
  readonly connection: Connection;
  readonly timer: TimerView;
}

export function TimersView() {
  const [everybody, setEverybody] = createSignal(true);
  // Bars count down while time goes on, envelopes or not.
  onMount(() => {
    let frame = requestAnimationFrame(function picture() {
      if (position() === undefined) changed();
      frame = requestAnimationFrame(picture);
    });
    onCleanup(() => cancelAnimationFrame(frame));
  });
  const running = createMemo((): readonly Running[] => {
    ticks();
    const of = everybody() ? [...model().connections.values()] : [selected()];
    return of
      .flatMap((connection) =>
        connection && connection.endedMs === null
          ? connection.tcb.timers.map((timer) => ({ connection, timer }))
          : [],
      )
      .sort((a, b) => dueOf(a.timer) - dueOf(b.timer))
      .slice(0, LISTED);
  });
  return (
    <div class="scroll padded timers">
      <Tools view="timers">
        <button type="button" aria-pressed={everybody()} onClick={() => setEverybody(true)}>
          all connections
        </button>
        <button type="button" aria-pressed={!everybody()} onClick={() => setEverybody(false)}>
          this connection
        </button>
      </Tools>
      <p class="timers-now mono" data-testid="timers-now">
        now {seconds(nowMs())}
      </p>
      <ul class="timer-list" aria-label="Running timers">
        <Index each={running()} fallback={<li class="muted">No timer runs.</li>}>
          {(entry) => <TimerBar {...entry()} />}
        </Index>
      </ul>
      <Fired />
    </div>
  );
}

function TimerBar(props: Running) {
  const leftMs = () => Math.max(0, dueOf(props.timer) - nowMs());
  const wholeMs = () =>
    Math.max(1, dueOf(props.timer) - (props.timer.sinceMs ?? Math.min(nowMs(), dueOf(props.timer) - 1)));
  const share = () => Math.max(0, Math.min(1, leftMs() / wholeMs()));
  const view = () => props.connection.view;
  return (
    <li
      class="timer"
      classList={{ idle: props.timer.dueMs === null }}
      data-timer={props.timer.timer}
      data-connection={props.connection.name}
      data-due={dueOf(props.timer)}
      data-armed={props.timer.armedMs}
    >
      <button type="button" class="quiet timer-of" onClick={() => select(props.connection.name)}>
        <strong>{props.timer.timer}</strong>
        <span class="muted">
          {props.connection.host} <span class="mono">{endpoint(view().localAddress, view().localPort)}</span>
        </span>
      </button>
      <div
        class="bar"
        role="progressbar"
        aria-label={`${props.timer.timer}: ${duration(leftMs())} left`}
        aria-valuenow={Math.round(share() * 100)}
      >
        <div class="bar-left" style={{ width: `${share() * 100}%` }} />
        <span class="bar-text">
          {duration(leftMs())} <span class="muted">of {duration(wholeMs())}</span>
        </span>
      </div>
      <div class="timer-why">
        <span>{props.timer.why}</span>
        <Show when={props.timer.backoff > 0}>
          <span class="backoff"> · the wait is × {2 ** props.timer.backoff}</span>
        </Show>
        <Show when={props.timer.dueMs === null}>
          <span class="muted"> · waits for nothing any more: it only looks</span>
        </Show>
        <Show when={props.timer.armedMs < (props.timer.dueMs ?? 0)}>
          <span class="muted"> · looks first at {seconds(props.timer.armedMs)}</span>
        </Show>
      </div>
    </li>
  );
}

/** A timer that waits for nothing any more still looks when its delayed event fires. */
function dueOf(timer: TimerView): number {
  return timer.dueMs ?? timer.armedMs;
}

/** What has fired lately, as marks on a line of time and in words. */
function Fired() {
  /** Timers look far more often than they fire: a due time that moves on moves no delayed event. */
  const [withLooks, setWithLooks] = createSignal(false);
  const told = () => marks().filter(({ what }) => withLooks() || what === 'fired');
  const marks = createMemo(() => {
    ticks();
    return (selected()?.marks ?? []).slice(-MARKS).reverse();
  });
  const range = createMemo(() => {
    const first = marks().at(-1)?.timeMs ?? 0;
    const last = Math.max(nowMs(), first + 1);
    return { first, width: last - first };
  });
  return (
    <section aria-label="Fired timers">
      <h3>
        Fired <span class="muted note">by this connection, latest first</span>
      </h3>
      <label class="check muted">
        <input
          type="checkbox"
          checked={withLooks()}
          onChange={(event) => setWithLooks(event.currentTarget.checked)}
        />
        list those, too, that only looked
      </label>
      <Show when={marks().length > 0}>
        <svg class="fired-line" viewBox="0 0 1000 34" preserveAspectRatio="none" aria-hidden="true">
          <path d="M0 24H1000" />
          <For each={marks()}>
            {(mark) => (
              <path
                class={mark.what === 'fired' ? 'fired-mark' : 'looked-mark'}
                d={`M${4 + ((mark.timeMs - range().first) / range().width) * 990} ${mark.what === 'fired' ? 4 : 16}V32`}
              />
            )}
          </For>
        </svg>
        <div class="fired-axis mono muted">
          <span>{seconds(range().first)}</span>
          <span>now {seconds(nowMs())}</span>
        </div>
      </Show>
      <ul class="fired">
        <For each={told()} fallback={<li class="muted">None has fired yet.</li>}>
          {(mark) => (
            <li>
              <button type="button" class="quiet" onClick={() => goTo(mark.order)}>
                <span class="mono muted">{seconds(mark.timeMs)}</span>{' '}
                <strong>{mark.what === 'fired' ? `▲ ${mark.timer}` : `△ ${mark.timer}`}</strong>{' '}
                <span>{mark.what === 'fired' ? mark.why : 'looked only: the due time had moved on'}</span>
                <Show when={mark.backoff > 0}>
                  <span class="backoff"> back-off {mark.backoff}</span>
                </Show>
              </button>
            </li>
          )}
        </For>
      </ul>
    </section>
  );
}
