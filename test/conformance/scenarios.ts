/** Which driver plays which rows of the event-processing table, and which rows can't be played, and why. */

import * as data from './events/calls-data.ts';
import * as end from './events/calls-end.ts';
import * as open from './events/calls-open.ts';
import type { Driver } from './events/driver.ts';
import * as ack from './events/segments-ack.ts';
import * as control from './events/segments-control.ts';
import * as sequence from './events/segments-sequence.ts';
import * as text from './events/segments-text.ts';
import * as unconnected from './events/segments-unconnected.ts';
import * as timers from './events/timers.ts';
import { EVENTS } from './tables.ts';

export type Scenario = { readonly drive: Driver } | { readonly notApplicable: string };

/** `[12, 20]` is EP-012 to EP-020. */
type Ids = readonly (number | readonly [number, number])[];

const NO_PROCESSES =
  'a stack belongs to one program: whoever holds the object may call it, and nobody else can name it';
const NO_TABLE_OF_TCBS = 'a TCB is memory and nothing else: there is no table of them that could be full';
const NO_QUEUE_OF_READS = 'waiting calls are promises: there is no queue of them that could be full';
const NO_SEND_IN_LISTEN =
  'a listener has no SEND: `open` names the remote socket, and the connection has `write`';
const NOTHING_OUTSTANDING_IN_FIN_WAIT_2 =
  'in FIN-WAIT-2 all that was sent is acknowledged, our FIN with it: SND.UNA = SND.NXT';
const NO_CLOSED_WINDOW_IN_SYN_RECEIVED =
  'in SYN-RECEIVED the window is that of an empty buffer, one octet at least: text that came with the SYN lies behind RCV.NXT and takes none of it';
const NO_USER_TIMEOUT_IN_LISTEN =
  'a listener has no user timeout: it waits for as long as its user wants, and an AbortSignal can end it';
const NO_USER_TIMEOUT_IN_TIME_WAIT = 'in TIME-WAIT nothing is outstanding, and 2 MSL end it';
const NOT_SECURE = 'security compartments are for multilevel secure systems; the stack has none';
const NOT_793 = 'without RFC 5961 only; the stack always follows it';

const DRIVEN: readonly (readonly [Ids, Driver])[] = [
  [[1], open.openPassive],
  [[2], open.openActive],
  [[3], open.openUnspecified],
  [[4], open.openInvalidRemote],
  [[5], open.openWithoutAccess],
  [[8], open.openFromListener],
  [[9], open.openFromListenerUnspecified],
  [[11], open.listenTwice],
  [[[12, 20]], open.openAgain],
  [[22], data.sendInClosed],
  [[24], data.receiveInClosed],
  [[26, 28], end.endAgain],
  [[30], open.statusOfNone],
  [[31], data.sendFromListener],
  [[34, 35], data.sendWhileOpening],
  [[36, 37, 42, 43], data.sendWithoutRoom],
  [[38, 39], data.send],
  [[40, 41], data.sendUrgent],
  [[[44, 48]], data.sendAfterClose],
  [[49], data.receiveInListen],
  [[50, 51], data.receiveWhileOpening],
  [[[55, 57]], data.receive],
  [[[58, 60]], data.receiveLater],
  [[[64, 66]], data.receiveUrgent],
  [[67], data.receiveTheRest],
  [[68], data.receiveTheEnd],
  [[[69, 71]], data.receiveAfterBoth],
  [[72], end.closeListener],
  [[73], end.closeSynSent],
  [[74], end.closeSynReceived],
  [[75], end.closeSynReceivedLater],
  [[76, 81], end.close],
  [[77, 82], end.closeBehindText],
  [[78], end.closeWithUnreadText],
  [[79, 80, [83, 85]], end.closeAgain],
  [[86], end.abortListener],
  [[87], end.abortSynSent],
  [[[88, 92]], end.abort],
  [[[93, 95]], end.abortAtTheEnd],
  [[96], open.statusOfListener],
  [[[97, 105]], open.status],
  [[106], unconnected.closedReset],
  [[107], unconnected.closedAck],
  [[108], unconnected.closedNoAck],
  [[109], unconnected.listenReset],
  [[110], unconnected.listenAck],
  [[112], unconnected.listenSyn],
  [[113], unconnected.listenSynOfNobody],
  [[114], unconnected.listenOther],
  [[115], unconnected.synSentBadAck],
  [[116], unconnected.synSentBadAckReset],
  [[117, 119], unconnected.synSentReset],
  [[118], unconnected.synSentResetWithoutAck],
  [[122], unconnected.synSentSynAck],
  [[123], unconnected.synSentSyn],
  [[124], unconnected.synSentOther],
  [[[126, 132]], sequence.noTextNoWindow],
  [[[133, 140]], sequence.noTextWindow],
  [[[142, 148]], sequence.textNoWindow],
  [[[149, 156]], sequence.textWindow],
  [[[157, 164]], sequence.unacceptable],
  [
    [
      [165, 172],
      [187, 194],
    ],
    sequence.unacceptableReset,
  ],
  [
    [
      [173, 176],
      [298, 300],
    ],
    sequence.outOfOrder,
  ],
  [[[177, 184]], sequence.oldTimestamp],
  [[185, 238], control.synReopens],
  [[186, 284, 318], control.finAgainInTimeWait],
  [[[195, 202]], control.resetInWindow],
  [[203], control.resetEmbryonic],
  [[204], control.resetRefuses],
  [[[205, 208]], control.resetSynchronized],
  [[[209, 211]], control.resetAtTheEnd],
  [[212], control.resetInTimeWait],
  [[221], control.synEmbryonic],
  [[222], control.synSimultaneous],
  [[[223, 229]], control.synSynchronized],
  [[[239, 246]], ack.noAck],
  [[[247, 254]], ack.ackOutOfRange],
  [[255], ack.ackOfSyn],
  [[256], ack.ackOfNoSyn],
  [[257, 258, 260, 261], ack.ackOfText],
  [[262, 263, 265, 266], ack.windowUpdate],
  [[264], ack.windowUpdateFinWait2],
  [[[267, 271]], ack.duplicateAck],
  [[[272, 277]], ack.ackOfUnsent],
  [[278], ack.ackOfFin],
  [[279], ack.closeIsTold],
  [[280], ack.ackOfFinInClosing],
  [[281], ack.noAckOfFinInClosing],
  [[282], ack.ackOfFinInLastAck],
  [[283], ack.noAckOfFinInLastAck],
  [[[285, 287]], text.urgent],
  [[[288, 290]], text.urgentAlready],
  [[[291, 294]], text.urgentAfterFin],
  [[[295, 297]], text.text],
  [[301, 302], text.textNobodyReads],
  [[[303, 306]], text.textAfterFin],
  [[[307, 309]], unconnected.finUnconnected],
  [[310, 311], text.fin],
  [[312, 314], text.finEndsBoth],
  [[313], text.finCrosses],
  [[[315, 317]], text.finAgain],
  [
    [
      [320, 323],
      [325, 327],
    ],
    timers.userTimeout,
  ],
  [[324], timers.userTimeoutFinWait2],
  [
    [
      [329, 332],
      [334, 336],
    ],
    timers.retransmission,
  ],
  [[[337, 339]], timers.synGivenUp],
  [[[340, 344]], timers.firstThreshold],
  [[[345, 349]], timers.secondThreshold],
  [[[350, 354]], timers.persist],
  [[355], timers.timeWaitOver],
];

const NOT_APPLICABLE: readonly (readonly [Ids, string])[] = [
  [[6, 10], NO_TABLE_OF_TCBS],
  [[7, 111, 120, 121, [213, 220]], NOT_SECURE],
  [[21, 23, 25, 27, 29], NO_PROCESSES],
  [[32, 33], NO_SEND_IN_LISTEN],
  [
    [
      [52, 54],
      [61, 63],
    ],
    NO_QUEUE_OF_READS,
  ],
  [[125, 141], NO_CLOSED_WINDOW_IN_SYN_RECEIVED],
  [[[230, 237]], NOT_793],
  [[259, 333], NOTHING_OUTSTANDING_IN_FIN_WAIT_2],
  [[319], NO_USER_TIMEOUT_IN_LISTEN],
  [[328], NO_USER_TIMEOUT_IN_TIME_WAIT],
];

function* expand(ids: Ids): Generator<string> {
  for (const entry of ids) {
    const [from, to] = typeof entry === 'number' ? [entry, entry] : entry;
    for (let id = from; id <= to; id++) yield `EP-${String(id).padStart(3, '0')}`;
  }
}

function collect(): ReadonlyMap<string, Scenario> {
  const scenarios = new Map<string, Scenario>();
  const add = (id: string, scenario: Scenario): void => {
    if (scenarios.has(id)) throw new Error(`scenarios.ts names ${id} twice`);
    scenarios.set(id, scenario);
  };
  for (const [ids, drive] of DRIVEN) for (const id of expand(ids)) add(id, { drive });
  for (const [ids, notApplicable] of NOT_APPLICABLE) for (const id of expand(ids)) add(id, { notApplicable });
  return scenarios;
}

/** By the row's id; every row has one, and none has two. */
export const SCENARIOS = collect();

/** Rows without a scenario, and scenarios without a row: there must be none of either. */
export function unmatched(): { readonly rows: readonly string[]; readonly scenarios: readonly string[] } {
  const ids = new Set(EVENTS.map(({ id }) => id));
  return {
    rows: [...ids].filter((id) => !SCENARIOS.has(id)),
    scenarios: [...SCENARIOS.keys()].filter((id) => !ids.has(id)),
  };
}
