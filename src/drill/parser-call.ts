/**
 * System calls: `name(arguments) = result [ERRNO (text)] [(note)]`.
 */

import type { Expression, Field, SystemCall } from './ast.ts';
import type { Tokens } from './tokens.ts';

export function parseCall(tokens: Tokens): SystemCall {
  const name = tokens.word('a system call', 'here');
  tokens.char('(', `behind ${name}`);
  const args = parseItems(tokens, ')', () => parseExpression(tokens));
  tokens.char('=', `behind ${name}(…)`);
  const result = parseExpression(tokens);
  const errno = tokens.is('word') ? tokens.next().text : undefined;
  while (tokens.isChar('(')) skipNote(tokens);
  return { name, args, result, errno };
}

/** What stands in parentheses behind a result is for the reader. */
function skipNote(tokens: Tokens): void {
  const start = tokens.next();
  for (let depth = 1; depth > 0; ) {
    if (tokens.is('end')) tokens.fail('this "(" has no ")"', start);
    if (tokens.isChar('(')) depth++;
    if (tokens.isChar(')')) depth--;
    tokens.next();
  }
}

/** Items with commas between them, up to `close`, which is taken. */
function parseItems<T>(tokens: Tokens, close: string, parseItem: () => T): T[] {
  const items: T[] = [];
  while (!tokens.takeChar(close)) {
    items.push(parseItem());
    if (!tokens.takeChar(',') && !tokens.isChar(close))
      tokens.expected(`"," or "${close}"`, 'behind a value');
  }
  return items;
}

function parseExpression(tokens: Tokens): Expression {
  const position = tokens.position();
  const operands = [parseOperand(tokens)];
  while (tokens.takeChar('|')) operands.push(parseOperand(tokens));
  return operands.length === 1 ? operands[0]! : { kind: 'or', operands, position };
}

function parseOperand(tokens: Tokens): Expression {
  const position = tokens.position();
  const token = tokens.peek();
  if (token.kind === '...') {
    tokens.next();
    return { kind: 'any', position };
  }
  if (token.kind === 'integer' || token.kind === 'hex' || token.kind === 'float') {
    tokens.next();
    return { kind: 'number', value: Number(token.text), position };
  }
  if (token.kind === 'string') return { kind: 'string', value: parseStrings(tokens), position };
  if (token.kind === 'ipv4' || token.kind === 'ipv6') {
    tokens.next();
    return { kind: 'address', text: token.text, position };
  }
  if (tokens.takeChar('[')) {
    return { kind: 'list', items: parseItems(tokens, ']', () => parseExpression(tokens)), position };
  }
  if (tokens.takeChar('{')) {
    return { kind: 'struct', fields: parseItems(tokens, '}', () => parseField(tokens)), position };
  }
  if (token.kind === 'word') {
    tokens.next();
    if (!tokens.takeChar('(')) return { kind: 'symbol', name: token.text, position };
    const args = parseItems(tokens, ')', () => parseExpression(tokens));
    return { kind: 'function', name: token.text, args, position };
  }
  return tokens.expected('a value', 'in a system call');
}

/** Strings that stand side by side are one. */
function parseStrings(tokens: Tokens): string {
  let text = '';
  while (tokens.is('string')) text += tokens.next().text;
  return text;
}

function parseField(tokens: Tokens): Field {
  const value = parseExpression(tokens);
  if (!tokens.takeChar('=')) return { name: undefined, size: undefined, value };
  if (value.kind === 'symbol') return { name: value.name, size: undefined, value: parseExpression(tokens) };
  if (value.kind === 'function' && value.args.length === 1) {
    return { name: value.name, size: value.args[0], value: parseExpression(tokens) };
  }
  return tokens.fail('before "=" stands the name of a field');
}
