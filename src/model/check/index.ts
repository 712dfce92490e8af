export {
  Check,
  type CheckFigures,
  type CheckOptions,
  type CheckResult,
  type Counterexample,
  checkModel,
} from './check.ts';
export { readBounds, type ToldCounterexample, tellCounterexample, writtenBounds } from './counterexample.ts';
export { CALLS, type Call, stateOfEnd, type Timer } from './end.ts';
export { SEEDED_FAULTS } from './faults/all.ts';
export type { SeededFault } from './faults/fault.ts';
export { STATE_CHANGES } from './figure-5.ts';
export type { Parts } from './host.ts';
export { IGNORED } from './ignored.ts';
export { type Bounds, DEFAULT_BOUNDS, type Model, modelOf } from './model.ts';
export type { Move, Side } from './moves.ts';
export { isPairAllowed, PAIRS } from './pairs.ts';
export { type Replayed, replayScript } from './replay.ts';
export { placeOf, scriptOf } from './script.ts';
export { RULES, type Rule, type Violation } from './violation.ts';
export { Walk, type Walked } from './walk.ts';
