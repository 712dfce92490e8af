/**
 * Where figure 5 of RFC 9293 puts its boxes and arrows, laid by hand for a drawing of 880 by 850. An arrow of the machine
 * that has no place here is drawn in the margin, and a test tells.
 */

import type { ChartArrow } from './graph.ts';
import { GROUP } from './names.ts';

export const SIZE = { width: 880, height: 850 } as const;

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
  box('CLOSED', 400, 40),
  box('LISTEN', 400, 150),
  box('SYN-RECEIVED', 105, 265, 70),
  box('SYN-SENT', 695, 265, 70),
  box('ESTABLISHED', 400, 385),
  box('FIN-WAIT-1', 105, 480),
  box('CLOSE-WAIT', 695, 480),
  box('FIN-WAIT-2', 105, 620, 54),
  box('CLOSING', 400, 600),
  box('LAST-ACK', 695, 620),
  box('TIME-WAIT', 400, 735),
  box('CLOSED', 695, 800, 70),
];

/** The frame around the states of the group `synchronized`. */
export const FRAME = { x: 22, y: 345, width: 820, height: 414 } as const;

/** Where the two regions of the timers stand. */
export const TIMERS_AT = { x: 1, y: 4, width: 154 } as const;

/** Where arrows without a place are listed. */
export const MARGIN = { x: 890, y: 30, step: 20, width: 330 } as const;

const start = (x: number, y: number): Label => ({ x, y, anchor: 'start' });
const middle = (x: number, y: number): Label => ({ x, y, anchor: 'middle' });
const end = (x: number, y: number): Label => ({ x, y, anchor: 'end' });

export const LINES: readonly Line[] = [
  line('CLOSED', 'LISTEN', 'M386 63 V125', { listen: end(377, 99) }),
  line('LISTEN', 'CLOSED', 'M414 127 V65', { close: start(423, 99) }),
  line('CLOSED', 'SYN-SENT', 'M475 30 H700 Q722 30 722 52 V228', { open: start(731, 66) }),
  line('SYN-SENT', 'CLOSED', 'M668 230 V74 Q668 52 646 52 H477', {
    close: end(660, 82),
    abort: end(660, 101),
    'rcv.RST': end(660, 120),
    'timeout.user': end(660, 139),
    'icmp.hard-error': end(660, 158),
  }),
  line('LISTEN', 'SYN-SENT', 'M428 173 V218 Q428 240 450 240 H618', { open: middle(530, 234) }),
  line('LISTEN', 'SYN-RECEIVED', 'M372 173 V218 Q372 240 350 240 H182', { 'rcv.SYN': middle(275, 234) }),
  line('SYN-SENT', 'SYN-RECEIVED', 'M620 266 H182', { 'rcv.SYN': middle(400, 261) }),
  line('SYN-RECEIVED', 'CLOSED', 'M160 230 V70 Q160 48 182 48 H323', {
    abort: start(170, 72),
    'rcv.RST': start(170, 91),
    'rcv.SYN': start(170, 110),
    'timeout.user': start(170, 129),
    'icmp.hard-error': start(170, 148),
  }),
  line('SYN-RECEIVED', 'SYN-RECEIVED', 'M30 254 C2 244 2 288 28 278', { close: start(2, 320) }),
  line('SYN-RECEIVED', 'ESTABLISHED', 'M180 290 H350 Q372 290 372 312 V360', {
    'rcv.ACK-of-SYN': start(188, 309),
  }),
  line('SYN-SENT', 'ESTABLISHED', 'M620 290 H450 Q428 290 428 312 V360', { 'rcv.SYN-ACK': end(612, 309) }),
  line('SYN-RECEIVED', 'FIN-WAIT-1', 'M105 300 V455', { close: start(113, 332) }),
  line(
    'SYN-RECEIVED',
    'TIME-WAIT',
    'M165 300 V318 Q165 332 179 332 H286 Q300 332 300 346 V708 Q300 722 314 722 H323',
    {
      'rcv.RST-of-old-duplicate': end(293, 690),
    },
  ),
  line('ESTABLISHED', 'FIN-WAIT-1', 'M372 408 V448 Q372 470 350 470 H182', { close: middle(247, 464) }),
  line('ESTABLISHED', 'CLOSE-WAIT', 'M428 408 V448 Q428 470 450 470 H618', { 'rcv.FIN': middle(530, 464) }),
  line('FIN-WAIT-1', 'CLOSING', 'M180 492 H378 Q400 492 400 514 V575', { 'rcv.FIN': middle(235, 510) }),
  line('FIN-WAIT-1', 'FIN-WAIT-2', 'M105 503 V591', { 'rcv.ACK-of-FIN': start(114, 553) }),
  line('FIN-WAIT-1', 'CLOSED', 'M30 482 Q10 482 10 504 V798 Q10 820 32 820 H618', {
    'rcv.text-nobody-reads': start(34, 839),
  }),
  line('FIN-WAIT-2', 'TIME-WAIT', 'M125 647 V713 Q125 735 147 735 H323', { 'rcv.FIN': middle(225, 729) }),
  line('FIN-WAIT-2', 'CLOSED', 'M75 647 V782 Q75 804 97 804 H618', {
    'rcv.text-nobody-reads': start(87, 778),
    'after finWait2': start(87, 797),
  }),
  line('FIN-WAIT-2', 'FIN-WAIT-2', 'M180 610 C216 600 216 640 182 630', { 'reader.gone': start(188, 661) }),
  line('CLOSE-WAIT', 'LAST-ACK', 'M695 503 V595', { close: end(686, 553) }),
  line('CLOSING', 'TIME-WAIT', 'M400 623 V710', { 'rcv.ACK-of-FIN': start(409, 662) }),
  line('CLOSING', 'CLOSED', 'M475 600 H580 Q602 600 602 622 V757 Q602 774 610 774 H618', {
    'rcv.RST': start(483, 594),
  }),
  line('LAST-ACK', 'CLOSED', 'M695 643 V763', {
    'rcv.ACK-of-FIN': start(704, 666),
    'rcv.RST': start(704, 685),
  }),
  line('TIME-WAIT', 'CLOSED', 'M475 745 H523 Q545 745 545 767 Q545 789 567 789 H618', {
    'after twoMsl': start(481, 738),
    'rcv.SYN': end(538, 779),
    'rcv.RST': end(538, 798),
  }),
  line('TIME-WAIT', 'TIME-WAIT', 'M458 712 C466 676 506 694 477 722', { 'rcv.FIN': start(496, 702) }),
  line(GROUP, 'CLOSED', 'M842 722 Q862 722 862 744 V778 Q862 800 840 800 H772', {
    abort: end(834, 712),
    'rcv.RST': end(834, 731),
    'timeout.user': end(834, 750),
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
