/**
 * Code blocks, `%{ assert tcpi_snd_cwnd == 10 }%`: assertions, assignments and prints, over a snapshot of TCP_INFO. Blocks
 * share their variables.
 */

import { EvaluationError, evaluate, isTrue, textOf, type Value } from './expression.ts';
import { MissingFeature } from './source.ts';

/** Why a block failed. */
export interface AssertionFailure {
  /** The statement, as written. */
  readonly statement: string;
  readonly what: string;
}

const ASSIGNMENT = /^([A-Za-z_]\w*)\s*([-+*|&]?)=(?!=)\s*([\s\S]+)$/;

/** The variables of a script, and what its blocks have printed. */
export class Blocks {
  readonly #constants: ReadonlyMap<string, number>;
  readonly #variables = new Map<string, Value>();
  readonly printed: string[] = [];

  constructor(constants: ReadonlyMap<string, number>) {
    this.#constants = constants;
  }

  /**
   * Runs a block at the moment that `info` was taken.
   *
   * @returns the first thing that does not hold, or undefined
   * @throws MissingFeature for statements that are not supported, and for facts that TCP_INFO does not have here
   */
  run(code: string, info: ReadonlyMap<string, number>): AssertionFailure | undefined {
    for (const [name, value] of info) this.#variables.set(name, value);
    for (const statement of statementsOf(code)) {
      try {
        const what = this.#execute(statement);
        if (what !== undefined) return { statement, what };
      } catch (error) {
        if (!(error instanceof EvaluationError)) throw error;
        return { statement, what: error.message };
      }
    }
    return undefined;
  }

  #execute(statement: string): string | undefined {
    const assertion = /^assert\b\s*([\s\S]+)$/.exec(statement);
    if (assertion) return this.#assert(assertion[1]!);
    const printing = /^print\b\s*([\s\S]*)$/.exec(statement);
    if (printing) {
      const value = printing[1]!.trim() === '' ? '' : this.#evaluate(printing[1]!);
      this.printed.push(textOf(value));
      return undefined;
    }
    if (statement === 'pass') return undefined;
    const assignment = ASSIGNMENT.exec(statement);
    if (!assignment) throw new MissingFeature(`the statement "${statement.split(/[\s(:]/)[0]}" in code`);
    const [, name, operator, text] = assignment as unknown as [string, string, string, string];
    const value = operator ? `${name} ${operator} (${text})` : text;
    this.#variables.set(name, this.#evaluate(value));
    return undefined;
  }

  #assert(text: string): string | undefined {
    const [condition, message] = splitMessage(text);
    if (isTrue(this.#evaluate(condition))) return undefined;
    const facts = [...new Set(condition.match(/[A-Za-z_]\w*/g))]
      .filter((name) => this.#variables.has(name))
      .map((name) => `${name} is ${textOf(this.#variables.get(name)!)}`);
    const said = message === undefined ? [] : [this.#messageText(message)];
    return [...facts, ...said].join('; ') || 'it does not hold';
  }

  #messageText(message: string): string {
    try {
      return textOf(this.#evaluate(message));
    } catch {
      return message.trim();
    }
  }

  #evaluate(text: string): Value {
    return evaluate(text, (name) => {
      const value = this.#variables.get(name) ?? this.#constants.get(name);
      if (value === undefined && /^(tcpi|sk_meminfo|bbr|vegas|dctcp)_/.test(name)) {
        throw new MissingFeature(`${name} in code`);
      }
      return value;
    });
  }
}

/** Statements end at line ends and semicolons, but not within brackets, nor behind a backslash. */
export function statementsOf(code: string): string[] {
  const statements: string[] = [];
  let statement = '';
  let depth = 0;
  let quote = '';
  const finish = (): void => {
    if (statement.trim() !== '') statements.push(statement.trim());
    statement = '';
  };
  for (let at = 0; at < code.length; at++) {
    const letter = code[at]!;
    if (quote !== '') {
      if (letter === quote) quote = '';
      else if (letter === '\\') statement += code[at++]!;
    } else if (letter === '"' || letter === "'") quote = letter;
    else if (letter === '#') {
      while (at + 1 < code.length && code[at + 1] !== '\n') at++;
      continue;
    } else if (letter === '\\' && code[at + 1] === '\n') {
      at++;
      statement += ' ';
      continue;
    } else if (letter === '(' || letter === '[') depth++;
    else if (letter === ')' || letter === ']') depth--;
    else if ((letter === '\n' || letter === ';') && depth <= 0) {
      finish();
      continue;
    }
    statement += code[at] ?? '';
  }
  finish();
  return statements;
}

/** `condition, message`: at the first comma that stands in no brackets and no quotes. */
function splitMessage(text: string): [string, string | undefined] {
  let depth = 0;
  let quote = '';
  for (let at = 0; at < text.length; at++) {
    const letter = text[at]!;
    if (quote !== '') {
      if (letter === '\\') at++;
      else if (letter === quote) quote = '';
    } else if (letter === '"' || letter === "'") quote = letter;
    else if (letter === '(' || letter === '[') depth++;
    else if (letter === ')' || letter === ']') depth--;
    else if (letter === ',' && depth === 0) return [text.slice(0, at), text.slice(at + 1)];
  }
  return [text, undefined];
}
