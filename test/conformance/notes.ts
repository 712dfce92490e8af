/**
 * How rows of the event-processing table were read where their wording, or the RFC's, leaves a choice. A reading that ends
 * in another state than the row's says so in `nextState`.
 */

export interface Reading {
  readonly read: string;
  readonly nextState?: string;
}

const BACK_PRESSURE =
  'a SEND without room waits until an acknowledgment has made some, as 3.9.1.2 allows a blocking SEND to: its promise is fulfilled then, and rejected only when the connection ends';
const LATE_CLOSE =
  'CLOSE is done silently, which the text allows ("ok also acceptable"): socket users close twice. No second FIN is sent';
const UNREAD_FIRST =
  'text that arrived before the FIN is delivered, then the end of the stream: what every socket API does, and the text would be lost otherwise';
const FIRST_CHECK_ALONE =
  'the row gives the answer of the first check alone. A segment without ACK tells it on the wire: acceptable, it is dropped silently at the fifth check; unacceptable, it is answered';
const CHALLENGED_AT_CHECK_4 =
  'a SYN is left to check 4, as RFC 5961 asks; its answer is the same ACK, and counted as a challenge';
const RST_BEFORE_SYNCHRONIZED =
  'the RST of 3.5.2 (R9293-8, a MUST) is kept in SYN-RECEIVED, for acknowledgments too old as well as too new; RFC 5961 section 5 is a MAY and for synchronized states';

export const READINGS: ReadonlyMap<string, Reading> = new Map<string, Reading>([
  [
    'EP-005',
    {
      read: 'there are no processes to tell apart: what a program may not have is an address that is not the stack’s (EADDRNOTAVAIL)',
    },
  ],
  [
    'EP-008',
    {
      read: 'the listener stays in LISTEN, and the connection that `listener.open` makes is the one that moves: two records, so that the passive OPEN is not lost (MUST-41)',
    },
  ],
  [
    'EP-011',
    {
      read: 'a second passive OPEN of the same port fails with EADDRINUSE; MUST-41 leaves the choice to fail or to add a record',
    },
  ],
  ...each(
    12,
    20,
    'an active OPEN of the same pair fails with EADDRINUSE. A passive OPEN of the same port is for other peers: it makes a record of its own and leaves this connection as it is (MUST-41, MUST-42)',
  ),
  ['EP-022', { read: 'the error is EPIPE after an orderly end, else what ended the connection' }],
  [
    'EP-024',
    {
      read: 'after an orderly end the answer is the end of the stream again, else the error that ended the connection',
    },
  ],
  [
    'EP-026',
    { read: 'CLOSE of what is gone does nothing, silently: whoever lets go twice has what they want' },
  ],
  ['EP-028', { read: 'ABORT of what is gone does nothing, silently' }],
  ['EP-030', { read: 'the object outlives the TCB, and says CLOSED; the stack no longer lists it' }],
  [
    'EP-031',
    {
      read: 'a SEND that names a remote socket is an active OPEN from the listener’s port, and a write; the text waits for ESTABLISHED',
    },
  ],
  ...each(
    34,
    35,
    'SEND is told "ok" when the text is in the send buffer; CLOSE is told when all is acknowledged',
  ),
  ...each(36, 37, BACK_PRESSURE),
  ...each(42, 43, BACK_PRESSURE),
  ...each(
    38,
    41,
    'SEND is told "ok" when the text is in the send buffer; CLOSE is told when all is acknowledged',
  ),
  ['EP-049', { read: 'the call that waits in LISTEN is `accept`; there is nothing to read from before' }],
  ['EP-068', { read: '"connection closing" is the end of the stream: null' }],
  ...each(69, 71, UNREAD_FIRST),
  ['EP-072', { read: 'pending `accept`s are told that there is nothing more: null' }],
  ['EP-073', { read: 'the error is ECONNABORTED' }],
  ...each(79, 80, LATE_CLOSE),
  ...each(83, 85, LATE_CLOSE),
  ['EP-086', { read: 'the ABORT of a listener is its AbortSignal' }],
  ...each(87, 92, 'outstanding calls fail with ECONNABORTED: it was this end that reset'),
  ...each(
    88,
    92,
    'the RST carries ACK as well, as common stacks send it; outstanding calls fail with ECONNABORTED, since it was this end that reset',
  ),
  ['EP-117', { read: 'the error is ECONNREFUSED, as sockets have it' }],
  [
    'EP-119',
    {
      read: 'the ACK alone decides (RFC 5961 section 3.2): RCV.NXT is unset in SYN-SENT, so that nothing can be compared with it',
      nextState: 'CLOSED',
    },
  ],
  ...each(126, 140, FIRST_CHECK_ALONE),
  ...each(149, 156, FIRST_CHECK_ALONE),
  ...each(157, 164, CHALLENGED_AT_CHECK_4),
  [
    'EP-173',
    {
      read: 'the text is held; the ACK that comes with it counts at once, as in common stacks, so that the connection is ESTABLISHED',
      nextState: 'ESTABLISHED',
    },
  ],
  ...each(174, 176, 'the duplicate ACK is sent, and at once (MAY-13)'),
  [
    'EP-186',
    {
      read: 'by the letter the first check drops a retransmitted FIN, and the restart of 2 MSL in the eighth is never reached; the eighth is followed, as common stacks do',
    },
  ],
  ['EP-202', { read: 'with RFC 1337 off' }],
  ['EP-211', { read: 'with RFC 1337 off; EP-212, with it on, is the default' }],
  ['EP-212', { read: 'contradicts EP-211; chosen by `timeWaitProtection`, and this is the default' }],
  [
    'EP-221',
    {
      read: 'a SYN in the window only. The first SYN again lies before the window, and is answered by the first check with an ACK; the SYN,ACK is sent again by its timer',
    },
  ],
  [
    'EP-222',
    {
      read: 'but for the SYN,ACK of a crossing open, which repeats IRS: by the letter the first check would drop it and its ACK; appendix A.2 has its ACK processed, and so it is',
    },
  ],
  ...each(223, 229, 'the limit is ten challenge ACKs a second, for each connection'),
  ['EP-247', { read: RST_BEFORE_SYNCHRONIZED }],
  ...each(
    257,
    261,
    'SEND is told "ok" when the text is in the send buffer: an acknowledgment that makes room ends the wait of a SEND that had none',
  ),
  ...each(
    272,
    277,
    'the answer is a challenge ACK of RFC 5961 section 5, which is the same ACK, and limited',
  ),
  [
    'EP-283',
    {
      read: 'acknowledgments of text in front of our FIN are handled as in ESTABLISHED, though the text says that none can come',
    },
  ],
  ['EP-284', { read: 'other pure ACKs are not answered: two ends that did so would never stop' }],
  ...each(
    288,
    290,
    'no second signal for the same pointer; when it moves on the user is told again, since MUST-32 asks for that',
  ),
  ...each(298, 300, 'the duplicate ACK is sent, and at once (MAY-13)'),
  [
    'EP-310',
    {
      read: 'the ACK that comes with the FIN moves the connection to ESTABLISHED first; without one it is dropped at the fifth check',
    },
  ],
  [
    'EP-324',
    {
      read: 'nothing is outstanding in FIN-WAIT-2, so that only keep-alive can find out that the peer is gone; the row is played with it on',
    },
  ],
  ...each(
    320,
    323,
    'the time counts from the first octet (or SYN) that was not acknowledged since; the error is ETIMEDOUT',
  ),
  ...each(
    325,
    327,
    'the time counts from the first octet that was not acknowledged since; the error is ETIMEDOUT',
  ),
  ...each(345, 349, 'R2 is the user timeout; no RST is sent'),
  ...each(350, 354, 'the probe is one octet of new text, or our FIN where no text is left'),
  ['EP-077', { read: 'the state changes at once, and the FIN waits behind the text' }],
  [
    'EP-082',
    {
      read: 'LAST-ACK, as RFC 9293 corrects RFC 793; and at once, with the FIN waiting behind the text, as in ESTABLISHED (EP-077), so that one rule sends the FIN in all states',
    },
  ],
  [
    'EP-122',
    {
      read: 'SND.WND, SND.WL1 and SND.WL2 are set here too, though the text says so only for SYN-RECEIVED: the send window would be unset otherwise',
    },
  ],
  ...each(
    248,
    254,
    'the ACK is a challenge ACK, limited as the others; what holds in SYN-RECEIVED is said at EP-247',
  ),
  ['EP-311', { read: 'what the note says of SYN-RECEIVED is said at EP-310' }],
  [
    'EP-312',
    {
      read: 'the fifth check goes to FIN-WAIT-2 first, the eighth from there to TIME-WAIT: two arrows for one segment',
    },
  ],
  ...each(329, 332, 'played with a SYN, text or FIN outstanding'),
  ...each(334, 336, 'played with text or a FIN outstanding'),
]);

function* each(from: number, to: number, read: string): Generator<[string, Reading]> {
  for (let id = from; id <= to; id++) yield [`EP-${String(id).padStart(3, '0')}`, { read }];
}
