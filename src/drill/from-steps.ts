/**
 * A run of two stacks, told step by step, as a packetdrill script of one of them: its user's calls, and what arrives from the
 * other end. What it must send is asked of the stack of this package, as it is.
 */

import type { End, StepPlayed, StepScript, StepsPlayed } from '../sim/index.ts';
import { sizeAtFirst } from '../stack/settings.ts';
import { decodeIp, decodeTcp, FLAG, type TcpSegment } from '../wire/index.ts';
import { flagsText } from './describe.ts';
import { runScript } from './runner.ts';
import type { PlayedFrame } from './target.ts';

export interface DrillOfSteps {
  readonly text: string;
  /** What of the run the script can't have in it, a sentence each. */
  readonly leftOut: readonly string[];
}

const LISTENER = 3;
const ACCEPTED = 4;

/** Between two steps: less than any timer. */
const STEP_S = 0.001;
/** In TIME-WAIT (2 MSL, 60 s), so that it tells whether a FIN has started the timer anew. */
const LATE_S = 40;
/** Longer than the ACK timer of profile `rfc`. */
const ACK_TIMER_S = 0.05;
const STATE_TIMER_S = 61;
/** Before 2 MSL are over, and after they would be if they had begun so long before. */
const BEFORE_2_MSL_S = 40;
/** The first retransmission timeout, which is 1 s at least, and 3 s for what follows a SYN that was sent twice. */
const SEND_TIMER_S = 1.1;
/** At the end, for what is sent late: ACKs, and retransmissions. */
const TAIL_S = 4;

/** Lines at one time of the script. */
interface Moment {
  readonly timeS: number;
  readonly lines: readonly string[];
}

/**
 * The script, with `about` at its head as comments. Each line is played as it is written, and what the stack sends is put
 * down behind it; so the script passes on the stack of this package as it is.
 */
export function drillOfSteps(
  script: StepScript,
  played: StepsPlayed,
  end: End,
  about: readonly string[] = [],
): DrillOfSteps {
  const writer = new Writer(script, end);
  for (const step of played.steps) writer.step(step);
  const { moments, endS, leftOut } = writer;
  const lines: string[] = [];
  let sent = 0;
  let likely: string | undefined;
  /** Writes down what the stack has sent by then. */
  const passTo = (timeS: number): void => {
    const { frames } = play([...lines, `${time(timeS)} ${WAIT}`]);
    const all = frames.filter(({ kind }) => kind === 'sent');
    likely = frames.at(-1)?.after ?? likely;
    const numbers = new LocalNumbers(all);
    for (const frame of all.slice(sent)) {
      const line = `${time(frame.timeMs / 1_000)} > ${numbers.textOf(frame)}`;
      if (play([...lines, line]).verdict === 'pass') lines.push(line);
      else leftOut.push(`what it sends at ${time(frame.timeMs / 1_000)} s`);
    }
    sent = all.length;
  };
  /** Writes down the state that it is in. */
  const assertState = (timeS: number): string | undefined => {
    const candidates = Object.keys(STATES).sort(
      (one, other) => Number(other === likely) - Number(one === likely),
    );
    const state = candidates.find((each) => play([...lines, stateLine(timeS, each)]).verdict === 'pass');
    if (state === undefined) return undefined;
    lines.push(stateLine(timeS, state));
    likely = state;
    return state;
  };
  for (const { timeS, lines: written } of moments) {
    if (timeS > 0) passTo(timeS - INSTANT_S);
    const now = written.map((line) => `${time(timeS)} ${line}`);
    if (play([...lines, ...now]).verdict === 'pass') lines.push(...now);
    else leftOut.push(`${written.at(-1)}, which the stack does not come to`);
  }
  // At once, and when everything late has been sent.
  passTo(endS + STEP_S - INSTANT_S);
  const state = assertState(endS + STEP_S);
  const later = [endS + TAIL_S];
  // Around 2 MSL after the last step.
  const lastS = moments.at(-1)?.timeS ?? 0;
  if (state === 'TIME-WAIT') later.push(lastS + BEFORE_2_MSL_S, lastS + STATE_TIMER_S);
  for (const timeS of later) {
    passTo(timeS - INSTANT_S);
    assertState(timeS);
  }
  const head = [...about, ...leftOut.map((what) => `Left out: ${what}.`)].map((line) => `// ${line}`);
  return { text: `${[...head, '', ...lines].join('\n')}\n`, leftOut };
}

function stateLine(timeS: number, state: string): string {
  return `${time(timeS)} %{ assert tcpi_state == ${STATES[state]} }%`;
}

function play(lines: readonly string[]): ReturnType<typeof runScript> {
  return runScript({ file: 'steps.pkt', text: `${lines.join('\n')}\n` });
}

/** The segments that the stack has sent, in numbers that count from its SYN. */
class LocalNumbers {
  readonly #iss: number;

  constructor(frames: readonly PlayedFrame[]) {
    const syn = frames.map(segmentOf).find(({ flags }) => (flags & FLAG.SYN) !== 0);
    this.#iss = syn?.seq ?? 0;
  }

  textOf(frame: PlayedFrame): string {
    const segment = segmentOf(frame);
    const { flags, seq, ack, text } = segment;
    const first = (seq - this.#iss) >>> 0;
    const acked = (flags & FLAG.ACK) === 0 ? '' : ` ack ${ack}`;
    return `${flagsText(flags)} ${first}:${first + text.length}(${text.length})${acked} <...>`;
  }
}

function segmentOf({ frame }: PlayedFrame): TcpSegment {
  const packet = decodeIp(frame);
  const segment = packet.kind === 'ip' ? decodeTcp(packet) : packet;
  if (segment.kind !== 'tcp') throw new Error('steps: the stack sent what is no segment');
  return segment;
}

/** An arriving segment. Both ends count from `iss`; a script counts from 0. */
function arrivalText({ flags, seq, ack, wnd, text, options }: TcpSegment, iss: number): string {
  const from = (value: number): number => (value - iss) >>> 0;
  const first = from(seq);
  const parts = [`${flagsText(flags)} ${first}:${(first + text.length) >>> 0}(${text.length})`];
  if ((flags & FLAG.ACK) !== 0) parts.push(`ack ${from(ack)}`);
  parts.push(`win ${wnd}`);
  const said: string[] = [];
  if (options.mss !== undefined) said.push(`mss ${options.mss}`);
  if (options.sackPermitted) said.push('nop,nop,sackOK');
  if (options.windowScale !== undefined) said.push(`nop,wscale ${options.windowScale}`);
  if (options.sack.length > 0) {
    const blocks = options.sack.map(({ left, right }) => `${from(left)}:${from(right)}`);
    said.push(`nop,nop,sack ${blocks.join(' ')}`);
  }
  if (said.length > 0) parts.push(`<${said.join(',')}>`);
  return parts.join(' ');
}

function time(seconds: number): string {
  return seconds.toFixed(4);
}

const WAIT = '%{ assert 1 == 1 }%';
const INSTANT_S = 0.0001;

/** As TCP_INFO has them. */
const STATES: Readonly<Record<string, string>> = {
  ESTABLISHED: 'TCP_ESTABLISHED',
  CLOSED: 'TCP_CLOSE',
  'TIME-WAIT': 'TCP_TIME_WAIT',
  'FIN-WAIT-1': 'TCP_FIN_WAIT1',
  'FIN-WAIT-2': 'TCP_FIN_WAIT2',
  'CLOSE-WAIT': 'TCP_CLOSE_WAIT',
  'LAST-ACK': 'TCP_LAST_ACK',
  CLOSING: 'TCP_CLOSING',
  'SYN-SENT': 'TCP_SYN_SENT',
  'SYN-RECEIVED': 'TCP_SYN_RECV',
  LISTEN: 'TCP_LISTEN',
};

class Writer {
  readonly moments: Moment[] = [];
  readonly leftOut: string[] = [];
  readonly #end: End;
  readonly #iss: number;
  #fd: number | undefined;
  #isPassive = false;
  #hasOpened = false;
  #timeouts = 0;
  #waitS = 0;
  #timeS = 0;
  #state = 'CLOSED';

  constructor(script: StepScript, end: End) {
    this.#end = end;
    this.#iss = script.iss;
    if ((sizeAtFirst(script.options.receiveBuffer) ?? 65_535) < 65_535)
      this.leftOut.push('receive buffers of a few octets, which no socket has');
  }

  step({ step, arrived, states }: StepPlayed): void {
    if ('timer' in step) this.#timer(step);
    else if ('call' in step) this.#call(step);
    else if (arrived?.at === this.#end) this.#arrival(arrived.segment);
    this.#state = states[this.#end];
    if (this.#isPassive && this.#fd === undefined && OPEN.has(this.#state)) {
      this.#fd = ACCEPTED;
      this.#add(`accept(${LISTENER}, ..., ...) = ${ACCEPTED}`);
    }
  }

  #timer(step: Extract<StepPlayed['step'], { timer: string }>): void {
    if (step.at !== this.#end) return;
    if (step.timer === 'ack') this.#waitS += ACK_TIMER_S;
    else if (step.timer === 'state') this.#waitS += STATE_TIMER_S;
    else if (step.timer === 'send') this.#waitS += SEND_TIMER_S * 2 ** this.#timeouts++;
    else this.leftOut.push('the user timeout');
  }

  #call({ at, call, octets }: Extract<StepPlayed['step'], { call: string }>): void {
    if (at !== this.#end) return;
    if (call.startsWith('OPEN') && this.#hasOpened) {
      this.leftOut.push(`${call}, the second one of this end`);
      return;
    }
    if (call === 'OPEN passive' || call === 'OPEN active') this.#open(call === 'OPEN passive');
    else if (call === 'CLOSE listener') this.#add(`close(${LISTENER}) = 0`);
    else if (this.#fd === undefined || call === 'OPEN in LISTEN') this.leftOut.push(call);
    else this.#callOf(this.#fd, call, octets?.length ?? 0);
  }

  #open(isPassive: boolean): void {
    this.#hasOpened = true;
    this.#isPassive = isPassive;
    // The model has no tail loss probes.
    const socket = [
      '`sysctl -q net.ipv4.tcp_early_retrans=0`',
      `socket(..., SOCK_STREAM, IPPROTO_TCP) = ${LISTENER}`,
    ];
    // Segments go out one by one, and ACKs late, as in the model.
    const options = ['TCP_NODELAY, [1]', 'TCP_QUICKACK, [0]'].map(
      (option) => `setsockopt(${LISTENER}, IPPROTO_TCP, ${option}, 4) = 0`,
    );
    if (isPassive) {
      this.#add(...socket, ...options, `bind(${LISTENER}, ..., ...) = 0`, `listen(${LISTENER}, 1) = 0`);
      return;
    }
    this.#fd = LISTENER;
    this.#add(
      ...socket,
      ...options,
      `fcntl(${LISTENER}, F_SETFL, O_RDWR|O_NONBLOCK) = 0`,
      `connect(${LISTENER}, ..., ...) = -1 EINPROGRESS (Operation now in progress)`,
    );
  }

  #callOf(fd: number, call: string, length: number): void {
    if (call === 'SEND') this.#add(`write(${fd}, ..., ${length}) = ${length}`);
    else if (call === 'RECEIVE') this.#add(`read(${fd}, ..., 1000) = 1`);
    else if (call === 'CLOSE our direction') this.#add(`shutdown(${fd}, SHUT_WR) = 0`);
    else if (call === 'CLOSE both directions') this.#add(`close(${fd}) = 0`);
    else
      this.#add(`setsockopt(${fd}, SOL_SOCKET, SO_LINGER, {onoff=1, linger=0}, 8) = 0`, `close(${fd}) = 0`);
  }

  #arrival(segment: TcpSegment): void {
    if (this.#state === 'TIME-WAIT') this.#waitS = Math.max(this.#waitS, LATE_S);
    this.#add(`< ${arrivalText(segment, this.#iss)}`);
    this.#timeouts = 0;
  }

  #add(...lines: readonly string[]): void {
    // A script begins at 0.
    if (this.moments.length > 0) this.#timeS += Math.max(STEP_S, this.#waitS);
    this.moments.push({ timeS: this.#timeS, lines });
    this.#waitS = 0;
  }

  /** When the last step is over, and the timers behind it have fired. */
  get endS(): number {
    return this.#timeS + this.#waitS;
  }
}

const OPEN: ReadonlySet<string> = new Set([
  'ESTABLISHED',
  'FIN-WAIT-1',
  'FIN-WAIT-2',
  'CLOSE-WAIT',
  'CLOSING',
  'LAST-ACK',
  'TIME-WAIT',
]);
