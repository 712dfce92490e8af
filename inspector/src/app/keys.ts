/** The page's keys. They keep out of the way of whoever types, and of the browser's own. */

import { goToEnd, goToStart, stepBy, togglePlay } from '../time/transport.ts';
import { numbers, setNumbers, setTheme, theme } from './preferences.ts';
import { freeze, frozen, goTo, model, select, selected, show, showHelp, VIEWS } from './state.ts';

const ACTIONS: Readonly<Record<string, (event: KeyboardEvent) => void>> = {
  ' ': () => void togglePlay(),
  ArrowLeft: (event) => void stepBy(event.shiftKey ? -10 : -1),
  ArrowRight: (event) => void stepBy(event.shiftKey ? 10 : 1),
  Home: goToStart,
  End: goToEnd,
  f: () => (frozen() ? goTo(undefined) : freeze()),
  '/': () => {
    show('connections');
    focusFilter();
  },
  '[': () => neighbour(-1),
  ']': () => neighbour(1),
  r: () => setNumbers(numbers() === 'relative' ? 'absolute' : 'relative'),
  t: () => setTheme(theme() === 'dark' ? 'light' : 'dark'),
  '?': () => showHelp(true),
};

/** The view may have to be loaded first: whatever is typed meanwhile is meant for the filter, and for no shortcut. */
let waitsForFilter = false;

function focusFilter(): void {
  const filter = document.getElementById('connection-filter');
  waitsForFilter = filter === null;
  if (filter) filter.focus();
  else requestAnimationFrame(focusFilter);
}

/** Listens until the returned function is called. */
export function takeKeys(): () => void {
  const listen = (event: KeyboardEvent): void => {
    if (waitsForFilter) return;
    if (event.ctrlKey || event.metaKey || event.altKey || event.defaultPrevented || isTyping(event.target))
      return;
    const digit = /^Digit([1-9])$/.exec(event.code);
    const view = digit ? VIEWS[Number(digit[1]) - 1] : undefined;
    const action = view ? () => show(view, event.shiftKey ? 1 : 0) : ACTIONS[event.key];
    if (!action || (event.key === ' ' && event.target instanceof HTMLButtonElement)) return;
    event.preventDefault();
    action(event);
  };
  window.addEventListener('keydown', listen);
  return () => window.removeEventListener('keydown', listen);
}

function isTyping(target: EventTarget | null): boolean {
  if (!(target instanceof HTMLElement)) return false;
  if (target instanceof HTMLInputElement) return target.type !== 'range' && target.type !== 'checkbox';
  return target instanceof HTMLTextAreaElement || target instanceof HTMLSelectElement;
}

function neighbour(step: number): void {
  const names = [...model().connections.keys()];
  const at = names.indexOf(selected()?.name ?? '');
  const next = names[(at + step + names.length) % names.length];
  if (next !== undefined) select(next);
}
