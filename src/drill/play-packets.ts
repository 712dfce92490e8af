/**
 * Packets of a script: inbound ones are injected, outbound ones are taken from what the stack has sent and compared.
 */

import { FLAG, type IpAddress, parseAddress } from '../wire/index.ts';
import type { ScriptIcmp, ScriptPacket, ScriptSegment } from './ast.ts';
import { compareIp, differences, joined } from './compare.ts';
import { describeSegment } from './describe.ts';
import { Flow } from './flow.ts';
import { encodeIcmp, icmpNumbers } from './icmp.ts';
import { describeIcmp } from './icmp-types.ts';
import { decodeFrame, encodeSegment, type LivePacket, type LiveSegment, shown } from './packets.ts';
import type { Moment, Passing, Run } from './run.ts';
import type { Due } from './timing.ts';

/** Where the ports of peers begin. */
const FIRST_REMOTE_PORT = 40_001;

/** What goes on beside: a call that waits is tried again after each step of the clock. */
type Beside = () => void;

export class PacketPlayer {
  readonly #run: Run;
  readonly #beside: Beside;
  /** The last SYN without ACK that was injected: what a SYN,ACK with a new ISN answers. */
  #lastSyn: { readonly segment: ScriptSegment; readonly timeMs: number } | undefined;
  /** Flow labels by the name that the script has for them. */
  readonly #flowLabels = new Map<number, number>();

  constructor(run: Run, beside: Beside) {
    this.#run = run;
    this.#beside = beside;
  }

  inject(packet: ScriptPacket, moment: Moment): void {
    const run = this.#run;
    try {
      const frame =
        packet.kind === 'icmp' ? this.#icmpFrame(packet, moment) : this.#segmentFrame(packet, moment);
      run.target.inject(frame);
    } catch (error) {
      if (error instanceof RangeError) run.scriptError(moment.event, error.message);
      throw error;
    }
    this.#beside();
  }

  /** Takes what the stack sends next, and holds it against the script. Gives the flow's segment, if it was one. */
  *expect(packet: ScriptPacket, moment: Moment): Passing {
    if (packet.kind === 'icmp') yield* this.#expectIcmp(packet, moment);
    else yield* this.#expectSegment(packet, moment);
  }

  /** A connect() is about to send its SYN. */
  beginActive(remoteAddress: string, remotePort: number): void {
    const run = this.#run;
    run.begins = false;
    this.#begin(
      new Flow({
        local: addressOf(run.config.localAddress),
        localPort: undefined,
        remote: addressOf(remoteAddress),
        remotePort,
        irs: 0,
      }),
    );
  }

  #begin(flow: Flow): Flow {
    this.#run.flow = flow;
    this.#run.flows.push(flow);
    return flow;
  }

  #beginPassive(segment: ScriptSegment): Flow {
    const run = this.#run;
    const flow = new Flow({
      local: addressOf(run.config.localAddress),
      localPort: segment.ports?.destination ?? run.config.bindPort,
      remote: addressOf(run.config.remoteAddress),
      remotePort: segment.ports?.source ?? FIRST_REMOTE_PORT + run.flows.length,
      // A socket that is merely bound has no numbers to count from.
      irs: run.begins === 'closed' ? 0 : segment.seq,
    });
    if (run.begins !== 'closed') run.begins = false;
    return this.#begin(flow);
  }

  /** The flow that a segment belongs to: the one under test, or the one that explicit ports name. */
  #flowOf(segment: ScriptSegment): Flow | undefined {
    const { flow, flows } = this.#run;
    const { ports } = segment;
    if (!ports) return flow;
    const remotePort = segment.direction === 'inbound' ? ports.source : ports.destination;
    return flows.find((one) => one.remotePort === remotePort);
  }

  #segmentFrame(segment: ScriptSegment, moment: Moment): Uint8Array {
    const run = this.#run;
    const known = run.begins === 'listening' ? undefined : this.#flowOf(segment);
    const flow = known ?? this.#beginPassive(segment);
    run.flow = flow;
    if ((segment.flags & (FLAG.SYN | FLAG.ACK)) === FLAG.SYN) this.#lastSyn = { segment, timeMs: run.nowMs };
    return encodeSegment(segment, flow, this.#echoOf(segment, flow, moment));
  }

  /** What the echo of a timestamp is on the wire; without ACK it is what the script says. */
  #echoOf(segment: ScriptSegment, flow: Flow, moment: Moment): number | undefined {
    const { options } = segment;
    const timestamps = options === 'any' ? undefined : options.find((option) => option.kind === 'TS');
    if (timestamps?.kind !== 'TS' || (segment.flags & FLAG.ACK) === 0) return undefined;
    const live = flow.timestampOf(timestamps.echo, this.#run.config.tsEchoScaled);
    if (live === undefined && timestamps.echo !== 0) {
      this.#run.scriptError(
        moment.event,
        `no outbound segment has had TS val ${timestamps.echo}, which ecr names`,
      );
    }
    return live;
  }

  #icmpFrame(icmp: ScriptIcmp, moment: Moment): Uint8Array {
    const { flow } = this.#run;
    if (!flow)
      return this.#run.scriptError(moment.event, 'there is no flow yet that an ICMP message could quote');
    return encodeIcmp(icmp, this.#icmpNumbers(icmp, moment, flow.local.version), flow);
  }

  #icmpNumbers(icmp: ScriptIcmp, moment: Moment, version: 4 | 6): { type: number; code: number } {
    const numbers = icmpNumbers(icmp, version);
    return typeof numbers === 'string' ? this.#run.scriptError(moment.event, numbers) : numbers;
  }

  *#expectIcmp(icmp: ScriptIcmp, moment: Moment): Passing {
    const run = this.#run;
    const version = addressOf(run.config.localAddress).version;
    const wanted = this.#icmpNumbers(icmp, moment, version);
    const got = yield* this.#await(moment, (packet) => packet.kind === 'icmp');
    if (got.kind !== 'icmp') return;
    const what: string[] = [];
    const differ = (name: string, expected: unknown, actual: unknown): void => {
      what.push(`${name}: expected ${expected}, got ${actual}`);
    };
    if (wanted.type !== got.type) differ('ICMP type', wanted.type, got.type);
    if (icmp.code !== undefined && wanted.code !== got.code) differ('ICMP code', wanted.code, got.code);
    if (got.packet) compareIp(icmp.ip, got.packet, differ);
    const text = `> icmp ${describeIcmp(version, got.type, got.code)}`;
    if (what.length > 0) run.fail(moment, what, text, got.timeMs);
    run.checkTime(moment, got.timeMs, 'the message', text);
  }

  *#expectSegment(expected: ScriptSegment, moment: Moment): Passing {
    const run = this.#run;
    const flow = this.#flowOf(expected) ?? run.flow;
    if (!flow)
      run.scriptError(moment.event, 'nothing can be sent yet: no segment came in, and nothing connects');
    run.flow = flow;
    let segment = yield* this.#awaitSegment(moment, expected, flow!);
    this.#meet(segment, expected, flow!);
    const pieceLength = segment.length;
    while (
      !run.config.strictSegments &&
      segment.length < expected.length &&
      segment.length % pieceLength === 0
    ) {
      const next = yield* this.#awaitSegment(moment, expected, flow!, segment);
      const whole = next.length <= pieceLength ? joined(segment, next) : undefined;
      if (!whole) {
        const text = describeSegment(shown(next, flow!));
        run.fail(
          moment,
          ['the next segment does not continue the one before', `it is ${text}`],
          textOf(segment, flow!),
        );
      }
      segment = whole!;
    }
    this.#check(segment, expected, moment, flow!);
  }

  /** The first SYN of the stack's says which number it began with. One that answers a second SYN begins again. */
  #meet(segment: LiveSegment, expected: ScriptSegment, flow: Flow): void {
    if ((segment.flags & FLAG.SYN) === 0) return;
    if (flow.iss === undefined) flow.meetSyn(segment.seq, expected.seq);
    const answersAnother = (segment.flags & FLAG.ACK) !== 0 && segment.seq !== flow.iss && this.#lastSyn;
    if (!answersAnother) return;
    const { segment: syn, timeMs } = this.#lastSyn!;
    this.#run.past.push({ flow: flow.copy(), untilMs: timeMs });
    flow.irs = syn.seq;
    flow.meetSyn(segment.seq, expected.seq);
  }

  #check(segment: LiveSegment, expected: ScriptSegment, moment: Moment, flow: Flow): void {
    const run = this.#run;
    const what = differences(expected, segment, flow, {
      ...run.config,
      optionsAsSet: run.settings.optionsAsSet,
    });
    const label = this.#flowLabelDiffers(expected, segment);
    if (label) what.push(label);
    this.#learnTimestamp(expected, segment, flow);
    const text = textOf(segment, flow);
    if (what.length > 0) run.fail(moment, what, text, segment.timeMs);
    run.checkTime(moment, segment.timeMs, 'the segment', text);
  }

  #learnTimestamp(expected: ScriptSegment, segment: LiveSegment, flow: Flow): void {
    if (expected.options === 'any') return;
    const named = expected.options.find((option) => option.kind === 'TS');
    const live = segment.options.find((option) => option.kind === 'TS');
    if (named?.kind === 'TS' && live?.kind === 'TS') flow.nameTimestamp(named.value, live.value);
  }

  /** A flow label in a script is a name: only which packets share one is compared. */
  #flowLabelDiffers(expected: ScriptSegment, { packet }: LiveSegment): string | undefined {
    const name = expected.ip.flowLabel;
    if (name === undefined) return undefined;
    const known = this.#flowLabels.get(name);
    if (known === undefined) {
      for (const [other, label] of this.#flowLabels) {
        if (label === packet.flowLabel)
          return `flow label: expected another one than that called ${other}, got the same`;
      }
      this.#flowLabels.set(name, packet.flowLabel);
    } else if (known !== packet.flowLabel) {
      return `flow label: expected the one called ${name} again, got another`;
    }
    return undefined;
  }

  *#awaitSegment(
    moment: Moment,
    expected: ScriptSegment,
    flow: Flow,
    soFar?: LiveSegment,
  ): Passing<LiveSegment> {
    const got = yield* this.#await(
      moment,
      (packet) => this.#belongs(packet, expected, flow),
      soFar && textOf(soFar, flow),
    );
    if (got.kind === 'tcp') {
      flow.localPort ??= got.sourcePort;
      return got;
    }
    return this.#run.fail(
      moment,
      [`the stack sent what is no sound TCP segment: ${got.what}`],
      got.what,
      got.timeMs,
    );
  }

  /** Also a packet that can't be read: nobody but the stack under test has sent it. */
  #belongs(packet: LivePacket, expected: ScriptSegment, flow: Flow): boolean {
    if (packet.kind !== 'tcp') return packet.kind === 'other';
    if (!packet.packet.dst.equals(flow.remote)) return false;
    if (expected.ports) {
      return (
        packet.destinationPort === expected.ports.destination && packet.sourcePort === expected.ports.source
      );
    }
    if (packet.destinationPort !== flow.remotePort) return false;
    if (flow.localPort === undefined) return (packet.flags & (FLAG.SYN | FLAG.ACK)) === FLAG.SYN;
    return packet.sourcePort === flow.localPort;
  }

  /** The next packet that belongs here; those before it are of no interest. Time passes while there is none. */
  *#await(moment: Moment, belongs: (packet: LivePacket) => boolean, partly?: string): Passing<LivePacket> {
    const { target } = this.#run;
    const timeMs = this.#patience(moment);
    const stop = (): boolean => {
      this.#beside();
      return target.sent.length > 0;
    };
    for (;;) {
      for (let sent = target.sent.shift(); sent; sent = target.sent.shift()) {
        const packet = decodeFrame(sent.frame, sent.timeMs);
        if (belongs(packet)) return packet;
      }
      yield { timeMs, stop };
      if (target.sent.length === 0) break;
    }
    const what = partly ? 'no further segment came' : 'nothing was sent';
    return this.#run.fail(moment, [what], partly ?? '(nothing)');
  }

  /** As long as the original waits: whole seconds until it is due, and two more. For "any time", as long as anything is to happen. */
  #patience({ event, endMs }: Due & Moment): number {
    if (event.time.kind === 'any') return Number.POSITIVE_INFINITY;
    const { nowMs } = this.#run;
    return nowMs + Math.floor(Math.max(0, endMs - nowMs) / 1_000) * 1_000 + 2_000;
  }
}

function textOf(segment: LiveSegment, flow: Flow): string {
  return `> ${describeSegment(shown(segment, flow))}`;
}

function addressOf(text: string): IpAddress {
  return parseAddress(text)!;
}
