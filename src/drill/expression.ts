/**
 * Expressions of code blocks: the part of Python that assertions are written in. Values are numbers, texts, truth values,
 * None and lists of them.
 */

import { MissingFeature } from './source.ts';

export type Value = number | string | boolean | null | readonly Value[];

/** The expression does not follow the grammar, names what is not there, or has values that do not go together. */
export class EvaluationError extends Error {
  override readonly name = 'EvaluationError';
}

interface ExpressionToken {
  readonly kind: 'number' | 'string' | 'name' | 'operator' | 'end';
  readonly text: string;
}

const TOKEN =
  /\s*(?:(0[xX][0-9a-fA-F]+|\d+\.?\d*(?:[eE][+-]?\d+)?|\.\d+)|([fFrRbB]?"(?:[^"\\]|\\.)*"|[fFrRbB]?'(?:[^'\\]|\\.)*')|([A-Za-z_]\w*)|(\*\*|\/\/|<<|>>|<=|>=|==|!=|[-+*/%<>|&^~(),.[\]]))/y;

function tokensOf(text: string): ExpressionToken[] {
  const tokens: ExpressionToken[] = [];
  TOKEN.lastIndex = 0;
  while (text.slice(TOKEN.lastIndex).trim() !== '') {
    const at = TOKEN.lastIndex;
    const found = TOKEN.exec(text);
    if (!found) throw new EvaluationError(`can't read "${text.slice(at).trim()}"`);
    const [, number, string, name, operator] = found;
    if (number !== undefined) tokens.push({ kind: 'number', text: number });
    else if (string !== undefined) {
      if (/^[fF]/.test(string)) throw new MissingFeature('f-strings in code');
      const quoted = string.replace(/^[rRbB]/, '');
      tokens.push({
        kind: 'string',
        text: quoted.slice(1, -1).replace(/\\n/g, '\n').replace(/\\(.)/g, '$1'),
      });
    } else if (name !== undefined) tokens.push({ kind: 'name', text: name });
    else tokens.push({ kind: 'operator', text: operator! });
  }
  tokens.push({ kind: 'end', text: 'the end' });
  return tokens;
}

/**
 * The value of an expression.
 *
 * @param lookUp gives the value of a name, or undefined if there is none
 * @throws EvaluationError
 */
export function evaluate(text: string, lookUp: (name: string) => Value | undefined): Value {
  const parser = new Evaluator(tokensOf(text), lookUp);
  const value = parser.tuple();
  parser.expectEnd();
  return value;
}

/** What Python takes for true. */
export function isTrue(value: Value): boolean {
  return typeof value === 'object' ? value !== null && value.length > 0 : Boolean(value);
}

const COMPARISONS = new Set(['==', '!=', '<', '<=', '>', '>=', 'in', 'is', 'not']);

/** Binary operators by how strongly they bind, the weakest first. */
const BINARY: readonly (readonly string[])[] = [
  ['|'],
  ['^'],
  ['&'],
  ['<<', '>>'],
  ['+', '-'],
  ['*', '/', '//', '%'],
];

class Evaluator {
  readonly #tokens: readonly ExpressionToken[];
  readonly #lookUp: (name: string) => Value | undefined;
  #at = 0;

  constructor(tokens: readonly ExpressionToken[], lookUp: (name: string) => Value | undefined) {
    this.#tokens = tokens;
    this.#lookUp = lookUp;
  }

  expectEnd(): void {
    if (this.#peek().kind !== 'end') throw new EvaluationError(`did not expect "${this.#peek().text}"`);
  }

  tuple(): Value {
    const first = this.#conditional();
    if (!this.#take(',')) return first;
    const items = [first];
    while (this.#peek().kind !== 'end' && this.#peek().text !== ')') {
      items.push(this.#conditional());
      if (!this.#take(',')) break;
    }
    return items;
  }

  /** `a if condition else b`. */
  #conditional(): Value {
    const value = this.#or();
    if (!this.#take('if')) return value;
    const condition = this.#or();
    if (!this.#take('else')) throw new EvaluationError('"if" needs its "else"');
    const other = this.#conditional();
    return isTrue(condition) ? value : other;
  }

  #or(): Value {
    let value = this.#and();
    while (this.#take('or')) {
      const right = this.#and();
      value = isTrue(value) ? value : right;
    }
    return value;
  }

  #and(): Value {
    let value = this.#not();
    while (this.#take('and')) {
      const right = this.#not();
      value = isTrue(value) ? right : value;
    }
    return value;
  }

  #not(): Value {
    return this.#take('not') ? !isTrue(this.#not()) : this.#comparison();
  }

  /** Chained: `1 <= x <= 3` holds when both do. */
  #comparison(): Value {
    let left = this.#binary(0);
    let compared = false;
    let holds = true;
    while (COMPARISONS.has(this.#peek().text) && this.#peek().kind !== 'string') {
      const operator = this.#comparisonOperator();
      const right = this.#binary(0);
      holds &&= compare(operator, left, right);
      left = right;
      compared = true;
    }
    return compared ? holds : left;
  }

  #comparisonOperator(): string {
    const { text } = this.#next();
    if (text === 'is' && this.#take('not')) return '!=';
    if (text === 'is') return '==';
    if (text !== 'not') return text;
    if (!this.#take('in')) throw new EvaluationError('"not" stands before a value, or before "in"');
    return 'not in';
  }

  #binary(level: number): Value {
    const operators = BINARY[level];
    if (!operators) return this.#unary();
    let left = this.#binary(level + 1);
    while (this.#peek().kind === 'operator' && operators.includes(this.#peek().text)) {
      const { text } = this.#next();
      left = calculate(text, left, this.#binary(level + 1));
    }
    return left;
  }

  #unary(): Value {
    if (this.#take('-')) return -numberOf(this.#unary());
    if (this.#take('+')) return numberOf(this.#unary());
    if (this.#take('~')) return -numberOf(this.#unary()) - 1;
    const base = this.#postfix();
    return this.#take('**') ? numberOf(base) ** numberOf(this.#unary()) : base;
  }

  #postfix(): Value {
    let value = this.#operand();
    while (this.#take('[')) {
      const index = numberOf(this.tuple());
      this.#expect(']');
      if (typeof value !== 'string' && !isList(value))
        throw new EvaluationError('only a list or a text has items');
      const item = value.at(index);
      if (item === undefined) throw new EvaluationError(`there is no item ${index}`);
      value = item;
    }
    return value;
  }

  #operand(): Value {
    const { kind, text } = this.#next();
    if (kind === 'number') return Number(text);
    if (kind === 'string') {
      let joined = text;
      while (this.#peek().kind === 'string') joined += this.#next().text;
      return joined;
    }
    if (text === '(') {
      if (this.#take(')')) return [];
      const value = this.tuple();
      this.#expect(')');
      return value;
    }
    if (text === '[') {
      const items = this.#items(']');
      return items;
    }
    if (kind === 'name') return this.#take('(') ? call(text, this.#items(')')) : this.#named(text);
    throw new EvaluationError(`did not expect "${text}"`);
  }

  #items(close: string): Value[] {
    const items: Value[] = [];
    while (!this.#take(close)) {
      items.push(this.#conditional());
      if (!this.#take(',') && this.#peek().text !== close)
        throw new EvaluationError(`expected "," or "${close}"`);
    }
    return items;
  }

  #named(name: string): Value {
    if (name === 'True') return true;
    if (name === 'False') return false;
    if (name === 'None') return null;
    const value = this.#lookUp(name);
    if (value === undefined) throw new EvaluationError(`${name} is not known`);
    return value;
  }

  #peek(): ExpressionToken {
    return this.#tokens[this.#at]!;
  }

  #next(): ExpressionToken {
    const token = this.#peek();
    if (token.kind !== 'end') this.#at++;
    return token;
  }

  #take(text: string): boolean {
    const token = this.#peek();
    if (token.text !== text || token.kind === 'string' || token.kind === 'end') return false;
    this.#at++;
    return true;
  }

  #expect(text: string): void {
    if (!this.#take(text)) throw new EvaluationError(`expected "${text}", found "${this.#peek().text}"`);
  }
}

function isList(value: Value): value is readonly Value[] {
  return Array.isArray(value);
}

function numberOf(value: Value): number {
  if (typeof value === 'number' || typeof value === 'boolean') return Number(value);
  throw new EvaluationError(`${textOf(value)} is not a number`);
}

function same(left: Value, right: Value): boolean {
  if (isList(left) && isList(right)) {
    return left.length === right.length && left.every((item, index) => same(item, right[index]!));
  }
  const plain = (value: Value): Value => (typeof value === 'boolean' ? Number(value) : value);
  return plain(left) === plain(right);
}

function compare(operator: string, left: Value, right: Value): boolean {
  if (operator === '==') return same(left, right);
  if (operator === '!=') return !same(left, right);
  if (operator === 'in' || operator === 'not in') {
    const found = isList(right)
      ? right.some((item) => same(item, left))
      : typeof right === 'string' && right.includes(textOf(left));
    return found === (operator === 'in');
  }
  const [a, b] =
    typeof left === 'string' && typeof right === 'string' ? [left, right] : [numberOf(left), numberOf(right)];
  if (operator === '<') return a < b;
  if (operator === '<=') return a <= b;
  return operator === '>' ? a > b : a >= b;
}

function calculate(operator: string, left: Value, right: Value): Value {
  if (operator === '%' && typeof left === 'string') return formatted(left, isList(right) ? right : [right]);
  if (operator === '+' && typeof left === 'string' && typeof right === 'string') return left + right;
  if (operator === '+' && isList(left) && isList(right)) return [...left, ...right];
  const [a, b] = [numberOf(left), numberOf(right)];
  if ((operator === '/' || operator === '//' || operator === '%') && b === 0) {
    throw new EvaluationError('a division by zero');
  }
  switch (operator) {
    case '|':
      return bitwise(a, b, (x, y) => x | y);
    case '^':
      return bitwise(a, b, (x, y) => x ^ y);
    case '&':
      return bitwise(a, b, (x, y) => x & y);
    case '<<':
      return a * 2 ** b;
    case '>>':
      return Math.floor(a / 2 ** b);
    case '+':
      return a + b;
    case '-':
      return a - b;
    case '*':
      return a * b;
    case '/':
      return a / b;
    case '//':
      return Math.floor(a / b);
    default:
      // Python's remainder has the sign of the divisor.
      return a - b * Math.floor(a / b);
  }
}

/** Python's integers have no end, JavaScript's bits do at 32. */
function bitwise(a: number, b: number, operate: (x: bigint, y: bigint) => bigint): number {
  if (!Number.isInteger(a) || !Number.isInteger(b))
    throw new EvaluationError('bits are of whole numbers only');
  return Number(operate(BigInt(a), BigInt(b)));
}

function call(name: string, values: readonly Value[]): Value {
  const numbers = (): number[] =>
    (values.length === 1 && isList(values[0]!) ? values[0] : values).map(numberOf);
  const [first = null] = values;
  switch (name) {
    case 'abs':
      return Math.abs(numberOf(first));
    case 'min':
      return Math.min(...numbers());
    case 'max':
      return Math.max(...numbers());
    case 'sum':
      return numbers().reduce((sum, value) => sum + value, 0);
    case 'int':
      return Math.trunc(Number(first));
    case 'float':
      return Number(first);
    case 'bool':
      return isTrue(first);
    case 'str':
    case 'repr':
      return textOf(first);
    case 'len':
      return typeof first === 'string' || isList(first) ? first.length : numberOf(first);
    case 'round': {
      const digits = 10 ** (values[1] === undefined ? 0 : numberOf(values[1]));
      return Math.round(numberOf(first) * digits) / digits;
    }
    default:
      throw new MissingFeature(`the function ${name}() in code`);
  }
}

/** As `print` shows it. */
export function textOf(value: Value): string {
  if (isList(value)) return `(${value.map(textOf).join(', ')})`;
  if (value === null) return 'None';
  return typeof value === 'boolean' ? (value ? 'True' : 'False') : String(value);
}

/** `'%d of %s' % (1, 'x')`. */
function formatted(format: string, values: readonly Value[]): string {
  let next = 0;
  return format.replace(
    /%(?:%|[-+0 #]*\d*(?:\.(\d+))?([diufsxr]))/g,
    (whole, digits?: string, kind?: string) => {
      if (kind === undefined) return whole === '%%' ? '%' : whole;
      const value = values[next++] ?? null;
      if (kind === 'x') return numberOf(value).toString(16);
      if (kind === 'f') return numberOf(value).toFixed(digits === undefined ? 6 : Number(digits));
      return kind === 'd' || kind === 'i' || kind === 'u'
        ? String(Math.trunc(numberOf(value)))
        : textOf(value);
    },
  );
}
