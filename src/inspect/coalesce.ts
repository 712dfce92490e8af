/**
 * What a viewer that can't keep up is told: of each gauge the last value, and of the log the newest entries.
 */

export interface Coalescible {
  /** Undefined: an entry of the log. */
  readonly subject: string | undefined;
  /** How many entries it stands for: a gap stands for those that it tells of. */
  readonly weight: number;
}

export interface Cut<T> {
  readonly kept: readonly T[];
  readonly cut: readonly T[];
  /** By weight. */
  readonly logCut: number;
  readonly gaugesCut: number;
}

/**
 * Brings entries down to `limit`: first gauges go that a later one makes superfluous, then the oldest of what is left.
 *
 * @param isLast whether a gauge is the last one of its subject
 */
export function cut<T extends Coalescible>(
  entries: readonly T[],
  limit: number,
  isLast: (entry: T) => boolean,
): Cut<T> {
  if (entries.length <= limit) return { kept: entries, cut: [], logCut: 0, gaugesCut: 0 };
  const needed = entries.filter((entry) => entry.subject === undefined || isLast(entry));
  const kept = needed.slice(Math.max(0, needed.length - limit));
  const keeps = new Set(kept);
  const left = entries.filter((entry) => !keeps.has(entry));
  let logCut = 0;
  let gaugesCut = 0;
  for (const { subject, weight } of left) {
    if (subject === undefined) logCut += weight;
    else gaugesCut++;
  }
  return { kept, cut: left, logCut, gaugesCut };
}
