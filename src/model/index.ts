/** The door `statewire/model`: the charts drawn, test words of them, targets that words are played on, and the model checker. */

export {
  type ArrowReport,
  type CampaignOptions,
  type CampaignResult,
  type DisagreementGroup,
  playWords,
} from './campaign.ts';
export {
  type Bounds,
  CALLS,
  type Call,
  Check,
  type CheckFigures,
  type CheckOptions,
  type CheckResult,
  type Counterexample,
  checkModel,
  DEFAULT_BOUNDS,
  type Model,
  type Move,
  modelOf,
  type Parts,
  type Replayed,
  RULES,
  type Rule,
  readBounds,
  replayScript,
  SEEDED_FAULTS,
  type SeededFault,
  scriptOf,
  type ToldCounterexample,
  tellCounterexample,
  type Violation,
  Walk,
  type Walked,
  writtenBounds,
} from './check/index.ts';
export type { Difference } from './difference.ts';
export { expected } from './drive/expected.ts';
export type { Expectation } from './drive/expected-rows.ts';
export { type PlayOptions, playWord, type StepResult, type Verdict, type WordResult } from './drive/play.ts';
export { type SelfOptions, selfTarget } from './drive/self.ts';
export type { Endpoint, Session, SessionOptions, Target, Told } from './drive/target.ts';
export {
  ArrowsTaken,
  arrowsOf,
  CHART_NAMES,
  type ChartArrow,
  type ChartName,
  type ChartState,
  statesOf,
} from './graph/arrows.ts';
export { toDot } from './graph/dot.ts';
export { toJson } from './graph/json.ts';
export { toMermaid } from './graph/mermaid.ts';
export { toScxml } from './graph/scxml.ts';
export { RememberedAnswers } from './learn/answers.ts';
export { type RandomWordsOptions, randomWords } from './learn/equivalence.ts';
export { type Equivalence, type LearnOptions, learn, type Teacher } from './learn/l-star.ts';
export {
  answersOf,
  differencesOf,
  type MealyMachine,
  type MealyState,
  mealyToDot,
  stateAfter,
} from './learn/mealy.ts';
export { steady } from './learn/steady.ts';
export { LEARN_ALPHABET, targetTeacher } from './learn/target-teacher.ts';
export { allWords, detours, type MachineWord, machineWords } from './machines.ts';
export { type PathOptions, STRATEGIES, type Strategy, type Word } from './words/paths.ts';
export type { Situation } from './words/situation.ts';
export { ALPHABET, SYMBOLS, type SymbolKind, type TestSymbol } from './words/symbols.ts';
