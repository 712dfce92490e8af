/** A chart as SCXML, the W3C's State Chart XML. */

import { arrowsOf, type ChartArrow, type ChartName, type ChartState, statesOf } from './arrows.ts';

/**
 * The text of an SCXML document. Guards and actions stand there by name: what they do is in the program. A delayed arrow is
 * an event `after.…` that is sent on entry; the RFC's paragraphs are comments.
 */
export function toScxml(chart: ChartName): string {
  const states = statesOf(chart);
  const arrows = arrowsOf(chart);
  const [root] = states;
  const initial = root!.initial === undefined ? '' : ` initial="${idOf(root!.initial)}"`;
  const lines = [
    '<?xml version="1.0" encoding="UTF-8"?>',
    `<scxml xmlns="http://www.w3.org/2005/07/scxml" version="1.0" name="${chart}"${initial}>`,
    ...content(root!, states, arrows, '  '),
    '</scxml>',
  ];
  return `${lines.join('\n')}\n`;
}

function element(
  state: ChartState,
  states: readonly ChartState[],
  arrows: readonly ChartArrow[],
  indent: string,
): string[] {
  const tag = state.type === 'parallel' ? 'parallel' : state.type === 'final' ? 'final' : 'state';
  const initial = state.initial === undefined ? '' : ` initial="${idOf(state.initial)}"`;
  return [
    ...comment(state.description, indent),
    `${indent}<${tag} id="${idOf(state.path)}"${initial}>`,
    ...content(state, states, arrows, `${indent}  `),
    `${indent}</${tag}>`,
  ];
}

function content(
  state: ChartState,
  states: readonly ChartState[],
  arrows: readonly ChartArrow[],
  indent: string,
): string[] {
  const own = arrows.filter(({ source }) => source === state.path);
  const delays = own.filter(({ event }) => event.startsWith('after '));
  const entry = [
    ...state.entry.map((name) => raise(name)),
    ...delays.map(
      ({ event }) => `<send event="${eventOf(event)}" id="${eventOf(event)}" delayexpr="${event.slice(6)}"/>`,
    ),
  ];
  const exit = [
    ...delays.map(({ event }) => `<cancel sendid="${eventOf(event)}"/>`),
    ...state.exit.map((name) => raise(name)),
  ];
  return [
    ...block('onentry', entry, indent),
    ...block('onexit', exit, indent),
    ...own.flatMap((arrow) => transition(arrow, indent)),
    ...states
      .filter(({ parent }) => parent === state.path)
      .flatMap((inner) => element(inner, states, arrows, indent)),
  ];
}

function transition({ event, guard, target, actions, description }: ChartArrow, indent: string): string[] {
  const attributes = [
    ...(event === 'always' ? [] : [`event="${eventOf(event)}"`]),
    ...(guard === undefined ? [] : [`cond="${guard}()"`]),
    ...(target === undefined ? [] : [`target="${idOf(target)}"`]),
  ].join(' ');
  const open = `${indent}<transition ${attributes}`;
  if (actions.length === 0) return [...comment(description, indent), `${open}/>`];
  return [
    ...comment(description, indent),
    `${open}>`,
    ...actions.map((name) => `${indent}  ${raise(name)}`),
    `${indent}</transition>`,
  ];
}

function block(tag: string, lines: readonly string[], indent: string): string[] {
  if (lines.length === 0) return [];
  return [`${indent}<${tag}>`, ...lines.map((each) => `${indent}  ${each}`), `${indent}</${tag}>`];
}

function raise(action: string): string {
  return `<script>${escaped(action)}()</script>`;
}

function comment(text: string, indent: string): string[] {
  return text === '' ? [] : [`${indent}<!-- ${text.replaceAll('--', '- -')} -->`];
}

function eventOf(event: string): string {
  return escaped(event.replace(' ', '.'));
}

/** An XML id has no blank in it. */
function idOf(path: string): string {
  return escaped(path.replaceAll(' ', '_'));
}

function escaped(text: string): string {
  return text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('"', '&quot;');
}
