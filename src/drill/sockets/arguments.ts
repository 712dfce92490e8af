/**
 * The arguments of a system call, read as its handler needs them. What does not fit is the script's error, at its place.
 */

import type { Expression, SystemCall } from '../ast.ts';
import { MissingFeature, ScriptError, type Source } from '../source.ts';
import { AF, errnoName, symbolValue } from './symbols.ts';

/** Where a socket is, or is to be. */
export interface Place {
  readonly address: string | undefined;
  readonly port: number;
}

export class Arguments {
  readonly #source: Source;
  readonly #call: SystemCall;
  readonly #position: ScriptError['position'];

  constructor(source: Source, call: SystemCall, position: ScriptError['position']) {
    this.#source = source;
    this.#call = call;
    this.#position = position;
  }

  get name(): string {
    return this.#call.name;
  }

  get length(): number {
    return this.#call.args.length;
  }

  at(index: number): Expression {
    const argument = this.#call.args[index];
    return argument ?? this.fail(`${this.name} has too few arguments: ${this.length}`);
  }

  has(index: number): boolean {
    return index < this.length;
  }

  number(index: number): number {
    return this.numberOf(this.at(index));
  }

  /** A number, or what `...` stands for. */
  numberOr(index: number, fallback: number): number {
    const argument = this.at(index);
    return argument.kind === 'any' ? fallback : this.numberOf(argument);
  }

  /** The name of an option; numbers have none here. */
  symbol(index: number): string {
    const argument = this.at(index);
    return argument.kind === 'symbol' ? argument.name : this.fail('give this by its name', argument);
  }

  numberOf(expression: Expression): number {
    switch (expression.kind) {
      case 'number':
        return expression.value;
      case 'symbol':
        return symbolValue(expression.name) ?? this.fail(`${expression.name} is not known here`, expression);
      case 'or':
        return expression.operands.reduce((sum, operand) => this.#or(sum, this.numberOf(operand)), 0);
      case 'list':
        // `[5]`: a number by reference.
        return expression.items.length === 1
          ? this.numberOf(expression.items[0]!)
          : this.fail('one number is needed here', expression);
      case 'function':
        if (/^(hton|ntoh)[sl]$/.test(expression.name) && expression.args.length === 1) {
          return this.numberOf(expression.args[0]!);
        }
        throw new MissingFeature(`${expression.name}() in a system call`);
      default:
        return this.fail('a number is needed here', expression);
    }
  }

  /** Flags go up to bit 31, where `|` would make them negative. */
  #or(a: number, b: number): number {
    return (a | b) >>> 0;
  }

  list(expression: Expression): readonly Expression[] {
    if (expression.kind === 'list') return expression.items;
    return this.fail('a list [...] is needed here', expression);
  }

  /** A field of a struct by its name, or by its place if the script gives no names. */
  field(struct: Expression, name: string, place: number): Expression | undefined {
    if (struct.kind !== 'struct') return this.fail('a struct {...} is needed here', struct);
    const named = struct.fields.find((field) => field.name === name);
    if (named) return named.value;
    const byPlace = struct.fields[place];
    return byPlace && byPlace.name === undefined ? byPlace.value : undefined;
  }

  /** A struct's number by name or place; `fallback` where it is missing or `...`. */
  fieldNumber(struct: Expression, name: string, place: number, fallback: number): number {
    const value = this.field(struct, name, place);
    return value === undefined || value.kind === 'any' ? fallback : this.numberOf(value);
  }

  /** The text of an address: a literal, `inet_addr("…")`, `inet_pton(…, "…")`; undefined where any will do. */
  addressOf(expression: Expression | undefined): string | undefined {
    if (expression === undefined || expression.kind === 'any') return undefined;
    if (expression.kind === 'string') return expression.value;
    if (expression.kind === 'address') return expression.text;
    if (expression.kind === 'function') return this.addressOf(expression.args.at(-1));
    if (expression.kind === 'symbol' && expression.name === 'INADDR_ANY') return undefined;
    return this.fail('an address is needed here', expression);
  }

  /** Where bind() and connect() go: `...` is the run's own place, a struct names one. */
  place(address: Expression, own: Place): Place {
    if (address.kind === 'any') return own;
    if (address.kind !== 'struct')
      return this.fail('an address is "..." or {sa_family=…, sin_port=…, sin_addr=…}', address);
    const port = this.field(address, 'sin_port', 1) ?? this.field(address, 'sin6_port', 1);
    const host = this.field(address, 'sin_addr', 2) ?? this.field(address, 'sin6_addr', 2);
    return { address: this.addressOf(host), port: port ? this.numberOf(port) : own.port };
  }

  /** Whether connect() is one to AF_UNSPEC, which takes a connection down. */
  isUnspecified(address: Expression): boolean {
    if (address.kind === 'symbol') return address.name === 'AF_UNSPEC';
    return (
      address.kind === 'struct' && this.fieldNumber(address, 'sa_family', 0, AF.UNSPEC + 1) === AF.UNSPEC
    );
  }

  /** `[{..., 100}, {..., 200}]`: the lengths. */
  vectorLengths(vector: Expression): readonly number[] {
    return this.list(vector).map((entry) => this.fieldNumber(entry, 'iov_len', 1, 0));
  }

  /** Of getsockopt()'s length, `[8]`: the kernel says how much of it there was to say. */
  comparedLength(expected: Expression | undefined, size: number): readonly string[] {
    if (expected?.kind !== 'list' || expected.items[0]?.kind !== 'number') return [];
    return this.compared(expected, Math.min(this.numberOf(expected), size), 'length');
  }

  /** What the script says that a call fills in, against what it did fill in. */
  compared(expected: Expression | undefined, got: number | string, what: string): readonly string[] {
    if (expected === undefined || expected.kind === 'any') return [];
    if (expected.kind === 'list' && (expected.items.length === 0 || expected.items[0]!.kind === 'any'))
      return [];
    const wanted = expected.kind === 'string' ? expected.value : this.numberOf(expected);
    if (wanted === got) return [];
    const text = (value: number | string): string =>
      what === 'SO_ERROR' && typeof value === 'number' && value !== 0 ? errnoName(value) : String(value);
    return [`${what}: expected ${text(wanted)}, got ${text(got)}`];
  }

  fail(what: string, at?: Expression): never {
    throw new ScriptError(this.#source, at?.position ?? this.#position, what);
  }
}
