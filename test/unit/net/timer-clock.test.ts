import { describe, expect, test } from 'vitest';
import { timerClock } from '../../../src/net/timer-clock.ts';

/** A host with a time of its own. Its timers cut fractions off and wait at least 1 ms, as Node's do. */
class Host {
  nowMs = 1_000;
  armed = 0;
  unrefed: number[] = [];
  readonly timers = new Map<number, { dueMs: number; callback: () => void }>();

  now(): number {
    return this.nowMs;
  }

  setTimeout(callback: () => void, delayMs: number): number {
    const id = ++this.armed;
    if (delayMs > 2 ** 31 - 1) throw new Error('too long for a host');
    this.timers.set(id, { dueMs: this.nowMs + Math.max(1, Math.trunc(delayMs)), callback });
    return id;
  }

  clearTimeout(id: number): void {
    this.timers.delete(id);
  }

  advanceTo(timeMs: number): void {
    for (;;) {
      const next = [...this.timers].sort(([, a], [, b]) => a.dueMs - b.dueMs)[0];
      if (next === undefined || next[1].dueMs > timeMs) break;
      this.timers.delete(next[0]);
      this.nowMs = Math.max(this.nowMs, next[1].dueMs);
      next[1].callback();
    }
    this.nowMs = timeMs;
  }
}

class UnrefHost extends Host {
  unref(id: number): void {
    this.unrefed.push(id);
  }
}

function logged(host = new Host()) {
  const clock = timerClock(host);
  const log: string[] = [];
  const arm = (name: string, delayMs: number) =>
    clock.setTimeout(() => log.push(`${name}@${clock.now()}`), delayMs);
  return { host, clock, log, arm };
}

describe('the timer clock', () => {
  test('shows the time of its host', () => {
    const { host, clock } = logged();
    host.nowMs = 1_234.567;
    expect(clock.now()).toBe(1_234.567);
  });

  test('asks a host that keeps finer steps than milliseconds for whole ones of those', () => {
    const host = new Host();
    const asked: number[] = [];
    const clock = timerClock({
      stepMs: 0.25,
      now: () => host.now(),
      clearTimeout: (id: number) => host.clearTimeout(id),
      setTimeout: (callback, delayMs) => {
        asked.push(delayMs);
        return host.setTimeout(callback, delayMs);
      },
    });
    for (const delayMs of [3, 2.6, 2.5, 0.01]) clock.setTimeout(() => {}, delayMs);
    expect(asked).toEqual([3, 2.75, 2.5, 0.25]);
  });

  test('fires timers in order behind one timer of the host', () => {
    const { host, log, arm } = logged();
    arm('late', 30);
    arm('early', 10);
    arm('tie', 10);
    arm('middle', 20);
    expect(host.timers.size).toBe(1);
    host.advanceTo(1_100);
    expect(log).toEqual(['early@1010', 'tie@1010', 'middle@1020', 'late@1030']);
  });

  test('never fires before a deadline with a fraction', () => {
    const { host, log, arm } = logged();
    host.nowMs = 1_000.75;
    arm('fraction', 0.5);
    host.advanceTo(1_001.2);
    expect(log).toEqual([]);
    host.advanceTo(1_002);
    expect(log).toEqual(['fraction@1001.75']);
  });

  test('waits again when the host fires early', () => {
    const { host, log, arm } = logged();
    arm('timer', 10);
    const [early] = host.timers.values();
    host.timers.clear();
    host.nowMs = 1_009.9;
    early!.callback();
    expect(log).toEqual([]);
    host.advanceTo(1_020);
    expect(log).toEqual(['timer@1010.9']);
  });

  test('fires at once all that a late host has let pass, in order', () => {
    const { host, log, arm } = logged();
    arm('b', 20);
    arm('a', 10);
    arm('c', 200);
    const [late] = host.timers.values();
    host.timers.clear();
    host.nowMs = 1_050;
    late!.callback();
    expect(log).toEqual(['a@1050', 'b@1050']);
  });

  test('sets the host timer anew for an earlier deadline only', () => {
    const { host, arm } = logged();
    arm('first', 50);
    for (let count = 0; count < 1_000; count++) arm('later', 60);
    expect(host.armed).toBe(1);
    arm('earlier', 40);
    expect(host.armed).toBe(2);
    expect(host.timers.size).toBe(1);
  });

  test('costs the host nothing for 100,000 timers armed and cancelled while another one waits', () => {
    const { host, clock, arm } = logged();
    arm('waiting', 1_000);
    const ids = Array.from({ length: 100_000 }, (_, index) => arm('cancelled', 60_000 + index));
    expect(clock.pending).toBe(100_001);
    for (const id of ids) clock.clearTimeout(id);
    expect(clock.pending).toBe(1);
    expect(host.armed).toBe(1);
  });

  test('leaves a timer of the host alone whose own timer is cancelled, and goes on from it', () => {
    const { host, clock, log, arm } = logged();
    const cancelled = arm('cancelled', 10);
    arm('kept', 20);
    clock.clearTimeout(cancelled);
    expect(host.armed).toBe(1);
    host.advanceTo(1_100);
    expect(log).toEqual(['kept@1020']);
    expect(host.timers.size).toBe(0);
  });

  test('keeps no timer of the host when its last timer is cancelled', () => {
    const { host, clock, log, arm } = logged();
    clock.clearTimeout(arm('cancelled', 60_000));
    expect(host.timers.size).toBe(0);
    arm('again', 5);
    host.advanceTo(1_010);
    expect(log).toEqual(['again@1005']);
  });

  test('unrefs each timer of a host that can, and then need not take any back', () => {
    const { host, clock, arm } = logged(new UnrefHost());
    const id = arm('cancelled', 60_000);
    clock.clearTimeout(id);
    arm('later', 70_000);
    expect(host.unrefed).toEqual([1]);
    expect(host.armed).toBe(1);
    arm('earlier', 10);
    expect(host.unrefed).toEqual([1, 2]);
  });

  test('lets the host have its turn before a timer that was armed in a callback', () => {
    const { host, clock } = logged();
    let fired = 0;
    const again = () => {
      fired++;
      clock.setTimeout(again, 0);
    };
    clock.setTimeout(again, 0);
    host.advanceTo(1_001);
    expect(fired).toBe(1);
    host.advanceTo(1_002);
    expect(fired).toBe(2);
  });

  test('fires timers cancelled by a callback of the same instant no more', () => {
    const { host, clock, log, arm } = logged();
    clock.setTimeout(() => clock.clearTimeout(second), 10);
    const second = arm('second', 10);
    host.advanceTo(1_100);
    expect(log).toEqual([]);
    expect(clock.pending).toBe(0);
  });

  test('waits longer than a host can, piece by piece', () => {
    const { host, log, arm } = logged();
    arm('month', 2 ** 31 + 500);
    host.advanceTo(1_000 + 2 ** 31 + 499);
    expect(log).toEqual([]);
    host.advanceTo(1_000 + 2 ** 31 + 500);
    expect(log).toHaveLength(1);
  });

  test('hands a throw to the host and still fires the rest', () => {
    const { host, clock, log, arm } = logged();
    clock.setTimeout(() => {
      throw new Error('broken');
    }, 10);
    arm('rest', 10);
    expect(() => host.advanceTo(1_100)).toThrow('broken');
    host.advanceTo(1_100);
    expect(log).toEqual(['rest@1011']);
  });

  test('runs on the timers of this very host', async () => {
    const clock = timerClock({
      now: () => performance.now(),
      setTimeout: (callback, delayMs) => setTimeout(callback, delayMs),
      clearTimeout: (id) => clearTimeout(id),
      unref: (id) => id.unref(),
    });
    const startMs = clock.now();
    const keepAlive = setInterval(() => {}, 1_000);
    const elapsedMs = await new Promise<number>((resolve) => {
      clock.setTimeout(() => resolve(clock.now() - startMs), 2.5);
    });
    clearInterval(keepAlive);
    expect(elapsedMs).toBeGreaterThanOrEqual(2.5);
  });
});
