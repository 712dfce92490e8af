/** Scripts against this machine's own kernel, as a user plays them: by the built command, each in a namespace of its own. */

import { spawn } from 'node:child_process';
import { mkdtempSync, readdirSync, readFileSync, readlinkSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type DrillResult, runScript } from '../../src/drill/index.ts';
import { LINUX_DIFFERENCES } from '../drill/linux-differences.ts';
import { describeWithTun, exitOf } from '../support/namespace.ts';
import { CLI } from '../support/serve.ts';

const SCRIPTS = fileURLToPath(new URL('../drill/', import.meta.url));
/** They sleep nearly all of the time. */
const AT_A_TIME = 10;
/** The longest script is about TIME-WAIT, and lasts for a minute and a half. */
const ALL_MS = 300_000;

let folder: string;
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'drill-linux-'));
});
afterAll(() => rmSync(folder, { recursive: true }));

interface Outcome {
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

/** Root without the right to make namespaces: another user might not even be able to read this package. */
const WITHOUT_RIGHT = ['setpriv', '--bounding-set=-sys_admin', '--inh-caps=-sys_admin'];

async function drill(
  args: readonly string[],
  timeoutMs = 60_000,
  through: readonly string[] = [],
): Promise<Outcome> {
  const [program, ...rest] = [...through, process.execPath, CLI, 'drill', '--target', 'linux', ...args];
  const child = spawn(program!, rest);
  const texts = { stdout: '', stderr: '' };
  for (const name of ['stdout', 'stderr'] as const) {
    child[name].on('data', (data) => {
      texts[name] += data;
    });
  }
  const { code } = await exitOf(child, timeoutMs).catch((error) => {
    child.kill('SIGKILL');
    throw error;
  });
  return { code, ...texts };
}

/** Plays a script of the test's own; gives what is said of it. */
async function play(text: string, ...flags: string[]): Promise<string> {
  const file = join(folder, 'x.pkt');
  writeFileSync(file, text);
  const { stdout, stderr } = await drill([file, ...flags]);
  return stdout + stderr;
}

/** As the command plays scripts, which has to be built for this: its threads can't read TypeScript. */
async function runOnLinux(file: string): Promise<string> {
  const built = new URL('../../dist/src/node/drill/play-on-linux.js', import.meta.url).href;
  const { runScriptOnLinux } = (await import(
    built
  )) as typeof import('../../src/node/drill/play-on-linux.ts');
  return verdictOf(await runScriptOnLinux(sourceOf(file)));
}

const sourceOf = (file: string) => ({ file, text: readFileSync(join(SCRIPTS, file), 'utf8') });

function verdictOf(result: DrillResult): string {
  return result.verdict === 'fail' ? `fails in line ${result.failure.position.line}` : result.verdict;
}

function expectedOf(file: string): string {
  const difference = LINUX_DIFFERENCES[file];
  return difference ? `fails in line ${difference.line}` : 'pass';
}

describe('the list of differences to Linux', () => {
  it('names scripts that there are, and lines in them', () => {
    for (const [file, { line }] of Object.entries(LINUX_DIFFERENCES)) {
      expect(readFileSync(join(SCRIPTS, file), 'utf8').split('\n')[line - 1]).toMatch(/^\+/);
    }
  });
});

describeWithTun('drill --target linux', () => {
  it(
    'finds that the scripts of this package pass on Linux, but for those listed, which fail where the list says',
    async () => {
      // The longest first: they say how long all takes.
      const files = readdirSync(SCRIPTS)
        .filter((file) => file.endsWith('.pkt'))
        .map((file) => ({ file, elapsedMs: runScript(sourceOf(file)).elapsedMs }))
        .sort((a, b) => b.elapsedMs - a.elapsedMs)
        .map(({ file }) => file);
      const found: Record<string, string> = {};
      const waiting = [...files];
      const play = async (): Promise<void> => {
        for (let file = waiting.shift(); file !== undefined; file = waiting.shift()) {
          // A machine that is busy makes scripts late: one that does not come out as it should has a second and a third try.
          for (let tries = 0; tries < 3 && found[file] !== expectedOf(file); tries++)
            found[file] = await runOnLinux(file);
        }
      };
      await Promise.all(Array.from({ length: AT_A_TIME }, play));
      expect(found).toEqual(Object.fromEntries(files.map((file) => [file, expectedOf(file)])));
    },
    ALL_MS,
  );

  const LISTENING = `0 socket(..., SOCK_STREAM, IPPROTO_TCP) = 3
+0 bind(3, ..., ...) = 0
+0 listen(3, 1) = 0
`;
  const ESTABLISHED = `${LISTENING}+0 < S 0:0(0) win 65535 <mss 1000>
+0 > S. 0:0(0) ack 1 <...>
+0 < . 1:1(0) ack 1 win 65535
+0 accept(3, ..., ...) = 4
`;

  it.each([
    ['ipv6', '<mss 1440>'],
    ['ipv4-mapped-ipv6', '<mss 1460>'],
  ])('plays scripts over %s', async (version, options) => {
    const text = `${LISTENING}+0 < S 0:0(0) win 65535 <mss 1000>\n+0 > S. 0:0(0) ack 1 ${options}\n`;
    expect(await play(text, '--ip_version', version)).toContain('1 passed');
  });

  it('shows what the kernel did instead, without states, which it does not show', async () => {
    const said = await play(`${ESTABLISHED}+0 write(4, ..., 10) = 10\n+0 > P. 1:10(9) ack 1\n`);
    expect(said).toMatch(/^FAIL {2}\S+x\.pkt:9:1: length: expected 9, got 10$/m);
    expect(said).toMatch(/^ +seconds {2}script +Linux$/m);
    expect(said).toMatch(/◀─+ P\. 1:11\(10\) ack 1 win 64240$/m);
  });

  it("sets a script's sysctls in its own namespace, and nowhere else", async () => {
    const file = '/proc/sys/net/ipv4/tcp_fin_timeout';
    const before = readFileSync(file, 'utf8');
    const text = `\`sysctl -q net.ipv4.tcp_fin_timeout=7 net.ipv4.no_such_thing=1 kernel.hostname=x\`\n`;
    const said = await play(`${text}${LISTENING}+0 getsockopt(3, SOL_TCP, TCP_LINGER2, [7], [4]) = 0\n`);
    expect(said).toContain('1 passed');
    expect(said).toContain('note: not here: net.ipv4.no_such_thing=1');
    expect(said).toContain("note: can't be set: kernel.hostname=x: EPERM");
    expect(readFileSync(file, 'utf8')).toBe(before);
  });

  it('waits for a call that comes back by itself, and ends one that never does', async () => {
    expect(await play(`${LISTENING}+0...0.2 accept(3, ..., ...) = 4\n`)).toContain('the call still waits');
    const timeout = '+0 setsockopt(4, SOL_SOCKET, SO_RCVTIMEO, {tv_sec=0, tv_usec=200000}, 16) = 0\n';
    expect(await play(`${ESTABLISHED}${timeout}+0...0.2 read(4, ..., 10) = -1 EAGAIN\n`)).toContain(
      '1 passed',
    );
  });

  it('lets a script do this and that while a call waits', async () => {
    const text = `${ESTABLISHED}+0...0.1 read(4, ..., 10) = 5
+0 send(4, ..., 20, 0) = 20
+0 > P. 1:21(20) ack 1
+0 poll([{fd=4, events=POLLIN|POLLOUT, revents=POLLOUT}], 1, 0) = 1
+0.1 < P. 1:6(5) ack 21 win 65535
`;
    expect(await play(text)).toContain('1 passed');
  });

  it('never takes a descriptor of its own for one of the script', async () => {
    expect(await play('0 close(7) = -1 EBADF (Bad file descriptor)\n')).toContain('1 passed');
    expect(await play('0 poll([{fd=7, events=POLLIN, revents=POLLNVAL}], 1, 0) = 1\n')).toContain('1 passed');
  });

  it('keeps the packets with --pcap', async () => {
    await play(ESTABLISHED, '--pcap', join(folder, 'captures'));
    expect(readFileSync(join(folder, 'captures', 'x.pcapng')).readUInt32BE(0)).toBe(0x0a0d_0d0a);
  });

  it('leaves no process behind when it is killed', async () => {
    const file = join(folder, 'long.pkt');
    writeFileSync(file, `${LISTENING}+50 close(3) = 0\n`);
    const child = spawn(process.execPath, [CLI, 'drill', '--target', 'linux', file]);
    const players = await until(
      () => childrenOf(child.pid!).filter(isInAnotherNetwork),
      ([pid]) => pid !== undefined,
    );
    child.kill('SIGKILL');
    await exitOf(child);
    await until(
      () => players.filter(isInAnotherNetwork),
      (left) => left.length === 0,
    );
  });

  it('says what it takes where it may not make a namespace', async () => {
    const file = join(folder, 'y.pkt');
    writeFileSync(file, ESTABLISHED);
    const { code, stderr } = await drill([file], 30_000, WITHOUT_RIGHT);
    expect(code).toBe(1);
    expect(stderr).toContain('it lacks CAP_SYS_ADMIN. Run as root');
  });
});

async function until<T>(look: () => T, enough: (value: T) => boolean): Promise<T> {
  for (let tries = 0; tries < 100; tries++) {
    const value = look();
    if (enough(value)) return value;
    await sleep(100);
  }
  throw new Error('not within ten seconds');
}

function childrenOf(pid: number): number[] {
  return readFileSync(`/proc/${pid}/task/${pid}/children`, 'latin1')
    .trim()
    .split(' ')
    .filter(Boolean)
    .map(Number);
}

/** Whether a process is there, and has left the network of this one. */
function isInAnotherNetwork(pid: number): boolean {
  try {
    return readlinkSync(`/proc/${pid}/ns/net`) !== readlinkSync('/proc/self/ns/net');
  } catch {
    return false;
  }
}
