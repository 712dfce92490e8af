/**
 * What the scenes must show, typed from their descriptions: the state of A, the arrow, the segment, the state of B. `x` is
 * a lost segment; `.` a line that shows only one end of a segment's way, since another one crosses it.
 */

export interface Typed {
  readonly scene: string;
  readonly options?: {
    readonly issA?: number;
    readonly issB?: number;
    readonly noPending?: boolean;
    readonly mslMs?: number;
  };
  /** Which part of the scene, from 0. */
  readonly part?: number;
  readonly rows: readonly (readonly [a: string, arrow: string, segment: string, b: string])[];
}

const handshake = (a: number, b: number): Typed['rows'] => [
  ['SYN-SENT', '-->', `<SEQ=${a}><CTL=SYN>`, 'SYN-RECEIVED'],
  ['ESTABLISHED', '<--', `<SEQ=${b}><ACK=${a + 1}><CTL=SYN,ACK>`, 'SYN-RECEIVED'],
  ['ESTABLISHED', '-->', `<SEQ=${a + 1}><ACK=${b + 1}><CTL=ACK>`, 'ESTABLISHED'],
];

export const TYPED: readonly Typed[] = [
  { scene: 'handshake', rows: handshake(3_626_544_836, 1_739_326_486) },
  {
    scene: 'handshake',
    options: { issA: 1_234_567, issB: 7_654_321 },
    rows: handshake(1_234_567, 7_654_321),
  },
  // RFC 9293 figure 6.
  { scene: 'handshake', options: { issA: 100, issB: 300 }, rows: handshake(100, 300) },
  // RFC 9293 figure 12.
  {
    scene: 'close',
    rows: [
      ['FIN-WAIT-1', '-->', '<SEQ=100><ACK=300><CTL=FIN,ACK>', 'CLOSE-WAIT'],
      ['FIN-WAIT-2', '<--', '<SEQ=300><ACK=101><CTL=ACK>', 'CLOSE-WAIT'],
      ['TIME-WAIT', '<--', '<SEQ=300><ACK=101><CTL=FIN,ACK>', 'LAST-ACK'],
      ['TIME-WAIT', '-->', '<SEQ=101><ACK=301><CTL=ACK>', 'CLOSED'],
    ],
  },
  // Nothing to send at B: ACK and FIN share a segment, and the close takes three.
  {
    scene: 'half-close',
    options: { noPending: true },
    rows: [
      ['FIN-WAIT-1', '-->', '<SEQ=100><ACK=300><CTL=FIN,ACK>', 'CLOSE-WAIT'],
      ['TIME-WAIT', '<--', '<SEQ=300><ACK=101><CTL=FIN,ACK>', 'LAST-ACK'],
      ['TIME-WAIT', '-->', '<SEQ=101><ACK=301><CTL=ACK>', 'CLOSED'],
    ],
  },
  // The last ACK is lost; B sends its FIN again, A acknowledges again.
  {
    scene: 'time-wait',
    part: 0,
    rows: [
      ['FIN-WAIT-1', '-->', '<SEQ=100><ACK=300><CTL=FIN,ACK>', 'CLOSE-WAIT'],
      ['FIN-WAIT-2', '<--', '<SEQ=300><ACK=101><CTL=ACK>', 'CLOSE-WAIT'],
      ['TIME-WAIT', '<--', '<SEQ=300><ACK=101><CTL=FIN,ACK>', 'LAST-ACK'],
      ['TIME-WAIT', '--x', '<SEQ=101><ACK=301><CTL=ACK>', 'LAST-ACK'],
      ['TIME-WAIT', '<--', '<SEQ=300><ACK=101><CTL=FIN,ACK>', 'LAST-ACK'],
      ['TIME-WAIT', '-->', '<SEQ=101><ACK=301><CTL=ACK>', 'CLOSED'],
    ],
  },
  // RFC 9293 figure 7.
  {
    scene: 'simultaneous-open',
    rows: [
      ['SYN-SENT', '-->', '<SEQ=100><CTL=SYN>', 'CLOSED'],
      ['SYN-RECEIVED', '<--', '<SEQ=300><CTL=SYN>', 'SYN-SENT'],
      ['SYN-RECEIVED', '-->', '<SEQ=100><CTL=SYN>', 'SYN-RECEIVED'],
      ['SYN-RECEIVED', '-->', '<SEQ=100><ACK=301><CTL=SYN,ACK>', 'SYN-RECEIVED'],
      ['ESTABLISHED', '<--', '<SEQ=300><ACK=101><CTL=SYN,ACK>', 'SYN-RECEIVED'],
      ['ESTABLISHED', '-->', '<SEQ=100><ACK=301><CTL=SYN,ACK>', 'ESTABLISHED'],
    ],
  },
  // RFC 9293 figure 13.
  {
    scene: 'simultaneous-close',
    rows: [
      ['FIN-WAIT-1', '-->', '<SEQ=100><ACK=300><CTL=FIN,ACK>', 'ESTABLISHED'],
      ['CLOSING', '<--', '<SEQ=300><ACK=100><CTL=FIN,ACK>', 'FIN-WAIT-1'],
      ['CLOSING', '-->', '<SEQ=100><ACK=300><CTL=FIN,ACK>', 'CLOSING'],
      ['CLOSING', '-->', '<SEQ=101><ACK=301><CTL=ACK>', 'CLOSING'],
      ['TIME-WAIT', '<--', '<SEQ=301><ACK=101><CTL=ACK>', 'CLOSING'],
      ['TIME-WAIT', '-->', '<SEQ=101><ACK=301><CTL=ACK>', 'TIME-WAIT'],
    ],
  },
  // RFC 9293 figure 8.
  {
    scene: 'old-duplicate-syn',
    rows: [
      ['SYN-SENT', '-->', '<SEQ=100><CTL=SYN>', 'LISTEN'],
      ['SYN-SENT', '-->', '<SEQ=90><CTL=SYN>', 'SYN-RECEIVED'],
      ['SYN-SENT', '<--', '<SEQ=300><ACK=91><CTL=SYN,ACK>', 'SYN-RECEIVED'],
      ['SYN-SENT', '-->', '<SEQ=91><CTL=RST>', 'LISTEN'],
      ['SYN-SENT', '-->', '<SEQ=100><CTL=SYN>', 'SYN-RECEIVED'],
      ['ESTABLISHED', '<--', '<SEQ=400><ACK=101><CTL=SYN,ACK>', 'SYN-RECEIVED'],
      ['ESTABLISHED', '-->', '<SEQ=101><ACK=401><CTL=ACK>', 'ESTABLISHED'],
    ],
  },
  // RFC 9293 figures 9 and 10; after figure 9 the SYN is sent again and opens the connection.
  {
    scene: 'half-open',
    part: 0,
    rows: [
      ['SYN-SENT', '-->', '<SEQ=400><CTL=SYN>', 'ESTABLISHED'],
      ['SYN-SENT', '<--', '<SEQ=300><ACK=100><CTL=ACK>', 'ESTABLISHED'],
      ['SYN-SENT', '-->', '<SEQ=100><CTL=RST>', 'CLOSED'],
      ['SYN-SENT', '-->', '<SEQ=400><CTL=SYN>', 'SYN-RECEIVED'],
      ['ESTABLISHED', '<--', '<SEQ=600><ACK=401><CTL=SYN,ACK>', 'SYN-RECEIVED'],
      ['ESTABLISHED', '-->', '<SEQ=401><ACK=601><CTL=ACK>', 'ESTABLISHED'],
    ],
  },
  {
    scene: 'half-open',
    part: 1,
    rows: [
      ['CLOSED', '<--', '<SEQ=300><ACK=100><CTL=PSH,ACK><DATA=10>', 'ESTABLISHED'],
      ['CLOSED', '-->', '<SEQ=100><CTL=RST>', 'CLOSED'],
    ],
  },
  // RFC 9293 figure 11.
  {
    scene: 'duplicate-syn-passive',
    rows: [
      ['LISTEN', '-->', '<SEQ=90><CTL=SYN>', 'SYN-RECEIVED'],
      ['LISTEN', '<--', '<SEQ=300><ACK=91><CTL=SYN,ACK>', 'SYN-RECEIVED'],
      ['LISTEN', '-->', '<SEQ=91><CTL=RST>', 'LISTEN'],
    ],
  },
  {
    scene: 'refused',
    rows: [
      ['SYN-SENT', '-->', '<SEQ=100><CTL=SYN>', 'CLOSED'],
      ['CLOSED', '<--', '<SEQ=0><ACK=101><CTL=RST,ACK>', 'CLOSED'],
    ],
  },
  // The SYN is sent again after 1 s and 2 s; the lost text after 3 s.
  ...[0, 1].map((part) => ({
    scene: 'lost-syn',
    part,
    rows: [
      ['SYN-SENT', '--x', '<SEQ=100><CTL=SYN>', 'LISTEN'],
      ['SYN-SENT', '--x', '<SEQ=100><CTL=SYN>', 'LISTEN'],
      ['SYN-SENT', '-->', '<SEQ=100><CTL=SYN>', 'SYN-RECEIVED'],
      ['ESTABLISHED', '<--', '<SEQ=300><ACK=101><CTL=SYN,ACK>', 'SYN-RECEIVED'],
      ['ESTABLISHED', '-->', '<SEQ=101><ACK=301><CTL=ACK>', 'ESTABLISHED'],
      ['ESTABLISHED', '--x', '<SEQ=101><ACK=301><CTL=PSH,ACK><DATA=100>', 'ESTABLISHED'],
      ['ESTABLISHED', '-->', '<SEQ=101><ACK=301><CTL=PSH,ACK><DATA=100>', 'ESTABLISHED'],
      ['ESTABLISHED', '<--', '<SEQ=301><ACK=201><CTL=ACK>', 'ESTABLISHED'],
    ] as Typed['rows'],
  })),
];
