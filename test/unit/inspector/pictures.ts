/** The page's pictures, for runs without a page: one follows the other at once, a sixtieth of a second later. */
export function pictures(): { now(): number; next(callback: () => void): void } {
  let nowMs = 0;
  return {
    now: () => nowMs,
    next(callback) {
      setImmediate(() => {
        nowMs += 1_000 / 60;
        callback();
      });
    },
  };
}
