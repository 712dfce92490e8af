/** The bar of time below every view. */

import { createEffect, createMemo, For, Show } from 'solid-js';
import type { StepKind } from '../../../src/inspect/protocol.ts';
import { forkHere } from '../app/fork.ts';
import { freeze, frozen, goTo, model, position, session, ticks } from '../app/state.ts';
import { seconds } from '../ui/format.ts';
import { Scrubber } from './Scrubber.tsx';
import {
  goToEnd,
  goToStart,
  playing,
  SPEEDS,
  setSpeed,
  setStepKind,
  speed,
  stepBy,
  stepKind,
  togglePlay,
} from './transport.ts';
import './time.css';

const STEPS: readonly StepKind[] = ['event', 'frame', 'timer'];

export function TimeBar() {
  const timeline = () => {
    ticks();
    return session()!.timeline;
  };
  const isLive = () => model().hello?.mode === 'live' && session()?.kind === 'live';
  const mayStep = () => position() !== undefined || (model().hello?.can.step.includes(stepKind()) ?? false);
  /** The past is gone over by any step, and what is live by those that the stack knows. */
  const stepsBy = (kind: StepKind): boolean => !isLive() || (model().hello?.can.step.includes(kind) ?? false);
  createEffect(() => {
    const kind = STEPS.find(stepsBy);
    if (kind !== undefined && !stepsBy(stepKind())) setStepKind(kind);
  });
  const mayPlay = () => {
    const current = session();
    if (position() !== undefined || current?.kind === 'record') return true;
    const can = model().hello?.can;
    return can !== undefined && (can.play || can.pause);
  };
  const newer = createMemo(() => timeline().head.order - (position() ?? timeline().head.order));
  return (
    <section class="time-bar" aria-label="Time">
      <div class="time-buttons">
        <button
          type="button"
          onClick={goToStart}
          title="To the beginning (Home)"
          aria-label="To the beginning"
        >
          <Icon path="M6 5v14M19 5L9 12l10 7z" />
        </button>
        <button
          type="button"
          id="step-back"
          onClick={() => void stepBy(-1)}
          title="One step back (←)"
          aria-label="One step back"
        >
          <Icon path="M16 5L6 12l10 7z" />
        </button>
        <button
          type="button"
          id="play"
          class="primary play"
          disabled={!mayPlay()}
          onClick={() => void togglePlay()}
          title={
            isLive() && !frozen()
              ? 'Stop the stack: its clock and its device (Space)'
              : 'Play or pause (Space)'
          }
        >
          <Icon path={playing() ? 'M8 5v14M16 5v14' : 'M7 5l12 7-12 7z'} /> {playing() ? 'Pause' : 'Play'}
        </button>
        <button
          type="button"
          id="step-on"
          disabled={!mayStep()}
          onClick={() => void stepBy(1)}
          title="One step on (→)"
          aria-label="One step on"
        >
          <Icon path="M8 5l10 7-10 7z" />
        </button>
        <button
          type="button"
          id="to-now"
          onClick={goToEnd}
          disabled={!frozen()}
          title="To the present (End)"
          aria-label="To the present"
        >
          <Icon path="M18 5v14M5 5l10 7-10 7z" />
        </button>
        <label>
          <span class="visually-hidden">Step by</span>
          <select
            id="step-kind"
            value={stepKind()}
            onChange={(event) => setStepKind(event.currentTarget.value as StepKind)}
            title="What a step is"
          >
            <For each={STEPS}>
              {(kind) => (
                <option value={kind} disabled={!stepsBy(kind)}>
                  by {kind}
                </option>
              )}
            </For>
          </select>
        </label>
        <label>
          <span class="visually-hidden">Speed</span>
          <select
            id="speed"
            value={speed()}
            onChange={(event) => void setSpeed(Number(event.currentTarget.value))}
            title="Virtual time in a unit of real time"
          >
            <For each={SPEEDS}>{(value) => <option value={value}>× {value}</option>}</For>
          </select>
        </label>
      </div>
      <Scrubber />
      <output class="time-now mono" id="time-now" data-order={model().order} data-ms={model().timeMs}>
        {seconds(model().timeMs)}
      </output>
      <Show
        when={frozen()}
        fallback={
          <button type="button" id="freeze" onClick={freeze} title="Stop the page alone (f)">
            Freeze
          </button>
        }
      >
        <button
          type="button"
          id="freeze"
          aria-pressed="true"
          onClick={() => goTo(undefined)}
          title="A past moment is shown. Go on (f)"
        >
          {newer() > 0 ? `${newer().toLocaleString('en')} newer` : 'Frozen'}
        </button>
      </Show>
      <Show when={session()?.fork}>
        <button
          type="button"
          id="fork"
          disabled={!frozen()}
          onClick={() => void forkHere()}
          title="Run it again up to the past moment that is shown, and differently from there on"
        >
          Fork
        </button>
      </Show>
    </section>
  );
}

function Icon(props: { readonly path: string }) {
  return (
    <svg class="icon" viewBox="0 0 24 24" aria-hidden="true">
      <path d={props.path} />
    </svg>
  );
}
