import { execFileSync } from 'node:child_process';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { tellCommand } from '../../../src/cli/tell.ts';
import { cliOf } from '../../../src/inspect/command-line.ts';
import type { Command } from '../../../src/inspect/index.ts';

/** What `statewire tell` would send for these words. */
async function told(words: readonly string[]): Promise<Command[]> {
  const commands: Command[] = [];
  const command = tellCommand(async (_, what) => void commands.push(what));
  for (const each of [command, ...command.commands]) each.exitOverride().configureOutput({ writeErr() {} });
  await command.parseAsync(words, { from: 'user' });
  return commands;
}

/** The words that a shell makes of a line. */
function words(line: string): string[] {
  const output = execFileSync('sh', ['-c', `printf '%s\\0' ${line}`], { encoding: 'utf8' });
  return output.split('\0').slice(0, -1);
}

const connection = fc.constantFrom('198.18.0.1:50000-198.18.0.2:7#1', '[fd00::1]:80-[fd00::2]:50000#12');
const host = fc.constantFrom({}, { host: 'A' }, { host: "the client's" });
const direction = fc.constantFrom('in' as const, 'out' as const);
// A shell hands no NUL to a program, and takes what begins with a dash for an option.
const text = fc.string({ unit: 'binary' }).filter((value) => /^[^\0-][^\0]*$/u.test(value));
const commands: fc.Arbitrary<Command> = fc.oneof(
  fc.constantFrom<Command>({ command: 'pause' }, { command: 'resume' }),
  fc.double({ min: 0.01, max: 100, noNaN: true }).map((speed) => ({
    command: 'play' as const,
    speed: Number(speed.toFixed(2)),
  })),
  fc.tuple(direction, host).map(([way, of]) => ({
    command: 'faults' as const,
    direction: way,
    impairments: {},
    ...of,
  })),
  fc
    .record({
      what: fc.constantFrom('any', 'data', 'ACK', 'SYN', 'FIN', 'RST'),
      direction,
      count: fc.integer({ min: 2, max: 1_000 }),
      connection,
      host,
    })
    .map(({ host: of, ...fields }) => ({ command: 'drop-next' as const, ...fields, ...of }) as Command),
  fc.tuple(fc.integer({ min: 0, max: 100_000 }), host).map(([durationMs, of]) => ({
    command: 'blackhole' as const,
    durationMs,
    ...of,
  })),
  fc.tuple(connection, fc.constantFrom('RST' as const, 'old-duplicate' as const)).map(([name, what]) => ({
    command: 'inject' as const,
    connection: name,
    what,
  })),
  fc
    .tuple(connection, fc.constantFrom('close', 'shutdown', 'abort'))
    .map(([name, call]) => ({ command: 'call', connection: name, call }) as Command),
  fc.tuple(connection, text).map(([name, value]) => ({
    command: 'call' as const,
    connection: name,
    call: 'send' as const,
    text: value,
  })),
);

describe('the command line of a command of the page', () => {
  test('does the same, taken from the page into a shell', async () => {
    await fc.assert(
      fc.asyncProperty(commands, async (command) => {
        const [program, name, ...rest] = words(cliOf(command)!);
        expect([program, name]).toEqual(['statewire', 'tell']);
        expect(await told(rest)).toEqual([command]);
      }),
      { numRuns: 60 },
    );
  });

  test('of impairments, is the flags that a run begins with', async () => {
    const impairments = { loss: 5, delayMs: 20, burst: { p: 1, r: 25 }, rate: 1_000_000 };
    const command: Command = { command: 'faults', direction: 'out', impairments };
    expect(cliOf(command)).toBe('--loss-out 5 --burst-out 1,25 --delay-out 20 --rate-out 1000000bit');
    expect(await told(['faults', ...words(cliOf(command)!)])).toEqual([command]);
  });

  test('is none for what is between a viewer and its server', () => {
    expect(cliOf({ command: 'ack', batch: 1 })).toBeNull();
  });
});

describe('statewire tell', () => {
  test.each([
    ['lose', 'FOO', 'out'],
    ['lose', 'data', 'up'],
    ['lose', 'data', 'out', '--count', '0'],
    ['blackhole', '-1'],
    ['play', '1000'],
    ['step', 'year'],
    ['inject', 'FIN', 'x'],
    ['close'],
    ['faults'],
    ['faults', '--seed', '1'],
  ])('refuses what can not be meant: %s %s %s %s', async (...line) => {
    await expect(told(line)).rejects.toThrow();
  });

  test('steps by whatever happens next, unless it is told otherwise', async () => {
    expect(await told(['step'])).toEqual([{ command: 'step', what: 'event' }]);
    expect(await told(['step', 'frame', '--host', 'A'])).toEqual([
      { command: 'step', what: 'frame', host: 'A' },
    ]);
  });
});
