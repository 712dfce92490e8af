/**
 * Where figure 5 of RFC 9293 puts its boxes and arrows, laid by hand for a drawing of 1040 by 850. An arrow of the machine
 * that has no place here is drawn in the margin, and a test tells.
 */

import type { ChartArrow } from './graph.ts';
import { GROUP } from './names.ts';

export const SIZE = { width: 1040, height: 850 } as const;

export interface Box {
  readonly state: string;
  readonly x: number;
  readonly y: number;
  readonly width: number;
  readonly height: number;
}

export interface Label {
  readonly x: number;
  readonly y: number;
  readonly anchor: 'start' | 'middle' | 'end';
}

/** One line of the drawing. Several arrows with the same ends share a line and have a label each. */
export interface Line {
  readonly from: string;
  readonly to: string;
  readonly path: string;
  readonly labels: Readonly<Record<string, Label>>;
}

const WIDTH = 150;
const HEIGHT = 46;

function box(state: string, x: number, y: number, height = HEIGHT): Box {
  return { state, x: x - WIDTH / 2, y: y - height / 2, width: WIDTH, height };
}

/** CLOSED is there twice, as in the figure: where a connection begins, and where it ends. */
export const BOXES: readonly Box[] = [
  box('CLOSED', 490, 40),
  box('LISTEN', 490, 150),
  box('SYN-RECEIVED', 130, 265, 70),
  box('SYN-SENT', 850, 265, 70),
  box('ESTABLISHED', 490, 385),
  box('FIN-WAIT-1', 130, 480),
  box('CLOSE-WAIT', 850, 480),
  box('FIN-WAIT-2', 130, 620, 54),
  box('CLOSING', 490, 600),
  box('LAST-ACK', 850, 620),
  box('TIME-WAIT', 490, 735),
  box('CLOSED', 850, 800, 70),
];

/** The frame around the states of the group `synchronized`. */
export const FRAME = { x: 40, y: 345, width: 970, height: 412 } as const;

/** Where the two regions of the timers stand. */
export const TIMERS_AT = { x: 8, y: 6, width: 148 } as const;

/** Where arrows without a place are listed. */
export const MARGIN = { x: 930, y: 24, step: 18 } as const;

const start = (x: number, y: number): Label => ({ x, y, anchor: 'start' });
const middle = (x: number, y: number): Label => ({ x, y, anchor: 'middle' });
const end = (x: number, y: number): Label => ({ x, y, anchor: 'end' });

export const LINES: readonly Line[] = [
  line('CLOSED', 'LISTEN', 'M475 63 V125', { listen: end(466, 99) }),
  line('LISTEN', 'CLOSED', 'M505 127 V65', { close: start(514, 99) }),
  line('CLOSED', 'SYN-SENT', 'M565 30 H860 Q882 30 882 52 V228', { open: end(875, 48) }),
  line('SYN-SENT', 'CLOSED', 'M822 230 V86 Q822 64 800 64 H630 Q612 64 600 58 L567 48', {
    close: end(814, 92),
    abort: end(814, 110),
    'rcv.RST': end(814, 128),
    'timeout.user': end(814, 146),
    'icmp.hard-error': end(814, 164),
  }),
  line('LISTEN', 'SYN-SENT', 'M520 173 V218 Q520 240 542 240 H773', { open: middle(650, 234) }),
  line('LISTEN', 'SYN-RECEIVED', 'M460 173 V218 Q460 240 438 240 H207', { 'rcv.SYN': middle(330, 234) }),
  line('SYN-SENT', 'SYN-RECEIVED', 'M775 266 H207', { 'rcv.SYN': middle(490, 261) }),
  line('SYN-RECEIVED', 'CLOSED', 'M182 230 V70 Q182 48 204 48 H413', {
    abort: start(192, 70),
    'rcv.RST': start(192, 88),
    'rcv.SYN': start(192, 106),
    'timeout.user': start(192, 124),
    'icmp.hard-error': start(192, 142),
  }),
  line('SYN-RECEIVED', 'SYN-RECEIVED', 'M55 256 C18 246 18 286 53 276', { close: end(46, 298) }),
  line('SYN-RECEIVED', 'ESTABLISHED', 'M205 290 H438 Q460 290 460 312 V360', {
    'rcv.ACK-of-SYN': start(214, 308),
  }),
  line('SYN-SENT', 'ESTABLISHED', 'M775 290 H542 Q520 290 520 312 V360', { 'rcv.SYN-ACK': end(766, 308) }),
  line('SYN-RECEIVED', 'FIN-WAIT-1', 'M130 300 V455', { close: start(138, 332) }),
  line('ESTABLISHED', 'FIN-WAIT-1', 'M460 408 V448 Q460 470 438 470 H207', { close: middle(330, 464) }),
  line('ESTABLISHED', 'CLOSE-WAIT', 'M520 408 V448 Q520 470 542 470 H773', { 'rcv.FIN': middle(650, 464) }),
  line('FIN-WAIT-1', 'CLOSING', 'M205 492 H468 Q490 492 490 514 V575', { 'rcv.FIN': middle(330, 509) }),
  line('FIN-WAIT-1', 'FIN-WAIT-2', 'M130 503 V591', { 'rcv.ACK-of-FIN': start(139, 552) }),
  line('FIN-WAIT-1', 'CLOSED', 'M55 482 Q22 482 22 504 V798 Q22 820 44 820 H773', {
    'rcv.text-nobody-reads': start(44, 838),
  }),
  line('FIN-WAIT-2', 'TIME-WAIT', 'M150 647 V713 Q150 735 172 735 H413', { 'rcv.FIN': middle(290, 729) }),
  line('FIN-WAIT-2', 'CLOSED', 'M90 647 V782 Q90 804 112 804 H773', {
    'rcv.text-nobody-reads': start(102, 779),
    'after finWait2': start(102, 797),
  }),
  line('FIN-WAIT-2', 'FIN-WAIT-2', 'M205 610 C244 600 244 640 207 630', { 'reader.gone': start(242, 625) }),
  line('CLOSE-WAIT', 'LAST-ACK', 'M850 503 V595', { close: end(841, 552) }),
  line('CLOSING', 'TIME-WAIT', 'M490 623 V710', { 'rcv.ACK-of-FIN': start(499, 662) }),
  line('CLOSING', 'CLOSED', 'M565 600 H690 Q712 600 712 622 V752 Q712 774 734 774 H773', {
    'rcv.RST': start(574, 594),
  }),
  line('LAST-ACK', 'CLOSED', 'M850 643 V763', {
    'rcv.ACK-of-FIN': end(841, 676),
    'rcv.RST': end(841, 694),
  }),
  line('TIME-WAIT', 'CLOSED', 'M565 745 H668 Q690 745 690 767 Q690 789 712 789 H773', {
    'after twoMsl': start(576, 739),
    'rcv.SYN': end(682, 779),
    'rcv.RST': end(682, 797),
  }),
  line('TIME-WAIT', 'TIME-WAIT', 'M548 712 C556 676 596 694 567 722', { 'rcv.FIN': start(586, 702) }),
  line(GROUP, 'CLOSED', 'M1010 728 Q1028 728 1028 746 V782 Q1028 800 1010 800 H927', {
    abort: end(1002, 700),
    'rcv.RST': end(1002, 718),
    'timeout.user': end(1002, 736),
  }),
];

function line(from: string, to: string, path: string, labels: Record<string, Label>): Line {
  return { from, to, path, labels };
}

export interface PlacedArrow {
  readonly arrow: ChartArrow;
  readonly label: Label;
  readonly path: string;
}

/** Finds every arrow its place. Those that the drawing was not laid for come back as `unplaced`. */
export function place(arrows: readonly ChartArrow[]): {
  readonly placed: readonly PlacedArrow[];
  readonly unplaced: readonly ChartArrow[];
} {
  const placed: PlacedArrow[] = [];
  const unplaced: ChartArrow[] = [];
  for (const arrow of arrows) {
    const found = LINES.find((line) => line.from === arrow.from && line.to === arrow.to);
    const label = found?.labels[arrow.event];
    if (found && label) placed.push({ arrow, label, path: found.path });
    else unplaced.push(arrow);
  }
  return { placed, unplaced };
}

/** Labels of the drawing that no arrow of the machine stands behind: what to take out of the layout. */
export function orphans(arrows: readonly ChartArrow[]): readonly string[] {
  const known = new Set(arrows.map((arrow) => arrow.id));
  return LINES.flatMap((line) =>
    Object.keys(line.labels)
      .map((event) => `${line.from} ${event} ${line.to}`)
      .filter((id) => !known.has(id)),
  );
}
