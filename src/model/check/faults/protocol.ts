/** Faults of the protocol functions: what they make of a segment, and what they send. */

import type { ConnectionInput, Outgoing, Segment, State, Step } from '../../../tcp/index.ts';
import { add, begin, distance, finish, isSynchronized, type Label, WHY } from '../../../tcp/index.ts';
import { FLAG, NO_OPTIONS } from '../../../wire/index.ts';
import type { Parts } from '../host.ts';
import { ABORTS, BARE, CALM, LOSS, NARROW, type SeededFault } from './fault.ts';

type Tcb = Step['tcb'];

/** What becomes of an input before the protocol functions see it. */
function hearing(
  change: (segment: Segment, state: State, tcb: Parameters<typeof begin>[1]) => Segment,
): Partial<Parts> {
  const heard = (state: State, tcb: Parameters<typeof begin>[1], input: ConnectionInput): ConnectionInput =>
    input.type === 'segment.arrives' ? { ...input, segment: change(input.segment, state, tcb) } : input;
  return {
    protocol: {
      begin: (state, tcb, input, arrows, nowMs) => begin(state, tcb, heard(state, tcb, input), arrows, nowMs),
      finish,
    },
  };
}

/** What is done once an input was taken in, before anything is sent. */
function thinking(change: (step: Step, input: ConnectionInput, before: State) => void): Partial<Parts> {
  return {
    protocol: {
      begin: (state, tcb, input, arrows, nowMs) => {
        const step = begin(state, tcb, input, arrows, nowMs);
        change(step, input, state);
        return step;
      },
      finish,
    },
  };
}

/** What is done when all has been sent. */
function sending(change: (step: Step, state: State) => void): Partial<Parts> {
  return {
    protocol: {
      begin,
      finish: (step, state, deviceReady) => {
        finish(step, state, deviceReady);
        change(step, state);
      },
    },
  };
}

/** Each segment that is sent, or undefined for none in its place. */
function saying(change: (segment: Outgoing, tcb: Tcb) => Outgoing | undefined): Partial<Parts> {
  return sending(({ segments, tcb }) => {
    const said = segments.splice(0).flatMap((segment) => change(segment, tcb) ?? []);
    segments.push(...said);
  });
}

function has(segment: { readonly flags: number }, flags: number): boolean {
  return (segment.flags & flags) === flags;
}

function arrived(input: ConnectionInput): Segment | undefined {
  return input.type === 'segment.arrives' ? input.segment : undefined;
}

function takes(step: Step, label: Label): void {
  const to = step.arrows(step.state, label);
  if (to === undefined) return;
  step.labels.push(label);
  step.state = to;
}

function answersAcks(step: Step, input: ConnectionInput): Step {
  const segment = arrived(input);
  if (segment && has(segment, FLAG.ACK) && isSynchronized(step.state)) step.tcb.rcv.ack = 'now';
  return step;
}

export const PROTOCOL_FAULTS: readonly SeededFault[] = [
  {
    name: 'any-rst-in-window',
    text: 'a RST anywhere in the window resets, as RFC 793 had it',
    parts: hearing((segment, state, { rcv }) => {
      const isInWindow = distance(segment.seq, rcv.nxt) >= 0 && distance(segment.seq, rcv.nxt) < rcv.wnd;
      return has(segment, FLAG.RST) && isSynchronized(state) && isInWindow
        ? { ...segment, seq: rcv.nxt }
        : segment;
    }),
    bounds: { ...ABORTS, reorderings: 1 },
    rule: 'reset accepted',
  },
  {
    name: 'any-ack-of-fin',
    text: 'in FIN-WAIT-1 any ACK counts as the ACK of the FIN',
    parts: thinking((step, input, before) => {
      const segment = arrived(input);
      if (before === 'FIN-WAIT-1' && step.state === 'FIN-WAIT-1' && segment && has(segment, FLAG.ACK))
        takes(step, 'rcv.ACK-of-FIN');
    }),
    bounds: BARE,
    rule: 'state change',
  },
  {
    name: 'acks-beyond',
    text: 'what is acknowledged is one octet more than has arrived',
    parts: saying((segment, tcb) =>
      tcb.totals.bytesReceived > 0 && has(segment, FLAG.ACK)
        ? { ...segment, ack: add(segment.ack, 1) }
        : segment,
    ),
    bounds: CALM,
    rule: 'acknowledged unreceived',
  },
  {
    name: 'ignores-holes',
    text: 'text out of order is taken as if it were in order',
    parts: hearing((segment, state, { rcv }) => {
      const isBeyond = distance(segment.seq, rcv.nxt) > 0 && segment.text.length > 0;
      return isBeyond && isSynchronized(state) ? { ...segment, seq: rcv.nxt } : segment;
    }),
    bounds: { ...CALM, octets: 2, losses: 1 },
    rule: 'text in order',
  },
  {
    name: 'takes-text-twice',
    text: 'text that comes again is delivered again',
    parts: hearing((segment, state, { rcv }) => {
      const isOld = distance(rcv.nxt, segment.seq) > 0 && segment.text.length > 0;
      return isOld && isSynchronized(state) ? { ...segment, seq: rcv.nxt } : segment;
    }),
    bounds: { ...CALM, duplicates: 1 },
    rule: 'text in order',
  },
  {
    name: 'garbles-text',
    text: 'the first octet of each segment is changed on its way to the user',
    parts: hearing((segment) =>
      segment.text.length > 0
        ? { ...segment, text: segment.text.map((octet, at) => (at === 0 ? octet ^ 64 : octet)) }
        : segment,
    ),
    bounds: CALM,
    rule: 'text in order',
  },
  {
    name: 'fin-takes-no-number',
    text: 'RCV.NXT does not move on over their FIN',
    parts: thinking(({ labels, tcb }) => {
      if (labels.includes('rcv.FIN') && tcb.rcv.fin !== undefined) tcb.rcv.nxt = tcb.rcv.fin;
    }),
    bounds: BARE,
    rule: 'end of stream',
  },
  {
    name: 'fin-once',
    text: 'a FIN that is lost is never sent again',
    parts: saying((segment) =>
      has(segment, FLAG.FIN) && segment.why === WHY.retransmission
        ? { ...segment, flags: segment.flags & ~FLAG.FIN }
        : segment,
    ),
    bounds: { ...BARE, losses: 1 },
    rule: 'never closed',
  },
  {
    name: 'text-once',
    text: 'text that is lost is never sent again',
    parts: saying((segment) =>
      segment.text.length > 0 && segment.why === WHY.retransmission ? undefined : segment,
    ),
    bounds: LOSS,
    rule: 'never closed',
  },
  {
    name: 'fin-drops-text',
    text: 'CLOSE drops the text that is still queued',
    parts: thinking(({ tcb, state }, input) => {
      if (input.type === 'close' && state === 'FIN-WAIT-1')
        tcb.snd.queue = tcb.snd.queue.keep(distance(tcb.snd.nxt, tcb.snd.text));
    }),
    bounds: { ...CALM, octets: 2 },
    rule: 'false segment',
  },
  {
    name: 'syn-resets',
    text: 'a SYN in the window resets a connection, as RFC 793 had it',
    parts: thinking((step, input, before) => {
      const segment = arrived(input);
      if (segment && has(segment, FLAG.SYN) && before === 'ESTABLISHED') takes(step, 'rcv.RST');
    }),
    bounds: { ...CALM, duplicates: 1 },
    rule: 'state change',
  },
  {
    name: 'rst-for-rst',
    text: 'in SYN-SENT a RST with a wrong ACK is answered with a RST',
    parts: thinking(({ segments, dropped }, input) => {
      const segment = arrived(input);
      if (!segment || !has(segment, FLAG.RST) || dropped === undefined) return;
      segments.push(resetAt(segment));
    }),
    bounds: { ...ABORTS, duplicates: 1 },
    rule: 'reset answered',
  },
  {
    name: 'ignores-the-window',
    text: 'text is sent whatever the window says',
    parts: thinking(({ tcb, state }) => {
      if (isSynchronized(state)) tcb.snd.wnd += 2;
    }),
    bounds: NARROW,
    rule: 'ends disagree',
  },
  {
    name: 'shrinks-its-window',
    text: 'each text that arrives takes twice its room off the window',
    parts: thinking(({ tcb }, input) => {
      const octets = arrived(input)?.text.length ?? 0;
      if (octets > 0) tcb.rcv.wnd = Math.max(0, tcb.rcv.wnd - octets);
    }),
    bounds: { ...NARROW, window: 4 },
    rule: 'window shrinks',
  },
  {
    name: 'no-persist-timer',
    text: 'a closed window is never probed',
    parts: sending(({ tcb }) => {
      if (tcb.timers.send.kind === 'persist')
        tcb.timers.send = { kind: 'idle', dueMs: Number.POSITIVE_INFINITY };
    }),
    bounds: { ...NARROW, losses: 1 },
    rule: 'deadlock',
  },
  {
    name: 'no-answer-to-old',
    text: 'what is not acceptable is not answered',
    parts: thinking(({ tcb }) => {
      if (tcb.rcv.ackReason === 'unacceptable') tcb.rcv.ack = 'none';
    }),
    bounds: LOSS,
    rule: '2 MSL',
  },
  {
    name: 'acks-acks',
    text: 'every ACK is answered with an ACK',
    parts: thinking(answersAcks),
    bounds: BARE,
    rule: 'endless exchange',
  },
  {
    name: 'two-for-one',
    text: 'every ACK is answered with two ACKs',
    parts: {
      protocol: {
        begin: (...input) => answersAcks(begin(...input), input[2]),
        finish: (step, state, deviceReady) => {
          finish(step, state, deviceReady);
          step.segments.push(...step.segments.filter(({ flags }) => flags === FLAG.ACK));
        },
      },
    },
    bounds: BARE,
    rule: 'flood',
  },
  {
    name: 'stale-ack-on-fin',
    text: 'a FIN acknowledges all but the last number that has arrived',
    parts: saying((segment) =>
      has(segment, FLAG.FIN) ? { ...segment, ack: add(segment.ack, -1) } : segment,
    ),
    bounds: BARE,
    rule: 'pair of states',
  },
  {
    name: 'goes-back-too-far',
    text: 'a retransmission timeout sets SND.NXT before SND.UNA',
    parts: thinking(({ tcb }, input) => {
      if (input.type === 'send-timer.fires') tcb.snd.nxt = add(tcb.snd.una, -1);
    }),
    bounds: LOSS,
    rule: 'send variables',
  },
  {
    name: 'throws',
    text: 'text that arrives in FIN-WAIT-2 makes the protocol functions throw',
    parts: thinking((_, input, before) => {
      if (before === 'FIN-WAIT-2' && (arrived(input)?.text.length ?? 0) > 0)
        throw new Error('text in FIN-WAIT-2');
    }),
    bounds: CALM,
    rule: 'crash',
  },
];

/** <SEQ=SEG.ACK><CTL=RST> */
function resetAt(segment: Segment): Outgoing {
  const nothing = { wnd: 0, up: 0, options: NO_OPTIONS, text: new Uint8Array(0) };
  return { seq: segment.ack, ack: segment.seq, flags: FLAG.RST, why: WHY.unacceptableAck, ...nothing };
}
