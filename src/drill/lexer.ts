/**
 * Tokens of the packetdrill language. White space and comments separate them and mean nothing else.
 */

import { parseAddress } from '../wire/index.ts';
import { positionAt, ScriptError, type Source } from './source.ts';

export type TokenKind =
  | 'option'
  | 'float'
  | 'integer'
  | 'hex'
  | 'word'
  | 'string'
  | 'command'
  | 'code'
  | 'ipv4'
  | 'ipv6'
  | '...'
  | 'char'
  | 'end';

export interface Token {
  readonly kind: TokenKind;
  /** As written; for strings, commands and code what stands between the quotes, escapes replaced. */
  readonly text: string;
  /** Of an option: what stands behind `=`, or undefined. */
  readonly value?: string;
  readonly offset: number;
  readonly end: number;
}

const SPACE = /(?:\s+|\/\/[^\n]*|\/\*[\s\S]*?\*\/)+/y;
const OPTION = /--([A-Za-z_]\w*)(?:=("[^"\n]*"|[^\s]+))?/y;
const HEX = /0[xX][0-9a-fA-F]+/y;
const FLOAT = /-?\d*\.\d+/y;
const INTEGER = /-?\d+/y;
const WORD = /\w+/y;
const IPV4 = /\d+\.\d+\.\d+\.\d+/y;
const IPV6 = /[0-9a-fA-F:]*:[0-9a-fA-F:]*(?:\d+\.\d+\.\d+\.\d+)?/y;
const STRING = /"((?:[^"\\]|\\[\s\S])*)"/y;
const COMMAND = /`((?:[^`\\]|\\[\s\S])*)`/y;
const CODE = /%\{([\s\S]*?)\}%/y;

/** What `--define NAME=value` makes of a word. */
export type Defines = ReadonlyMap<string, Pick<Token, 'kind' | 'text'>>;

const NO_DEFINES: Defines = new Map();

/**
 * All tokens of a source, the last one of kind `end`.
 *
 * @throws ScriptError for a string, command, code or comment that does not end
 */
export function tokenize(source: Source, defines = NO_DEFINES): Token[] {
  const tokens: Token[] = [];
  for (let at = skipSpace(source, 0); at < source.text.length; at = skipSpace(source, at)) {
    const token = tokenAt(source, at, tokens.length === 0 || tokens.at(-1)!.kind === 'option');
    const defined = token.kind === 'word' ? defines.get(token.text) : undefined;
    tokens.push(defined ? { ...token, ...defined } : token);
    at = token.end;
  }
  const end = source.text.length;
  tokens.push({ kind: 'end', text: 'end of the script', offset: end, end });
  return tokens;
}

/**
 * Reads the value of a definition: a quoted text is a string, a back-quoted one a command, digits are a number, everything
 * else is another word.
 */
export function parseDefinition(value: string): Pick<Token, 'kind' | 'text'> {
  if (/^".*"$/s.test(value)) return { kind: 'string', text: value.slice(1, -1) };
  if (/^`.*`$/s.test(value)) return { kind: 'command', text: value.slice(1, -1) };
  if (/^-?\d+$/.test(value)) return { kind: 'integer', text: value };
  if (/^0x[0-9a-f]+$/i.test(value)) return { kind: 'hex', text: value };
  return { kind: 'word', text: value };
}

function match(pattern: RegExp, text: string, at: number): RegExpExecArray | undefined {
  pattern.lastIndex = at;
  return pattern.exec(text) ?? undefined;
}

function skipSpace(source: Source, at: number): number {
  const space = match(SPACE, source.text, at);
  const end = at + (space?.[0].length ?? 0);
  if (source.text.startsWith('/*', end)) fail(source, end, 'this comment does not end');
  return end;
}

function fail(source: Source, at: number, what: string): never {
  throw new ScriptError(source, positionAt(source.text, at), what);
}

function tokenAt(source: Source, at: number, mayBeOption: boolean): Token {
  const { text } = source;
  const made = (kind: TokenKind, found: RegExpExecArray, inner?: string): Token => ({
    kind,
    text: inner ?? found[0],
    offset: at,
    end: at + found[0].length,
  });
  const first = text[at]!;
  if (first === '"') {
    const found = match(STRING, text, at);
    return found
      ? made('string', found, replaceEscapes(found[1]!))
      : fail(source, at, 'this string does not end');
  }
  if (first === '`') {
    const found = match(COMMAND, text, at);
    return found
      ? made('command', found, found[1])
      : fail(source, at, 'this command does not end: a ` is missing');
  }
  if (text.startsWith('%{', at)) {
    const found = match(CODE, text, at);
    return found ? made('code', found, found[1]) : fail(source, at, 'this code does not end: }% is missing');
  }
  if (mayBeOption && text.startsWith('--', at)) {
    const found = match(OPTION, text, at);
    if (!found) fail(source, at, 'an option has the form --name or --name=value');
    return {
      ...made('option', found, found[1]),
      ...(found[2] === undefined ? {} : { value: unquote(found[2]) }),
    };
  }
  if (text.startsWith('...', at)) return { kind: '...', text: '...', offset: at, end: at + 3 };
  return addressAt(text, at, made) ?? numberOrWord(text, at, made);
}

type Made = (kind: TokenKind, found: RegExpExecArray, inner?: string) => Token;

function addressAt(text: string, at: number, made: Made): Token | undefined {
  const dotted = match(IPV4, text, at);
  if (dotted) return made('ipv4', dotted);
  const colons = match(IPV6, text, at);
  // `1:101` is a pair of sequence numbers, and `1::` could be nothing else than an address.
  const found = colons?.[0].replace(/[^:]/g, '').length ?? 0;
  return found >= 2 && parseAddress(colons![0]) ? made('ipv6', colons!) : undefined;
}

/** The longest of the forms that match: `0...0.2` is `0`, `...`, `0.2`, and `5abc` is a word. */
function numberOrWord(text: string, at: number, made: Made): Token {
  const hex = match(HEX, text, at);
  const float = match(FLOAT, text, at);
  const integer = match(INTEGER, text, at);
  const word = match(WORD, text, at);
  const longest = Math.max(...[hex, float, integer, word].map((found) => found?.[0].length ?? 0));
  if (longest === 0) return { kind: 'char', text: text[at]!, offset: at, end: at + 1 };
  if (hex?.[0].length === longest) return made('hex', hex);
  if (float?.[0].length === longest) return made('float', float);
  if (integer?.[0].length === longest) return made('integer', integer);
  return made('word', word!);
}

const ESCAPES: Readonly<Record<string, string>> = { n: '\n', t: '\t', r: '\r', '0': '\0' };

function replaceEscapes(text: string): string {
  return text.replace(/\\x([0-9a-fA-F]{2})|\\([\s\S])/g, (_, code: string | undefined, letter: string) =>
    code === undefined ? (ESCAPES[letter] ?? letter) : String.fromCharCode(Number.parseInt(code, 16)),
  );
}

function unquote(text: string): string {
  return text.startsWith('"') ? text.slice(1, -1) : text;
}
