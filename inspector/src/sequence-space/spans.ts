/** The two sequence spaces of a connection as stretches to draw, in octets relative to the initial numbers. Pure. */

import type { TcbView } from '../../../src/inspect/protocol.ts';

export type SpanKind =
  | 'acknowledged'
  | 'in flight'
  | 'sacked'
  | 'lost'
  | 'to be sent'
  | 'usable window'
  | 'read'
  | 'to be read'
  | 'hole'
  | 'held out of order'
  | 'window';

export interface Span {
  readonly kind: SpanKind;
  readonly from: number;
  readonly to: number;
  readonly label: string;
}

export interface Mark {
  readonly name: string;
  readonly at: number;
  /** In which of the rows above or below the bar its name stands: names that are close together would overlap. */
  readonly below: boolean;
}

export interface Space {
  readonly spans: readonly Span[];
  readonly marks: readonly Mark[];
  readonly from: number;
  readonly to: number;
}

/** `whole` shows the window to its end; otherwise what is under way fills the drawing. */
export function sendSpace(tcb: TcbView, whole: boolean): Space {
  const { snd, iss, retransmissionQueue, cc } = tcb;
  const rel = (seq: number): number => distance(seq, iss);
  const una = rel(snd.una);
  const nxt = rel(snd.nxt);
  const edge = una + snd.wnd;
  const queued = una + snd.queued;
  const spans: Span[] = [{ kind: 'acknowledged', from: 0, to: una, label: 'acknowledged' }];
  for (const { left, right, is, control } of retransmissionQueue) {
    const kind = is === 'sacked' ? 'sacked' : is === 'lost' ? 'lost' : 'in flight';
    spans.push({
      kind,
      from: rel(left),
      to: rel(right),
      label: `${(right - left) >>> 0} octets${control ? `, ${control}` : ''}`,
    });
  }
  if (retransmissionQueue.length === 0 && nxt > una)
    spans.push({ kind: 'in flight', from: una, to: nxt, label: 'in flight' });
  if (queued > nxt)
    spans.push({ kind: 'to be sent', from: nxt, to: queued, label: `${queued - nxt} octets queued` });
  const usable = Math.max(queued, nxt);
  if (edge > usable)
    spans.push({ kind: 'usable window', from: usable, to: edge, label: `usable window ${edge - usable}` });
  const far = whole
    ? Math.max(edge, queued, nxt)
    : Math.max(nxt, Math.min(queued, nxt + snd.mss * 4), Math.min(una + cc.cwnd, edge));
  return {
    spans,
    marks: [
      { name: 'SND.UNA', at: una, below: false },
      { name: 'SND.NXT', at: nxt, below: true },
      { name: 'SND.UNA+SND.WND', at: edge, below: false },
      { name: 'SND.UNA+cwnd', at: una + cc.cwnd, below: true },
    ],
    ...margins(una, far, snd.mss),
  };
}

export function receiveSpace(tcb: TcbView, whole: boolean): Space {
  const { rcv, irs } = tcb;
  const rel = (seq: number): number => distance(seq, irs);
  const nxt = rel(rcv.nxt);
  const edge = nxt + rcv.wnd;
  const unread = nxt - rcv.queued;
  const spans: Span[] = [{ kind: 'read', from: 0, to: unread, label: 'read' }];
  if (rcv.queued > 0)
    spans.push({ kind: 'to be read', from: unread, to: nxt, label: `${rcv.queued} octets to be read` });
  let at = nxt;
  for (const { left, right } of rcv.blocks) {
    spans.push({ kind: 'hole', from: at, to: rel(left), label: `hole of ${rel(left) - at}` });
    spans.push({
      kind: 'held out of order',
      from: rel(left),
      to: rel(right),
      label: `${rel(right) - rel(left)} held`,
    });
    at = rel(right);
  }
  if (edge > at) spans.push({ kind: 'window', from: at, to: edge, label: `window ${edge - nxt}` });
  const far = whole ? edge : Math.max(at, nxt + rcv.mss * 8);
  const marks: Mark[] = [
    { name: 'RCV.NXT', at: nxt, below: false },
    { name: 'RCV.NXT+RCV.WND', at: edge, below: true },
  ];
  if (rcv.fin !== null) marks.push({ name: 'FIN', at: rel(rcv.fin), below: true });
  return { spans, marks, ...margins(Math.max(0, unread), far, rcv.mss) };
}

function margins(from: number, to: number, mss: number): { readonly from: number; readonly to: number } {
  const width = Math.max(to - from, mss || 1, 1);
  return { from: from - width * 0.08, to: from + width * 1.06 };
}

/** How far `seq` lies behind `base`, in sequence space. */
function distance(seq: number, base: number): number {
  return (seq - base) >>> 0;
}
