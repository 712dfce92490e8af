import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { drillCommand } from '../../../src/cli/drill.ts';
import { UsageError } from '../../../src/cli/exit.ts';

const PASSES =
  '0 socket(..., SOCK_STREAM, IPPROTO_TCP) = 3\n+0 bind(3, ..., ...) = 0\n+0 listen(3, 1) = 0\n+0 < S 0:0(0) win 1\n+0 > S. 0:0(0) ack 1 <...>\n';
const FAILS = '0 close(3) = 0';
const SKIPS = '0 sendfile(1, 2, 0, 1) = 1';

let folder: string;
let printed: string;

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'drill-'));
  printed = '';
  vi.spyOn(process.stdout, 'write').mockImplementation((text) => {
    printed += text;
    return true;
  });
});

afterEach(() => {
  vi.restoreAllMocks();
  process.exitCode = undefined;
  rmSync(folder, { recursive: true });
});

/** Runs the command on the folder, with scripts by name; gives the exit code. */
async function drill(scripts: Record<string, string>, ...flags: string[]): Promise<number> {
  for (const [name, text] of Object.entries(scripts)) {
    mkdirSync(join(folder, name, '..'), { recursive: true });
    writeFileSync(join(folder, name), text);
  }
  await drillCommand()
    .exitOverride()
    .parseAsync([folder, ...flags], { from: 'user' });
  return Number(process.exitCode);
}

const lastLine = (): string => printed.trimEnd().split('\n').at(-1)!;

describe('statewire drill', () => {
  test('plays every script below a folder, in the order of their names, and ends with the totals', async () => {
    expect(await drill({ 'b.pkt': SKIPS, 'a/z.pkt': PASSES, 'a/y.pkt': PASSES, 'no.txt': FAILS })).toBe(0);
    expect(printed.replaceAll(`${folder}/`, '')).toBe(
      'pass  a/y.pkt\npass  a/z.pkt\nskip  b.pkt: needs the system call sendfile()\n2 passed, 0 failed, 1 skipped\n',
    );
  });

  test('exits with 1 when a script failed, with 2 when one can not be read', async () => {
    expect(await drill({ 'a.pkt': FAILS, 'b.pkt': PASSES })).toBe(1);
    expect(lastLine()).toBe('1 passed, 1 failed, 0 skipped');
    expect(await drill({ 'c.pkt': 'wrong' })).toBe(2);
    expect(lastLine()).toBe('1 passed, 2 failed, 0 skipped');
  });

  test('says nothing of scripts that passed with --quiet', async () => {
    await drill({ 'a.pkt': PASSES }, '--quiet');
    expect(printed).toBe('1 passed, 0 failed, 0 skipped\n');
  });

  test('prints a JSON document a line with --json', async () => {
    await drill({ 'a.pkt': FAILS, 'b.pkt': PASSES }, '--json');
    const [failed, passed, totals] = printed
      .trimEnd()
      .split('\n')
      .map((line) => JSON.parse(line));
    expect(failed).toMatchObject({ verdict: 'fail', failure: { what: ['close: expected 0, got -1 EBADF'] } });
    expect(passed).toMatchObject({ verdict: 'pass' });
    expect(totals).toEqual({ passed: 1, failed: 1, skipped: 0, errors: 0 });
  });

  test('keeps the packets of each script with --pcap, by its name', async () => {
    await drill({ 'a/x.pkt': PASSES, 'b/x.pkt': PASSES }, '--pcap', join(folder, 'captures'));
    expect(readdirSync(join(folder, 'captures')).sort()).toEqual(['x-2.pcapng', 'x.pcapng']);
    expect(readFileSync(join(folder, 'captures', 'x.pcapng')).readUInt32BE(0)).toBe(0x0a0d_0d0a);
  });

  test('hands its options on to the scripts', async () => {
    const fd = { 'a.pkt': '0 socket(..., SOCK_STREAM, IPPROTO_TCP) = 3\n+0 close(FD) = 0' };
    expect(await drill(fd, '--define', 'FD=3')).toBe(0);
    const noOptions = { 'b.pkt': PASSES.replace('<...>', '<mss 1440>') };
    expect(await drill(noOptions, '--ip_version', 'ipv6', '-D', 'FD=3')).toBe(0);
    expect(
      await drill({ 'c.pkt': `${PASSES}+0 < . 1:1(0) ack 1 win 1\n+0 > . 1:1(0)` }, '-D', 'FD=3', '--strict'),
    ).toBe(1);
  });

  test.each([
    [['-j', '0'], '-j is "0"; give a whole number of 1 to 256.'],
    [['--define', 'x'], '--define is "x"; give NAME=VALUE.'],
    [['--mtu', 'x'], '--mtu is "x"; give a whole number'],
  ])('refuses %j', async (flags, message) => {
    await expect(drill({ 'a.pkt': PASSES }, ...flags)).rejects.toThrow(message);
  });

  test('says when there is nothing to play', async () => {
    await expect(drill({})).rejects.toThrow(UsageError);
    await expect(drillCommand().parseAsync([join(folder, 'none')], { from: 'user' })).rejects.toThrow(
      'there is no such file or folder',
    );
  });
});
