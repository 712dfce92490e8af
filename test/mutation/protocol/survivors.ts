/** Mutants of loss recovery and congestion control that no test can kill, and why; by the names that a run gives them. */

const SAME_VALUE = 'At the boundary both ways give the same value.';
const NOT_READ =
  'RACK.resent is read only once something was delivered, and that sets it: before, RACK.xmit_ts is minus infinity, and nothing is older.';

export const SURVIVORS: Readonly<Record<string, string>> = {
  'recovery/rack.ts: end > evidence.fack → end >= evidence.fack in if (end > evidence.fack) evidence.fack = end;':
    SAME_VALUE,
  'recovery/rack.ts: false → true in resent: false,': NOT_READ,
};
