/** What the rows of a ladder say. Pure: the drawing and the tests read the same words. */

import type { Numbers } from '../app/preferences.ts';
import type { FrameRow } from '../store/frame-log.ts';
import { MARK } from '../store/frame-log.ts';
import type { Conversation, Note, Wire } from '../store/wire.ts';
import { optionWords } from './decode.ts';

export interface RowWords {
  /** `SYN,ACK`. */
  readonly flags: string;
  /** What else is said, the most important first; a narrow drawing leaves out what is behind. */
  readonly parts: readonly string[];
  /** What happened to the segment: `lost`, `retransmission` … */
  readonly tags: readonly string[];
}

const FLAG_NAMES = ['FIN', 'SYN', 'RST', 'PSH', 'ACK', 'URG', 'ECE', 'CWR', 'AE'] as const;
/** In the order in which ladders name them. */
const ORDER = ['SYN', 'FIN', 'RST', 'PSH', 'URG', 'ECE', 'CWR', 'AE', 'ACK'] as const;

export function flagWords(flags: number): string {
  const set = FLAG_NAMES.filter((_, bit) => flags & (1 << bit));
  return ORDER.filter((name) => set.includes(name)).join(',');
}

export function rowWords(row: FrameRow, wire: Wire, numbers: Numbers, lostBy: number): RowWords {
  const conversation = wire.conversation(row.conversation);
  if (row.marks & MARK.notTcp) {
    return { flags: 'no TCP', parts: [`${row.wireLength} octets`], tags: tagsOf(row, lostBy) };
  }
  const { seq, ack } = numbersOf(row, wire, conversation, numbers);
  const parts = [`seq ${seq}`];
  if (row.flags & 16) parts.push(`ack ${ack}`);
  if (row.length > 0) parts.push(`len ${row.length}`);
  parts.push(`win ${row.window}`);
  const other = row.direction === 0 ? 1 : 0;
  const base = numbers === 'absolute' ? 0 : wire.issAt(conversation, other, row.index);
  const options = optionWords(wire.frames.bytes(row.index), base);
  if (options.length > 0) parts.push(`<${options.join(', ')}>`);
  return { flags: flagWords(row.flags), parts, tags: tagsOf(row, lostBy) };
}

export function numbersOf(
  row: Pick<FrameRow, 'index' | 'seq' | 'ack' | 'direction'>,
  wire: Wire,
  conversation: Conversation,
  numbers: Numbers,
): { readonly seq: number; readonly ack: number } {
  if (numbers === 'absolute') return { seq: row.seq, ack: row.ack };
  const other = row.direction === 0 ? 1 : 0;
  return {
    seq: (row.seq - wire.issAt(conversation, row.direction, row.index)) >>> 0,
    ack: (row.ack - wire.issAt(conversation, other, row.index)) >>> 0,
  };
}

/** A segment that was lost later than at the moment shown is still on its way. */
function tagsOf(row: FrameRow, shownOrder: number): readonly string[] {
  const tags: string[] = [];
  const { marks } = row;
  if (marks & MARK.lost && row.lostOrder <= shownOrder) tags.push('lost');
  if (marks & MARK.retransmitted) tags.push('retransmission');
  if (marks & MARK.duplicated) tags.push('copy');
  if (marks & MARK.reordered && row.arriveOrder <= shownOrder) tags.push('reordered');
  if (marks & MARK.corrupted) tags.push('corrupted');
  if (marks & MARK.dropped && row.arriveOrder <= shownOrder) tags.push('dropped');
  return tags;
}

/** One row in one line: for those who hear the page, and for tests. */
export function rowText(item: number, wire: Wire, numbers: Numbers, shownOrder: number): string {
  if (item < 0) {
    const note = wire.note(item);
    return note ? `${(note.timeMs / 1_000).toFixed(6)} ${noteText(note)}` : '';
  }
  const row = wire.frames.row(item);
  if (!row) return '';
  const { flags, parts, tags } = rowWords(row, wire, numbers, shownOrder);
  const arrow = row.direction === 0 ? '→' : '←';
  const states = [row.sender.after, row.receiver.after].map((state) => state ?? '?');
  const [left, right] = row.direction === 0 ? states : [states[1], states[0]];
  return [
    (row.timeMs / 1_000).toFixed(6),
    left,
    arrow,
    right,
    flags,
    ...parts,
    ...tags.map((tag) => `[${tag}]`),
  ].join(' ');
}

export function noteText(note: Note): string {
  return note.state === undefined ? note.text : `${note.text}: ${note.state}`;
}
