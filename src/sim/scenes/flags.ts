import { FLAG } from '../../wire/index.ts';
import type { Ladder, LadderPart, SegmentRow } from '../ladder.ts';
import { close, halfClose } from './close.ts';
import { halfOpen } from './half-open.ts';
import { handshake } from './handshake.ts';
import { lostSyn } from './lost-syn.ts';
import { duplicateSynPassive, oldDuplicateSyn } from './old-duplicates.ts';
import { refused } from './refused.ts';
import type { Scene } from './scene.ts';
import { session } from './session.ts';
import { simultaneousClose, simultaneousOpen } from './simultaneous.ts';
import { timeWait } from './time-wait.ts';
import { urgent } from './urgent.ts';
import { zeroWindow } from './zero-window.ts';

/** In the order of the list of scenes; the two that are left out show nothing that these don't. */
const LOOKED_AT: readonly Scene[] = [
  handshake,
  session,
  close,
  halfClose,
  timeWait,
  simultaneousOpen,
  simultaneousClose,
  oldDuplicateSyn,
  halfOpen,
  duplicateSynPassive,
  refused,
  zeroWindow,
  urgent,
  lostSyn,
];

const MEANINGS = [
  ['SYN', 'begins: the sequence number is the first of this direction'],
  ['ACK', 'the ACK field counts: all before that number has arrived'],
  ['PSH', 'that was all for now: hand it to the reader'],
  ['FIN', 'ends this direction: no text follows'],
  ['RST', 'ends the connection at once, or refuses it'],
  ['URG', 'the urgent pointer counts: hurry up to there'],
  ['ECE', 'congestion was met on the way (RFC 3168)'],
  ['CWR', 'the sender has slowed down for it (RFC 3168)'],
] as const;

interface Found {
  readonly flag: (typeof MEANINGS)[number][0];
  readonly meaning: string;
  readonly scene: Scene;
  readonly part: LadderPart;
  readonly row: SegmentRow;
}

export const flags: Scene = {
  name: 'flags',
  title: 'where each flag is first seen, and what it means there',
  description: 'A line for each of SYN, ACK, PSH, FIN, RST and URG, found in runs of the other scenes.',
  options: ['seed'],
  async play(options) {
    const found = await findAll(options.seed);
    return {
      scene: this.name,
      title: this.title,
      parts: found.map(({ flag, part, row, scene }) => ({
        ...part,
        title: `${flag}: ${scene.name}, line ${row.number}`,
        rows: [row],
        passages: [row.passage],
      })),
      facts: [],
      answers: [],
      table: tableOf(found),
    };
  },
};

async function findAll(seed: number | undefined): Promise<Found[]> {
  const found: Found[] = [];
  const missing = new Map<string, string>(MEANINGS);
  for (const scene of LOOKED_AT) {
    const ladder = await scene.play({ seed });
    for (const [flag, meaning] of MEANINGS) {
      const first = missing.has(flag) ? firstWith(ladder, FLAG[flag]) : undefined;
      if (!first) continue;
      missing.delete(flag);
      found.push({ flag, meaning, scene, ...first });
    }
  }
  const order = MEANINGS.map(([flag]) => flag);
  return found.sort((one, other) => order.indexOf(one.flag) - order.indexOf(other.flag));
}

function firstWith(
  ladder: Ladder,
  flag: number,
): { readonly part: LadderPart; readonly row: SegmentRow } | undefined {
  for (const part of ladder.parts) {
    for (const row of part.rows) {
      if (row.kind === 'segment' && (row.passage.segment.flags & flag) !== 0) return { part, row };
    }
  }
  return undefined;
}

function tableOf(found: readonly Found[]): string[] {
  return found.map(({ flag, meaning, scene, row }) => {
    const byte = `0x${FLAG[flag].toString(16).padStart(2, '0')}`;
    return `${flag}  ${byte}  ${`${scene.name}, line ${row.number}`.padEnd(27)}  ${meaning}`;
  });
}
