/** What a benchmark asks of the observer in a served process, and what it is told. */

export type Question =
  | { readonly ask: 'thread' }
  | { readonly ask: 'heap' }
  | { readonly ask: 'watch' }
  | { readonly ask: 'watched' }
  | { readonly ask: 'profile' }
  | { readonly ask: 'profiled'; readonly file: string };

export interface Thread {
  /** For how long the main thread has run so far. */
  readonly seconds: number;
}

export interface Heap {
  /** After a collection. */
  readonly heapUsed: number;
  /** Memory of buffers, which is not in the heap. */
  readonly external: number;
  readonly rss: number;
}

export interface Watched {
  /** Length of each pause of the collector since `watch`. */
  readonly pausesMs: readonly number[];
  /** Once a second. */
  readonly rss: readonly number[];
}

interface Answers {
  readonly thread: Thread;
  readonly heap: Heap;
  readonly watch: object;
  readonly watched: Watched;
  readonly profile: object;
  readonly profiled: object;
}
export type Answer<Q extends Question> = Answers[Q['ask']];
