/** The built command as a user meets it who has no TUN device, or no patience. */

import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { createRequire } from 'node:module';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';

const CLI = fileURLToPath(new URL('../../../dist/src/cli/main.js', import.meta.url));
const { version } = createRequire(import.meta.url)('../../../package.json') as { version: string };
const COMMANDS = ['demo', 'serve', 'get', 'link', 'drill', 'check', 'doctor'];
const DEVICE = ['--tun', 'tun7', '--kernel', '198.18.0.1/24', '--address', '198.18.0.2'];

interface Outcome {
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

async function statewire(...args: string[]): Promise<Outcome> {
  const child = spawn(process.execPath, [CLI, ...args], { stdio: ['ignore', 'pipe', 'pipe'] });
  const closed = once(child, 'close') as Promise<[number | null]>;
  const [stdout, stderr, [code]] = await Promise.all([
    child.stdout.toArray(),
    child.stderr.toArray(),
    closed,
  ]);
  return { code, stdout: stdout.join(''), stderr: stderr.join('') };
}

describe('statewire --help', () => {
  it('goes to stdout, with examples first, and names every command and the exit codes', async () => {
    const { code, stdout, stderr } = await statewire('--help');
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
    expect(stdout.startsWith('Examples:\n  statewire demo')).toBe(true);
    for (const command of COMMANDS) expect(stdout).toMatch(new RegExp(`^ {2}${command}\\b`, 'm'));
    expect(stdout).toContain('2  the command line is wrong');
  });

  it.each(COMMANDS)('of %s has examples first, too', async (command) => {
    const { code, stdout } = await statewire(command, '--help');
    expect(code).toBe(0);
    expect(stdout.startsWith('Examples:\n')).toBe(true);
    expect(stdout).toContain(`Usage: statewire ${command} `);
    expect(stdout).toMatch(/Exit codes/);
  });
});

it('tells its version', async () => {
  expect(await statewire('--version')).toEqual({ code: 0, stdout: `${version}\n`, stderr: '' });
});

describe('a wrong command line', () => {
  it('without a command shows what there is, on stderr', async () => {
    const { code, stdout, stderr } = await statewire();
    expect({ code, stdout }).toEqual({ code: 2, stdout: '' });
    expect(stderr).toContain('Usage: statewire');
  });

  const get = ['get', 'http://198.18.0.1/', ...DEVICE];
  const serve = ['serve', ...DEVICE];
  it.each<[string, string[]]>([
    ['Did you mean serve?', ['serv']],
    ['Did you mean --echo?', ['serve', '--ecko', '7']],
    ['Did you mean --insecure?', ['get', 'http://198.18.0.1/', '--insecur']],
    ["missing required argument 'URL'", ['get']],
    ['too many arguments', ['doctor', 'me']],
    ['--tun is missing', ['serve', '--address', '198.18.0.2']],
    ['--address is missing', ['serve', '--tun', 'tun7']],
    ['Give a whole number from 1 to 65535', [...serve, '--echo', '0']],
    ['Give a whole number from 68 to 65535', [...serve, '--mtu', '1e3']],
    ['Give a number from 0 to 600', [...serve, '--msl', 'long']],
    ['--http needs --root', [...serve, '--http', '80']],
    ['--root needs --http', [...serve, '--root', '.']],
    ['--writable needs', [...serve, '--writable']],
    ["--echo and --discard can't both listen at port 7", [...serve, '--echo', '7', '--discard', '7']],
    ['--loss-in: can\'t read "2%"', [...serve, '--loss-in', '2%']],
    ['--corrupt: can\'t read "101"', [...get, '--corrupt', '101']],
    ["--pcap: can't write", [...get, '--pcap', '/no/such/folder/x.pcapng']],
    ['ftp://198.18.0.1/ is no http or https URL', ['get', 'ftp://198.18.0.1/', ...DEVICE]],
    ['198.18.0.1:80 is no http or https URL', ['get', '198.18.0.1:80', ...DEVICE]],
    ['"nonsense" is no header', [...get, '--header', 'nonsense']],
    ["can't both go to stdout", [...get, '--pcap', '-']],
    ['Allowed choices are xstate, compiled', [...serve, '--interpreter', 'fast']],
    ['without a prefix length', ['serve', '--tun', 'tun7', '--address', '198.18.0.2/24']],
    [
      'the kernel would answer itself',
      ['serve', '--tun', 'tun7', '--kernel', 'fd00::2/64', '--address', 'fd00:0::2'],
    ],
  ])('says "%s", in few words, with exit code 2', async (words, args) => {
    const { code, stdout, stderr } = await statewire(...args);
    expect(stderr).toContain(words);
    expect({ code, stdout }).toEqual({ code: 2, stdout: '' });
    expect(stderr.split('\n').length).toBeLessThanOrEqual(4);
    expect(stderr).not.toMatch(/^\s+at /m);
  });
});

it('plays the same on either interpreter', async () => {
  const [xstate, compiled] = await Promise.all(
    ['xstate', 'compiled'].map((which) => statewire('demo', 'loss', '--interpreter', which)),
  );
  expect(xstate).toEqual({ code: 0, stdout: expect.stringContaining('ESTABLISHED'), stderr: '' });
  expect(compiled).toEqual(xstate);
});

describe('statewire doctor --json', () => {
  it('is one document, whose verdict is that of the exit code', async () => {
    const { code, stdout, stderr } = await statewire('doctor', '--json');
    const { ok, checks } = JSON.parse(stdout) as { ok: boolean; checks: { name: string; ok: boolean }[] };
    expect(stderr).toBe('');
    expect(checks.map(({ name }) => name)).toEqual(expect.arrayContaining(['platform', 'Node.js']));
    expect(ok).toBe(checks.every((check) => check.ok));
    expect(code).toBe(ok ? 0 : 1);
  });

  it('says the same in words, and without colour where there is no terminal', async () => {
    const [json, words] = await Promise.all([statewire('doctor', '--json'), statewire('doctor')]);
    const { checks } = JSON.parse(json.stdout) as { checks: { name: string; ok: boolean }[] };
    for (const { name, ok } of checks) expect(words.stdout).toContain(`${ok ? '✓' : '✗'} ${name}`);
    expect(words.stdout).not.toContain('\u001b');
    expect(words.code).toBe(json.code);
  });
});

it('ends without a word when nobody reads what it says', async () => {
  const child = spawn(process.execPath, [CLI, 'demo', 'handshake', '--format', 'json'], {
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  child.stdout.destroy();
  const stderr = child.stderr.toArray();
  await once(child, 'close');
  expect((await stderr).join('')).toBe('');
});
