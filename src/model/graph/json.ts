/** A chart as JSON: its states and arrows, one by one. */

import { arrowsOf, type ChartName, statesOf } from './arrows.ts';

export function toJson(chart: ChartName): string {
  return `${JSON.stringify({ chart, states: statesOf(chart), arrows: arrowsOf(chart) }, undefined, 2)}\n`;
}
