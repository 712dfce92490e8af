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
export { playScene, SCENES, type Scene, type SceneOptions } from './scenes/index.ts';
export { type SeededRandom, seededRandom } from './seeded-random.ts';
export type { StackParts, Stage } from './stage.ts';
export { type RunOptions, type VirtualClock, virtualClock } from './virtual-clock.ts';
