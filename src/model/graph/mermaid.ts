/** A chart for Mermaid, as documents and web pages show it. */

import { arrowsOf, type ChartName, type ChartState, statesOf } from './arrows.ts';
import { labelOf } from './dot.ts';

/** The text of a `stateDiagram-v2`; the RFC's paragraphs stand behind `%%`, since Mermaid has no tooltips for arrows. */
export function toMermaid(chart: ChartName): string {
  const states = statesOf(chart);
  const arrows = arrowsOf(chart).flatMap((arrow) => [
    `  %% ${arrow.description}`,
    `  ${idOf(arrow.source)} --> ${idOf(arrow.target ?? arrow.source)} : ${labelOf(arrow).replaceAll(':', '#58;')}`,
  ]);
  return `${['stateDiagram-v2', ...body(states[0]!, states, '  '), ...arrows].join('\n')}\n`;
}

function body(state: ChartState, states: readonly ChartState[], indent: string): string[] {
  const inner = states.filter(({ parent }) => parent === state.path);
  const id = idOf(state.path);
  const lines = [`${indent}state "${state.name}" as ${id}`];
  if (inner.length === 0) return state.type === 'final' ? [...lines, `${indent}${id} --> [*]`] : lines;
  return [
    ...lines,
    `${indent}state ${id} {`,
    ...(state.initial === undefined ? [] : [`${indent}  [*] --> ${idOf(state.initial)}`]),
    ...inner.flatMap((each, at) => [
      ...(state.type === 'parallel' && at > 0 ? [`${indent}  --`] : []),
      ...body(each, states, `${indent}  `),
    ]),
    `${indent}}`,
  ];
}

/** Mermaid's ids know neither blanks, dots nor hyphens. */
function idOf(path: string): string {
  return path.replaceAll(/[^A-Za-z0-9]/g, '_');
}
