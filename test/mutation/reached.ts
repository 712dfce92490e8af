/** The charts' places that the running test has come upon. */
export const reached = new Set<string>();
