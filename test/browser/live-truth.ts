/** What is asked of the process of `live-stack.ts`, and what it answers. */

import type { Impairments } from '../../src/net/impairments.ts';

export interface LiveOptions {
  /** Of the link, in both directions. */
  readonly bad?: Impairments;
  /** A capture of what crosses the link. */
  readonly pcap?: string;
}

export type LiveRequest =
  | { readonly do: 'truth' }
  /** The kernel connects to a port of the stack. */
  | { readonly do: 'connect'; readonly port: number }
  | { readonly do: 'send'; readonly client: number; readonly text: string }
  | { readonly do: 'end' | 'destroy'; readonly client: number }
  | { readonly do: 'close' };

/** What the stack says of a connection. */
export interface ConnectionTruth {
  readonly id: string;
  readonly state: string;
  readonly received: number;
  readonly una: number;
  readonly nxt: number;
  readonly retransmissions: number;
  /** When a timer of the TCB is due that has to do with sending; null for none. */
  readonly sendDueMs: number | null;
  readonly ackDueMs: number | null;
}

export interface Truth {
  readonly nowMs: number;
  readonly isPaused: boolean;
  /** The deadlines of the stack's clock. */
  readonly dueMs: readonly number[];
  /** Frames read from the device and not taken in. */
  readonly held: number;
  /** Frames that the device has read from the kernel, and written to it. */
  readonly device: { readonly framesIn: number; readonly framesOut: number };
  readonly counters: Readonly<Record<string, number>>;
  readonly impairments: { readonly in: Impairments; readonly out: Impairments };
  readonly connections: readonly ConnectionTruth[];
  /** The kernel's ends, in the order in which they were asked for. */
  readonly clients: readonly ClientTruth[];
}

export interface ClientTruth {
  readonly port: number | undefined;
  readonly isConnected: boolean;
  readonly text: string;
  readonly isEnded: boolean;
  readonly error: string | undefined;
}

/** Services by port: an echo, one that keeps its direction open when the other is closed, one that closes at once. */
export const PORTS = { echo: 7, lingering: 9, closing: 13 } as const;
