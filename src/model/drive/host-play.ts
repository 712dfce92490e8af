/**
 * Plays words of the listener's and the interface's chart against a real stack: several raw peers at once, and a device
 * that can fail. What is right is typed by hand here: the RFC has no table for what lies around its connections.
 */

import { Subject } from 'rxjs';
import type { Device, Frame } from '../../net/device.ts';
import { pair } from '../../net/pair.ts';
import { seededRandom } from '../../sim/seeded-random.ts';
import { type VirtualClock, virtualClock } from '../../sim/virtual-clock.ts';
import type { Connection, Listener } from '../../stack/api.ts';
import type { StackInternals } from '../../stack/internals.ts';
import { createStack, type TcpStack } from '../../stack/stack.ts';
import {
  decodeIp,
  decodeTcp,
  describeFlags,
  encodeTcp,
  FLAG,
  NO_OPTIONS,
  parseAddress,
} from '../../wire/index.ts';
import { type InterfacePlace, type InterfaceSymbol, interfaceModel } from '../words/interface-words.ts';
import {
  BACKLOG,
  HALF_OPEN_BACKLOG,
  type ListenerPlace,
  type ListenerSymbol,
  listenerModel,
} from '../words/listener-words.ts';
import type { StepResult, WordResult } from './play.ts';

export interface HostOptions {
  readonly seed?: number;
  readonly inspect?: StackInternals['inspect'];
}

const STACK = parseAddress('198.18.0.1')!;
const PEER = parseAddress('198.18.0.2')!;
const PORT = 7_788;
const FIRST_PEER_PORT = 10_000;
/** Beyond all that a connection has said before. */
const REOPENS_AT = 1_000;

/** A host on a wire whose other end is spoken by hand. */
class Host {
  readonly clock: VirtualClock = virtualClock();
  readonly stack: TcpStack;
  readonly listener: Listener;
  readonly #wire: Device;
  readonly #frames$ = new Subject<readonly Frame[]>();
  readonly #said: string[] = [];
  /** Of each peer's connection: what the stack's next sequence number is. */
  readonly #expected = new Map<number, number>();
  #peers = 0;
  #breaks = false;

  constructor(options: HostOptions, listen: { backlog: number; halfOpenBacklog: number }) {
    const [left, right] = pair(this.clock);
    this.#wire = right;
    left.frames$.subscribe(this.#frames$);
    right.frames$.subscribe((frames) => {
      for (const frame of frames) this.#hear(frame);
    });
    const device: Device = {
      name: left.name,
      mtu: left.mtu,
      frames$: this.#frames$,
      drained$: left.drained$,
      close: () => left.close(),
      write: (frame) => {
        if (!this.#breaks) return left.write(frame);
        this.#breaks = false;
        throw new Error('the device was broken on purpose');
      },
    };
    this.stack = createStack(
      {
        device,
        addresses: [STACK.toString()],
        clock: this.clock,
        random: seededRandom(options.seed ?? 1),
        rtoInitialMs: 60_000,
      },
      options.inspect ? { inspect: options.inspect } : {},
    ) as TcpStack;
    this.listener = this.stack.listen({ port: PORT, ...listen });
  }

  /** A SYN of a new peer; its number. */
  syn(peer = this.#peers++): number {
    this.#put(peer, FLAG.SYN, 0);
    return peer;
  }

  ack(peer: number): void {
    this.#put(peer, FLAG.ACK, 1);
  }

  reset(peer: number): void {
    this.#put(peer, FLAG.RST, 1);
  }

  /** Opens a connection, has it accepted and closed, reopens it out of TIME-WAIT, and takes that back. */
  async reopen(): Promise<void> {
    const peer = this.syn();
    await this.heard();
    this.ack(peer);
    await this.heard();
    const connection = this.listener.tryAccept();
    connection?.shutdown().catch(() => {});
    await this.heard();
    const next = (this.#expected.get(peer)! + 1) >>> 0;
    this.#expected.set(peer, next);
    this.#put(peer, FLAG.FIN | FLAG.ACK, 1);
    await this.heard();
    this.#put(peer, FLAG.SYN, REOPENS_AT);
    await this.heard();
    this.#put(peer, FLAG.RST, REOPENS_AT + 1);
  }

  open(listener?: Listener): Connection {
    const port = FIRST_PEER_PORT + this.#peers++;
    const host = PEER.toString();
    if (!listener) return this.stack.open({ host, port });
    const before = new Set(this.stack.connections);
    listener.open({ host, port }).catch(() => {});
    return [...this.stack.connections].find((connection) => !before.has(connection))!;
  }

  /** The next frame that the stack writes throws: a programmer's error, as seen from the actor that writes it. */
  breakDevice(): void {
    this.#breaks = true;
  }

  takeDeviceAway(): void {
    this.#frames$.complete();
  }

  /** Lets all happen that is due, and tells what the stack has said: flags, joined by `+`, or `none`. */
  async heard(): Promise<string> {
    await this.clock.run({ untilMs: this.clock.now() + 1 });
    return this.#said.length === 0 ? 'none' : this.#said.splice(0).join('+');
  }

  async end(): Promise<void> {
    const closed = this.stack.close(0);
    await this.clock.run();
    await closed;
  }

  #put(peer: number, flags: number, seq: number): void {
    this.#wire.write(
      encodeTcp(
        { src: PEER, dst: STACK },
        {
          srcPort: FIRST_PEER_PORT + peer,
          dstPort: PORT,
          seq: 1_000 + seq,
          ack: (flags & FLAG.ACK) === 0 ? 0 : (this.#expected.get(peer) ?? 0),
          flags,
          wnd: 65_535,
          up: 0,
          options: NO_OPTIONS,
          text: new Uint8Array(0),
        },
      ),
    );
  }

  #hear(frame: Frame): void {
    const packet = decodeIp(frame);
    if (packet.kind !== 'ip') return;
    const segment = decodeTcp(packet);
    if (segment.kind !== 'tcp') return;
    if ((segment.flags & FLAG.SYN) !== 0)
      this.#expected.set(segment.dstPort - FIRST_PEER_PORT, (segment.seq + 1) >>> 0);
    this.#said.push(describeFlags(segment.flags));
  }
}

interface Outcome {
  readonly reply: string;
  /** Where it leads, as the model's places are written. */
  readonly place: string;
}

interface Rig<S extends string> {
  readonly host: Host;
  /** Does what the symbol says, and tells what must come of it. */
  play(symbol: S): Promise<Outcome>;
  /** How things stand, as the model's places are written. */
  place(): string;
}

/** Plays a word of the listener chart. */
export function playListenerWord(
  symbols: readonly ListenerSymbol[],
  options: HostOptions,
): Promise<WordResult> {
  const host = new Host(options, { backlog: BACKLOG, halfOpenBacklog: HALF_OPEN_BACKLOG });
  return play<ListenerPlace, ListenerSymbol>(new ListenerRig(host), symbols, listenerModel);
}

/** Plays a word of the interface chart. */
export function playInterfaceWord(
  symbols: readonly InterfaceSymbol[],
  options: HostOptions,
): Promise<WordResult> {
  const host = new Host(options, { backlog: 100, halfOpenBacklog: 100 });
  return play<InterfacePlace, InterfaceSymbol>(new InterfaceRig(host), symbols, interfaceModel);
}

async function play<P, S extends string>(
  rig: Rig<S>,
  symbols: readonly S[],
  model: { start: P; follow(place: P, symbol: S): P | undefined; serialize(place: P): string },
): Promise<WordResult> {
  const steps: StepResult[] = [];
  let place = model.start;
  for (const symbol of symbols) {
    const next = model.follow(place, symbol);
    if (next === undefined)
      throw new RangeError(`${symbols.join(' · ')} is no word: ${symbol} can't happen there`);
    const must = await rig.play(symbol);
    const reply = await rig.host.heard();
    const chart = model.serialize(next);
    const state = rig.place();
    const disagreements = [
      ...(chart === must.place ? [] : [`it must come to ${must.place}, the chart comes to ${chart}`]),
      ...(state === must.place ? [] : [`it must come to ${must.place}, self has come to ${state}`]),
      ...(must.reply === '*' || reply === must.reply
        ? []
        : [`the answer is to be ${must.reply}, and was ${reply}`]),
    ];
    const before = model.serialize(place);
    steps.push({ symbol, situation: before, before, chart, state, rows: [], reply, told: [], disagreements });
    if (disagreements.length > 0) break;
    place = next;
  }
  await rig.host.end();
  const verdict = steps.some(({ disagreements }) => disagreements.length > 0) ? 'disagreed' : 'agreed';
  return { symbols, verdict, because: undefined, steps };
}

class ListenerRig implements Rig<ListenerSymbol> {
  readonly host: Host;
  #halfOpen: number[] = [];
  #waiting: number[] = [];
  #opened = false;
  #closed = false;

  constructor(host: Host) {
    this.host = host;
  }

  place(): string {
    const { listener } = this.host;
    return described(this.#closed, listener.halfOpen, listener.acceptQueue, this.#opened);
  }

  async play(symbol: ListenerSymbol): Promise<Outcome> {
    const { host } = this;
    switch (symbol) {
      case 'SYN': {
        // RFC 4987: a listener bounds what it holds for those that have not finished their handshake.
        const hasRoom = this.#halfOpen.length < HALF_OPEN_BACKLOG && this.#waiting.length < BACKLOG;
        const peer = host.syn();
        if (hasRoom) this.#halfOpen.push(peer);
        return this.#must(hasRoom ? 'SYN,ACK' : 'none');
      }
      case 'ACK': {
        const peer = this.#halfOpen.shift()!;
        host.ack(peer);
        const hasRoom = this.#waiting.length < BACKLOG;
        if (hasRoom) this.#waiting.push(peer);
        return this.#must(hasRoom ? 'none' : 'RST,ACK');
      }
      case 'accept':
        this.#waiting.shift();
        if (host.listener.tryAccept() === undefined) return this.#must('a connection to accept');
        return this.#must('none');
      case 'RST':
        host.reset(this.#halfOpen.shift()!);
        return this.#must('none');
      case 'RST of a waiting one':
        host.reset(this.#waiting.shift()!);
        return this.#must('none');
      case 'crash of a half-open one':
        host.breakDevice();
        host.syn(this.#halfOpen.shift());
        return this.#must('*');
      case 'SYN that is taken back':
        await host.reopen();
        return this.#must('none');
      case 'open':
        this.#opened = true;
        host.open(host.listener);
        return this.#must('SYN');
      case 'close': {
        const resets = this.#halfOpen.length + this.#waiting.length;
        this.#halfOpen = [];
        this.#waiting = [];
        await host.listener.close();
        this.#closed = true;
        return this.#must(resets === 0 ? 'none' : Array.from({ length: resets }, () => 'RST,ACK').join('+'));
      }
    }
  }

  #must(reply: string): Outcome {
    const place = described(this.#closed, this.#halfOpen.length, this.#waiting.length, this.#opened);
    return { reply, place };
  }
}

function described(closed: boolean, halfOpen: number, waiting: number, opened: boolean): string {
  return `${closed ? 'CLOSED' : 'LISTEN'} (${halfOpen} half open, ${waiting} waiting${opened ? ', opened' : ''})`;
}

class InterfaceRig implements Rig<InterfaceSymbol> {
  readonly host: Host;
  #state: 'up' | 'paused' | 'down' = 'up';
  #held = 0;

  constructor(host: Host) {
    this.host = host;
  }

  place(): string {
    const { stack } = this.host;
    const state = String(stack.root.getSnapshot().value);
    return `${state}${state === 'paused' && stack.held > 0 ? ' (frames wait)' : ''}`;
  }

  async play(symbol: InterfaceSymbol): Promise<Outcome> {
    const { host } = this;
    switch (symbol) {
      case 'SYN':
        host.syn();
        if (this.#state === 'paused') this.#held++;
        return this.#must(this.#state === 'up' ? 'SYN,ACK' : 'none');
      case 'pause':
        this.#state = 'paused';
        host.stack.pause();
        return this.#must('none');
      case 'resume': {
        const answers = Array.from({ length: this.#held }, () => 'SYN,ACK').join('+');
        this.#state = 'up';
        this.#held = 0;
        host.stack.resume();
        return this.#must(answers === '' ? 'none' : answers);
      }
      case 'crash of an opened one':
        host.breakDevice();
        host.open();
        return this.#must('none');
      case 'device gone':
        this.#end();
        host.takeDeviceAway();
        return this.#must('*');
      case 'close':
        this.#end();
        void host.stack.close(0);
        return this.#must('*');
    }
  }

  #end(): void {
    this.#state = 'down';
    this.#held = 0;
  }

  #must(reply: string): Outcome {
    return { reply, place: `${this.#state}${this.#held > 0 ? ' (frames wait)' : ''}` };
  }
}
