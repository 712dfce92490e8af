/**
 * The charts against RFC 9293 figure 5, typed by hand, and against the arrows that section 3.10 states and the figure leaves
 * out, typed by hand as well. An arrow that is in a chart and in neither list is an error, and so is the reverse.
 */

import { describe, expect, it } from 'vitest';
import { connectionMachine, listenerMachine } from '../../machines/index.ts';
import { arrowsOf, transitionsOf } from './arrows-of.ts';

/** Figure 5, arrow by arrow; the figure's words in the comments. LISTEN is the listener's chart. */
const FIGURE_5 = [
  'SYN-SENT --rcv.SYN-ACK--> ESTABLISHED', // rcv SYN,ACK / snd ACK
  'SYN-SENT --rcv.SYN--> SYN-RECEIVED', // rcv SYN / snd SYN,ACK
  'SYN-SENT --close--> CLOSED', // CLOSE / delete TCB
  'SYN-RECEIVED --rcv.ACK-of-SYN--> ESTABLISHED', // rcv ACK of SYN
  'SYN-RECEIVED --close--> FIN-WAIT-1', // CLOSE / snd FIN
  'SYN-RECEIVED --rcv.RST--> CLOSED', // rcv RST (note 1): to LISTEN after a passive OPEN, where the listener still is
  'ESTABLISHED --close--> FIN-WAIT-1', // CLOSE / snd FIN
  'ESTABLISHED --rcv.FIN--> CLOSE-WAIT', // rcv FIN / snd ACK
  'FIN-WAIT-1 --rcv.ACK-of-FIN--> FIN-WAIT-2', // rcv ACK of FIN
  'FIN-WAIT-1 --rcv.FIN--> CLOSING', // rcv FIN / snd ACK
  'FIN-WAIT-2 --rcv.FIN--> TIME-WAIT', // rcv FIN / snd ACK
  'CLOSE-WAIT --close--> LAST-ACK', // CLOSE / snd FIN
  'CLOSING --rcv.ACK-of-FIN--> TIME-WAIT', // rcv ACK of FIN
  'LAST-ACK --rcv.ACK-of-FIN--> CLOSED', // rcv ACK of FIN
  'TIME-WAIT --after twoMsl--> CLOSED', // Timeout=2MSL / delete TCB
];

const SYNCHRONIZED = [
  'ESTABLISHED',
  'FIN-WAIT-1',
  'FIN-WAIT-2',
  'CLOSE-WAIT',
  'CLOSING',
  'LAST-ACK',
  'TIME-WAIT',
];
const WITH_TCB = ['SYN-SENT', 'SYN-RECEIVED', ...SYNCHRONIZED];

/** Section 3.10 and what it refers to. */
const SECTION_3_10 = [
  ...SYNCHRONIZED.map((state) => `${state} --rcv.RST--> CLOSED`), // 3.10.7.4, second
  'SYN-SENT --rcv.RST--> CLOSED', // 3.10.7.3, second
  'SYN-RECEIVED --rcv.SYN--> CLOSED', // 3.10.7.4, fourth: to LISTEN after a passive OPEN
  ...WITH_TCB.map((state) => `${state} --abort--> CLOSED`), // 3.10.5
  ...WITH_TCB.map((state) => `${state} --timeout.user--> CLOSED`), // 3.10.8
  'SYN-SENT --icmp.hard-error--> CLOSED', // 3.9.2.2, SHLD-26
  'SYN-RECEIVED --icmp.hard-error--> CLOSED', // 3.9.2.2, SHLD-26
  'TIME-WAIT --rcv.FIN--> TIME-WAIT', // 3.10.7.4, eighth: 2 MSL start anew
  'TIME-WAIT --rcv.SYN--> CLOSED', // 3.6.1, MAY-2: the listener spawns the new connection
  'SYN-RECEIVED --rcv.RST-of-old-duplicate--> TIME-WAIT', // 3.6.1, MAY-2: the SYN that ended TIME-WAIT was none
  'FIN-WAIT-1 --rcv.text-nobody-reads--> CLOSED', // 3.6.1, SHLD-3
  'FIN-WAIT-2 --rcv.text-nobody-reads--> CLOSED', // 3.6.1, SHLD-3
  'FIN-WAIT-2 --after finWait2--> CLOSED', // not in the RFC; docs/decisions/deviations.md
];

describe('the connection chart', () => {
  const arrows = arrowsOf(connectionMachine);

  it('has every arrow of figure 5', () => {
    expect(arrows).toEqual(expect.arrayContaining(FIGURE_5));
  });

  it('has every arrow that section 3.10 states beside the figure', () => {
    expect(arrows).toEqual(expect.arrayContaining(SECTION_3_10));
  });

  it('has no arrow of its own', () => {
    expect(arrows).toEqual([...new Set([...FIGURE_5, ...SECTION_3_10])].sort());
  });

  it('begins where figure 5 does: an active OPEN in SYN-SENT, a SYN to a listener in SYN-RECEIVED', () => {
    const openings = transitionsOf(connectionMachine).filter(({ event }) => event === 'always');
    expect(openings.map(({ to }) => to.split('.').at(-1))).toEqual(['SYN-RECEIVED', 'SYN-SENT']);
  });
});

describe('the listener chart', () => {
  it('stays in LISTEN for a SYN, an active OPEN from its port and an accept, and leaves it on CLOSE', () => {
    const moves = transitionsOf(listenerMachine)
      .filter(({ from }) => from === 'LISTEN')
      .map(({ from, event, to }) => `${from} --${event}--> ${to}`);
    expect([...new Set(moves)].sort()).toEqual([
      'LISTEN --accept--> LISTEN',
      'LISTEN --close--> CLOSED',
      'LISTEN --connection.opened--> LISTEN',
      'LISTEN --connection.returned--> LISTEN',
      'LISTEN --open--> LISTEN',
      'LISTEN --rcv.SYN--> LISTEN',
    ]);
  });
});

describe('both charts', () => {
  it.each([
    ['connection', connectionMachine],
    ['listener', listenerMachine],
  ])('say of each arrow of the %s where it stands', (_, machine) => {
    const silent = transitionsOf(machine).filter(({ description }) => !description);
    expect(silent).toEqual([]);
  });

  it('name an RFC paragraph on each arrow of a connection', () => {
    const paragraph = /\b\d\.\d+|RFC \d+|MUST-\d+|SHLD-\d+|MAY-\d+/;
    const without = transitionsOf(connectionMachine).filter(
      ({ description }) => !paragraph.test(description ?? ''),
    );
    expect(without.map(({ from, event }) => `${from} --${event}`)).toEqual([]);
  });
});
