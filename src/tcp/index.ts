export { acceptable, ackInRange } from './acceptable.ts';
export { type ListenVerdict, passiveTcb, segmentArrivesInListen } from './arrives-handshake.ts';
export { ByteQueue } from './byte-queue.ts';
export { type BbrState, bbr } from './congestion/bbr/bbr.ts';
export type {
  Acknowledged,
  CongestionWindow,
  Controller,
  Delivered,
  Lost,
  Sending,
} from './congestion/controller.ts';
export { bytesInSlowStart, initialWindow, isWindowLimited } from './congestion/controller.ts';
export {
  addController,
  controllerNamed,
  controllerNames,
  DEFAULT_CONGESTION_CONTROL,
  isController,
} from './congestion/controllers.ts';
export { type CubicState, cubic } from './congestion/cubic.ts';
export { type RenoState, reno } from './congestion/reno.ts';
export { type VegasState, vegas } from './congestion/vegas.ts';
export { createTcb } from './create-tcb.ts';
export type { IcmpError } from './icmp.ts';
export { hasPutOff } from './output.ts';
export { begin, finish } from './process.ts';
export { resetFor, segmentArrivesInClosed } from './reset.ts';
export { type Outgoing, type Segment, segmentEnd, segmentLength, WHY, type Why } from './segment.ts';
export { add, distance, ge, gt, le, lt, max, min, type Seq, seq } from './seq.ts';
export { type Settings, windowShift } from './settings.ts';
export {
  type Arrows,
  isSynchronized,
  type Label,
  maySend,
  receivesText,
  STATES,
  type State,
} from './state.ts';
export type { ConnectionInput, Notice, SettableSettings, Step } from './step.ts';
export type { Tcb } from './tcb.ts';
