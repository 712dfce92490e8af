import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { demoCommand } from '../../../src/cli/demo.ts';
import { UsageError } from '../../../src/cli/exit.ts';
import { captureOf, playScene, printRfc, SCENES } from '../../../src/sim/index.ts';

/** What one run of the command wrote. */
interface Said {
  readonly out: string;
  readonly lines: readonly string[];
  readonly err: string;
}

const ESCAPE = '\u001b[';

describe('statewire demo', () => {
  const isTTY = process.stdout.isTTY;
  let out: Buffer[];
  let err: string;

  beforeEach(() => {
    out = [];
    err = '';
    vi.spyOn(process.stdout, 'write').mockImplementation((chunk: string | Uint8Array) => {
      out.push(Buffer.from(chunk as string));
      return true;
    });
    vi.spyOn(process.stderr, 'write').mockImplementation((chunk: string | Uint8Array) => {
      err += String(chunk);
      return true;
    });
    process.stdout.isTTY = false;
  });

  afterEach(() => {
    vi.restoreAllMocks();
    vi.unstubAllEnvs();
    process.stdout.isTTY = isTTY;
  });

  async function demo(...args: string[]): Promise<Said> {
    await demoCommand().exitOverride().parseAsync(args, { from: 'user' });
    const text = Buffer.concat(out).toString();
    return { out: text, lines: text.split('\n').slice(0, -1), err };
  }

  it('prints the ladder of the scene that is named', async () => {
    const { lines } = await demo('handshake');
    expect(lines).toEqual(printRfc(await playScene('handshake')));
  });

  it('plays a short tour without one, and says what to try next, where messages go', async () => {
    const { out, err } = await demo();
    expect(out).toContain('<SEQ=3626544836><CTL=SYN>');
    expect(out).toContain('TIME-WAIT');
    expect(out).not.toContain('What to try next');
    expect(err).toContain('npx statewire demo --list');
  });

  it('only names what is there when it says what to try next', async () => {
    const { err } = await demo();
    const scenes = SCENES.map(({ name }) => name);
    const demos = [...err.matchAll(/statewire demo ([a-z-]+)/g)].map(([, name]) => name);
    expect(demos.length).toBeGreaterThan(0);
    for (const name of demos) expect(name === '--list' || scenes.includes(name!)).toBe(true);
    expect(err).toContain(`${SCENES.length} scenes`);
  });

  it('lists all 17 scenes, a line each', async () => {
    const { lines } = await demo('--list');
    expect(lines.map((line) => line.split(' ')[0])).toEqual(SCENES.map(({ name }) => name));
    expect(lines).toHaveLength(17);
  });

  it('refuses a scene that there is not, with the nearest name and the list', async () => {
    await expect(demo('handshak')).rejects.toThrow(UsageError);
    await expect(demo('handshak')).rejects.toThrow(/Did you mean handshake\? There are: handshake, session/);
  });

  it('suggests nothing for a name that is like none', async () => {
    await expect(demo('xyzzyxyzzy')).rejects.toThrow(/there is no scene "xyzzyxyzzy"\. There are:/);
  });

  it.each([
    ['--format', 'xml'],
    ['--numbers', 'roman'],
    ['--iss-a', '4294967296'],
    ['--msl', '-1'],
  ])('refuses what an option can not be: %s %s', async (option, value) => {
    await expect(demo('handshake', option, value)).rejects.toThrow();
    expect(out).toEqual([]);
  });

  it('opens with the initial sequence numbers that it is given', async () => {
    const { out } = await demo('handshake', '--iss-a', '1234567', '--iss-b', '7654321');
    expect(out).toContain('<SEQ=1234567><CTL=SYN>');
    expect(out).toContain('<SEQ=7654321><ACK=1234568><CTL=SYN,ACK>');
  });

  it('waits 2 MSL of what --msl says', async () => {
    expect((await demo('close', '--msl', '15')).out).toContain('(2 MSL: 30 s)');
  });

  it('closes in three segments with --no-pending', async () => {
    const { lines } = await demo('half-close', '--no-pending');
    expect(lines.filter((line) => line.includes('<SEQ='))).toHaveLength(3);
  });

  it('says when an option changes nothing in the scene', async () => {
    expect((await demo('refused', '--msl', '15')).err).toBe(
      'demo: --msl changes nothing in the scene refused\n',
    );
  });

  it('prints one JSON object a line, by --json as by --format json', async () => {
    const { lines } = await demo('urgent', '--json');
    for (const line of lines) expect(JSON.parse(line)).toMatchObject({ scene: 'urgent' });
    out = [];
    expect((await demo('urgent', '--format', 'json')).lines).toEqual(lines);
  });

  it('answers the old questions with --explain', async () => {
    expect((await demo('time-wait', '--explain')).lines).toContain('Why 2 MSL?');
  });

  it('has colours on a terminal only, and none there either under NO_COLOR', async () => {
    vi.stubEnv('TERM', 'xterm');
    vi.stubEnv('NO_COLOR', '');
    vi.stubEnv('FORCE_COLOR', '1');
    expect((await demo('close')).out).not.toContain(ESCAPE);
    process.stdout.isTTY = true;
    expect((await demo('close')).out).toContain(ESCAPE);
    out = [];
    vi.stubEnv('NO_COLOR', '1');
    expect((await demo('close')).out).not.toContain(ESCAPE);
  });

  describe('--pcap', () => {
    let folder: string;
    beforeEach(() => {
      folder = mkdtempSync(join(tmpdir(), 'statewire-demo-'));
    });
    afterEach(() => rmSync(folder, { recursive: true }));

    it('writes the capture beside the ladder', async () => {
      const file = join(folder, 'close.pcapng');
      const { out } = await demo('close', '--pcap', file);
      expect(out).toContain('FIN-WAIT-1');
      expect(readFileSync(file).equals(captureOf(await playScene('close')))).toBe(true);
    });

    it('writes nothing but the capture to standard output with -', async () => {
      await demo('close', '--pcap', '-');
      expect(Buffer.concat(out).equals(captureOf(await playScene('close')))).toBe(true);
    });

    it('says why a file can not be written', async () => {
      await expect(demo('close', '--pcap', join(folder, 'no', 'such', 'folder'))).rejects.toThrow(
        /--pcap: can't write .*ENOENT/,
      );
    });

    it('wants a scene to capture', async () => {
      await expect(demo('--pcap', join(folder, 'x'))).rejects.toThrow(/name it/);
    });
  });
});
