/** What a benchmark asks of the observer in a served process, and what it is told. */

export type Question =
  | { readonly ask: 'heap' }
  | { readonly ask: 'watch' }
  | { readonly ask: 'watched' }
  | { readonly ask: 'profile' }
  | { readonly ask: 'profiled'; readonly file: string };

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

export type Answer<Q extends Question> = Q extends { ask: 'heap' }
  ? Heap
  : Q extends { ask: 'watched' }
    ? Watched
    : Record<string, never>;
