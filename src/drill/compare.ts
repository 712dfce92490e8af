/**
 * Whether a segment of the stack's is the one that the script expects, and in what it differs.
 */

import { FLAG } from '../wire/index.ts';
import type { IpInfo, ScriptSegment, ScriptTcpOption } from './ast.ts';
import type { DrillConfig } from './config.ts';
import { flagsText } from './describe.ts';
import type { Flow } from './flow.ts';
import { aceFlags, type LiveSegment, shown } from './packets.ts';
import { describeOption, type WireTcpOption } from './tcp-options.ts';

export interface CompareOptions extends Pick<DrillConfig, 'toleranceMs' | 'tsTickMs'> {
  /** TCP options may come in any order and with any padding. */
  readonly optionsAsSet: boolean;
}

/** Each difference in a sentence of its own; none if the segment is the expected one. */
export function differences(
  expected: ScriptSegment,
  actual: LiveSegment,
  flow: Flow,
  options: CompareOptions,
): string[] {
  const found: string[] = [];
  const differ = (what: string, wanted: unknown, got: unknown): void => {
    found.push(`${what}: expected ${wanted}, got ${got}`);
  };
  const segment = shown(actual, flow);
  compareFlags(expected, segment.flags, actual.pieces, differ);
  if (expected.seq !== segment.seq) differ('sequence number', expected.seq, segment.seq);
  if (expected.length !== segment.length) differ('length', expected.length, segment.length);
  if (expected.ack !== segment.ack) differ('ack', expected.ack, segment.ack);
  if (expected.wnd !== undefined && expected.wnd !== segment.wnd) differ('win', expected.wnd, segment.wnd);
  if (expected.up !== segment.up) differ('urg', expected.up, segment.up);
  if (actual.reserved !== 0) differ('the reserved bits', 0, actual.reserved);
  comparePorts(expected, actual, differ);
  compareIp(expected.ip, actual.packet, differ);
  if (expected.options !== 'any') {
    const { options: got } = flow.toScript(actual);
    compareOptions(expected.options, got, flow, options, differ);
  }
  const nonZero = actual.text.findIndex((byte) => byte !== 0);
  if (nonZero >= 0) differ(`byte ${nonZero} of the text`, 0, actual.text[nonZero]);
  return found;
}

type Differ = (what: string, wanted: unknown, got: unknown) => void;

const ACE = FLAG.AE | FLAG.CWR | FLAG.ECE;

/**
 * A host that hands super-segments to its device pushes at the end of each. Where a script was written for one, its PSH on
 * several segments says nothing of a stack that pushes behind the last text alone (RFC 9293 MUST-61).
 */
function compareFlags(expected: ScriptSegment, actual: number, pieces: number, differ: Differ): void {
  const wanted = expected.flags | aceFlags(expected.ace ?? 0);
  const got = pieces > 1 ? actual | (wanted & FLAG.PSH) : actual;
  if (wanted === got) return;
  if (expected.ace !== undefined && (wanted & ~ACE) === (got & ~ACE)) {
    differ(
      'the ACE field',
      expected.ace,
      (got & FLAG.AE ? 4 : 0) | (got & FLAG.CWR ? 2 : 0) | (got & FLAG.ECE ? 1 : 0),
    );
    return;
  }
  differ('flags', flagsText(wanted), flagsText(got));
}

function comparePorts(expected: ScriptSegment, actual: LiveSegment, differ: Differ): void {
  const { ports } = expected;
  if (!ports) return;
  if (ports.source !== actual.sourcePort) differ('source port', ports.source, actual.sourcePort);
  if (ports.destination !== actual.destinationPort) {
    differ('destination port', ports.destination, actual.destinationPort);
  }
}

const ECN_NAMES = ['noecn', 'ect1', 'ect0', 'ce'] as const;

/** What a script says of the IP header; flow labels apart, which only the run as a whole can judge. */
export function compareIp(
  expected: IpInfo,
  actual: { readonly trafficClass: number; readonly hopLimit: number },
  differ: Differ,
): void {
  const { ecn, tos, ttl } = expected;
  const got = ECN_NAMES[actual.trafficClass & 3]!;
  if (ecn !== undefined && ecn !== got && !(ecn === 'ect01' && (got === 'ect0' || got === 'ect1'))) {
    differ('ECN bits', ecn, got);
  }
  if (tos !== undefined && tos !== actual.trafficClass) {
    differ('tos', `0x${tos.toString(16)}`, `0x${actual.trafficClass.toString(16)}`);
  }
  if (ttl !== undefined && ttl !== actual.hopLimit) differ('ttl', ttl, actual.hopLimit);
}

function compareOptions(
  expected: readonly ScriptTcpOption[],
  got: readonly WireTcpOption[],
  flow: Flow,
  options: CompareOptions,
  differ: Differ,
): void {
  const wanted = arranged(expected, options.optionsAsSet);
  const actual = arranged(got, options.optionsAsSet);
  const same =
    wanted.length === actual.length &&
    wanted.every((option, index) => sameOption(option, actual[index]!, flow, options));
  if (!same)
    differ(
      'options',
      listText(expected, (value) => value),
      listText(got, (value) => flow.nameOfTimestamp(value)),
    );
}

/** As a set: without padding, by kind; SACK blocks keep their order, which RFC 2018 gives a meaning. */
function arranged(options: readonly WireTcpOption[], asSet: boolean): readonly WireTcpOption[] {
  if (!asSet) return options;
  return options
    .filter(({ kind }) => kind !== 'nop' && kind !== 'eol')
    .sort((a, b) => sortKey(a).localeCompare(sortKey(b)));
}

function sortKey(option: WireTcpOption): string {
  return option.kind === 'raw' ? `raw ${option.number}` : option.kind;
}

function sameOption(
  expected: WireTcpOption,
  got: WireTcpOption,
  flow: Flow,
  options: CompareOptions,
): boolean {
  if (expected.kind !== 'TS' || got.kind !== 'TS') return describeOption(expected) === describeOption(got);
  // A TS value is the script's name for whatever the stack says there; its echo is of the script's own making.
  if (expected.echo !== got.echo) return false;
  if (options.tsTickMs <= 0) return true;
  return Math.abs(flow.timestampError(expected.value, got.value)) * options.tsTickMs <= options.toleranceMs;
}

function listText(options: readonly WireTcpOption[], nameOf: (timestamp: number) => number): string {
  const texts = options.map((option) =>
    describeOption(option.kind === 'TS' ? { ...option, value: nameOf(option.value) } : option),
  );
  return `<${texts.join(',')}>`;
}

/** What has to be equal in segments that are put together: everything but FIN, PSH, CWR and the options. */
const MAY_DIFFER = FLAG.FIN | FLAG.PSH | FLAG.CWR;

/**
 * Puts two segments of the stack's together, as the original does since a segment of the script's may have been cut into
 * several on its way: sequence number and CWR of the first, everything else of the second. Undefined if they don't fit.
 */
export function joined(first: LiveSegment, second: LiveSegment): LiveSegment | undefined {
  const continues = second.seq === (first.seq + first.length) >>> 0 && first.length > 0 && second.length > 0;
  const same =
    (first.flags & ~MAY_DIFFER) === (second.flags & ~MAY_DIFFER) &&
    first.ack === second.ack &&
    first.wnd === second.wnd &&
    first.packet.trafficClass === second.packet.trafficClass;
  if (!continues || !same || (first.flags & FLAG.FIN) !== 0) return undefined;
  const text = new Uint8Array(first.length + second.length);
  text.set(first.text);
  text.set(second.text, first.length);
  return {
    ...second,
    seq: first.seq,
    flags: (second.flags & ~FLAG.CWR) | (first.flags & FLAG.CWR),
    text,
    length: text.length,
    pieces: first.pieces + second.pieces,
  };
}
