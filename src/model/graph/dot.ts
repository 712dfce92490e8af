/** A chart for Graphviz. */

import { arrowsOf, type ChartArrow, type ChartName, type ChartState, statesOf } from './arrows.ts';

/** The text of a `digraph`: boxes in boxes for states, their descriptions and the arrows' RFC paragraphs as tooltips. */
export function toDot(chart: ChartName): string {
  const states = statesOf(chart);
  const lines = [
    `digraph ${quoted(chart)} {`,
    '  graph [compound=true, fontname="sans-serif", nodesep=0.7, ranksep=0.8];',
    '  node [shape=box, style=rounded, fontname="sans-serif"];',
    '  edge [fontname="sans-serif", fontsize=10];',
    ...boxes(states[0]!, states, '  '),
    ...arrowsOf(chart).map((arrow) => `  ${line(arrow, states)}`),
    '}',
  ];
  return `${lines.join('\n')}\n`;
}

/** What an arrow is labelled with: its event, and the guard in brackets. */
export function labelOf({ event, guard }: ChartArrow): string {
  return guard === undefined ? event : `${event} [${guard}]`;
}

function boxes(state: ChartState, states: readonly ChartState[], indent: string): string[] {
  const inner = states.filter(({ parent }) => parent === state.path);
  const tooltip = `tooltip=${quoted(state.description)}`;
  if (inner.length === 0) {
    const end = state.type === 'final' ? ', peripheries=2' : '';
    return [`${indent}${quoted(state.path)} [label=${quoted(state.name)}, ${tooltip}${end}];`];
  }
  const style = state.type === 'parallel' ? '"rounded,dashed"' : 'rounded';
  const begin = quoted(`${state.path} begins`);
  return [
    `${indent}subgraph ${quoted(`cluster ${state.path}`)} {`,
    `${indent}  label=${quoted(state.name)}; ${tooltip}; style=${style};`,
    ...inner.flatMap((each) => boxes(each, states, `${indent}  `)),
    ...(state.initial === undefined
      ? []
      : [
          `${indent}  ${begin} [shape=point, width=0.1];`,
          `${indent}  ${begin} -> ${quoted(leafOf(state.initial, states))}${ends({ head: state.initial }, states)};`,
        ]),
    `${indent}}`,
  ];
}

function line(arrow: ChartArrow, states: readonly ChartState[]): string {
  const to = arrow.target ?? arrow.source;
  const attributes = [
    `label=${quoted(labelOf(arrow))}`,
    `tooltip=${quoted(arrow.description)}`,
    ...(arrow.target === undefined ? ['style=dotted'] : []),
  ];
  const [tail, head] = [leafOf(arrow.source, states), leafOf(to, states)];
  const at = ends(tail === head ? {} : { tail: arrow.source, head: to }, states, attributes);
  return `${quoted(tail)} -> ${quoted(head)}${at};`;
}

/** Graphviz draws lines between leaves only, and cuts them at the boxes around. */
function ends(
  { tail, head }: { readonly tail?: string; readonly head?: string },
  states: readonly ChartState[],
  attributes: readonly string[] = [],
): string {
  const isBox = (path: string | undefined): path is string =>
    path !== undefined && states.some(({ parent }) => parent === path);
  const all = [
    ...attributes,
    ...(isBox(tail) ? [`ltail=${quoted(`cluster ${tail}`)}`] : []),
    ...(isBox(head) ? [`lhead=${quoted(`cluster ${head}`)}`] : []),
  ];
  return all.length === 0 ? '' : ` [${all.join(', ')}]`;
}

function leafOf(path: string, states: readonly ChartState[]): string {
  const inner = states.find(({ parent }) => parent === path);
  return inner === undefined ? path : leafOf(inner.path, states);
}

function quoted(text: string): string {
  return `"${text.replaceAll('\\', '\\\\').replaceAll('"', '\\"')}"`;
}
