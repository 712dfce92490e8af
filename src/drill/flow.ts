/**
 * The one flow under test: its addresses and ports on the wire, and how the script's small numbers become the wire's.
 *
 * Segments with SYN carry the numbers of the script as they are; in all others, sequence numbers count from the initial ones.
 */

import { FLAG, type IpAddress } from '../wire/index.ts';
import type { WireTcpOption } from './tcp-options.ts';

/** The fields of a segment that are translated. */
export interface Numbers {
  readonly flags: number;
  readonly seq: number;
  readonly ack: number;
  readonly options: readonly WireTcpOption[];
}

const add = (value: number, offset: number): number => (value + offset) >>> 0;

export class Flow {
  readonly local: IpAddress;
  readonly remote: IpAddress;
  /** Undefined until the SYN of a connect() shows which one the stack chose. */
  localPort: number | undefined;
  remotePort: number;
  /** The stack's initial sequence number, and what the script calls it. */
  iss: number | undefined;
  scriptIss = 0;
  /** The script's own: what it says is what goes out. */
  irs: number;
  /** What the script calls the stack's timestamps. */
  readonly #timestamps = new Map<number, number>();
  #firstTimestamp: { readonly script: number; readonly live: number } | undefined;

  constructor(parts: {
    readonly local: IpAddress;
    readonly localPort: number | undefined;
    readonly remote: IpAddress;
    readonly remotePort: number;
    readonly irs: number;
  }) {
    this.local = parts.local;
    this.localPort = parts.localPort;
    this.remote = parts.remote;
    this.remotePort = parts.remotePort;
    this.irs = parts.irs;
  }

  /** As it is now, for what lies behind when it begins anew. */
  copy(): Flow {
    const copy = new Flow(this);
    copy.iss = this.iss;
    copy.scriptIss = this.scriptIss;
    for (const [script, live] of this.#timestamps) copy.nameTimestamp(script, live);
    return copy;
  }

  /** Takes the numbers of the stack's SYN or SYN,ACK for what the script calls them. */
  meetSyn(live: number, script: number): void {
    this.iss = live;
    this.scriptIss = script;
  }

  get #liveIss(): number {
    return this.iss ?? 0;
  }

  /** How far the stack's numbers lie above the script's. */
  #localOffset(syn: boolean): number {
    return syn ? this.#liveIss - this.scriptIss : this.#liveIss;
  }

  #remoteOffset(syn: boolean): number {
    return syn ? 0 : this.irs;
  }

  /** From the script to the wire: a segment that the peer sends. Its timestamps are translated apart. */
  toWire({ flags, seq, ack, options }: Numbers): Numbers {
    const syn = (flags & FLAG.SYN) !== 0;
    const hasAck = (flags & FLAG.ACK) !== 0;
    return {
      flags,
      seq: add(seq, this.#remoteOffset(syn)),
      // Without the flag the field says nothing; a script that writes something there gets just that.
      ack: hasAck ? add(ack, this.#localOffset(syn)) : ack,
      options: shiftSack(options, this.#localOffset(false)),
    };
  }

  /** From the wire to the script: a segment that the stack has sent. */
  toScript({ flags, seq, ack, options }: Numbers): Numbers {
    const syn = (flags & FLAG.SYN) !== 0;
    const hasAck = (flags & FLAG.ACK) !== 0;
    return {
      flags,
      seq: add(seq, -this.#localOffset(syn)),
      ack: hasAck ? add(ack, -this.#remoteOffset(syn)) : ack,
      options: shiftSack(options, -this.irs),
    };
  }

  /** From the wire to the script: a segment of the peer's, as the script wrote it. */
  inboundToScript({ flags, seq, ack, options }: Numbers): Numbers {
    const syn = (flags & FLAG.SYN) !== 0;
    const hasAck = (flags & FLAG.ACK) !== 0;
    return {
      flags,
      seq: add(seq, -this.#remoteOffset(syn)),
      ack: hasAck ? add(ack, -this.#localOffset(syn)) : ack,
      options: shiftSack(options, -this.#localOffset(false)),
    };
  }

  /** The wire's number for a quoted segment of the stack's own. */
  localToWire(seq: number): number {
    return add(seq, this.#localOffset(false));
  }

  nameTimestamp(script: number, live: number): void {
    this.#timestamps.set(script, live);
    this.#firstTimestamp ??= { script, live };
  }

  /** The live timestamp that the script means; undefined if it has not been seen. */
  timestampOf(script: number, scaled: boolean): number | undefined {
    const live = this.#timestamps.get(script);
    if (live !== undefined || !scaled || !this.#firstTimestamp) return live;
    return add(this.#firstTimestamp.live, script - this.#firstTimestamp.script);
  }

  /** By how many ticks a live timestamp is off from what the script says, both counted from the first one. */
  timestampError(script: number, live: number): number {
    if (!this.#firstTimestamp) return 0;
    const { script: firstScript, live: firstLive } = this.#firstTimestamp;
    return (live - firstLive - (script - firstScript)) | 0;
  }

  /** What the script calls a live timestamp, for reports. */
  nameOfTimestamp(live: number): number {
    for (const [script, known] of this.#timestamps) if (known === live) return script;
    return live;
  }
}

function shiftSack(options: readonly WireTcpOption[], offset: number): readonly WireTcpOption[] {
  if (offset === 0 || !options.some((option) => option.kind === 'sack')) return options;
  return options.map((option) =>
    option.kind === 'sack'
      ? {
          kind: 'sack',
          blocks: option.blocks.map(({ left, right }) => ({
            left: add(left, offset),
            right: add(right, offset),
          })),
        }
      : option,
  );
}
