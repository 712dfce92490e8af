/**
 * What is under way in one direction: segments in their order, and stragglers, which others have overtaken and which may
 * arrive at any later time. Each different content once, by a number.
 *
 * A segment may carry marks: that it was under way when the 2-MSL timer (or that of FIN-WAIT-2) of its sender, or of its
 * receiver, was started. No segment lives longer than MSL, so that such a timer does not fire before it is gone.
 */

export const MARK = { sender: 1, receiver: 2 } as const;
const MARKS = 2;

/** What a content becomes, once that is known: −1 before. */
interface Next {
  withoutHead: number;
  strayHead: number;
  readonly pushed: number[];
  readonly withoutStraggler: number[];
  readonly marked: number[];
  readonly unmarked: number[];
}

interface Content extends Next {
  /** Segment numbers with their marks: `segment << 2 | marks`. */
  readonly line: readonly number[];
  readonly stragglers: readonly number[];
  readonly marks: number;
  readonly count: number;
}

export const EMPTY = 0;

export class Channels {
  readonly #contents: Content[] = [];
  readonly #byKey = new Map<string, number>();

  constructor() {
    this.#intern([], []);
  }

  get size(): number {
    return this.#contents.length;
  }

  /** How many segments are under way. */
  count(channel: number): number {
    return this.#contents[channel]!.count;
  }

  isMarked(channel: number, mark: number): boolean {
    return (this.#contents[channel]!.marks & mark) !== 0;
  }

  /** The segment that arrives next, or undefined. */
  head(channel: number): number | undefined {
    const first = this.#contents[channel]!.line[0];
    return first === undefined ? undefined : first >> MARKS;
  }

  hasLine(channel: number): boolean {
    return this.#contents[channel]!.line.length > 0;
  }

  stragglers(channel: number): number {
    return this.#contents[channel]!.stragglers.length;
  }

  straggler(channel: number, index: number): number {
    return this.#contents[channel]!.stragglers[index]! >> MARKS;
  }

  /** All segments under way, those in line first. */
  segments(channel: number): number[] {
    const { line, stragglers } = this.#contents[channel]!;
    return [...line, ...stragglers].map((entry) => entry >> MARKS);
  }

  push(channel: number, segment: number): number {
    const content = this.#contents[channel]!;
    content.pushed[segment] ??= this.#intern([...content.line, segment << MARKS], content.stragglers);
    return content.pushed[segment];
  }

  withoutHead(channel: number): number {
    const content = this.#contents[channel]!;
    if (content.withoutHead < 0)
      content.withoutHead = this.#intern(content.line.slice(1), content.stragglers);
    return content.withoutHead;
  }

  /** The first in line is overtaken: from now on it may arrive at any time. */
  strayHead(channel: number): number {
    const content = this.#contents[channel]!;
    if (content.strayHead < 0) {
      const { line, stragglers } = content;
      content.strayHead = this.#intern(line.slice(1), [...stragglers, line[0]!].sort(ascending));
    }
    return content.strayHead;
  }

  withoutStraggler(channel: number, index: number): number {
    const content = this.#contents[channel]!;
    content.withoutStraggler[index] ??= this.#intern(content.line, content.stragglers.toSpliced(index, 1));
    return content.withoutStraggler[index];
  }

  /** All that is under way gets the mark. */
  marked(channel: number, mark: number): number {
    const content = this.#contents[channel]!;
    content.marked[mark] ??= this.#withMarks(content, (entry) => entry | mark);
    return content.marked[mark];
  }

  unmarked(channel: number, mark: number): number {
    const content = this.#contents[channel]!;
    content.unmarked[mark] ??= this.#withMarks(content, (entry) => entry & ~mark);
    return content.unmarked[mark];
  }

  #withMarks({ line, stragglers }: Content, change: (entry: number) => number): number {
    return this.#intern(line.map(change), stragglers.map(change).sort(ascending));
  }

  #intern(line: readonly number[], stragglers: readonly number[]): number {
    const key = `${line.join(',')};${stragglers.join(',')}`;
    let id = this.#byKey.get(key);
    if (id === undefined) {
      id = this.#contents.length;
      let marks = 0;
      for (const entry of line) marks |= entry & 3;
      for (const entry of stragglers) marks |= entry & 3;
      this.#contents.push({
        line,
        stragglers,
        marks,
        count: line.length + stragglers.length,
        withoutHead: -1,
        strayHead: -1,
        pushed: [],
        withoutStraggler: [],
        marked: [],
        unmarked: [],
      });
      this.#byKey.set(key, id);
    }
    return id;
  }
}

function ascending(a: number, b: number): number {
  return a - b;
}
