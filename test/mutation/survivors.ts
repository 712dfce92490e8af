/**
 * The mutants that no test kills, and why none can: what they change makes no difference on the wire, to data or to what a
 * user is told.
 */

export const SURVIVORS: Readonly<Record<string, string>> = {};
