/**
 * `#ifdef NAME`, `#ifndef NAME`, `#else`, `#endif`: lines that are left out become blank, so that positions stay as they are.
 */

import { positionAt, ScriptError, type Source } from './source.ts';

interface Branch {
  readonly start: number;
  readonly outerActive: boolean;
  readonly condition: boolean;
  inElse: boolean;
}

const DIRECTIVE = /^[ \t]*#[ \t]*(\w+)[ \t]*(\w*)/;

/**
 * @param defined the names for which `#ifdef` holds
 * @throws ScriptError for a directive that is unknown, or has no partner
 */
export function preprocess(source: Source, defined: ReadonlySet<string>): Source {
  if (!source.text.includes('#')) return source;
  const branches: Branch[] = [];
  let offset = 0;
  let active = true;

  function follow([, word = '', name = '']: RegExpExecArray, start: number): boolean {
    const fail = (what: string): never => {
      throw new ScriptError(source, positionAt(source.text, start), what);
    };
    if (word === 'ifdef' || word === 'ifndef') {
      if (name === '') fail(`#${word} needs a name`);
      const condition = defined.has(name) === (word === 'ifdef');
      branches.push({ start, outerActive: active, condition, inElse: false });
      return active && condition;
    }
    const branch = branches.at(-1);
    if (!branch) return fail(`#${word} without an #ifdef before it`);
    if (word === 'else') {
      if (branch.inElse) fail('a second #else for the same #ifdef');
      branch.inElse = true;
      return branch.outerActive && !branch.condition;
    }
    branches.pop();
    return branch.outerActive;
  }

  let isCode = false;
  const lines = source.text.split('\n').map((line) => {
    const start = offset;
    offset += line.length + 1;
    const directive = isCode ? null : DIRECTIVE.exec(line);
    // Comments of Python's begin as directives do, whatever they say.
    if (line.includes('%{')) isCode = true;
    if (line.includes('}%')) isCode = line.lastIndexOf('%{') > line.lastIndexOf('}%');
    // A shell command may span lines, and a comment of its own begins as a directive does.
    if (!directive || !KNOWN.has(directive[1]!)) return active ? line : blank(line);
    active = follow(directive, start);
    return blank(line);
  });
  const open = branches.at(-1);
  if (open) throw new ScriptError(source, positionAt(source.text, open.start), 'this has no #endif');
  return { file: source.file, text: lines.join('\n') };
}

const KNOWN: ReadonlySet<string> = new Set(['ifdef', 'ifndef', 'else', 'endif']);

function blank(line: string): string {
  return line.replace(/[^\r]/g, ' ');
}
