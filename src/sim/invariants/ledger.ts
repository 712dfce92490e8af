/**
 * What an onlooker knows of one end of a connection: from the frames that crossed its host's device, and from what its TCB
 * said after each step. Sequence numbers are kept as distances from the ISS, without bound.
 */

import type { StepReport } from '../../../machines/index.ts';
import type { State, Tcb } from '../../tcp/index.ts';
import { distance, type Seq, seq } from '../../tcp/seq.ts';
import { FLAG, type TcpSegment } from '../../wire/index.ts';
import { Received } from './received.ts';
import { SentLog } from './sent-log.ts';
import type { Violate } from './violation.ts';

/** RFC 9293 MUST-15: until the peer names another one. */
const DEFAULT_MSS = { 4: 536, 6: 1_220 } as const;

export interface LedgerHost {
  readonly ipVersion: 4 | 6;
  readonly violate: Violate;
  /** The other end's ledger: the one whose ISS is this end's IRS. */
  peerOf(ledger: Ledger): Ledger | undefined;
}

export class Ledger {
  readonly iss: Seq;
  irs: Seq | undefined;
  state: State = 'CLOSED';
  ended = false;
  /** Octets that the user has written, and those that have come into the receive queue in order. */
  readonly sent = new SentLog();
  delivered = 0;
  readonly received = new Received();
  /** RCV.NXT's distance from IRS, the furthest. */
  rcvNxt = 0;

  readonly #host: LedgerHost;
  #una = 0;
  #nxt = 0;
  /** Behind the last number that the peer has ever offered to take. */
  /** The window that RFC 9293 has a sender keep, with SND.WL1 and SND.WL2. */
  #window = { sequence: -1, acknowledgment: 0, size: 0 };
  #rightEdge = 0;
  /** Behind the last number that this end has ever offered to take, from IRS. */
  #offered = 0;
  #fin: number | undefined;
  #peerMss: number;
  #peerShift = 0;
  #ownShift = 0;
  /** Before the peer's ISS is known: what has arrived. */
  #early: TcpSegment[] = [];
  readonly #told = new Map<string, number>();

  constructor(tcb: Tcb, host: LedgerHost) {
    this.iss = tcb.iss;
    this.#host = host;
    this.#peerMss = DEFAULT_MSS[host.ipVersion];
  }

  /** A segment has come to the device, and the stack has not seen it yet. */
  arrives(segment: TcpSegment): void {
    if (this.irs === undefined) {
      this.#early.push(segment);
      return;
    }
    this.#note(segment, this.irs);
  }

  /** A step is over: the TCB that it left, before the segments are looked at that it sent. */
  stepped({ before, after, tcb }: StepReport): void {
    if (this.ended)
      return this.#host.violate('one-close', `a step in ${before} after the connection had ended`);
    this.state = after;
    const knowsIrs = tcb.origin === 'passive' || (after !== 'SYN-SENT' && after !== 'CLOSED');
    if (this.irs === undefined && knowsIrs) this.#learnIrs(tcb.irs);
    const { features, snd, rcv } = tcb;
    this.#peerShift = features.windowScaling ? snd.shift : 0;
    this.#ownShift = features.windowScaling ? rcv.shift : 0;
    this.#checkSend(tcb);
    if (this.irs !== undefined) this.#checkReceive(tcb, this.irs);
    this.#checkNumbers(tcb);
  }

  /** A segment that the last step sent. */
  sends(segment: TcpSegment, tcb: Tcb): void {
    const { flags, text, options } = segment;
    const { violate } = this.#host;
    if ((flags & FLAG.ACK) !== 0 && this.irs !== undefined) this.#checkAcknowledgment(segment, this.irs);
    // RFC 9293 section 3.10.7.1: a RST may stand where the segment that it answers wants it.
    if ((flags & FLAG.RST) !== 0) return;
    const from = this.#fromIss(seq(segment.seq));
    const end = from + text.length + ((flags & FLAG.SYN) !== 0 ? 1 : 0) + ((flags & FLAG.FIN) !== 0 ? 1 : 0);
    if (end > this.#nxt) violate('wire', `a segment ends at ISS+${end}, behind SND.NXT, ISS+${this.#nxt}`);
    if (text.length === 0 && (flags & FLAG.FIN) === 0) return;
    const mismatch = this.sent.mismatch(from - 1, text);
    if (mismatch !== undefined)
      violate('wire', `octet ${mismatch} of the stream goes out as another one than was written`);
    // RFC 9293 section 3.7.1 and R9293-11: the options' length comes out of the segment's.
    const optionsLength = tcb.features.timestamps ? 12 : 0;
    if (text.length + optionsLength > this.#peerMss)
      violate('wire', `${text.length} octets of text to a peer whose MSS is ${this.#peerMss}`);
    if (options.mss !== undefined) violate('wire', 'the MSS option on a segment without SYN');
    if ((flags & FLAG.FIN) !== 0) this.#checkFin(from + text.length);
  }

  told(what: string): void {
    const count = (this.#told.get(what) ?? 0) + 1;
    this.#told.set(what, count);
    if (count > 1) this.#host.violate('one-close', `the user is told "${what}" for the ${count}. time`);
  }

  ends(before: State, tcb: Tcb): void {
    const { violate } = this.#host;
    if (this.ended) violate('one-close', 'the connection ends for the second time');
    this.ended = true;
    if (before !== 'TIME-WAIT') return;
    const { snd, rcv } = tcb;
    if (snd.una !== snd.nxt || snd.queue.length > 0)
      violate('leftovers', `TIME-WAIT ends with ${snd.queue.length} octets that nobody acknowledged`);
    if (rcv.blocks.length > 0) violate('leftovers', 'TIME-WAIT ends with text out of order in its buffer');
  }

  #learnIrs(irs: Seq): void {
    this.irs = irs;
    for (const segment of this.#early) this.#note(segment, irs);
    this.#early = [];
  }

  #note(segment: TcpSegment, irs: Seq): void {
    const { flags, text, wnd, options } = segment;
    const isSyn = (flags & FLAG.SYN) !== 0;
    const from = this.rcvNxt + distance(seq(segment.seq), seq(irs + this.rcvNxt));
    if ((flags & FLAG.RST) === 0) {
      const end = from + text.length + (isSyn ? 1 : 0) + ((flags & FLAG.FIN) !== 0 ? 1 : 0);
      if (from >= 0) this.received.add(from, end);
      if (isSyn && from === 0 && options.mss !== undefined) this.#peerMss = options.mss;
    }
    if ((flags & FLAG.ACK) === 0) return;
    const ack = this.#fromIss(seq(segment.ack));
    if (ack > this.#nxt) return;
    const offered = wnd * (isSyn ? 1 : 2 ** this.#peerShift);
    // RFC 9293 section 3.10.7.4: text sent again acknowledges, but its window counts for older than the last one taken; that one
    // then reaches from the new SND.UNA on.
    const { sequence, acknowledgment } = this.#window;
    if (from > sequence || (from === sequence && ack >= acknowledgment))
      this.#window = { sequence: from, acknowledgment: ack, size: offered };
    this.#rightEdge = Math.max(this.#rightEdge, ack + offered, ack + this.#window.size);
  }

  #checkSend(tcb: Tcb): void {
    const { snd } = tcb;
    const { violate } = this.#host;
    const una = this.#fromIss(snd.una);
    const nxt = this.#una + distance(snd.nxt, seq(this.iss + this.#una));
    if (una < this.#una) violate('send-sequence', `SND.UNA goes back by ${this.#una - una}`);
    if (nxt < this.#nxt) violate('send-sequence', `SND.NXT goes back by ${this.#nxt - nxt}`);
    if (una > nxt) violate('send-sequence', `SND.UNA is ${una - nxt} behind SND.NXT`);
    this.#una = una;
    this.#nxt = nxt;
    this.#append(tcb);
    // The SYN needs no window, and a probe of a closed one lies just outside of it (RFC 9293 section 3.8.6.1).
    const edge = Math.max(1, this.#rightEdge + (snd.wnd === 0 ? 1 : 0));
    if (nxt > edge) violate('send-sequence', `SND.NXT is ${nxt - edge} behind the window's right edge`);
    if (una === 0) return;
    const peer = this.#host.peerOf(this);
    if (!peer) violate('acknowledged', 'SND.UNA has moved on, and there is no peer that could have said so');
    else if (una > peer.rcvNxt)
      violate('acknowledged', `SND.UNA is ISS+${una}, and the peer has ISS+${peer.rcvNxt}`);
    this.sent.release(Math.min(una - 1, peer?.delivered ?? 0));
  }

  /** What has joined the send queue in this step. */
  #append({ snd }: Tcb): void {
    const end = this.#fromIss(snd.text) - 1 + snd.queue.length;
    // Once our FIN is acknowledged, SND.UNA stands behind it, and the queue is empty.
    const added = Math.min(end - this.sent.length, snd.queue.length);
    if (added > 0) this.sent.append(snd.queue.slice(snd.queue.length - added, added));
  }

  #checkReceive(tcb: Tcb, irs: Seq): void {
    const { rcv } = tcb;
    const { violate } = this.#host;
    const nxt = this.rcvNxt + distance(rcv.nxt, seq(irs + this.rcvNxt));
    if (nxt < this.rcvNxt) violate('acknowledged', `RCV.NXT goes back by ${this.rcvNxt - nxt}`);
    if (nxt > this.received.end)
      violate('acknowledged', `RCV.NXT is IRS+${nxt}, and IRS+${this.received.end} is all that has arrived`);
    this.rcvNxt = nxt;
    const finTaken = rcv.fin !== undefined && distance(rcv.nxt, rcv.fin) > 0;
    const end = Math.max(0, nxt - 1 - (finTaken ? 1 : 0));
    const added = end - this.delivered;
    if (added > 0) this.#checkText(tcb, added);
    if (!finTaken) return;
    const peer = this.#host.peerOf(this);
    if (peer && peer.sent.length !== end)
      violate('prefix', `the peer's FIN is taken at octet ${end} of its ${peer.sent.length}`);
  }

  #checkText(tcb: Tcb, added: number): void {
    const { violate } = this.#host;
    const { queue } = tcb.rcv;
    const from = this.delivered;
    this.delivered += added;
    const peer = this.#host.peerOf(this);
    if (!peer) return violate('prefix', `${added} octets are delivered that nobody has sent`);
    if (queue.length < added)
      return violate('prefix', `${added - queue.length} octets were lost on their way to the user`);
    const mismatch = peer.sent.mismatch(from, queue.slice(queue.length - added, added));
    if (mismatch !== undefined)
      violate('prefix', `octet ${mismatch} of the stream is not what the peer sent`);
    peer.sent.release(Math.min(this.delivered, peer.#una - 1));
  }

  #checkAcknowledgment(segment: TcpSegment, irs: Seq): void {
    const { violate } = this.#host;
    const from = (value: number): number => this.rcvNxt + distance(seq(value), seq(irs + this.rcvNxt));
    const ack = from(segment.ack);
    if (ack > this.received.end)
      violate(
        'acknowledged',
        `IRS+${ack} is acknowledged, and IRS+${this.received.end} is all that has arrived`,
      );
    for (const { left, right } of segment.options.sack) {
      if (!this.received.has(from(left), from(right)))
        violate('acknowledged', `SACK of IRS+${from(left)} to IRS+${from(right)}, which has not all arrived`);
    }
    if ((segment.flags & FLAG.RST) !== 0) return;
    const shift = (segment.flags & FLAG.SYN) !== 0 ? 0 : this.#ownShift;
    const offered = ack + segment.wnd * 2 ** shift;
    // The field counts in steps of 2^shift, by so much less than one the edge may seem to go back (RFC 7323 section 2.4).
    if (offered + 2 ** this.#ownShift <= this.#offered)
      violate('wire', `the window shrinks by ${this.#offered - offered}`);
    this.#offered = Math.max(this.#offered, offered);
  }

  #checkFin(at: number): void {
    const { violate } = this.#host;
    if (at !== this.sent.length + 1)
      violate('wire', `a FIN at ISS+${at}, and the text ends at ISS+${this.sent.length + 1}`);
    if (this.#fin !== undefined && this.#fin !== at)
      violate('wire', `a FIN at ISS+${at}, after one at ISS+${this.#fin}`);
    this.#fin = at;
  }

  #checkNumbers({ cc, rtt, snd, rcv }: Tcb): void {
    const { violate } = this.#host;
    const isSane = (value: number): boolean => value >= 0 && value < Number.POSITIVE_INFINITY;
    const numbers = {
      cwnd: cc.cwnd,
      SRTT: rtt.srttMs ?? 0,
      RTO: rtt.rtoMs,
      'SND.WND': snd.wnd,
      'RCV.WND': rcv.wnd,
    };
    for (const name in numbers) {
      const value = numbers[name as keyof typeof numbers];
      if (!isSane(value)) violate('send-sequence', `${name} is ${value}`);
    }
  }

  #fromIss(value: Seq): number {
    return this.#una + distance(value, seq(this.iss + this.#una));
  }
}
