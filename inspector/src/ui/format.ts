/** Numbers in words, the same everywhere on the page. */

/** `12.345678 s`: virtual time is exact, so that no digit that matters is left out. */
export function seconds(ms: number): string {
  return `${(ms / 1_000).toFixed(ms % 1 === 0 ? 3 : 6)} s`;
}

/** A duration, to three digits: `0.4 ms`, `12 ms`, `1.25 s`, `2 min 5 s`. */
export function duration(ms: number): string {
  if (!Number.isFinite(ms)) return '∞';
  if (ms < 0) return `−${duration(-ms)}`;
  if (ms < 1_000) return `${trim(ms)} ms`;
  if (ms < 60_000) return `${trim(ms / 1_000)} s`;
  if (ms < 3_600_000) {
    const minutes = Math.floor(ms / 60_000);
    const rest = Math.round((ms % 60_000) / 1_000);
    return rest === 0 ? `${minutes} min` : `${minutes} min ${rest} s`;
  }
  return `${trim(ms / 3_600_000)} h`;
}

/** `1,460 B`, `65.5 kB`, `1.05 MB`: powers of a thousand, so that axes have round numbers. */
export function bytes(count: number): string {
  if (count < 10_000) return `${count.toLocaleString('en')} B`;
  if (count < 1e6) return `${trim(count / 1e3)} kB`;
  if (count < 1e9) return `${trim(count / 1e6)} MB`;
  return `${trim(count / 1e9)} GB`;
}

export function count(value: number): string {
  return value.toLocaleString('en');
}

function trim(value: number): string {
  return String(Number(value.toPrecision(3)));
}
