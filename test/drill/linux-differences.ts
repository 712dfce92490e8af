/**
 * Where Linux does not do what our scripts say, as `statewire drill --target linux` finds it: the line at which a script fails,
 * what the kernel does there, and why that is no fault of the script's. Scripts that are not listed pass.
 */

export interface Difference {
  /** The line of the script that fails. */
  readonly line: number;
  readonly linux: string;
  readonly reason: string;
}

export const LINUX_DIFFERENCES: Readonly<Record<string, Difference>> = {
  'blocking-write.pkt': {
    line: 13,
    linux: 'takes all 5,000 octets at once',
    reason:
      'SO_SNDBUF is doubled, and has a lower limit of 4,608 (socket(7)): how much a buffer holds is for the host to say.',
  },
  'challenge-ack-limit.pkt': {
    line: 20,
    linux: 'answers one doubtful segment in half a second, for each connection',
    reason:
      'RFC 5961 section 7 asks for a limit and leaves its figure open; tcp_invalid_ratelimit is 500 ms. challenge-ack.pkt, which keeps to that, passes.',
  },
  'f-rto-without-sack.pkt': {
    line: 20,
    linux: 'takes the timeout back, and sends nothing more for the ACK that has shown it',
    reason:
      'Its window is what it was before the timeout; RFC 4015 section 3.1 has it open by what the ACK acknowledges.',
  },
  'f-rto.pkt': {
    line: 21,
    linux: 'takes the timeout back, and sends nothing more for the ACK that has shown it',
    reason:
      'Its window is what it was before the timeout; RFC 4015 section 3.1 has it open by what the ACK acknowledges.',
  },
  'hystart.pkt': {
    line: 14,
    linux: 'sets PSH on every other segment',
    reason:
      'RFC 9293 section 3.9.1.2 leaves it to the host how often text is pushed. With PSH allowed for, its slow start goes on in full steps: 31 segments at line 53, for 28. It has HyStart, and not RFC 9406.',
  },
  'icmp-soft-error-connecting.pkt': {
    line: 5,
    linux: 'ends connect() with EHOSTUNREACH at the first ICMP error',
    reason:
      'A deviation from MUST-56 that RFC 5461 section 4.1 tells of: many hosts do so while they connect, to try the next address soon.',
  },
  'missing-timestamps.pkt': {
    line: 12,
    linux: 'takes a segment without timestamps on a connection that has agreed on them',
    reason: 'A deviation from a SHOULD of RFC 7323 section 3.2.',
  },
  'path-probe.pkt': {
    line: 42,
    linux: 'sets PSH on the last piece of a probe that goes again',
    reason:
      'RFC 9293 section 3.9.1.2 leaves it to the host how often text is pushed; the segments are the same.',
  },
  'persist-timer.pkt': {
    line: 15,
    linux: 'probes with a segment without text, at SND.UNA - 1',
    reason:
      'RFC 9293 section 3.8.6.1 probes with an octet of new text; the answer to either tells of the window.',
  },
  'receiver-sws.pkt': {
    line: 8,
    linux: 'offers 2,920 octets for an SO_RCVBUF of 4,000',
    reason: 'It counts what its own bookkeeping takes, and offers whole segments: taste of the host.',
  },
  'sack-recovery.pkt': {
    line: 26,
    linux: 'sends no rescue retransmission',
    reason:
      'Rule 4 of NextSeg () is a MAY (RFC 6675 section 4): its tail loss probe, which is off here, finds a lost last segment.',
  },
  'simultaneous-open.pkt': {
    line: 13,
    linux: 'sends an ACK in answer to the SYN,ACK that ends the handshake',
    reason:
      'It takes the SYN,ACK for an unacceptable segment, which its sequence number is, and does with its ACK what figure 7 of RFC 9293 shows all the same.',
  },
  'syn-options.pkt': {
    line: 7,
    linux: 'offers a window of 64,240 octets, and a scale of 7',
    reason: 'Buffers are larger, and the first window is a multiple of the MSS: taste of the host.',
  },
  'zero-window-receiver.pkt': {
    line: 8,
    linux: 'offers 1,460 octets for an SO_RCVBUF of 2,000',
    reason: 'It counts what its own bookkeeping takes, and offers whole segments: taste of the host.',
  },
};
