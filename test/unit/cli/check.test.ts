import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Command } from 'commander';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { checkCommand } from '../../../src/cli/check.ts';
import { simCommand } from '../../../src/cli/sim.ts';
import { runScript } from '../../../src/drill/index.ts';
import { RULES, SEEDED_FAULTS } from '../../../src/model/index.ts';

let printed: string;
let folder: string;

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'statewire-check-'));
  printed = '';
  vi.spyOn(process.stdout, 'write').mockImplementation((text) => {
    printed += text;
    return true;
  });
});

afterEach(async () => {
  vi.restoreAllMocks();
  process.exitCode = undefined;
  await rm(folder, { recursive: true });
});

function check(...args: string[]): Promise<{ stdout: string; code: number }> {
  return run(checkCommand(), args);
}

function sim(...args: string[]): Promise<{ stdout: string; code: number }> {
  return run(simCommand(), args);
}

async function run(command: Command, args: string[]): Promise<{ stdout: string; code: number }> {
  printed = '';
  process.exitCode = undefined;
  command.exitOverride().configureOutput({ writeErr: () => {} });
  await command.parseAsync(args, { from: 'user' });
  return { stdout: printed, code: Number(process.exitCode ?? 0) };
}

describe('statewire check', () => {
  const small = ['--octets', '0', '--losses', '0', '--duplicates', '0', '--reorderings', '0'];

  it('tells what it has seen, with and without folding, and which rules hold', async () => {
    const { stdout, code } = await check(...small);
    expect(code).toBe(0);
    expect(stdout).toMatch(/^states +[\d,]+ folded, [\d,]+ without folding$/m);
    for (const figure of ['transitions', 'depth', 'time', 'memory'])
      expect(stdout).toMatch(new RegExp(`^${figure} +\\d`, 'm'));
    expect(stdout).toMatch(/states\/s/);
    expect(stdout).toContain('no violation: every state within the bounds was seen');
    const words = stdout.replace(/\s+/g, ' ');
    for (const rule of ['unhandled label', 'pair of states', 'deadlock', 'never closed'])
      expect(words).toContain(rule);
  });

  it('gives the same figures as JSON', async () => {
    const { stdout } = await check(...small, '--json');
    const told = JSON.parse(stdout);
    expect(told).toMatchObject({ isComplete: true, folds: true, rules: Object.keys(RULES) });
    expect(told.bounds).toMatchObject({ octets: 0, losses: 0, iss: 2 ** 32 - 1 });
    expect(told.violation).toBeUndefined();
    const unfolded = JSON.parse((await check(...small, '--json', '--no-fold')).stdout);
    expect(unfolded.states).toBe(told.unfolded);
  });

  it('says so when it stops early', async () => {
    const { stdout, code } = await check('--most-states', '2000');
    expect(stdout).toContain('not complete');
    expect(stdout).not.toContain('no violation');
    expect(code).toBe(0);
  });

  it.each([
    [['--octets', '17'], /Give a whole number from 0 to 16/],
    [['--calls', 'listen,conect'], /There is no call "conect"; connect\?/],
    [['--calls', 'send,abort'], /Nobody opens a connection/],
    [['--fault', 'any-rst-in-windw'], /did you mean any-rst-in-window\?/],
    [['--no-fault'], /--no-fault is for --replay/],
    [['--replay', 'nowhere.mjs'], /nowhere\.mjs: there is no such file/],
  ])('refuses %j', async (args, message) => {
    await expect(check(...args)).rejects.toThrow(message);
  });

  it('names the faults that can be put in', async () => {
    const { stdout } = await check('--list-faults');
    expect(stdout.trimEnd().split('\n').length).toBe(SEEDED_FAULTS.length);
    expect(stdout).toMatch(/^any-rst-in-window +a RST anywhere in the window/m);
    expect(JSON.parse((await check('--list-faults', '--json')).stdout).length).toBe(SEEDED_FAULTS.length);
  });
});

describe('a counterexample', () => {
  it('is told as a ladder, as a file and as a packetdrill script, and fails the command', async () => {
    const { stdout, code } = await check('--fault', 'any-rst-in-window');
    expect(code).toBe(1);
    expect(stdout).toContain('violated: reset accepted: ');
    expect(stdout).toMatch(/^ 5\. {2}CLOSED +<-- <SEQ=1><ACK=0><CTL=RST,ACK> +<-- CLOSED$/m);
    expect(stdout).toContain('    {network: "lets others overtake", from: "B"},');
    expect(stdout).toMatch(/^ {2}[\d.]+ < R\. 2:2\(0\) ack 1 win \d+$/m);
  });

  it('is saved, and fails again when it is replayed; without the fault it does not', async () => {
    const file = join(folder, 'rst.mjs');
    const drill = join(folder, 'rst.pkt');
    await check('--fault', 'any-rst-in-window', '--save', file, '--save-drill', drill);
    const again = await check('--replay', file);
    expect(again.stdout).toContain('It fails as it did.');
    expect(again.code).toBe(1);
    const sound = await check('--replay', file, '--no-fault');
    expect(sound.stdout).toContain('no violation: ');
    expect(sound.code).toBe(0);
    const other = JSON.parse((await check('--replay', file, '--fault', 'throws', '--json')).stdout);
    expect(other).toMatchObject({ isSame: false, fault: 'throws' });
    expect(JSON.parse((await sim('--replay', file, '--json')).stdout)).toMatchObject({ isSame: true });
    expect((await sim('--replay', file)).stdout).toBe(again.stdout);
    await expect(sim('--replay', file, '--pcap', '-')).rejects.toThrow('a counterexample of statewire check');
    const text = await readFile(drill, 'utf8');
    expect(runScript({ file: drill, text }, { strict: true }).verdict).toBe('pass');
  });

  it('is the same each time', async () => {
    const [one, other] = [join(folder, 'one.mjs'), join(folder, 'other.mjs')];
    await check('--fault', 'text-once', '--save', one);
    await check('--fault', 'text-once', '--save', other);
    expect(await readFile(one, 'utf8')).toBe(await readFile(other, 'utf8'));
  });

  it('says what is wrong with a file that holds none', async () => {
    const empty = join(folder, 'empty.mjs');
    await writeFile(empty, 'export default { steps: [] };\n');
    await expect(check('--replay', empty)).rejects.toThrow('holds no counterexample');
    const broken = join(folder, 'broken.mjs');
    await writeFile(broken, 'export default {');
    await expect(check('--replay', broken)).rejects.toThrow(broken);
    await expect(check('--fault', 'throws', '--save', join(folder, 'no', 'where.mjs'))).rejects.toThrow(
      "can't be written",
    );
  });
});
