/** What the hosts of an experiment do: workloads as values, and the shape of one's own. */

import type { Connection, ConnectionOptions, Stack } from '../../stack/api.ts';
import type { SeededRandom } from '../seeded-random.ts';

/** What every workload says: who opens connections, who listens, and when it begins. */
interface Between {
  readonly from: string;
  readonly to: string;
  /** Over which IP version. Default 4. */
  readonly version?: 4 | 6;
  /** The server's port. Default: one of its own for each workload, from 5001 on. */
  readonly port?: number;
  /** When it begins. Default 0. */
  readonly atMs?: number;
  /** Of the connections at either end. A `keepAliveMs` of a minute is the default here, so that no end waits for a peer that is gone. */
  readonly client?: ConnectionOptions;
  readonly server?: ConnectionOptions;
}

/** Octets one way or both ways, as fast as they go; each end closes its direction when it has sent all. */
export interface Bulk extends Between {
  readonly kind: 'bulk';
  readonly bytes: number;
  /** `up` is from the client to the server. Default `up`. */
  readonly direction?: 'up' | 'down' | 'both';
}

/** One connection: a request, its answer, the next request … */
export interface RequestResponse extends Between {
  readonly kind: 'request-response';
  readonly requests: number;
  readonly requestBytes: number;
  readonly responseBytes: number;
  /** Between an answer and the next request. Default 0. */
  readonly thinkMs?: number;
}

/** Many connections: each sends a little, gets it back, and closes. */
export interface ManyShort extends Between {
  readonly kind: 'many-short';
  readonly connections: number;
  readonly bytes: number;
  /** Between the opens of two. Default 0: all at once. */
  readonly everyMs?: number;
}

/** The client sends and closes its direction; only then the server answers. */
export interface HalfClose extends Between {
  readonly kind: 'half-close';
  readonly bytes: number;
  readonly replyBytes: number;
}

/** As bulk upwards, until one end aborts: the server when it has received so much, or the client when the server tells it so. */
export interface Abort extends Between {
  readonly kind: 'abort';
  readonly bytes: number;
  readonly afterBytes: number;
  readonly by: 'client' | 'server';
}

/** As bulk upwards; the server takes its time, so that its window closes. */
export interface SlowReader extends Between {
  readonly kind: 'slow-reader';
  readonly bytes: number;
  readonly readBytes: number;
  readonly everyMs: number;
}

export type WorkloadValue = Bulk | RequestResponse | ManyShort | HalfClose | Abort | SlowReader;

/** The kinds, and what of each has to be given as a whole number, at least this. */
export const WORKLOAD_KINDS = {
  bulk: { bytes: 0 },
  'request-response': { requests: 0, requestBytes: 1, responseBytes: 1 },
  'many-short': { connections: 0, bytes: 1 },
  'half-close': { bytes: 0, replyBytes: 0 },
  abort: { bytes: 0, afterBytes: 0 },
  'slow-reader': { bytes: 0, readBytes: 1, everyMs: 0 },
} as const satisfies { readonly [Kind in WorkloadValue['kind']]: Readonly<Record<string, number>> };

/** What a workload of one's own works with. */
export interface WorkloadTools {
  /** A host's stack. Throws for a name that the topology does not have. */
  host(name: string): Stack;
  /** A host's address, for `connect`. */
  address(name: string, version?: 4 | 6): string;
  readonly random: SeededRandom;
  /** Virtual milliseconds since the start. */
  now(): number;
  sleep(ms: number): Promise<void>;
}

/**
 * A workload of one's own: the promise calls of the core and nothing else that takes time, so that a run repeats. All that it
 * opens it should close; listeners are closed when all workloads are over.
 */
export type OwnWorkload = (tools: WorkloadTools) => Promise<void>;

export type Workload = WorkloadValue | OwnWorkload;

/** What a workload that is under way is given: the tools, and where to tell of what it saw. */
export interface WorkloadRun extends WorkloadTools {
  /** The port that this workload's server listens at, unless it says another one. */
  readonly port: number;
  /** So many octets were delivered to a user. */
  delivered(octets: number): void;
  /** What was read is not what was sent. */
  corrupt(connection: Connection, message: string): void;
}

type Fields<Of> = Record<keyof Of, true>;

const BETWEEN = {
  kind: true,
  from: true,
  to: true,
  version: true,
  port: true,
  atMs: true,
  client: true,
  server: true,
} satisfies Fields<Between & { kind: string }>;

/** All that a workload of each kind may say. */
export const WORKLOAD_FIELDS = {
  bulk: { ...BETWEEN, bytes: true, direction: true } satisfies Fields<Bulk>,
  'request-response': {
    ...BETWEEN,
    requests: true,
    requestBytes: true,
    responseBytes: true,
    thinkMs: true,
  } satisfies Fields<RequestResponse>,
  'many-short': { ...BETWEEN, connections: true, bytes: true, everyMs: true } satisfies Fields<ManyShort>,
  'half-close': { ...BETWEEN, bytes: true, replyBytes: true } satisfies Fields<HalfClose>,
  abort: { ...BETWEEN, bytes: true, afterBytes: true, by: true } satisfies Fields<Abort>,
  'slow-reader': { ...BETWEEN, bytes: true, readBytes: true, everyMs: true } satisfies Fields<SlowReader>,
} as const satisfies Record<WorkloadValue['kind'], Readonly<Record<string, true>>>;
