/** What a run of the benchmark finds out. */

/** The rows that can be asked for by name. */
export const ROWS = {
  bulk: 'one connection over a device, as much as goes',
  echo: 'one byte there and back over a device',
  connections: 'connections opened and closed over a device',
  workers: 'several threads, each with a stack of its own and a queue of the device',
  many: '1,000 connections over a device, all with as much as goes',
  idle: 'connections that are open over a device and say nothing',
  collector: 'pauses of the collector and resident memory over a long run',
  memory: 'two stacks joined in memory, on one thread',
  actor: 'segments through the actor of one connection',
  inspector: 'two stacks in memory with the inspector and without',
  page: "the inspector's page in a browser",
} as const;

export type RowName = keyof typeof ROWS;
/** The page is measured by its own option alone. */
export const USUAL_ROWS = (Object.keys(ROWS) as RowName[]).filter((row) => row !== 'page');

export interface Figure {
  readonly row: RowName;
  /** What was measured: a stack, with its options, or what it is compared to. */
  readonly subject: string;
  readonly quantity: string;
  readonly unit: string;
  /** One for each round; those of figures that were measured together have the same order. */
  readonly values: readonly number[];
  readonly note?: string;
}

/** A row, or one subject of it, that was not measured. */
export interface Missing {
  readonly row: RowName;
  readonly subject?: string;
  readonly reason: string;
}

export interface Findings {
  readonly figures: readonly Figure[];
  readonly missing: readonly Missing[];
}

/** The names of subjects that aims refer to. */
export const SUBJECT = {
  veth: 'kernel, veth, kernel',
  relay: 'kernel, C relay, kernel',
  relayOffload: 'kernel, C relay with offload, kernel',
  statewire: 'statewire',
  plain: 'statewire --no-offload',
  notSpinning: 'statewire --spin 0',
  checksums: 'checksums computed and verified',
  eachAlone: 'checksums computed and verified, no segments joined',
  noChecksums: 'checksums left to the pair',
  superSegments: 'checksums left to the pair, super-segments',
} as const;

export const MANY = 1_000;
