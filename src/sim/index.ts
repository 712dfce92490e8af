export { experimentCapture } from './experiment/capture.ts';
export {
  type Experiment,
  type HostFrame,
  type MakeStack,
  type SimulateOptions,
  type Simulation,
  simulate,
  type WorkloadResult,
} from './experiment/experiment.ts';
export { SERIES_COLUMNS, type SeriesRow, seriesLine } from './experiment/series.ts';
export type {
  Abort,
  Bulk,
  HalfClose,
  ManyShort,
  OwnWorkload,
  RequestResponse,
  SlowReader,
  Workload,
  WorkloadTools,
  WorkloadValue,
} from './experiment/workload.ts';
export type { WorkloadOutcome } from './experiment/workloads.ts';
export { INVARIANTS, type Invariant, type Violation } from './invariants/violation.ts';
export type {
  Answer,
  CallRow,
  End,
  Host,
  Ladder,
  LadderPart,
  Moment,
  Passage,
  PauseRow,
  Row,
  SegmentRow,
  StateRow,
} from './ladder.ts';
export { printJson } from './ladder-json.ts';
export { NUMBERS, type Numbers } from './ladder-numbers.ts';
export { captureOf } from './ladder-pcap.ts';
export { printRfc, type RfcOptions, type Style } from './ladder-rfc.ts';
export { printTcpdump } from './ladder-tcpdump.ts';
export type { NetworkFault } from './network/network.ts';
export {
  type ChainOptions,
  type CoDel,
  chain,
  type DropTail,
  type DumbbellOptions,
  dumbbell,
  type FrameKind,
  type HostOptions,
  type Link,
  type Queue,
  type Red,
  type RouterOptions,
  type ScriptedDrop,
  type Topology,
  twoHosts,
  type Way,
} from './network/topology.ts';
export { playScene, SCENES, type Scene, type SceneOptions } from './scenes/index.ts';
export { type SeededRandom, seededRandom } from './seeded-random.ts';
export type { StackParts, Stage } from './stage.ts';
export { playSteps, type StepPlayed, type StepsPlayed } from './steps/play.ts';
export {
  isStepScript,
  printStepScript,
  type Step,
  type StepCall,
  type StepScript,
  type StepsExpected,
  type StepTimer,
} from './steps/script.ts';
export { type RunOptions, type VirtualClock, virtualClock } from './virtual-clock.ts';
