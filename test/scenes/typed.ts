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

/** The whole life: the request is acknowledged by the reply, the reply by the FIN. */
const session: Typed['rows'] = [
  ...handshake(1_000, 5_000),
  ['ESTABLISHED', '-->', '<SEQ=1001><ACK=5001><CTL=PSH,ACK><DATA=1000>', 'ESTABLISHED'],
  ['ESTABLISHED', '<--', '<SEQ=5001><ACK=2001><CTL=ACK><DATA=536>', 'ESTABLISHED'],
  ['ESTABLISHED', '<--', '<SEQ=5537><ACK=2001><CTL=PSH,ACK><DATA=464>', 'ESTABLISHED'],
  ['FIN-WAIT-1', '-->', '<SEQ=2001><ACK=6001><CTL=FIN,ACK>', 'CLOSE-WAIT'],
  ['FIN-WAIT-2', '<--', '<SEQ=6001><ACK=2002><CTL=ACK>', 'CLOSE-WAIT'],
  ['TIME-WAIT', '<--', '<SEQ=6001><ACK=2002><CTL=FIN,ACK>', 'LAST-ACK'],
  ['TIME-WAIT', '-->', '<SEQ=2002><ACK=6002><CTL=ACK>', 'CLOSED'],
];

/** 10 full segments of 1,448 octets from B, and an ACK for every second one. */
const halfClose: Typed['rows'] = [
  ['FIN-WAIT-1', '-->', '<SEQ=100><ACK=300><CTL=FIN,ACK>', 'CLOSE-WAIT'],
  ['FIN-WAIT-2', '<--', '<SEQ=300><ACK=101><CTL=ACK>', 'CLOSE-WAIT'],
  ...[300, 1748, 3196, 4644, 6092, 7540, 8988, 10436, 11884].map(
    (seq) => ['FIN-WAIT-2', '<--', `<SEQ=${seq}><ACK=101><CTL=ACK><DATA=1448>`, 'CLOSE-WAIT'] as const,
  ),
  ['FIN-WAIT-2', '<--', '<SEQ=13332><ACK=101><CTL=PSH,ACK><DATA=1448>', 'CLOSE-WAIT'],
  ...[3196, 6092, 8988, 11884, 14780].map(
    (ack) => ['FIN-WAIT-2', '-->', `<SEQ=101><ACK=${ack}><CTL=ACK>`, 'CLOSE-WAIT'] as const,
  ),
  ['TIME-WAIT', '<--', '<SEQ=14780><ACK=101><CTL=FIN,ACK>', 'LAST-ACK'],
  ['TIME-WAIT', '-->', '<SEQ=101><ACK=14781><CTL=ACK>', 'CLOSED'],
];

/** The pointer stands behind the urgent octet, which is the third of its segment. */
const urgent: Typed['rows'] = [
  ['ESTABLISHED', '-->', '<SEQ=100><ACK=300><CTL=PSH,ACK><DATA=3>', 'ESTABLISHED'],
  ['ESTABLISHED', '<--', '<SEQ=300><ACK=103><CTL=ACK>', 'ESTABLISHED'],
  ['ESTABLISHED', '-->', '<SEQ=103><ACK=300><UP=3><CTL=PSH,URG,ACK><DATA=3>', 'ESTABLISHED'],
  ['ESTABLISHED', '<--', '<SEQ=300><ACK=106><CTL=ACK>', 'ESTABLISHED'],
  ['ESTABLISHED', '-->', '<SEQ=106><ACK=300><CTL=PSH,ACK><DATA=2>', 'ESTABLISHED'],
  ['ESTABLISHED', '<--', '<SEQ=300><ACK=108><CTL=ACK>', 'ESTABLISHED'],
];

/** 16, 21, 19 and 2 octets of request; 17, 19, 19, 2 and 7 of reply; then B closes first. */
const http: Typed['rows'] = [
  ...handshake(100, 300),
  ['ESTABLISHED', '-->', '<SEQ=101><ACK=301><CTL=PSH,ACK><DATA=16>', 'ESTABLISHED'],
  ['ESTABLISHED', '-->', '<SEQ=117><ACK=301><CTL=PSH,ACK><DATA=21>', 'ESTABLISHED'],
  ['ESTABLISHED', '-->', '<SEQ=138><ACK=301><CTL=PSH,ACK><DATA=19>', 'ESTABLISHED'],
  ['ESTABLISHED', '-->', '<SEQ=157><ACK=301><CTL=PSH,ACK><DATA=2>', 'ESTABLISHED'],
  ['ESTABLISHED', '<--', '<SEQ=301><ACK=159><CTL=PSH,ACK><DATA=17>', 'ESTABLISHED'],
  ['ESTABLISHED', '<--', '<SEQ=318><ACK=159><CTL=PSH,ACK><DATA=19>', 'ESTABLISHED'],
  ['ESTABLISHED', '<--', '<SEQ=337><ACK=159><CTL=PSH,ACK><DATA=19>', 'ESTABLISHED'],
  ['ESTABLISHED', '<--', '<SEQ=356><ACK=159><CTL=PSH,ACK><DATA=2>', 'ESTABLISHED'],
  ['ESTABLISHED', '<--', '<SEQ=358><ACK=159><CTL=PSH,ACK><DATA=7>', 'ESTABLISHED'],
  ['CLOSE-WAIT', '<--', '<SEQ=365><ACK=159><CTL=FIN,ACK>', 'FIN-WAIT-1'],
  ['LAST-ACK', '-->', '<SEQ=159><ACK=366><CTL=FIN,ACK>', 'TIME-WAIT'],
  ['CLOSED', '<--', '<SEQ=366><ACK=160><CTL=ACK>', 'TIME-WAIT'],
];

export const TYPED: readonly Typed[] = [
  { scene: 'session', rows: session },
  { scene: 'half-close', rows: halfClose },
  { scene: 'urgent', part: 0, rows: urgent },
  { scene: 'urgent', part: 1, rows: urgent },
  { scene: 'http', rows: http },
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
  // MAY-2: a SYN with a higher number ends TIME-WAIT.
  {
    scene: 'time-wait',
    part: 1,
    rows: [
      ['FIN-WAIT-1', '-->', '<SEQ=100><ACK=300><CTL=FIN,ACK>', 'CLOSE-WAIT'],
      ['FIN-WAIT-2', '<--', '<SEQ=300><ACK=101><CTL=ACK>', 'CLOSE-WAIT'],
      ['TIME-WAIT', '<--', '<SEQ=300><ACK=101><CTL=FIN,ACK>', 'LAST-ACK'],
      ['TIME-WAIT', '-->', '<SEQ=101><ACK=301><CTL=ACK>', 'CLOSED'],
      ['SYN-RECEIVED', '<--', '<SEQ=10299><CTL=SYN>', 'SYN-SENT'],
      ['SYN-RECEIVED', '-->', '<SEQ=10099><ACK=10300><CTL=SYN,ACK>', 'ESTABLISHED'],
      ['ESTABLISHED', '<--', '<SEQ=10300><ACK=10100><CTL=ACK>', 'ESTABLISHED'],
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
