/** How the page looks: remembered by the browser, where it allows that. */

import { createSignal } from 'solid-js';

export type Theme = 'dark' | 'light';
export type Numbers = 'relative' | 'absolute';

function remembered<T extends string>(key: string, values: readonly T[], otherwise: T) {
  const [value, set] = createSignal<T>(recall(key, values) ?? otherwise);
  const change = (next: T): void => {
    set(() => next);
    try {
      localStorage.setItem(`statewire.${key}`, next);
    } catch {
      // A browser that keeps nothing shows the same page, and forgets.
    }
  };
  return [value, change] as const;
}

function recall<T extends string>(key: string, values: readonly T[]): T | undefined {
  try {
    const stored = localStorage.getItem(`statewire.${key}`);
    return values.find((value) => value === stored);
  } catch {
    return undefined;
  }
}

const preferred: Theme = matchMedia('(prefers-color-scheme: light)').matches ? 'light' : 'dark';

export const [theme, setTheme] = remembered<Theme>('theme', ['dark', 'light'], preferred);
export const [textSize, setTextSize] = remembered('text', ['normal', 'large'], 'normal');
export const [numbers, setNumbers] = remembered<Numbers>('numbers', ['relative', 'absolute'], 'relative');

/** A colour of the theme, for canvases. */
export function colour(name: string): string {
  theme();
  return getComputedStyle(document.documentElement).getPropertyValue(`--${name}`).trim();
}

/** The size of a rem in pixels: canvases are drawn in it, so that large text is large there too. */
export function rem(): number {
  return textSize() === 'large' ? 17.5 : 14;
}
