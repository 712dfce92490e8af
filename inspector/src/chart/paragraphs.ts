/**
 * What the paragraphs of RFC 9293 behind the chart's arrows say, in our own words. The machine's descriptions begin with the
 * paragraph's number, and with its ordinal among the checks of section 3.10.7.
 */

export interface Paragraph {
  readonly reference: string;
  readonly says: string;
}

const PARAGRAPHS: readonly (readonly [key: string, says: string])[] = [
  [
    '3.10.1',
    'OPEN. A passive one makes a TCB and waits in LISTEN. An active one chooses an initial sequence number, sends <SEQ=ISS><CTL=SYN>, sets SND.UNA to ISS and SND.NXT to ISS+1, and enters SYN-SENT. In LISTEN, too, an OPEN with a remote socket turns the waiting end into an active one.',
  ],
  [
    '3.10.4',
    'CLOSE means: I have no more to send. It is queued behind all earlier SENDs; then a FIN goes out. From ESTABLISHED (or SYN-RECEIVED with nothing queued) that leads to FIN-WAIT-1, from CLOSE-WAIT to LAST-ACK. Before anything is synchronized the TCB is simply deleted. Receiving goes on until the other end closes, too.',
  ],
  [
    '3.10.5',
    'ABORT gives up at once: what is queued is thrown away, outstanding SENDs and RECEIVEs are told "connection reset", and in the states in which the other end knows of the connection it is sent a RST.',
  ],
  [
    '3.10.7.2, third',
    'A segment in LISTEN, third check: SYN. RCV.NXT becomes SEG.SEQ+1, IRS SEG.SEQ; an ISS is chosen and <SEQ=ISS><ACK=RCV.NXT><CTL=SYN,ACK> is sent. The connection is then in SYN-RECEIVED. (RST is looked at first and ignored, ACK second and answered with RST.)',
  ],
  [
    '3.10.7.3, second',
    'A segment in SYN-SENT, second check: RST. With an acceptable ACK it says that nobody listens there: the user is told "connection reset" and the connection is gone. Without an acceptable ACK it could be from anybody, and is dropped.',
  ],
  [
    '3.10.7.3, fourth',
    'A segment in SYN-SENT, fourth check: SYN. RCV.NXT becomes SEG.SEQ+1 and IRS SEG.SEQ. If our own SYN is acknowledged by it, the connection is ESTABLISHED and an ACK is sent. If not, both ends have opened at the same time: SYN-RECEIVED, and our SYN goes out again with an ACK.',
  ],
  [
    '3.10.7.4, second',
    'A segment in a later state, second check: RST. By RFC 5961 it only counts if SEG.SEQ is exactly RCV.NXT; one elsewhere in the window is answered with a challenge ACK. In SYN-RECEIVED after a passive OPEN the connection returns to LISTEN quietly; after an active one it was refused; in the synchronized states the user is told of a reset, and in CLOSING, LAST-ACK and TIME-WAIT nobody need be told.',
  ],
  [
    '3.10.7.4, fourth',
    'A segment in a later state, fourth check: SYN. In SYN-RECEIVED after a passive OPEN the connection returns to LISTEN. In the synchronized states a SYN is answered with a challenge ACK (RFC 5961), whatever its number; in TIME-WAIT it may open the connection anew.',
  ],
  [
    '3.10.7.4, fifth',
    'A segment in a later state, fifth check: ACK. In SYN-RECEIVED an ACK of our SYN makes the connection ESTABLISHED. Otherwise SND.UNA advances, what is acknowledged leaves the retransmission queue, and the send window follows SEG.WND. If our FIN is acknowledged: FIN-WAIT-1 goes to FIN-WAIT-2, CLOSING to TIME-WAIT, and LAST-ACK ends the connection.',
  ],
  [
    '3.10.7.4, eighth',
    'A segment in a later state, eighth and last check: FIN. RCV.NXT moves past it, it is acknowledged, and the user is told that the other end is closing. ESTABLISHED goes to CLOSE-WAIT, FIN-WAIT-1 to CLOSING (or to TIME-WAIT, if our FIN was acknowledged in the same segment), FIN-WAIT-2 to TIME-WAIT, where the 2 MSL start; in TIME-WAIT a FIN that comes again starts them anew.',
  ],
  [
    '3.10.8',
    'Timeouts. User timeout: everything queued is flushed, the user is told that the connection was aborted, and the TCB is deleted. Retransmission timeout: the first segment of the retransmission queue is sent again. TIME-WAIT timeout, after 2 MSL: the TCB is deleted.',
  ],
  [
    '3.8.3',
    'Connection failures. Retransmissions of one segment are counted: after R1 of them the network layer is told, after R2 (at least 100 seconds; for a SYN at least 3 minutes) the connection is given up.',
  ],
  [
    '3.6.1',
    'Half-closed connections. An end that has closed both directions can no longer take text: if some is unread or arrives later, it sends a RST, so that the other end learns that its data is lost. In TIME-WAIT a SYN with a number above the last one used may reopen the connection (MAY-2).',
  ],
  [
    '3.9.2.2',
    'ICMP messages. Soft errors (host or net unreachable, time exceeded) are remembered and told, and do not end a connection. Hard errors (protocol or port unreachable) should end one that is not synchronized yet; a synchronized one lives on (RFC 5461, RFC 5927).',
  ],
];

/** The paragraphs that a description of the chart names. */
export function paragraphsOf(description: string): readonly Paragraph[] {
  const found = PARAGRAPHS.filter(([key]) =>
    key.includes(',')
      ? description.startsWith(key)
      : new RegExp(`(^|[^0-9.])${key.replaceAll('.', '\\.')}([^0-9.]|$)`).test(description),
  );
  return found.map(([key, says]) => ({ reference: `RFC 9293 section ${key}`, says }));
}
