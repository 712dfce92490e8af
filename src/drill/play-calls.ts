/**
 * System calls of a script: begun at their time, tried again while they have to wait, and held against what the script says
 * that they give back.
 */

import type { Expression, ScriptEvent } from './ast.ts';
import { seconds } from './describe.ts';
import type { Moment, Passing, Run } from './run.ts';
import { Arguments } from './sockets/arguments.ts';
import { MAKES_DESCRIPTOR } from './sockets/calls.ts';
import type { Pending, Returned } from './sockets/returned.ts';
import { toleranceMs } from './timing.ts';

type CallEvent = Extract<ScriptEvent, { kind: 'call' }>;

/** A call that waits, while the script goes on. */
interface Outstanding {
  readonly event: CallEvent;
  readonly moment: Moment;
  readonly pending: Pending;
}

export class CallPlayer {
  readonly #run: Run;
  #outstanding: Outstanding | undefined;

  constructor(run: Run) {
    this.#run = run;
  }

  /** Makes a call. `beforeConnect` is told where to, before the SYN goes out. */
  *call(event: CallEvent, moment: Moment, beforeConnect: (address: string, port: number) => void): Passing {
    const run = this.#run;
    const blocking = event.time.kind.endsWith('-blocking');
    const waiting = this.#outstanding?.moment;
    // What this call works on may be what the other one gives back.
    const isDue = waiting && run.nowMs >= waiting.endMs - this.#endTolerance(waiting);
    if (isDue) yield* this.#wait(waiting.endMs + this.#endTolerance(waiting));
    if (this.#outstanding && blocking) {
      yield* this.#wait(run.nowMs + 1_000);
      if (this.#outstanding) run.scriptError(event, 'a second call would wait while another one still does');
    }
    const args = new Arguments(run.script.source, event.call, event.position);
    this.#watch(args, beforeConnect);
    const pending = run.target.begin(args, expectedFd(args, event.call.result));
    const returned = pending.attempt();
    if (returned === undefined && blocking) {
      this.#outstanding = { event, moment, pending };
      if (pending.timeout) run.target.stopAt(pending.timeout.atMs);
      return;
    }
    const result = returned ?? (yield* this.#waitFor(pending, event, moment));
    this.#check(event, moment, result);
    if (blocking) this.#checkEnd(event, moment);
    this.#after(args, result);
  }

  /** Tries the call that waits. Runs after every step of the clock and every packet. */
  progress(): void {
    const waiting = this.#outstanding;
    if (!waiting) return;
    const { attempt, timeout } = waiting.pending;
    const returned = attempt() ?? (timeout && this.#run.nowMs >= timeout.atMs ? timeout.returned : undefined);
    if (returned === undefined) return;
    this.#outstanding = undefined;
    this.#check(waiting.event, waiting.moment, returned);
    this.#checkEnd(waiting.event, waiting.moment);
  }

  /** At the end of the script nothing may wait any more; what is due later may still come. */
  *finish(): Passing {
    const waiting = this.#outstanding;
    if (!waiting) return;
    const { moment, event } = waiting;
    yield* this.#wait(moment.endMs + this.#endTolerance(moment));
    if (!this.#outstanding) return;
    this.#run.fail(
      { ...moment, dueMs: moment.endMs },
      ['the call still waits'],
      `${event.call.name}(…) waits`,
    );
  }

  *#wait(timeMs: number): Passing {
    yield {
      timeMs,
      stop: () => {
        this.progress();
        return this.#outstanding === undefined;
      },
    };
    this.progress();
  }

  /** A call that waits though the script does not say so: time passes until it is done. */
  *#waitFor({ attempt, timeout }: Pending, event: CallEvent, moment: Moment): Passing<Returned> {
    const { target } = this.#run;
    let returned: Returned | undefined;
    const stop = (): boolean => {
      this.progress();
      returned = attempt();
      return returned !== undefined || target.idle;
    };
    yield { timeMs: timeout?.atMs ?? target.now() + target.longestWaitMs, stop };
    if (returned === undefined && timeout) {
      yield { timeMs: timeout.atMs, stop: () => false };
      return timeout.returned;
    }
    return (
      returned ?? this.#run.fail(moment, ['the call would wait for ever'], `${event.call.name}(…) waits`)
    );
  }

  #check({ call }: CallEvent, moment: Moment, returned: Returned): void {
    const what: string[] = [];
    const expected = call.result;
    const value = expected.kind === 'any' ? undefined : this.#valueOf(call.name, expected, moment);
    const anyDescriptor =
      MAKES_DESCRIPTOR.has(call.name) && value !== undefined && value >= 0 && returned.value >= 0;
    if (value !== undefined && !anyDescriptor && value !== returned.value) {
      what.push(`${call.name}: expected ${value}, got ${resultText(returned)}`);
    } else if (call.errno !== undefined && !sameErrno(call.errno, returned.errno)) {
      what.push(`${call.name}: expected ${call.errno}, got ${returned.errno ?? 'no error'}`);
    }
    what.push(...(returned.mismatches ?? []));
    if (what.length > 0) this.#run.fail(moment, what, `${call.name}(…) = ${resultText(returned)}`);
  }

  #valueOf(name: string, expected: Expression, moment: Moment): number {
    const { event } = moment;
    const call = { name, args: [], result: expected, errno: undefined };
    return new Arguments(this.#run.script.source, call, event.position).numberOf(expected);
  }

  #endTolerance({ dueMs, endMs }: Moment): number {
    return toleranceMs(this.#run.config, endMs - dueMs);
  }

  #checkEnd(event: CallEvent, moment: Moment): void {
    const end = { ...moment, dueMs: moment.endMs, toleranceMs: this.#endTolerance(moment) };
    const at = this.#run.nowMs;
    this.#run.checkTime(
      end,
      at,
      'the return of the call',
      `${event.call.name}(…) came back at ${seconds(at)}`,
    );
  }

  /** Before a call: connect() begins a flow. */
  #watch(args: Arguments, beforeConnect: (address: string, port: number) => void): void {
    if (args.name !== 'connect' || !args.has(1)) return;
    const address = args.at(1);
    if (args.isUnspecified(address) || !this.#run.target.mayConnect(args.number(0))) return;
    const { remoteAddress, connectPort } = this.#run.config;
    const place = args.place(address, { address: remoteAddress, port: connectPort });
    beforeConnect(place.address ?? remoteAddress, place.port);
  }

  /** After a call: a new socket, or a listener, becomes the one under test. */
  #after(args: Arguments, returned: Returned): void {
    if (returned.value < 0) return;
    const run = this.#run;
    if (args.name === 'socket') {
      run.begins = 'closed';
      run.flow = undefined;
    } else if (args.name === 'listen') run.begins = 'listening';
  }
}

/** The number that the script wants for a new descriptor; −1 where it wants an error. */
function expectedFd(args: Arguments, result: Expression): number {
  return MAKES_DESCRIPTOR.has(args.name) && result.kind !== 'any' ? args.numberOf(result) : -1;
}

function sameErrno(expected: string, got: string | undefined): boolean {
  const plain = (name: string | undefined): string | undefined => (name === 'EWOULDBLOCK' ? 'EAGAIN' : name);
  return plain(expected) === plain(got);
}

function resultText({ value, errno }: Returned): string {
  return errno === undefined ? String(value) : `${value} ${errno}`;
}
