/**
 * A script as a value: what the parser makes and the runner plays.
 */

import type { Position, Source } from './source.ts';

export interface Script {
  readonly source: Source;
  readonly options: readonly ScriptOption[];
  /** Runs before time 0. */
  readonly init: Command | undefined;
  readonly events: readonly ScriptEvent[];
  /** Runs at the end, whatever happened. */
  readonly cleanup: Command | undefined;
}

export interface ScriptOption {
  readonly position: Position;
  readonly name: string;
  readonly value: string | undefined;
}

export interface Command {
  readonly position: Position;
  readonly text: string;
}

/** When an event is to happen, in milliseconds. Ranges and `any` are for outbound packets, `blocking` is for calls. */
export type Time =
  | { readonly kind: 'absolute' | 'relative'; readonly ms: number }
  | { readonly kind: 'absolute-range' | 'relative-range'; readonly ms: number; readonly endMs: number }
  /** `a...b`: a call that begins at `a` and comes back at `b`. */
  | { readonly kind: 'absolute-blocking' | 'relative-blocking'; readonly ms: number; readonly endMs: number }
  | { readonly kind: 'any' };

export type ScriptEvent = (
  | { readonly kind: 'packet'; readonly packet: ScriptPacket }
  | { readonly kind: 'call'; readonly call: SystemCall }
  | { readonly kind: 'command'; readonly command: Command }
  | { readonly kind: 'code'; readonly code: Command }
) & {
  readonly position: Position;
  /** Behind the event's last token. */
  readonly end: number;
  readonly time: Time;
};

export type Direction = 'inbound' | 'outbound';

export type ScriptPacket = ScriptSegment | ScriptIcmp;

/** What a script says of the IP header; undefined is not compared, and takes the default when sent. */
export interface IpInfo {
  /** The two ECN bits; `ect01` is either ECT. */
  readonly ecn?: 'noecn' | 'ect0' | 'ect1' | 'ect01' | 'ce';
  /** The whole traffic class byte. */
  readonly tos?: number;
  readonly ttl?: number;
  readonly flowLabel?: number;
}

export interface ScriptSegment {
  readonly kind: 'tcp';
  readonly direction: Direction;
  readonly ip: IpInfo;
  readonly ports: { readonly source: number; readonly destination: number } | undefined;
  /** A sum of `FLAG` values; without the ACE bits when `ace` is given. */
  readonly flags: number;
  /** The three bits AE, CWR, ECE as a number, where a script writes a digit. */
  readonly ace: number | undefined;
  readonly seq: number;
  readonly length: number;
  readonly ack: number;
  /** The window field as it is on the wire; undefined outbound is not compared. */
  readonly wnd: number | undefined;
  readonly up: number;
  /** `any`: `<...>`, not compared. */
  readonly options: readonly ScriptTcpOption[] | 'any';
}

export type ScriptTcpOption =
  | { readonly kind: 'nop' | 'eol' | 'sackOK' }
  | { readonly kind: 'mss' | 'wscale'; readonly value: number }
  | { readonly kind: 'sack'; readonly blocks: readonly { readonly left: number; readonly right: number }[] }
  | { readonly kind: 'TS'; readonly value: number; readonly echo: number }
  /** Everything else by its bytes behind kind and length: fast open cookies, MD5, AccECN. */
  | { readonly kind: 'raw'; readonly number: number; readonly name: string; readonly data: Uint8Array };

export interface ScriptIcmp {
  readonly kind: 'icmp';
  readonly direction: Direction;
  readonly ip: IpInfo;
  /** By its name, or its number, in the version that the run has. */
  readonly type: string | number;
  readonly code: string | number | undefined;
  readonly mtu: number;
  readonly id: number;
  /** What the error quotes of the flow; for echo messages the length of the data. */
  readonly quoted:
    | { readonly kind: 'tcp'; readonly seq: number; readonly length: number }
    | { readonly kind: 'udp' | 'raw'; readonly length: number };
}

export interface SystemCall {
  readonly name: string;
  readonly args: readonly Expression[];
  readonly result: Expression;
  /** `EAGAIN` …; undefined is not compared. */
  readonly errno: string | undefined;
}

export type Expression = (
  | { readonly kind: 'any' }
  | { readonly kind: 'number'; readonly value: number }
  | { readonly kind: 'string'; readonly value: string }
  /** A name of the system's headers: `SOCK_STREAM`, `EAGAIN`. */
  | { readonly kind: 'symbol'; readonly name: string }
  | { readonly kind: 'address'; readonly text: string }
  | { readonly kind: 'or'; readonly operands: readonly Expression[] }
  | { readonly kind: 'list'; readonly items: readonly Expression[] }
  | { readonly kind: 'struct'; readonly fields: readonly Field[] }
  /** `htons(80)`, `inet_addr("1.2.3.4")`. */
  | { readonly kind: 'function'; readonly name: string; readonly args: readonly Expression[] }
) & { readonly position: Position };

/** A field of `{…}`: by name, by name with a length, or by its place alone. */
export interface Field {
  readonly name: string | undefined;
  /** `msg_iov(2)=…`. */
  readonly size: Expression | undefined;
  readonly value: Expression;
}
