export { type Case, caseOf, playRun, type RunResult, type Shrunk, shrinkRun } from './campaign.ts';
export { type Expected, isAsExpected, printScript } from './script.ts';
export { type CampaignTotals, type RunSummary, summaryOf, Totals } from './totals.ts';
