import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { UsageError } from '../../../src/cli/exit.ts';
import { simCommand } from '../../../src/cli/sim.ts';

const EXPERIMENT = `export default {
  seed: 5,
  topology: {
    hosts: { client: {}, server: {} },
    links: [{ between: ['client', 'server'], both: { rate: 1e7, delayMs: 10, loss: 2 } }],
  },
  workloads: [{ kind: 'bulk', from: 'client', to: 'server', bytes: 30_000 }],
};
`;
/** Forgets the timer of TIME-WAIT. */
const BROKEN_STACK = `export default ({ options: { clock, ...rest }, create }) => create({
  ...rest,
  clock: {
    now: () => clock.now(),
    setTimeout: (callback, delayMs) => (delayMs > 10_000 ? 0 : clock.setTimeout(callback, delayMs)),
    clearTimeout: (id) => clock.clearTimeout(id),
  },
});
`;

let folder: string;
let printed: string;

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'sim-'));
  vi.spyOn(process.stdout, 'write').mockImplementation((text) => {
    printed += text;
    return true;
  });
});

afterEach(() => {
  vi.restoreAllMocks();
  process.exitCode = undefined;
  for (const event of ['SIGINT', 'SIGTERM'] as const) process.removeAllListeners(event);
  rmSync(folder, { recursive: true });
});

function file(name: string, text: string): string {
  const path = join(folder, name);
  writeFileSync(path, text);
  return path;
}

async function sim(...args: string[]): Promise<{ text: string; code: number }> {
  printed = '';
  process.exitCode = undefined;
  await simCommand().exitOverride().parseAsync(args, { from: 'user' });
  return { text: printed, code: Number(process.exitCode ?? 0) };
}

/** Events of \`--json\`, by name. */
const events = (text: string): Record<string, Record<string, unknown>> =>
  Object.fromEntries(
    text
      .trim()
      .split('\n')
      .map((line) => [JSON.parse(line).event, JSON.parse(line)]),
  );

const JSON_FILE = fileURLToPath(new URL('../../../package.json', import.meta.url));
const NOWHERE = join(JSON_FILE, 'x.csv');

describe('statewire sim FILE', () => {
  it('runs the experiment and says what came of it', async () => {
    const { text, code } = await sim(file('a.mjs', EXPERIMENT));
    expect(code).toBe(0);
    expect(text).toMatch(
      /^bulk client → server: 29\.3 KiB\n\d+\.\d{3} s, \d+ segments sent, \d+ of them again; lost \d+\n$/,
    );
  });

  it('prints the same bytes each time, and others with another seed', async () => {
    const path = file('a.mjs', EXPERIMENT);
    const first = await sim(path, '--json', '--hash');
    expect((await sim(path, '--json', '--hash')).text).toBe(first.text);
    const { simulated, hashes } = events(first.text);
    expect(simulated).toMatchObject({ seed: '5', bytesDelivered: 30_000 });
    expect(Object.keys(hashes!.events as object)).toEqual(['client', 'server']);
    expect(events((await sim(path, '--json', '--seed', '6')).text).simulated).toMatchObject({ seed: '6' });
  });

  it('writes a series and a capture', async () => {
    const [series, pcap] = [join(folder, 's.csv'), join(folder, 'p.pcapng')];
    await sim(file('a.mjs', EXPERIMENT), '--series', series, '--pcap', pcap, '--pcap-at', 'server');
    const [head, first, ...rest] = readFileSync(series, 'utf8').trim().split('\n');
    expect(head).toBe('time_s,host,connection,state,cwnd,ssthresh,flight,srtt_ms,rto_ms');
    expect(first).toMatch(/^0,client,198\.18\.0\.1:\d+-198\.18\.0\.2:5001,SYN-SENT,/);
    expect(rest.at(-1)).toMatch(/,CLOSED,/);
    const bytes = readFileSync(pcap);
    expect(bytes.readUInt32LE(0)).toBe(0x0a0d0d0a);
    expect(bytes.includes('server')).toBe(true);
    expect(bytes.includes('client')).toBe(false);
  });

  it('tells of a workload that threw, with exit code 1', async () => {
    const text = `${EXPERIMENT.replace("[{ kind: 'bulk', from: 'client', to: 'server', bytes: 30_000 }]", '[unlucky]')}
      async function unlucky() { throw new Error('no luck'); }`;
    expect(await sim(file('a.mjs', text))).toMatchObject({
      code: 1,
      text: expect.stringContaining('threw Error: no luck'),
    });
  });

  it.each([
    ['no file', ['nowhere.mjs'], /nowhere\.mjs: there is no such file/],
    ['nothing to do', [], /give one of an experiment FILE/],
    ['two things to do', ['a.mjs', '--runs', '1'], /give one of an experiment FILE/],
    ['a campaign’s flag', ['a.mjs', '-j', '2'], /--jobs is for a campaign/],
    ['a capture of a campaign', ['--runs', '1', '--pcap', 'x'], /--pcap is for an experiment/],
    ['a page for a campaign', ['--runs', '1', '--inspect'], /--inspect and --record are for an experiment/],
    ['a host to capture at, and no capture', ['FILE', '--pcap-at', 'client'], /--pcap-at needs --pcap/],
    ['no stack', ['FILE', '--stack', 'nowhere.mjs'], /nowhere\.mjs: there is no such file/],
    ['a seed for a replay', ['--replay', 'FILE', '--seed', '1'], /leave --seed out/],
    ['a series that can’t be written', ['FILE', '--series', NOWHERE], /--series: can't write .*: ENOTDIR/],
    [
      'cases kept where nothing can be kept',
      ['--runs', '1', '--save', JSON_FILE],
      /--save: can't keep files in/,
    ],
    ['a replay of what expects nothing', ['--replay', 'FILE'], /does not say what it is expected to do/],
  ])('refuses %s', async (_, args, message) => {
    const path = file('a.mjs', EXPERIMENT);
    await expect(sim(...args.map((arg) => (arg === 'FILE' ? path : arg)))).rejects.toThrow(message);
  });

  it('says what is wrong with an experiment', async () => {
    await expect(sim(file('a.mjs', 'export default 1'))).rejects.toThrow(UsageError);
    await expect(
      sim(file('b.mjs', 'export default { topology: { hosts: {}, links: [] }, workloads: [] }')),
    ).rejects.toThrow(/fewer than two hosts/);
    await expect(sim(file('c.mjs', 'throw new RangeError("too far")'))).rejects.toThrow(
      /c\.mjs: RangeError: too far/,
    );
  });
});

describe('statewire sim --runs', () => {
  it('prints the same bytes each time, and says nothing of the wall clock in JSON', async () => {
    const args = ['--runs', '3', '--seed', 'x', '--json', '-j', '1'];
    const first = await sim(...args);
    expect(first.code).toBe(0);
    expect(await sim(...args)).toEqual(first);
    expect(events(first.text).campaign).toMatchObject({
      event: 'campaign',
      seed: 'x',
      runs: 3,
      violations: 0,
    });
    expect(first.text).not.toContain('pace');
  });

  it('plays the very runs that a longer campaign has', async () => {
    const digest = async (...args: string[]) =>
      events((await sim('--json', '-j', '1', ...args)).text).campaign!.digest;
    expect(await digest('--runs', '2', '--first', '3')).toBe(await digest('--runs', '2', '--first', '3'));
    expect(await digest('--runs', '2', '--first', '4')).not.toBe(await digest('--runs', '2', '--first', '3'));
  });

  it('finds what a broken stack does, and saves a case that does it again', async () => {
    const stack = file('broken.mjs', BROKEN_STACK);
    const { text, code } = await sim(
      '--runs',
      '4',
      '-j',
      '1',
      '--stack',
      stack,
      '--save',
      join(folder, 'saved'),
    );
    expect(code).toBe(1);
    expect(text).toContain("violated: every timer's owner is alive");
    expect(text).toMatch(/statewire sim --runs 1 --seed 1 --first \d/);
    const [name] = readdirSync(join(folder, 'saved'));
    const saved = join(folder, 'saved', name!);
    expect(await sim('--replay', saved, '--stack', stack)).toMatchObject({
      code: 1,
      text: expect.stringContaining('It does what it did, to the last segment.'),
    });
    expect(await sim('--replay', saved)).toMatchObject({
      code: 0,
      text: expect.stringContaining('now it violates nothing'),
    });
  });
});
