/**
 * poll() and epoll: what a socket is ready for.
 */

import type { Expression } from '../ast.ts';
import type { Arguments } from './arguments.ts';
import { done, failed, type Pending, type Returned } from './returned.ts';
import { DrillSocket } from './socket.ts';
import { EPOLLET, EPOLLONESHOT, POLL } from './symbols.ts';
import type { SocketTable } from './table.ts';

/** All events that hold for a socket now. */
export function readiness(socket: DrillSocket): number {
  const { connection, listener } = socket;
  if (listener) return socket.acceptable ? POLL.IN | POLL.RDNORM : 0;
  if (!connection) return POLL.OUT | POLL.WRNORM | POLL.HUP;
  let events = socket.error === undefined ? 0 : POLL.ERR;
  if (socket.connecting) return events;
  const { snd, urgentBytes } = connection.info();
  const ended = connection.closeReason !== undefined;
  if (connection.peek(1).length > 0 || socket.atEnd || events !== 0) events |= POLL.IN | POLL.RDNORM;
  if (socket.atEnd) events |= POLL.RDHUP;
  if (urgentBytes > 0 && !socket.options.oobInline) events |= POLL.PRI;
  // Linux's measure: a third of the buffer is free, so that who writes does not wake for crumbs.
  if (!socket.mayWrite || ended || snd.buffer - snd.queued >= snd.queued / 2)
    events |= POLL.OUT | POLL.WRNORM;
  if (ended || (socket.atEnd && !socket.mayWrite)) events |= POLL.HUP;
  return events;
}

const ALWAYS = POLL.ERR | POLL.HUP;

/** `poll([{fd=4, events=POLLIN, revents=POLLIN}], 1, 1000)`. */
export function poll(table: SocketTable, args: Arguments): Pending {
  const entries = args.list(args.at(0)).map((entry) => ({
    fd: args.fieldNumber(entry, 'fd', 0, -1),
    events: args.fieldNumber(entry, 'events', 1, 0),
    expected: args.field(entry, 'revents', 2),
  }));
  const look = (): { count: number; mismatches: string[] } => {
    let count = 0;
    const mismatches: string[] = [];
    for (const { fd, events, expected } of entries) {
      const socket = table.find(fd);
      const got = socket instanceof DrillSocket ? readiness(socket) & (events | ALWAYS) : POLL.NVAL;
      if (got !== 0) count++;
      mismatches.push(...comparedEvents(args, `revents of ${fd}`, expected, got));
    }
    return { count, mismatches };
  };
  const returned = (): Returned => {
    const { count, mismatches } = look();
    return done(count, mismatches);
  };
  return waitingFor(table, args.number(2), () => look().count > 0, returned);
}

/** Ready at once, when something comes, or after `timeoutMs`, which a negative number makes for ever. */
function waitingFor(
  table: SocketTable,
  timeoutMs: number,
  ready: () => boolean,
  returned: () => Returned,
): Pending {
  const startMs = table.clock.now();
  return {
    attempt: () => {
      const expired = timeoutMs >= 0 && table.clock.now() >= startMs + timeoutMs;
      return ready() || expired ? returned() : undefined;
    },
    ...(timeoutMs > 0 ? { timeout: { atMs: startMs + timeoutMs, returned: done(0) } } : {}),
  };
}

/** Events that a script expects, against those that there are. */
export function comparedEvents(
  args: Arguments,
  what: string,
  expected: Expression | undefined,
  got: number,
): readonly string[] {
  if (expected === undefined || expected.kind === 'any') return [];
  const wanted = args.numberOf(expected);
  return wanted === got ? [] : [`${what}: expected ${eventsText(wanted)}, got ${eventsText(got)}`];
}

function eventsText(events: number): string {
  const names = Object.entries(POLL).filter(([, bit]) => (events & bit) !== 0);
  return names.map(([name]) => `POLL${name}`).join('|') || '0';
}

interface Interest {
  events: number;
  /** What the events were when they were last told: edge-triggered interests tell only what is new. */
  told: number;
  /** What had arrived by then: more of it is news, though the event is the same. */
  arrivals: number;
  readonly data: number;
}

/** What an event carries beside its bits. */
export function dataOf(args: Arguments, event: Expression): Expression | undefined {
  return ['fd', 'u32', 'u64', 'ptr'].map((name) => args.field(event, name, -1)).find((field) => field);
}

interface Ready {
  readonly fd: number;
  readonly got: number;
  readonly interest: Interest;
  readonly arrivals: number;
}

export class Epoll {
  readonly #interests = new Map<number, Interest>();

  control(table: SocketTable, args: Arguments): Returned {
    const [operation, fd] = [args.number(1), args.number(2)];
    if (!table.find(fd)) return failed('EBADF');
    const known = this.#interests.has(fd);
    if (operation === 2) return this.#interests.delete(fd) ? done() : failed('ENOENT');
    if (known !== (operation === 3)) return failed(known ? 'EEXIST' : 'ENOENT');
    const event = args.at(3);
    const data = dataOf(args, event);
    this.#interests.set(fd, {
      events: args.fieldNumber(event, 'events', 0, 0),
      told: 0,
      arrivals: 0,
      data: data ? args.numberOf(data) : fd,
    });
    return done();
  }

  /** `epoll_wait(5, {events=EPOLLIN, fd=4}, 1, 0)`; several events stand in a list. */
  wait(table: SocketTable, args: Arguments): Pending {
    const expected = args.at(1);
    const events = expected.kind === 'list' ? expected.items : [expected];
    const look = () => this.#ready(table).slice(0, args.number(2));
    const returned = (): Returned => {
      const ready = look();
      const mismatches: string[] = [];
      ready.forEach(({ fd, got, interest, arrivals }, index) => {
        const event = events[index];
        if (event?.kind === 'struct') {
          mismatches.push(...comparedEvents(args, `events of ${fd}`, args.field(event, 'events', 0), got));
          mismatches.push(...args.compared(dataOf(args, event), interest.data, `data of event ${index}`));
        }
        interest.told = got;
        interest.arrivals = arrivals;
        if ((interest.events & EPOLLONESHOT) !== 0) interest.events = 0;
      });
      return done(ready.length, mismatches);
    };
    return waitingFor(table, args.number(3), () => look().length > 0, returned);
  }

  #ready(table: SocketTable): Ready[] {
    const ready: Ready[] = [];
    for (const [fd, interest] of this.#interests) {
      const socket = table.find(fd);
      if (!(socket instanceof DrillSocket) || interest.events === 0) continue;
      const got = readiness(socket) & ((interest.events & 0xffff) | ALWAYS);
      const edge = interest.events >= EPOLLET || interest.events < 0;
      const { arrivals } = socket;
      const more = (got & POLL.IN) !== 0 && arrivals > interest.arrivals;
      const isNew = !edge || more || (got & ~interest.told) !== 0;
      interest.told &= got;
      if (got !== 0 && isNew) ready.push({ fd, got, interest, arrivals });
    }
    return ready;
  }
}
