/** The door of `statewire/drill`: packetdrill scripts, played against the stack on virtual time. */

export type { Script, ScriptEvent, ScriptPacket, ScriptSegment, SystemCall } from './ast.ts';
export { captureOf } from './capture.ts';
export type { DrillConfig } from './config.ts';
export { type DrillOfSteps, drillOfSteps } from './from-steps.ts';
export { type ParseOptions, parseScript } from './parser.ts';
export { PROFILE_NAMES, type ProfileName } from './profile.ts';
export {
  type DrillResult,
  describeResult,
  type Failure,
  type ResultSummary,
  summaryOf,
  type Totals,
  totalsLine,
  totalsOf,
} from './result.ts';
export type { Wait } from './run.ts';
export { type DrillOptions, type DrillStage, runScript, runScriptOnStage } from './runner.ts';
export { MissingFeature, type Position, ScriptError, type Source } from './source.ts';
export type { MakeStack } from './stack-target.ts';
export type { PlayedFrame } from './target.ts';
