import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { StackError } from '../../../src/errors.ts';
import {
  type Command,
  createInspector,
  type Envelope,
  type FaultsView,
  type Inspector,
  parseCommand,
} from '../../../src/inspect/index.ts';
import type { ConnectionOptions } from '../../../src/stack/api.ts';
import { echo, exchange, type Inspected, inspected, SERVER } from '../../support/inspected.ts';

interface Watched {
  readonly run: Inspected;
  readonly inspector: Inspector;
  readonly seen: Envelope[];
}

function watched(options: Parameters<typeof inspected>[0] = {}): Watched {
  const run = inspected(options);
  const inspector = createInspector(run.stacks);
  const seen: Envelope[] = [];
  inspector.listen((entry) => seen.push(entry.envelope('masked')));
  echo(run.server.stack);
  return { run, inspector, seen };
}

/** A connection in ESTABLISHED, and its name. */
async function connected({ run, inspector }: Watched, options: ConnectionOptions = {}) {
  const connection = run.client.stack.open({ host: SERVER, port: 7, ...options });
  await run.clock.run({ untilMs: run.clock.now() + 50 });
  const { connection: name } = inspector.snapshot.connections.find(({ host }) => host === 'client')!;
  return { connection, name };
}

function frames(seen: readonly Envelope[], what: string) {
  return seen.flatMap((envelope) => (envelope.kind === 'frame' && envelope.what === what ? [envelope] : []));
}

function lastFaults(seen: readonly Envelope[]): FaultsView | undefined {
  return seen.findLast((envelope) => envelope.kind === 'faults')?.faults;
}

describe('a command', () => {
  const good: readonly Command[] = [
    { command: 'ack', batch: 3 },
    { command: 'pause' },
    { command: 'resume', id: 'seven' },
    { command: 'step', what: 'timer', id: 7 },
    { command: 'step', what: 'frame', host: 'client' },
    { command: 'play', speed: 0.5 },
    { command: 'faults', direction: 'in', impairments: { loss: 2, burst: { p: 1, r: 25 }, rate: 1e6 } },
    { command: 'drop-next', direction: 'out', what: 'SYN', count: 2, connection: 'x' },
    { command: 'blackhole', durationMs: 500, host: 'server' },
    { command: 'inject', connection: 'x', what: 'RST' },
    { command: 'call', connection: 'x', call: 'send', text: 'hello' },
  ];

  test.each(good)('is read as it was written: $command', (command) => {
    expect(parseCommand(JSON.stringify(command))).toEqual(command);
  });

  test.each([
    ['', /no JSON/],
    ['[]', /no JSON object/],
    ['null', /no JSON object/],
    ['{}', /command is missing/],
    ['{"command":"shutdown"}', /the command "shutdown"/],
    ['{"command":"step","what":"year"}', /what is "year"; give one of event, frame, timer/],
    ['{"command":"play","speed":"fast"}', /speed is "fast"; give a number/],
    ['{"command":"play"}', /speed is undefined/],
    ['{"command":"blackhole","durationMs":-1}', /durationMs is -1/],
    ['{"command":"drop-next","direction":"out","what":"SYN","count":1.5}', /whole number/],
    ['{"command":"faults","direction":"up","impairments":{}}', /direction is "up"/],
    ['{"command":"faults","direction":"in","impairments":7}', /no object/],
    ['{"command":"call","connection":5,"call":"close"}', /connection is 5; give a string/],
    ['{"command":"pause","id":{}}', /an id/],
    [`{"command":"call","text":"${'x'.repeat(70_000)}"}`, /70\d{3} characters/],
  ])('that is none is refused with the reason: %.60s', (text, reason) => {
    expect(() => parseCommand(text)).toThrow(reason);
    expect(() => parseCommand(text)).toThrow(StackError);
  });

  test('never makes anything but a StackError of what is no command', () => {
    const attempt = (text: string): void => {
      try {
        parseCommand(text);
      } catch (error) {
        expect(error).toBeInstanceOf(StackError);
      }
    };
    fc.assert(fc.property(fc.string(), attempt));
    const words = fc.constantFrom(
      'command',
      'step',
      'what',
      'faults',
      'impairments',
      'direction',
      'in',
      'id',
      'call',
    );
    const json = fc.dictionary(words, fc.oneof(words, fc.jsonValue()));
    fc.assert(fc.property(json, (value) => attempt(JSON.stringify(value))));
  });
});

describe('a viewer', () => {
  test('loses the next frames of a kind, of one connection, and no others', async () => {
    const all = watched();
    const first = await connected(all);
    const second = all.run.client.stack.open({ host: SERVER, port: 7 });
    await all.run.clock.run({ untilMs: 200 });
    all.inspector.execute({
      command: 'drop-next',
      direction: 'out',
      what: 'data',
      count: 2,
      connection: first.name,
    });
    expect(lastFaults(all.seen)!.drops).toEqual([{ direction: 'out', what: 'data', left: 2 }]);
    await second.write(new Uint8Array(10));
    await first.connection.write(new Uint8Array(10));
    await all.run.clock.run({ untilMs: 5_000 });
    const lost = frames(all.seen, 'lost');
    expect(lost.map(({ connection, reason }) => [connection, reason])).toEqual([
      [first.name, 'scripted'],
      [first.name, 'scripted'],
    ]);
    expect(lastFaults(all.seen)!.drops).toEqual([]);
  });

  test.each(['SYN', 'FIN', 'ACK'] as const)('loses the next %s', async (what) => {
    const all = watched();
    all.inspector.execute({ command: 'drop-next', direction: 'out', what, host: 'client' });
    const exchanged = exchange(all.run.client.stack, 100);
    await all.run.clock.run();
    await exchanged;
    const [lost, ...more] = frames(all.seen, 'lost');
    expect(more).toEqual([]);
    expect(lost!.summary).toMatchObject(
      what === 'ACK' ? { flags: 'ACK', text: 0 } : { flags: expect.stringContaining(what) },
    );
  });

  test('sets impairments, and is told their equivalent on the command line', async () => {
    const all = watched();
    const impairments = { loss: 10, delayMs: 5, burst: { p: 1, r: 25 }, rate: 20_000_000 };
    all.inspector.execute({ command: 'faults', direction: 'in', impairments });
    expect(all.seen.find(({ kind }) => kind === 'command')).toMatchObject({
      cli: '--loss-in 10 --burst-in 1,25 --delay-in 5 --rate-in 20000000bit',
    });
    expect(lastFaults(all.seen)).toMatchObject({ host: 'client', in: impairments, out: {} });
    expect(all.run.client.device.impairments.in).toEqual(impairments);
  });

  test('makes a black hole that ends by itself', async () => {
    const all = watched();
    const { connection } = await connected(all);
    all.inspector.execute({ command: 'blackhole', durationMs: 3_000, host: 'client' });
    expect(lastFaults(all.seen)!.blackholeUntilMs).toBe(all.run.clock.now() + 3_000);
    await connection.write(new Uint8Array(10));
    await all.run.clock.run({ untilMs: 2_900 });
    expect(connection.info().retransmissions).toBeGreaterThan(1);
    expect(connection.info().snd.queued).toBe(10);
    await all.run.clock.run({ untilMs: 10_000 });
    expect(connection.info().snd.queued).toBe(0);
    expect(lastFaults(all.seen)!.blackholeUntilMs).toBeNull();
  });

  test('resets a connection as if the peer had', async () => {
    const all = watched();
    const { connection, name } = await connected(all);
    all.inspector.execute({ command: 'inject', connection: name, what: 'RST' });
    expect(await connection.closed).toMatchObject({ how: 'reset', error: { code: 'ECONNRESET' } });
  });

  test('repeats an old segment, which does no harm', async () => {
    const all = watched();
    const { connection, name } = await connected(all);
    const repeat: Command = { command: 'inject', connection: name, what: 'old-duplicate' };
    expect(() => all.inspector.execute(repeat)).toThrow(/nothing to repeat/);
    await connection.write(new Uint8Array(100).fill(1));
    await all.run.clock.run({ untilMs: 1_000 });
    expect((await connection.read())!.length).toBe(100);
    const received = connection.info().bytesReceived;
    all.inspector.execute(repeat);
    await all.run.clock.run({ untilMs: 2_000 });
    expect(connection.state).toBe('ESTABLISHED');
    expect(connection.info().bytesReceived).toBe(received);
    expect(frames(all.seen, 'received').at(-1)!.summary).toBeDefined();
  });

  test('sends, closes and aborts for the user', async () => {
    const all = watched();
    const { connection, name } = await connected(all);
    all.inspector.execute({ command: 'call', connection: name, call: 'send', text: 'grüß dich' });
    await all.run.clock.run({ untilMs: 1_000 });
    expect(new TextDecoder().decode((await connection.read())!)).toBe('grüß dich');
    all.inspector.execute({ command: 'call', connection: name, call: 'shutdown' });
    expect(connection.state).toBe('FIN-WAIT-1');
    all.inspector.execute({ command: 'call', connection: name, call: 'abort' });
    expect(await connection.closed).toMatchObject({ how: 'aborted' });
    expect(() => all.inspector.execute({ command: 'call', connection: name, call: 'close' })).toThrow(
      /no connection .*#\d+, or none any more/,
    );
  });

  test('is refused what can not be done, before anything is logged', () => {
    const all = watched();
    const refused: readonly (readonly [Command, RegExp])[] = [
      [{ command: 'play', speed: 2 }, /time passes by itself/],
      [{ command: 'step', what: 'frame' }, /pause it first/],
      [{ command: 'step', what: 'event' }, /goes by frame or timer/],
      [{ command: 'faults', direction: 'in', impairments: { loss: 101 } }, /loss is 101/],
      [{ command: 'blackhole', durationMs: 1, host: 'moon' }, /no host moon; there is client, server/],
      [{ command: 'inject', connection: 'x', what: 'RST' }, /no connection x/],
    ];
    for (const [command, reason] of refused) {
      expect(() => all.inspector.execute(command)).toThrow(reason);
      expect(() => all.inspector.execute(command)).toThrow(StackError);
    }
    expect(all.seen.filter(({ kind }) => kind === 'command')).toEqual([]);
  });

  test('pauses live traffic: the stack stands, its peer goes on, and nothing is lost', async () => {
    const all = watched();
    // Whose timer is as late as a retransmission's: a tail loss probe is due as soon as a delayed ACK.
    const { connection } = await connected(all, { lossRecovery: 'newreno' });
    all.inspector.execute({ command: 'pause' });
    const { stack, clock } = all.run.client;
    const stoodAtMs = clock.now();
    const theirs = [...all.run.server.stack.connections][0]!;
    all.inspector.execute({ command: 'resume' });
    await connection.write(new Uint8Array(5_000));
    all.inspector.execute({ command: 'pause' });
    await all.run.clock.run({ untilMs: all.run.clock.now() + 5_000 });

    expect(clock.now()).toBe(stoodAtMs);
    expect(stack.paused && all.run.server.stack.paused).toBe(true);
    // The fourth segment is not full, and waits for an ACK (RFC 9293 section 3.7.4).
    expect(all.run.server.stack.held).toBe(3);
    expect(theirs.info().bytesReceived).toBe(0);
    expect(all.seen.findLast(({ kind }) => kind === 'run')).toMatchObject({
      run: { paused: true, held: { client: 0, server: 0 } },
    });

    all.inspector.execute({ command: 'step', what: 'frame', host: 'server' });
    expect(all.run.server.stack.held).toBe(2);
    expect(theirs.info().bytesReceived).toBe(1_448);
    // The delayed ACK of what was just taken in is due before anything else.
    const due = all.run.server.clock.dueMs[0]!;
    expect(due).toBeLessThan(clock.dueMs[0]!);
    all.inspector.execute({ command: 'step', what: 'timer' });
    expect(all.run.server.clock.now()).toBe(due);
    expect(clock.now()).toBe(stoodAtMs);

    all.inspector.execute({ command: 'resume' });
    await all.run.clock.run({ untilMs: all.run.clock.now() + 5_000 });
    expect(theirs.info().bytesReceived).toBe(5_000);
    expect(connection.info().snd.queued).toBe(0);
  });
});
