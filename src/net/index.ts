export { ConnectionTable } from './connection-table.ts';
export {
  type Arriving,
  type Device,
  type Frame,
  type Offload,
  type OffloadedFrame,
  plainFrames,
} from './device.ts';
export {
  impairmentFlags,
  impairmentsFromFlags,
  parseBurst,
  parsePercent,
  parseRate,
} from './impairment-flags.ts';
export {
  type Departure,
  type Direction,
  type Fate,
  fatesOf,
  type ImpairedDevice,
  type Impairments,
  impair,
  type Loss,
} from './impairments.ts';
export { type LinkOptions, loopback, type PairOptions, pair } from './pair.ts';
export { nanoseconds, pcapngHeader, pcapngPacket } from './pcapng.ts';
export { type Arrivals, type Arrived, decodeFrame, decodeFrames } from './pipeline.ts';
export {
  type FragmentDrop,
  REASSEMBLY_LIMITS,
  type Reassembled,
  Reassembly,
  type ReassemblyLimits,
} from './reassembly.ts';
export { joinedSegments, softwareOffload } from './software-offload.ts';
export { type TimerClock, type TimerHost, timerClock } from './timer-clock.ts';
