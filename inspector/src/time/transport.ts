/** Play, pause, step, and the way through the past. The past is played by the page; the present by whoever runs it. */

import { createSignal } from 'solid-js';
import type { StepKind } from '../../../src/inspect/protocol.ts';
import { ask, goTo, model, position, session } from '../app/state.ts';
import { stepAfter, stepBefore } from './steps.ts';

export const SPEEDS = [0.01, 0.1, 0.25, 0.5, 1, 2, 5, 10, 100] as const;

export const [speed, setSpeedSignal] = createSignal(1);
export const [stepKind, setStepKind] = createSignal<StepKind>('event');
const [replaying, setReplaying] = createSignal(false);

/** Whether time goes on: the run's own, or that of the film of its past. */
export function playing(): boolean {
  if (position() !== undefined) return replaying();
  const { run, hello } = model();
  if (session()?.kind === 'record' || session()?.ended?.() !== undefined) return false;
  if (hello?.mode === 'live') return !run.paused;
  return !run.paused && run.speed !== null;
}

export async function togglePlay(): Promise<void> {
  if (playing()) return pause();
  await play();
}

export async function play(): Promise<void> {
  const current = session();
  if (!current) return;
  if (position() === undefined && current.kind === 'record') goToStart();
  if (position() !== undefined) return replay();
  await ask(model().hello?.can.play ? { command: 'play', speed: speed() } : { command: 'resume' });
}

export async function pause(): Promise<void> {
  if (replaying()) setReplaying(false);
  else await ask({ command: 'pause' });
}

export async function setSpeed(next: number): Promise<void> {
  setSpeedSignal(next);
  if (playing() && position() === undefined && model().hello?.can.play)
    await ask({ command: 'play', speed: next });
}

/** Steps of the chosen kind; negative ones go back. At the present, a run that can be stepped is. */
export async function stepBy(count: number): Promise<void> {
  const current = session();
  if (!current) return;
  setReplaying(false);
  const { timeline } = current;
  for (let left = Math.abs(count); left > 0; left--) {
    const order = position() ?? timeline.head.order;
    if (count < 0) goTo(stepBefore(timeline, order, stepKind()));
    else if (position() !== undefined) goTo(stepAfter(timeline, order, stepKind()));
    else if (model().hello?.can.step.includes(stepKind())) {
      if (!(await ask({ command: 'step', what: stepKind() }))) return;
    }
  }
}

export function goToStart(): void {
  setReplaying(false);
  const timeline = session()?.timeline;
  if (timeline) goTo(timeline.firstOrder);
}

export function goToEnd(): void {
  setReplaying(false);
  goTo(undefined);
}

export function scrubTo(order: number): void {
  setReplaying(false);
  goTo(order);
}

/** Shows the past as a film, at the chosen speed, up to the present. */
function replay(): void {
  const timeline = session()?.timeline;
  if (!timeline) return;
  setReplaying(true);
  let timeMs = timeline.at(position() ?? 0).timeMs;
  let last = performance.now();
  const picture = (now: number): void => {
    if (!replaying() || session()?.timeline !== timeline) return;
    timeMs += (now - last) * speed();
    last = now;
    if (timeMs >= timeline.head.timeMs) {
      setReplaying(false);
      goTo(undefined);
      return;
    }
    goTo(Math.max(position() ?? 0, timeline.orderAt(timeMs)));
    requestAnimationFrame(picture);
  };
  requestAnimationFrame(picture);
}
