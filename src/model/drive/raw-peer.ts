/**
 * The peer that speaks to a target: it makes packets of symbols, and keeps the sequence numbers of both ends by what was on
 * the wire. It knows of the target what a peer can know.
 */

import {
  decodeIp,
  decodeTcp,
  encodeTcp,
  encodeUnreachable,
  FLAG,
  NO_OPTIONS,
  PROTOCOL,
  type TcpSegment,
  UNREACHABLE_CODE,
} from '../../wire/index.ts';
import { receives, type Situation } from '../words/situation.ts';
import type { TestSymbol } from '../words/symbols.ts';
import type { Session } from './target.ts';

/** One packet from the target, named by what it carries. */
export interface Heard {
  /** `ACK`, `text`, `FIN`, `SYN,ACK` …; with ` again` behind it if all of it was sent before. */
  readonly name: string;
  /** What is wrong with its numbers; undefined when they are as RFC 9293 has them. */
  readonly wrong: string | undefined;
}

const TEXT_LENGTH = 4;
/** Between the next number and what is sent out of order: one text fills it. */
const GAP = TEXT_LENGTH;
/** Beyond any window or sending that a word makes. */
const FAR = 100_000;
const NEAR = 10;
const WINDOW = 65_535;
const MSS = 1_460;
/** Between the ISS of one connection and of the next on the same 4-tuple. */
const ISS_STEP = 1_000_000;
const { SYN, ACK, FIN, RST, PSH } = FLAG;

const UNACCEPTABLE: ReadonlySet<TestSymbol> = new Set([
  'SYN,ACK',
  'FIN again',
  'text again',
  'text beyond the window',
]);

interface Say {
  readonly flags: number;
  readonly seq: number;
  readonly ack: number;
  readonly length?: number;
}

interface Numbers {
  readonly iss: number;
  readonly nxt: number;
  readonly fin: { readonly seq: number; readonly ack: number } | undefined;
  readonly stackIss: number;
  readonly expected: number;
  readonly stackFin: number;
  readonly acked: number;
}

export class RawPeer {
  readonly #session: Session;
  #iss: number;
  /** The next number that the peer sends, and its FIN's. */
  #nxt: number;
  #fin: { readonly seq: number; readonly ack: number } | undefined;
  /** Of the target: its ISS, the next number that is expected, and its FIN's. */
  #stackIss = 0;
  #expected = 0;
  #stackFin = 0;
  #acked = 0;
  #window = WINDOW;
  /** RCV.NXT of the target before what was said last. */
  #owed = 0;
  #last: Say = { flags: 0, seq: 0, ack: 0 };
  #lastHeard: Uint8Array | undefined;
  #sent: number[] = [];
  /** The numbers of the connection in TIME-WAIT whose place a SYN has taken. */
  #before: Numbers | undefined;

  constructor(session: Session, iss: number) {
    this.#session = session;
    this.#iss = iss;
    this.#nxt = iss;
  }

  /** The text that the user of the target should have read, if he has read all that came in order. */
  get sent(): Uint8Array {
    return Uint8Array.from(this.#sent);
  }

  /** Sends what the symbol stands for. */
  say(symbol: TestSymbol, situation: Situation): void {
    this.#owed = this.#nxt >>> 0;
    if (symbol === 'port unreachable') this.#sayUnreachable();
    else if (symbol === 'text and FIN') {
      this.#put(this.#segment('text', situation));
      this.#owed = this.#nxt >>> 0;
      this.#put(this.#segment('FIN', situation));
    } else this.#put(this.#segment(symbol, situation));
    if (symbol === 'RST' && situation.reopened) this.#goBack();
    const { flags, ack } = this.#last;
    // In SYN-SENT an ACK without SYN is not taken (3.10.7.3), nor that of a segment outside the window (3.10.7.4, first).
    const isTaken = situation.state === 'SYN-SENT' ? (flags & SYN) !== 0 : !UNACCEPTABLE.has(symbol);
    if ((flags & (ACK | RST)) === ACK && ack === this.#expected && isTaken) this.#acked = ack;
  }

  #segment(symbol: TestSymbol, situation: Situation): Say {
    const { state } = situation;
    const takes = receives(situation) || state === 'SYN-RECEIVED';
    const seq = this.#nxt;
    const ack = this.#expected;
    switch (symbol) {
      case 'SYN':
        if (state === 'CLOSED') return { flags: SYN, seq: this.#iss + ISS_STEP, ack: 0 };
        if (state === 'LISTEN') this.#begin(this.#iss + ISS_STEP);
        return this.#syn({ flags: SYN, seq: this.#iss, ack: 0 });
      case 'SYN in the window':
        if (state === 'TIME-WAIT' && situation.listens) {
          this.#remember();
          this.#begin(seq + NEAR);
          return this.#syn({ flags: SYN, seq: this.#iss, ack: 0 });
        }
        return { flags: SYN, seq: seq + NEAR, ack: 0 };
      case 'SYN,ACK':
        return this.#syn({ flags: SYN | ACK, seq: this.#iss, ack });
      case 'SYN,ACK of nothing':
        return { flags: SYN | ACK, seq: this.#iss, ack: ack + FAR };
      case 'text':
      case 'text, not ACK of FIN':
        if (takes) this.#takeText(situation);
        return this.#text(seq, symbol === 'text' ? ack : this.#stackFin, TEXT_LENGTH);
      case 'FIN':
      case 'FIN, not ACK of FIN': {
        const crossed = symbol === 'FIN' ? ack : this.#stackFin;
        if (takes) this.#fin = { seq: this.#nxt++, ack: crossed };
        return { flags: FIN | ACK, seq, ack: crossed };
      }
      case 'text out of order':
        return this.#text(seq + GAP, ack, TEXT_LENGTH);
      case 'FIN out of order':
        this.#fin = { seq: seq + GAP, ack };
        return { flags: FIN | ACK, ...this.#fin };
      case 'FIN again':
        return { flags: FIN | ACK, seq, ack, ...this.#fin };
      case 'text again':
        return this.#text(seq - 1, ack, 1);
      case 'text beyond the window':
        return this.#text(seq + FAR, ack, 1);
      case 'no ACK':
        return { flags: PSH, seq, ack: 0, length: 1 };
      case 'ACK of nothing new':
        return { flags: ACK, seq, ack: this.#acked };
      case 'ACK too far':
        return { flags: ACK, seq, ack: ack + FAR };
      case 'RST':
        return state === 'SYN-SENT' ? { flags: RST | ACK, seq: 0, ack } : { flags: RST, seq, ack: 0 };
      case 'RST in the window':
        return { flags: RST, seq: state === 'SYN-SENT' ? 0 : seq + NEAR, ack: 0 };
      case 'RST outside the window':
        return { flags: RST, seq: seq - FAR, ack: 0 };
      case 'RST of a wrong ACK':
        return { flags: RST | ACK, seq: 0, ack: ack + FAR };
      case 'ACK of the probe':
        this.#expected = (this.#expected + 1) >>> 0;
        return { flags: ACK, seq, ack: this.#expected };
      case 'window closes':
      case 'window opens':
        this.#window = symbol === 'window closes' ? 0 : WINDOW;
        return { flags: ACK, seq, ack };
      default:
        return { flags: ACK, seq, ack };
    }
  }

  /** A connection begins, perhaps on the 4-tuple of one before. */
  #begin(iss: number): void {
    this.#iss = iss;
    this.#nxt = iss;
    this.#fin = undefined;
    this.#window = WINDOW;
    this.#sent = [];
  }

  #remember(): void {
    this.#before = {
      iss: this.#iss,
      nxt: this.#nxt,
      fin: this.#fin,
      stackIss: this.#stackIss,
      expected: this.#expected,
      stackFin: this.#stackFin,
      acked: this.#acked,
    };
  }

  /** The SYN was an old duplicate (RFC 9293 section 3.6.1, MAY-2). */
  #goBack(): void {
    if (!this.#before) return;
    const { iss, nxt, fin, stackIss, expected, stackFin, acked } = this.#before;
    this.#begin(iss);
    this.#nxt = nxt;
    this.#fin = fin;
    this.#stackIss = stackIss;
    this.#expected = expected;
    this.#stackFin = stackFin;
    this.#acked = acked;
  }

  #syn(say: Say): Say {
    if (this.#nxt === this.#iss) this.#nxt++;
    return say;
  }

  #text(seq: number, ack: number, length: number): Say {
    return { flags: PSH | ACK, seq, ack, length };
  }

  /** Text in order arrives, and what stands behind it beyond a hole. */
  #takeText({ hole, reader }: Situation): void {
    const count = TEXT_LENGTH + (hole === 'text' ? TEXT_LENGTH : 0);
    if (reader === 'there') this.#sent.push(...pattern(this.#nxt - this.#iss, count));
    this.#nxt += count + (hole === 'FIN' ? 1 : 0);
  }

  #put(say: Say): void {
    const { stack, peer } = this.#session;
    const { flags, seq, ack, length = 0 } = say;
    this.#last = say;
    this.#session.inject(
      encodeTcp(
        { src: peer.address, dst: stack.address },
        {
          srcPort: peer.port,
          dstPort: stack.port,
          seq: seq >>> 0,
          ack: (flags & ACK) === 0 ? 0 : ack >>> 0,
          flags,
          wnd: this.#window,
          up: 0,
          options: (flags & SYN) === 0 ? NO_OPTIONS : { ...NO_OPTIONS, mss: MSS },
          text: pattern(seq - this.#iss, length),
        },
      ),
    );
  }

  #sayUnreachable(): void {
    const packet = this.#lastHeard === undefined ? undefined : decodeIp(this.#lastHeard);
    if (packet?.kind !== 'ip') throw new Error('nothing was heard that could be unreachable');
    this.#session.inject(encodeUnreachable(packet, UNREACHABLE_CODE[packet.version].port));
  }

  // Hearing.

  /** Takes in a packet of the target; undefined for one that is none of the connection's. */
  hear(frame: Uint8Array): Heard | undefined {
    const packet = decodeIp(frame);
    if (packet.kind !== 'ip' || packet.protocol !== PROTOCOL.tcp) return undefined;
    const segment = decodeTcp(packet);
    const { stack, peer } = this.#session;
    if (segment.kind !== 'tcp') return { name: 'malformed', wrong: segment.reason };
    if (segment.srcPort !== stack.port || segment.dstPort !== peer.port) return undefined;
    if ((segment.flags & RST) !== 0) return this.#hearReset(segment);
    const isProbe = this.#window === 0 && (segment.flags & SYN) === 0;
    if (segment.text.length > 0 || (segment.flags & (SYN | FIN)) !== 0) this.#lastHeard = frame;
    if ((segment.flags & SYN) !== 0) return this.#hearSyn(segment);
    const wrong = this.#wrongAck(segment);
    const { seq, text } = segment;
    const offset = (seq - this.#expected) | 0;
    const hasFin = (segment.flags & FIN) !== 0;
    const end = offset + text.length + (hasFin ? 1 : 0);
    if (text.length === 0 && !hasFin) {
      // One below the next number: what keep-alive and some window probes ask with (RFC 9293 section 3.8.4).
      if (offset === -1) return { name: 'probe', wrong };
      return { name: 'ACK', wrong: wrong ?? (offset === 0 ? undefined : `SEQ is SND.NXT ${signed(offset)}`) };
    }
    if (isProbe) return { name: 'probe', wrong };
    const name = [text.length > 0 ? 'text' : '', hasFin ? 'FIN' : ''].filter((part) => part !== '').join(',');
    if (end <= 0) return { name: `${name} again`, wrong };
    if (offset !== 0) return { name, wrong: `SEQ is SND.NXT ${signed(offset)}` };
    this.#expected = (this.#expected + end) >>> 0;
    if (hasFin) this.#stackFin = (this.#expected - 1) >>> 0;
    return { name, wrong };
  }

  #hearSyn(segment: TcpSegment): Heard {
    const name = (segment.flags & ACK) === 0 ? 'SYN' : 'SYN,ACK';
    const wrong = (segment.flags & ACK) === 0 ? undefined : this.#wrongAck(segment);
    const next = (segment.seq + 1) >>> 0;
    // Its SYN again, or with an ACK now: a simultaneous open (figure 8).
    if (segment.seq === this.#stackIss && this.#expected !== 0) {
      const first = name === 'SYN,ACK' && !this.#saidSynAck;
      this.#saidSynAck ||= name === 'SYN,ACK';
      return { name: first ? name : `${name} again`, wrong };
    }
    // A connection that is opened anew, on the 4-tuple of one before.
    if (name === 'SYN' && this.#nxt !== this.#iss) this.#begin(this.#iss + ISS_STEP);
    this.#saidSynAck = name === 'SYN,ACK';
    this.#stackIss = segment.seq;
    this.#acked = segment.seq;
    this.#expected = next;
    return { name, wrong };
  }
  #saidSynAck = false;

  #wrongAck({ ack, flags }: TcpSegment): string | undefined {
    if ((flags & ACK) === 0) return 'the ACK flag is off';
    return this.#isOwed(ack) ? undefined : `ACK is RCV.NXT ${signed((ack - this.#nxt) | 0)}`;
  }

  /** All that has come in order; before the last segment, where that one ended the connection or was the second of two. */
  #isOwed(ack: number): boolean {
    return ack === this.#nxt >>> 0 || ack === this.#owed;
  }

  /** An answer to what is no connection's (3.5.2), or the end of one (3.10.5). */
  #hearReset({ seq, ack, flags }: TcpSegment): Heard {
    const { seq: saidSeq, ack: saidAck, length = 0, flags: said } = this.#last;
    const hasAck = (flags & ACK) !== 0;
    const end = saidSeq + length + ((said & SYN) === 0 ? 0 : 1) + ((said & FIN) === 0 ? 0 : 1);
    if (hasAck && (said & ACK) === 0 && seq === 0 && ack === end >>> 0)
      return { name: 'RST,ACK', wrong: undefined };
    // A RST that ends a connection may acknowledge the text that ended it, or not.
    const isFromConnection = seq === this.#expected && (!hasAck || this.#isOwed(ack));
    if (isFromConnection || (!hasAck && (said & ACK) !== 0 && seq === saidAck >>> 0))
      return { name: 'RST', wrong: undefined };
    return { name: hasAck ? 'RST,ACK' : 'RST', wrong: `SEQ is ${seq}, ACK ${ack}` };
  }
}

function signed(number: number): string {
  return number < 0 ? `− ${-number}` : `+ ${number}`;
}

/** The peer's octets by their number relative to its ISS: each differs from its neighbours. */
function pattern(from: number, count: number): Uint8Array {
  return Uint8Array.from({ length: count }, (_, at) => ((from + at) * 167) & 0xff);
}
