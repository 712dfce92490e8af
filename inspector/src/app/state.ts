/** What the whole page shares: the session, the moment that is shown, what is selected, and how the page looks. */

import { batch, createMemo, createRoot, createSignal } from 'solid-js';
import type { Command } from '../../../src/inspect/protocol.ts';
import type { Connection, Model } from '../store/model.ts';
import { emptyModel } from '../store/model.ts';
import { changed, drawNow, ticks } from './pictures.ts';
import type { Session } from './session.ts';

export const VIEWS = [
  'connections',
  'chart',
  'ladder',
  'sequence-space',
  'timers',
  'plots',
  'time',
  'faults',
  'scenes',
] as const;

export type ViewName = (typeof VIEWS)[number];

export const TITLES: Readonly<Record<ViewName, string>> = {
  connections: 'Connections',
  chart: 'Chart',
  ladder: 'Ladder',
  'sequence-space': 'Sequence space',
  timers: 'Timers',
  plots: 'Plots',
  time: 'Time',
  faults: 'Faults',
  scenes: 'Scenes',
};

export const [session, setSession] = createSignal<Session>();
export const [panes, setPanes] = createSignal<readonly [ViewName, ViewName | undefined]>([
  'scenes',
  undefined,
]);
export const [helpShown, showHelp] = createSignal(false);
/** What the page has to tell: errors, and what became of a command. */
export const [notice, setNotice] = createSignal<{ readonly text: string; readonly bad: boolean }>();

/** The moment that is shown, by order number; undefined: the present one. */
const [position, setPosition] = createSignal<number>();
const [selectedName, setSelectedName] = createSignal<string>();
const [selectedRow, setSelectedRow] = createSignal<number>();

export { changed, position, selectedRow, setSelectedRow, ticks };

const NOTHING = emptyModel();

/** The model at the moment that is shown. It is changed in place: whoever shows it listens to `ticks` through this call. */
export function model(): Model {
  ticks();
  const timeline = session()?.timeline;
  if (!timeline) return NOTHING;
  const at = position();
  return at === undefined ? timeline.head : timeline.at(at);
}

/**
 * The time of the moment that is shown. At the present of live traffic it goes on by itself between two envelopes, as the
 * stack's own clock does.
 */
export function nowMs(): number {
  const shown = model();
  const current = session();
  if (position() !== undefined || !current) return shown.timeMs;
  return current.nowMs?.() ?? Math.max(shown.timeMs, shown.run.nowMs);
}

/** The order number up to which everything is shown. */
export function shownOrder(): number {
  return model().order;
}

/** Shows a past moment, or the present with undefined. */
export function goTo(order: number | undefined): void {
  const timeline = session()?.timeline;
  if (!timeline) return;
  if (order === undefined || order >= timeline.head.order) {
    // A run that stands has no other present than its last moment; one that goes on is followed.
    setPosition(undefined);
  } else setPosition(Math.max(order, timeline.firstOrder));
  changed();
}

/** Stops the page alone: what is watched goes on, and is put down. */
export function freeze(): void {
  setPosition(session()?.timeline.head.order);
}

export const frozen = (): boolean => position() !== undefined;

export function select(name: string): void {
  setSelectedName(name);
}

/** The connection that the views show: the chosen one, or else the first. */
export const selected: () => Connection | undefined = createRoot(() =>
  createMemo(() => {
    const { connections } = model();
    const name = selectedName();
    const chosen = name === undefined ? undefined : connections.get(name);
    if (chosen) return chosen;
    for (const connection of connections.values()) {
      if (connection.endedMs === null) return connection;
    }
    return connections.values().next().value;
  }),
);

export function open(next: Session, views?: readonly [ViewName, ViewName | undefined]): void {
  const before = session();
  batch(() => {
    setSelectedName(undefined);
    setSelectedRow(undefined);
    setPosition(undefined);
    setSession(next);
    if (views) setPanes(views);
    drawNow();
  });
  if (before !== next) before?.close();
}

export function show(view: ViewName, pane: 0 | 1 = 0): void {
  setPanes(([first, second]) => {
    if (pane === 0) return view === second ? [view, first] : [view, second];
    return view === first ? [first, undefined] : [first, view];
  });
}

/** Asks the session for something. A refusal is shown, with its reason. */
export async function ask(command: Command): Promise<boolean> {
  const current = session();
  if (!current) return false;
  const reply = await current.ask(command);
  if (!reply.ok) setNotice({ text: reply.error ?? 'the command was refused', bad: true });
  changed();
  return reply.ok;
}
