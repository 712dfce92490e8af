import { createMemo, For, Show } from 'solid-js';
import type { StepKind } from '../../../src/inspect/protocol.ts';
import { forkHere } from '../app/fork.ts';
import { ask, freeze, frozen, goTo, model, nowMs, position, session, ticks } from '../app/state.ts';
import { count, seconds } from '../ui/format.ts';
import { Happenings } from './Happenings.tsx';
import {
  goToEnd,
  goToStart,
  pause,
  play,
  playing,
  SPEEDS,
  setSpeed,
  setStepKind,
  speed,
  stepBy,
} from './transport.ts';
import './time.css';

const KINDS: readonly { readonly kind: StepKind; readonly title: string; readonly what: string }[] = [
  { kind: 'event', title: 'Event', what: 'whatever happens next' },
  { kind: 'frame', title: 'Frame', what: 'up to the next frame that is taken in' },
  { kind: 'timer', title: 'Timer', what: 'up to the next timer of the stack that fires' },
];

export function TimeView() {
  const isLive = () => model().hello?.mode === 'live' && session()?.kind === 'live';
  const timeline = () => {
    ticks();
    return session()?.timeline;
  };
  const held = createMemo(() => Object.entries(model().run.held).filter(([, frames]) => frames > 0));
  const step = (kind: StepKind, by: number): void => {
    setStepKind(kind);
    void stepBy(by);
  };
  return (
    <div class="scroll padded">
      <Show when={timeline()} fallback={<p class="empty">Nothing is watched: no time passes.</p>}>
        {(line) => (
          <div class="time-view">
            <div class="time-controls">
              <div class="time-facts">
                <Fact title="shown" value={seconds(model().timeMs)} />
                <Fact title="now" value={seconds(position() === undefined ? nowMs() : line().head.timeMs)} />
                <Fact title="entry shown" value={`${count(model().order)} of ${count(line().head.order)}`} />
                <Fact title="kept since" value={seconds(line().firstMs)} />
              </div>
              <section>
                <h3>The page</h3>
                <p class="muted">
                  Freezing stops the page alone. What is watched goes on, and is put down meanwhile.
                </p>
                <div class="buttons">
                  <button
                    type="button"
                    aria-pressed={frozen()}
                    onClick={() => (frozen() ? goTo(undefined) : freeze())}
                  >
                    {frozen() ? 'Go on' : 'Freeze'}
                  </button>
                  <button type="button" onClick={goToStart}>
                    To the beginning
                  </button>
                  <button type="button" onClick={goToEnd} disabled={!frozen()}>
                    To the present
                  </button>
                  <Show when={session()?.fork && frozen()}>
                    <button type="button" class="primary" onClick={() => void forkHere()}>
                      Fork here
                    </button>
                  </Show>
                </div>
              </section>
              <section>
                <h3>{isLive() ? 'The stack' : 'The run'}</h3>
                <p class="muted">
                  {isLive()
                    ? "Pausing stops the stack's clock, and its device is no longer read. The peer's clock runs on: it may send again, or give up."
                    : session()?.kind === 'record'
                      ? 'A saved run has been. It is played as a film.'
                      : 'Virtual time: nothing outside waits, so that a run may stand for as long as one likes.'}
                </p>
                <div class="buttons">
                  <button type="button" class="primary" onClick={() => void (playing() ? pause() : play())}>
                    {playing() ? 'Pause' : 'Play'}
                  </button>
                  <Show when={!isLive()}>
                    <For each={SPEEDS}>
                      {(value) => (
                        <button
                          type="button"
                          aria-pressed={speed() === value}
                          onClick={() => void setSpeed(value)}
                        >
                          ×{value}
                        </button>
                      )}
                    </For>
                  </Show>
                  <Show when={isLive() && model().run.paused}>
                    <span class="paused-note">the stack stands; the peer's clock runs on</span>
                  </Show>
                </div>
                <Show when={held().length > 0}>
                  <p class="pending">
                    Waiting to be taken in:{' '}
                    {held()
                      .map(([host, frames]) => `${frames} at ${host}`)
                      .join(', ')}
                    <button type="button" onClick={() => void ask({ command: 'step', what: 'frame' })}>
                      take in one
                    </button>
                  </p>
                </Show>
              </section>
              <section>
                <h3>Steps</h3>
                <For each={KINDS}>
                  {({ kind, title, what }) => (
                    <div class="buttons" data-step={kind}>
                      <button type="button" aria-label={`${title} back`} onClick={() => step(kind, -1)}>
                        ◂
                      </button>
                      <button
                        type="button"
                        aria-label={`${title} on`}
                        disabled={position() === undefined && !model().hello?.can.step.includes(kind)}
                        onClick={() => step(kind, 1)}
                      >
                        ▸
                      </button>
                      <strong>{title}</strong>
                      <span class="muted">{what}</span>
                    </div>
                  )}
                </For>
              </section>
            </div>
            <Happenings />
          </div>
        )}
      </Show>
    </div>
  );
}

function Fact(props: { readonly title: string; readonly value: string }) {
  return (
    <div class="fact">
      <div class="muted">{props.title}</div>
      <div class="value">{props.value}</div>
    </div>
  );
}
