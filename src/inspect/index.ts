/** The door to the inspector: watching stacks, in Node and in a browser. */

export { fromBase64, toBase64 } from './base64.ts';
export { parseCommand } from './command.ts';
export { type HashingStage, hashingStage } from './hashing-stage.ts';
export { type InspectableOptions, type InspectableParts, inspectable } from './inspectable.ts';
export { type InspectableDevice, isImpaired } from './inspectable-device.ts';
export {
  createInspector,
  type Inspector,
  type InspectorOptions,
  type Source,
  type Viewer,
} from './inspector.ts';
export { linkedDevice } from './linked-device.ts';
export type { Entry, Payload } from './log.ts';
export { type PausableClock, pausableClock } from './pausable-clock.ts';
export type * from './protocol.ts';
export { PROTOCOL_VERSION } from './protocol.ts';
export {
  type InputLine,
  openRecord,
  type RecordEnd,
  type RecordHeader,
  type RecordLine,
  type RunRecord,
  readRecord,
  viewingRecord,
} from './record.ts';
export { recordSource } from './record-source.ts';
export type { Recording, RecordOptions } from './recording.ts';
export { type Difference, type ReplayResult, replay } from './replay.ts';
export type { RunControl } from './run-control.ts';
export { statelyEvents } from './stately.ts';
export { type SwitchingSource, switchingSource } from './switching-source.ts';
export { type VirtualRun, type VirtualRunOptions, virtualRun } from './virtual-run.ts';
