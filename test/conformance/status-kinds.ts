/** What can be said of a requirement. */

export type Status =
  /** `source` is a file and a name in it: `src/tcp/rtt.ts sampleRtt`. A test with the row's id in its title proves it. */
  | { readonly is: 'met'; readonly source: string; readonly note?: string }
  | { readonly is: 'not met'; readonly reason: string }
  | { readonly is: 'not applicable'; readonly reason: string }
  /** Not met yet, and going to be. */
  | { readonly is: 'later'; readonly reason: string };

export const met = (source: string, note?: string): Status => ({
  is: 'met',
  source,
  ...(note === undefined ? {} : { note }),
});
export const notMet = (reason: string): Status => ({ is: 'not met', reason });
export const notApplicable = (reason: string): Status => ({ is: 'not applicable', reason });
export const later = (reason: string): Status => ({ is: 'later', reason });
