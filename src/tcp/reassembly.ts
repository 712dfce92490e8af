/**
 * Text that arrived out of order (SHLD-31), held as blocks with a hole before each, and what SACK says of them (RFC 2018).
 */

import type { SackBlock } from '../wire/index.ts';
import { ByteQueue } from './byte-queue.ts';
import type { Seq } from './seq.ts';
import { add, distance, ge, gt, le, lt } from './seq.ts';

export interface Block {
  readonly left: Seq;
  readonly right: Seq;
  readonly text: ByteQueue;
  /** When the block last grew, as a count: the most recent one is reported first (RFC 2018 section 4). */
  readonly touched: number;
}

/** Texts shorter than this are copied together, so that a small one does not keep its whole frame alive. */
const COPY_BELOW = 512;

/** Appends received text; the queue takes long texts over as they are. */
export function appendText(queue: ByteQueue, text: Uint8Array): ByteQueue {
  return text.length < COPY_BELOW ? queue.appendCopy(text) : queue.append(text);
}

/** The blocks with `text`, which begins at `left`, put among them. Octets that are there already are kept as they are. */
export function insertBlock(blocks: readonly Block[], left: Seq, text: Uint8Array): readonly Block[] {
  const right = add(left, text.length);
  let start = 0;
  while (start < blocks.length && lt(blocks[start]!.right, left)) start++;
  let end = start;
  while (end < blocks.length && le(blocks[end]!.left, right)) end++;

  const touched = blocks.reduce((latest, block) => Math.max(latest, block.touched), 0) + 1;
  let merged = ByteQueue.empty;
  let from = left;
  let to = left;
  const first = blocks[start];
  if (start < end && first && lt(first.left, left)) {
    merged = first.text;
    from = first.left;
    to = first.right;
  }
  for (let index = start; index < end; index++) {
    const block = blocks[index]!;
    if (merged === block.text) continue;
    if (gt(block.left, to)) {
      merged = appendText(merged, text.subarray(distance(to, left), distance(block.left, left)));
    }
    merged = merged.concat(block.text);
    to = block.right;
  }
  if (gt(right, to)) merged = appendText(merged, text.subarray(distance(to, left)));
  const block: Block = { left: from, right: gt(right, to) ? right : to, text: merged, touched };
  return [...blocks.slice(0, start), block, ...blocks.slice(end)];
}

/** Takes the first block off if the text received in order has reached it. */
export function takeInOrder(
  blocks: readonly Block[],
  nxt: Seq,
): { readonly text: ByteQueue; readonly rest: readonly Block[] } | undefined {
  const first = blocks[0];
  if (!first || gt(first.left, nxt)) return undefined;
  return { text: first.text.drop(distance(nxt, first.left)), rest: blocks.slice(1) };
}

/** How many octets are held out of order. */
export function heldOutOfOrder(blocks: readonly Block[]): number {
  return blocks.reduce((sum, block) => sum + block.text.length, 0);
}

/**
 * The blocks of a SACK option: a duplicate first (RFC 2883), then the most recently changed one, then the others in the
 * order in which they were last reported (RFC 2018 section 4).
 */
export function sackBlocks(
  blocks: readonly Block[],
  duplicate: SackBlock | undefined,
  room: number,
): SackBlock[] {
  const newestFirst = blocks.length > 1 ? [...blocks].sort((a, b) => b.touched - a.touched) : blocks;
  const reported: SackBlock[] = duplicate ? [duplicate] : [];
  for (const { left, right } of newestFirst) {
    if (reported.length === room) break;
    reported.push({ left, right });
  }
  return reported;
}

/**
 * The part of [left, right) that was received before (RFC 2883 section 4): below `nxt`, or within a block; undefined when
 * all of it is new.
 */
export function duplicatePart(
  blocks: readonly Block[],
  nxt: Seq,
  left: Seq,
  right: Seq,
): SackBlock | undefined {
  if (lt(left, nxt)) return { left, right: lt(right, nxt) ? right : nxt };
  for (const block of blocks) {
    if (ge(left, block.right) || le(right, block.left)) continue;
    return {
      left: gt(left, block.left) ? left : block.left,
      right: lt(right, block.right) ? right : block.right,
    };
  }
  return undefined;
}
