/**
 * Ranges of what was sent with a mark each, as a value: a weight-balanced search tree whose changes copy the path to the
 * root and share the rest. Looking up, marking and unmarking cost O(log n) in the number of ranges; neighbours with the same
 * mark are one range. What was sent once, and of which nothing is known, is in no range: without loss the tree is undefined.
 */

/**
 * What became of a range: the peer has it (`sacked`), it counts as lost (`lost`, `lost again` once it was sent more than
 * once), or it is on its way once more (`resent`).
 */
export type Mark = 'sacked' | 'lost' | 'lost again' | 'resent';

export interface Range {
  readonly start: number;
  readonly end: number;
  readonly mark: Mark;
  /** Mark `resent`: when it was last sent. */
  readonly sentMs: number;
}

export interface Ranges extends Range {
  readonly left: Ranges | undefined;
  readonly right: Ranges | undefined;
  readonly size: number;
  /** Octets below this node that are `sacked`, and those that are `lost` or `lost again`. */
  readonly sacked: number;
  readonly lost: number;
}

export type Tree = Ranges | undefined;

export function sackedIn(tree: Tree): number {
  return tree === undefined ? 0 : tree.sacked;
}

export function lostIn(tree: Tree): number {
  return tree === undefined ? 0 : tree.lost;
}

/** The range that begins at `position` or before it, and last of those. */
export function rangeAt(tree: Tree, position: number): Ranges | undefined {
  let found: Ranges | undefined;
  let at = tree;
  while (at) {
    if (at.start <= position) {
      found = at;
      at = at.right;
    } else at = at.left;
  }
  return found;
}

/** The first range that begins at `position` or behind it. */
export function rangeFrom(tree: Tree, position: number): Ranges | undefined {
  let found: Ranges | undefined;
  let at = tree;
  while (at) {
    if (at.start >= position) {
      found = at;
      at = at.left;
    } else at = at.right;
  }
  return found;
}

/** The lowest range that counts as lost. */
export function firstLost(tree: Tree): Ranges | undefined {
  let at = tree;
  while (at && at.lost > 0) {
    if (lostIn(at.left) > 0) at = at.left;
    else if (at.mark === 'lost' || at.mark === 'lost again') return at;
    else at = at.right;
  }
  return undefined;
}

/** The highest `sacked` range that begins before `position`. */
export function lastSackedBefore(tree: Tree, position: number): Ranges | undefined {
  if (tree === undefined || tree.sacked === 0) return undefined;
  if (tree.start >= position) return lastSackedBefore(tree.left, position);
  const right = lastSackedBefore(tree.right, position);
  if (right) return right;
  return tree.mark === 'sacked' ? tree : lastSackedBefore(tree.left, position);
}

/** The ranges in order. */
export function* inOrder(tree: Tree): Generator<Range> {
  if (tree === undefined) return;
  yield* inOrder(tree.left);
  yield tree;
  yield* inOrder(tree.right);
}

/** Marks all of [start, end), whatever was there; `undefined` takes marks away. */
export function marked(
  tree: Tree,
  start: number,
  end: number,
  mark: Mark | undefined,
  sentMs: number = 0,
): Tree {
  if (start >= end) return tree;
  let next = tree;
  let from = start;
  let to = end;
  const before = rangeAt(next, start);
  if (before && before.end > start) {
    next = without(next, before.start);
    if (before.start < start) next = inserted(next, { ...rangeOf(before), end: start });
    if (before.end > end) next = inserted(next, { ...rangeOf(before), start: end });
  }
  for (let inside = rangeFrom(next, start); inside && inside.start < end; inside = rangeFrom(next, start)) {
    next = without(next, inside.start);
    if (inside.end > end) {
      next = inserted(next, { ...rangeOf(inside), start: end });
      break;
    }
  }
  if (mark === undefined) return next;
  const left = rangeAt(next, start);
  if (left && left.end === start && left.mark === mark && left.sentMs === sentMs) {
    next = without(next, left.start);
    from = left.start;
  }
  const right = rangeAt(next, end);
  if (right && right.start === end && right.mark === mark && right.sentMs === sentMs) {
    next = without(next, right.start);
    to = right.end;
  }
  return inserted(next, { start: from, end: to, mark, sentMs });
}

/** Without what lies below `position`. */
export function beyond(tree: Tree, position: number): Tree {
  let next = tree;
  for (let first = leftmost(next); first && first.start < position; first = leftmost(next)) {
    next = without(next, first.start);
    if (first.end > position) return inserted(next, { ...rangeOf(first), start: position });
  }
  return next;
}

function leftmost(tree: Tree): Tree {
  let at = tree;
  while (at?.left) at = at.left;
  return at;
}

function rangeOf({ start, end, mark, sentMs }: Range): Range {
  return { start, end, mark, sentMs };
}

/** Adams' balance: neither side may weigh more than three times the other. */
const DELTA = 3;
const GAMMA = 2;

function weight(tree: Tree): number {
  return tree === undefined ? 1 : tree.size + 1;
}

function node(range: Range, left: Tree, right: Tree): Ranges {
  const { start, end, mark, sentMs } = range;
  const isSacked = mark === 'sacked';
  const isLost = mark === 'lost' || mark === 'lost again';
  return {
    start,
    end,
    mark,
    sentMs,
    left,
    right,
    size: weight(left) + weight(right) - 1,
    sacked: sackedIn(left) + sackedIn(right) + (isSacked ? end - start : 0),
    lost: lostIn(left) + lostIn(right) + (isLost ? end - start : 0),
  };
}

function balanced(range: Range, left: Tree, right: Tree): Ranges {
  if (right && weight(right) > DELTA * weight(left)) {
    const inner = right.left;
    if (inner && weight(inner) >= GAMMA * weight(right.right)) {
      return node(inner, node(range, left, inner.left), node(right, inner.right, right.right));
    }
    return node(right, node(range, left, inner), right.right);
  }
  if (left && weight(left) > DELTA * weight(right)) {
    const inner = left.right;
    if (inner && weight(inner) >= GAMMA * weight(left.left)) {
      return node(inner, node(left, left.left, inner.left), node(range, inner.right, right));
    }
    return node(left, left.left, node(range, inner, right));
  }
  return node(range, left, right);
}

function inserted(tree: Tree, range: Range): Ranges {
  if (tree === undefined) return node(range, undefined, undefined);
  if (range.start < tree.start) return balanced(tree, inserted(tree.left, range), tree.right);
  return balanced(tree, tree.left, inserted(tree.right, range));
}

function without(tree: Tree, start: number): Tree {
  if (tree === undefined) return undefined;
  if (start < tree.start) return balanced(tree, without(tree.left, start), tree.right);
  if (start > tree.start) return balanced(tree, tree.left, without(tree.right, start));
  if (tree.left === undefined) return tree.right;
  const follower = leftmost(tree.right);
  if (follower === undefined) return tree.left;
  return balanced(follower, tree.left, without(tree.right, follower.start));
}
