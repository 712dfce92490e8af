/**
 * A script's text and places in it, and the two ways in which a script itself can be at fault.
 */

/** A script as it was read: the name is only for messages. */
export interface Source {
  readonly file: string;
  readonly text: string;
}

/** A place in a source. Lines and columns count from 1. */
export interface Position {
  readonly offset: number;
  readonly line: number;
  readonly column: number;
}

/**
 * The script can't be read, or asks for what makes no sense. The message begins with `file:line:column`, and shows the line
 * with a caret under the column.
 */
export class ScriptError extends Error {
  override readonly name = 'ScriptError';
  readonly file: string;
  readonly position: Position;
  /** What is wrong, without the place. */
  readonly what: string;

  constructor(source: Source, position: Position, what: string) {
    super(`${placeOf(source, position)}: ${what}\n${excerpt(source, position)}`);
    this.file = source.file;
    this.position = position;
    this.what = what;
  }
}

/** The script is in order, but needs something that is not there: the run is skipped, and says why. */
export class MissingFeature extends Error {
  override readonly name = 'MissingFeature';
  readonly feature: string;

  constructor(feature: string) {
    super(feature);
    this.feature = feature;
  }
}

/** Where an offset of a text lies. */
export function positionAt(text: string, offset: number): Position {
  let line = 1;
  let start = 0;
  for (let at = text.indexOf('\n'); at >= 0 && at < offset; at = text.indexOf('\n', at + 1)) {
    line++;
    start = at + 1;
  }
  return { offset, line, column: offset - start + 1 };
}

/** `file:line:column`. */
export function placeOf(source: Source, position: Position): string {
  return `${source.file}:${position.line}:${position.column}`;
}

/** The text of a line, without its end. */
export function lineOf(source: Source, position: Position): string {
  const start = position.offset - (position.column - 1);
  const end = source.text.indexOf('\n', start);
  return source.text.slice(start, end < 0 ? undefined : end).replace(/\r$/, '');
}

/** The line, and a caret under the column; tabs stay tabs, so that the caret stands right. */
function excerpt(source: Source, position: Position): string {
  const line = lineOf(source, position);
  const indent = line.slice(0, position.column - 1).replace(/[^\t]/g, ' ');
  return `  ${line}\n  ${indent}^`;
}
