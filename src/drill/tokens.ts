/**
 * A walk over tokens, with what every part of the parser asks of them.
 */

import type { Token, TokenKind } from './lexer.ts';
import { type Position, positionAt, ScriptError, type Source } from './source.ts';

export class Tokens {
  readonly source: Source;
  readonly #tokens: readonly Token[];
  #index = 0;

  constructor(source: Source, tokens: readonly Token[]) {
    this.source = source;
    this.#tokens = tokens;
  }

  /** The token that is next, or one of those behind it; at the end it stays at `end`. */
  peek(ahead = 0): Token {
    return this.#tokens[Math.min(this.#index + ahead, this.#tokens.length - 1)]!;
  }

  next(): Token {
    const token = this.peek();
    this.#index = Math.min(this.#index + 1, this.#tokens.length - 1);
    return token;
  }

  /** Behind the last token that was taken. */
  get end(): number {
    return this.#index === 0 ? 0 : this.#tokens[this.#index - 1]!.end;
  }

  position(token = this.peek()): Position {
    return positionAt(this.source.text, token.offset);
  }

  is(kind: TokenKind, text?: string): boolean {
    const token = this.peek();
    return token.kind === kind && (text === undefined || token.text === text);
  }

  isWord(...texts: string[]): boolean {
    return this.is('word') && texts.includes(this.peek().text);
  }

  isChar(char: string): boolean {
    return this.is('char', char);
  }

  /** Takes the next token if it is this character. */
  takeChar(char: string): boolean {
    if (!this.isChar(char)) return false;
    this.next();
    return true;
  }

  takeWord(...texts: string[]): string | undefined {
    return this.isWord(...texts) ? this.next().text : undefined;
  }

  char(char: string, where: string): void {
    if (!this.takeChar(char)) this.expected(`"${char}"`, where);
  }

  word(what: string, where: string): string {
    if (!this.is('word')) this.expected(what, where);
    return this.next().text;
  }

  /** An unsigned number, decimal or hexadecimal, of at most `bits`. */
  number(what: string, where: string, bits: number): number {
    if (!this.is('integer') && !this.is('hex')) this.expected(what, where);
    const token = this.peek();
    const value = Number(token.text);
    if (value < 0 || value >= 2 ** bits) {
      this.fail(`${what} is ${token.text}; it must be between 0 and ${2 ** bits - 1}`);
    }
    this.next();
    return value;
  }

  /** Takes what the pattern matches in the text itself, from the next token on: for what tokens cut into pieces. */
  raw(pattern: RegExp): string | undefined {
    const start = this.peek().offset;
    const sticky = new RegExp(pattern.source, 'y');
    sticky.lastIndex = start;
    const found = sticky.exec(this.source.text)?.[0];
    if (!found) return undefined;
    const end = start + found.length;
    while (this.peek().offset < end && !this.is('end')) this.next();
    return found;
  }

  expected(what: string, where: string): never {
    const token = this.peek();
    const found = token.kind === 'end' ? token.text : `"${shortened(token.text)}"`;
    this.fail(`expected ${what} ${where}, found ${found}`);
  }

  fail(what: string, token = this.peek()): never {
    throw new ScriptError(this.source, this.position(token), what);
  }
}

function shortened(text: string): string {
  return text.length > 40 ? `${text.slice(0, 40)}…` : text;
}
