import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { Log } from '../../../src/inspect/log.ts';
import type { LogReader } from '../../../src/inspect/log-reader.ts';
import type { Envelope, Gap } from '../../../src/inspect/protocol.ts';

/** A log in which gauges are connections' TCBs, each of which is only a number here. */
class Subject {
  readonly log: Log;
  /** What a viewer has to know in the end. */
  readonly truth = new Map<string, number>();
  entries = 0;
  gauges = 0;
  #value = 0;

  constructor(capacity: number) {
    this.log = new Log({ capacity });
  }

  entry(): void {
    this.entries++;
    this.log.add(0, (place) => ({ ...place, kind: 'frame' }) as never);
  }

  gauge(connection: string): void {
    this.gauges++;
    const value = ++this.#value;
    const opens = !this.truth.has(connection);
    this.truth.set(connection, value);
    this.log.add(
      0,
      (place) =>
        (opens
          ? { ...place, kind: 'connection.opened', connection, view: { connection, tcb: value } }
          : { ...place, kind: 'tcb', connection, tcb: value }) as never,
      { subject: connection, ...(opens ? { opens: true } : {}) },
    );
  }

  end(connection: string): void {
    if (!this.truth.delete(connection)) return;
    this.gauges++;
    this.log.add(0, (place) => ({ ...place, kind: 'connection.ended', connection }) as never, {
      subject: connection,
      ends: connection,
    });
  }
}

/** What a viewer makes of it, by the protocol's own rules. */
class View {
  readonly known = new Map<string, number>();
  readonly orders: number[] = [];
  readonly gaps: Gap[] = [];
  entries = 0;
  gauges = 0;
  readonly #reader: LogReader;

  constructor(reader: LogReader) {
    this.#reader = reader;
  }

  read(limit: number): readonly Envelope[] {
    const envelopes = this.#reader.read('masked', limit);
    for (const envelope of envelopes) this.#take(envelope);
    return envelopes;
  }

  #take(envelope: Envelope): void {
    if (envelope.kind === 'gap') {
      this.gaps.push(envelope);
      this.entries += envelope.leftOut;
      this.gauges += envelope.coalesced;
      for (const { connection, tcb } of envelope.opened) this.known.set(connection, tcb as never);
      for (const gauge of envelope.now)
        if (gauge.kind === 'tcb') this.known.set(gauge.connection, gauge.tcb as never);
      for (const connection of envelope.ended) this.known.delete(connection);
      return;
    }
    this.orders.push(envelope.order);
    if (envelope.kind === 'frame') this.entries++;
    else this.gauges++;
    if (envelope.kind === 'tcb') this.known.set(envelope.connection, envelope.tcb as never);
    if (envelope.kind === 'connection.opened')
      this.known.set(envelope.connection, envelope.view.tcb as never);
    if (envelope.kind === 'connection.ended') this.known.delete(envelope.connection);
  }
}

describe('the log', () => {
  test('tells everything, in order, to a viewer that keeps up', () => {
    const subject = new Subject(100);
    const view = new View(subject.log.read(Number.POSITIVE_INFINITY));
    subject.gauge('a');
    subject.entry();
    subject.gauge('a');
    subject.end('a');
    expect(view.read(4).map(({ kind }) => kind)).toEqual([
      'connection.opened',
      'frame',
      'tcb',
      'connection.ended',
    ]);
    expect(view.gaps).toEqual([]);
    expect(view.read(4)).toEqual([]);
  });

  test('coalesces gauges before it cuts what happened', () => {
    const subject = new Subject(100);
    const view = new View(subject.log.read(Number.POSITIVE_INFINITY));
    subject.gauge('a');
    view.read(10);
    for (let count = 0; count < 5; count++) {
      subject.entry();
      subject.gauge('a');
    }
    view.read(6);
    view.read(6);
    expect(view.gaps).toMatchObject([{ leftOut: 0, coalesced: 3, fromOrder: 3, toOrder: 7 }]);
    expect(view.entries).toBe(5);
    expect(view.known.get('a')).toBe(subject.truth.get('a'));
  });

  test('tells what is more than the limit at the next time, if the ring still has it', () => {
    const subject = new Subject(20);
    const view = new View(subject.log.read(Number.POSITIVE_INFINITY));
    for (let count = 0; count < 20; count++) subject.entry();
    expect([view.read(8), view.read(8), view.read(8)].map(({ length }) => length)).toEqual([8, 8, 4]);
    expect(view.gaps).toEqual([]);
    expect(view.orders).toHaveLength(20);
  });

  test('coalesces gauges of a reader that is behind, and tells every beginning and end', () => {
    const subject = new Subject(100);
    const view = new View(subject.log.read(Number.POSITIVE_INFINITY));
    for (const name of ['a', 'b']) {
      subject.gauge(name);
      for (let count = 0; count < 4; count++) subject.gauge(name);
      subject.end(name);
    }
    const kinds = [...view.read(6), ...view.read(6)].map(({ kind }) => kind);
    expect(kinds).toEqual([
      'connection.opened',
      'gap',
      'tcb',
      'connection.ended',
      'connection.opened',
      'tcb',
      'connection.ended',
    ]);
    expect(view.gaps).toMatchObject([{ leftOut: 0, coalesced: 6, fromOrder: 2, toOrder: 10 }]);
  });

  test('says how many entries it left out, and where, when the ring has run over', () => {
    const subject = new Subject(12);
    const view = new View(subject.log.read(Number.POSITIVE_INFINITY));
    for (let count = 0; count < 20; count++) subject.entry();
    view.read(8);
    expect(view.gaps).toMatchObject([{ leftOut: 12, coalesced: 0, fromOrder: 1, toOrder: 12 }]);
    expect(view.orders).toEqual([13, 14, 15, 16, 17, 18, 19, 20]);
  });

  test('still knows what is when its ring has run over', () => {
    const subject = new Subject(4);
    const view = new View(subject.log.read(Number.POSITIVE_INFINITY));
    subject.gauge('quiet');
    subject.gauge('short-lived');
    subject.end('short-lived');
    for (let count = 0; count < 1_000; count++) subject.entry();
    view.read(10);
    expect(view.known).toEqual(subject.truth);
    expect(view.gaps[0]).toMatchObject({ leftOut: 996, coalesced: 3, ended: ['short-lived'] });
    expect(view.gaps[0]!.opened).toHaveLength(1);
  });

  test('pays the gauges it owes bit by bit', () => {
    const subject = new Subject(2);
    const view = new View(subject.log.read(Number.POSITIVE_INFINITY));
    for (let count = 0; count < 10; count++) subject.gauge(`c${count}`);
    view.read(20);
    for (let count = 0; count < 10; count++) subject.gauge(`c${count}`);
    for (let reads = 0; reads < 3; reads++) view.read(4);
    expect(view.known).toEqual(subject.truth);
    expect(view.gaps.map(({ now }) => now.length)).toEqual([0, 4, 4]);
  });

  test('leaves viewers right whatever the ring, the limits and the traffic', () => {
    const step = fc.oneof(
      fc.record({ do: fc.constant('entry' as const), times: fc.integer({ min: 1, max: 6 }) }),
      fc.record({ do: fc.constant('gauge' as const), of: fc.constantFrom('a', 'b', 'c', 'd') }),
      fc.record({ do: fc.constant('end' as const), of: fc.constantFrom('a', 'b', 'c', 'd') }),
      fc.record({ do: fc.constant('read' as const), limit: fc.integer({ min: 1, max: 12 }), by: fc.nat(1) }),
    );
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 12 }), fc.array(step, { maxLength: 80 }), (capacity, steps) => {
        const subject = new Subject(capacity);
        const views = [
          new View(subject.log.read(Number.POSITIVE_INFINITY)),
          new View(subject.log.read(Number.POSITIVE_INFINITY)),
        ];
        // Names are never given twice.
        const generation = new Map<string, number>();
        const named = (of: string): string => `${of}${generation.get(of) ?? 0}`;
        for (const each of steps) {
          if (each.do === 'entry') for (let count = 0; count < each.times; count++) subject.entry();
          else if (each.do === 'gauge') subject.gauge(named(each.of));
          else if (each.do === 'read') views[each.by]!.read(each.limit);
          else {
            subject.end(named(each.of));
            generation.set(each.of, (generation.get(each.of) ?? 0) + 1);
          }
        }
        for (const view of views) {
          // The second and third give what is owed.
          for (let reads = 0; reads < 5; reads++) view.read(4);
          expect(view.known).toEqual(subject.truth);
          expect(view.orders).toEqual([...new Set(view.orders)].sort((a, b) => a - b));
          expect([view.entries, view.gauges]).toEqual([subject.entries, subject.gauges]);
        }
      }),
    );
  });

  test('makes no envelope that nobody reads', () => {
    const log = new Log({ capacity: 4 });
    const reader = log.read(Number.POSITIVE_INFINITY);
    let made = 0;
    for (let count = 0; count < 100; count++) {
      log.add(0, (place) => {
        made++;
        return { ...place, kind: 'frame' } as never;
      });
    }
    reader.read('masked', 2);
    expect(made).toBe(2);
  });
});
