/** Mealy machines as they are learned: states with a number, and for each symbol an answer and a next state. */

export interface MealyMachine {
  readonly alphabet: readonly string[];
  /** By state, then by symbol, in the alphabet's order. State 0 is the first. */
  readonly states: readonly MealyState[];
}

export interface MealyState {
  /** A shortest word that leads here. */
  readonly access: readonly string[];
  readonly edges: readonly { readonly answer: string; readonly to: number }[];
}

/** The answers that a machine gives to a word, one a symbol. */
export function answersOf(machine: MealyMachine, word: readonly string[]): string[] {
  let state = 0;
  return word.map((symbol) => {
    const { answer, to } = machine.states[state]!.edges[machine.alphabet.indexOf(symbol)]!;
    state = to;
    return answer;
  });
}

/** Where a word leads. */
export function stateAfter(machine: MealyMachine, word: readonly string[]): number {
  let state = 0;
  for (const symbol of word) state = machine.states[state]!.edges[machine.alphabet.indexOf(symbol)]!.to;
  return state;
}

/**
 * Where two machines with one alphabet differ: of each pair of states that both can be in, the symbols that they answer
 * otherwise, with a shortest word that leads there. Empty: they are equal.
 */
export function differencesOf(
  one: MealyMachine,
  other: MealyMachine,
): { readonly word: readonly string[]; readonly answers: readonly [string, string] }[] {
  const found: { word: readonly string[]; answers: [string, string] }[] = [];
  const seen = new Set<string>(['0 0']);
  const open: { a: number; b: number; word: readonly string[] }[] = [{ a: 0, b: 0, word: [] }];
  for (let at = 0; at < open.length; at++) {
    const { a, b, word } = open[at]!;
    for (const [index, symbol] of one.alphabet.entries()) {
      const [left, right] = [one.states[a]!.edges[index]!, other.states[b]!.edges[index]!];
      const longer = [...word, symbol];
      // Beyond a difference the two are in states that need not have to do with each other.
      if (left.answer !== right.answer) found.push({ word: longer, answers: [left.answer, right.answer] });
      else if (!seen.has(`${left.to} ${right.to}`)) {
        seen.add(`${left.to} ${right.to}`);
        open.push({ a: left.to, b: right.to, word: longer });
      }
    }
  }
  return found;
}

/** For Graphviz. Edges with the same ends are one line, edges that change and answer nothing are left out. */
export function mealyToDot(machine: MealyMachine, name: string): string {
  const lines = machine.states.flatMap(({ edges }, from) => {
    const labels = new Map<number, string[]>();
    for (const [index, { answer, to }] of edges.entries()) {
      if (to === from && NOTHING.test(answer)) continue;
      labels.set(to, [...(labels.get(to) ?? []), `${machine.alphabet[index]} / ${answer}`]);
    }
    return [...labels].map(([to, label]) => `  s${from} -> s${to} [label=${quoted(label.join('\n'))}];`);
  });
  const states = machine.states.map(
    ({ access }, index) =>
      `  s${index} [label=${quoted(String(index))}, tooltip=${quoted(access.join(' · '))}];`,
  );
  const head = '  node [shape=circle, fontname="sans-serif"];\n  edge [fontname="sans-serif", fontsize=9];';
  return `digraph ${quoted(name)} {\n${head}\n${[...states, ...lines].join('\n')}\n}\n`;
}

const NOTHING = /^(none|–)( |$)/;

function quoted(text: string): string {
  return `"${text.replaceAll('\\', '\\\\').replaceAll('"', '\\"').replaceAll('\n', '\\n')}"`;
}
