/**
 * When events are due, and how far off they may be.
 */

import type { ScriptEvent, Time } from './ast.ts';
import type { DrillConfig } from './config.ts';

/** When an event is due: from `dueMs` to `endMs`, which differ for ranges and blocking calls alone. */
export interface Due {
  readonly dueMs: number;
  readonly endMs: number;
}

/**
 * @param baseMs what a relative time counts from
 * @param nowMs when the event of any time is looked at
 */
export function dueOf(time: Time, baseMs: number, nowMs: number): Due {
  if (time.kind === 'any') return { dueMs: nowMs, endMs: nowMs };
  const base = time.kind.startsWith('relative') ? baseMs : 0;
  const dueMs = roundToMicroseconds(base + time.ms);
  return { dueMs, endMs: 'endMs' in time ? roundToMicroseconds(base + time.endMs) : dueMs };
}

/** Relative times count from the time at which the event before was due if both are inbound packets, else from now. */
export function isInbound(event: ScriptEvent | undefined): boolean {
  return event?.kind === 'packet' && event.packet.direction === 'inbound';
}

export function toleranceMs(
  config: Pick<DrillConfig, 'toleranceMs' | 'tolerancePercent'>,
  spanMs: number,
): number {
  return Math.max(config.toleranceMs, (config.tolerancePercent / 100) * spanMs);
}

/** Whether `actualMs` lies in the range, the tolerance put to both of its ends. */
export function isOnTime(actualMs: number, { dueMs, endMs }: Due, tolerance: number): boolean {
  // Half a microsecond for sums of fractions that have no exact form.
  return actualMs >= dueMs - tolerance - 5e-4 && actualMs <= endMs + tolerance + 5e-4;
}

function roundToMicroseconds(ms: number): number {
  return Math.round(ms * 1_000) / 1_000;
}
