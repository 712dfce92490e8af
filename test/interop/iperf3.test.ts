/** The stock iperf3 against `statewire serve --iperf3`, and `statewire iperf3` against the stock server. */

import { spawnSync } from 'node:child_process';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { describeWithTun, exitOf, Namespace, type Outcome } from '../support/namespace.ts';
import { CLI, KERNEL, Serve, STACK } from '../support/serve.ts';

interface Sum {
  readonly bytes: number;
  readonly seconds: number;
}
interface Document {
  readonly start: { readonly connected: readonly unknown[] };
  readonly intervals: readonly { readonly streams: readonly unknown[] }[];
  readonly end: { readonly sum_sent: Sum; readonly sum_received: Sum };
  readonly error?: string;
  readonly server_output_text?: string;
  readonly server_output_json?: { readonly intervals: readonly unknown[] };
}

const hasIperf3 = spawnSync('iperf3', ['--version']).status === 0;
const isRequired = process.env.STATEWIRE_REQUIRE_TUN === '1';
const describeWithIperf3 =
  hasIperf3 || isRequired
    ? describeWithTun
    : (name: string, tests: () => void) => describe.skip(`${name} (skipped: iperf3 is not installed)`, tests);

describeWithIperf3('the stock iperf3 client', () => {
  let namespace: Namespace;
  let serve: Serve;
  beforeAll(async () => {
    namespace = await Namespace.create();
    serve = await Serve.start(namespace, ['--iperf3']);
  }, 40_000);
  afterAll(() => namespace.dispose());

  const client = async (...flags: string[]): Promise<Document> => {
    const { stdout } = await namespace.exec('iperf3', ['-c', '198.18.0.2', '--json', ...flags]);
    return JSON.parse(stdout) as Document;
  };

  it('sends for a second, and both ends count what came', async () => {
    const { error, end, intervals } = await client('-t', '1', '-i', '0.5');
    expect(error).toBeUndefined();
    expect(end.sum_sent.seconds).toBeCloseTo(1, 0);
    expect(end.sum_received.bytes).toBeGreaterThan(100_000);
    expect(end.sum_received.bytes).toBeLessThanOrEqual(end.sum_sent.bytes);
    expect(intervals.length).toBeGreaterThanOrEqual(2);
  });

  it('receives with -R, and is shown what the server saw', async () => {
    const { error, end, server_output_json } = await client('-t', '1', '-R', '--get-server-output');
    expect(error).toBeUndefined();
    expect(end.sum_received.bytes).toBeGreaterThan(100_000);
    expect(end.sum_sent.bytes).toBeGreaterThanOrEqual(end.sum_received.bytes);
    expect(server_output_json?.intervals.length).toBeGreaterThan(0);
  });

  it('ends after so many bytes with -n, in both directions', async () => {
    for (const direction of [[], ['-R']]) {
      const { error, end } = await client('-n', '2M', ...direction);
      expect(error).toBeUndefined();
      expect(end.sum_sent.bytes).toBeGreaterThanOrEqual(2 * 2 ** 20);
      expect(end.sum_sent.bytes).toBeLessThan(3 * 2 ** 20);
    }
  });

  it('keeps to the rate of -b when the server sends', async () => {
    const { end } = await client('-t', '1', '-R', '-b', '8M', '-l', '10000');
    expect(end.sum_received.bytes).toBeGreaterThan(500_000);
    expect(end.sum_received.bytes).toBeLessThan(1_200_000);
  });

  it('omits the first second with -O', async () => {
    const { error, end } = await client('-t', '1', '-O', '1', '-R');
    expect(error).toBeUndefined();
    expect(end.sum_sent.seconds).toBeLessThan(1.5);
    expect(end.sum_sent.bytes).toBeGreaterThan(100_000);
  });

  it('opens 128 streams with -P 128', async () => {
    const { error, start, end } = await client('-t', '1', '-P', '128');
    expect(error).toBeUndefined();
    expect(start.connected).toHaveLength(128);
    expect(end.sum_received.bytes).toBeGreaterThan(100_000);
  });

  it('is refused UDP and --bidir in words of its own', async () => {
    for (const flag of ['-u', '--bidir']) {
      const { error } = await client('-t', '1', flag);
      expect(error).toContain('not implemented');
    }
  });

  it('is told that the server is busy, and the test that runs goes on', async () => {
    const first = client('-t', '2');
    await new Promise((resolve) => setTimeout(resolve, 700));
    expect((await client('-t', '1')).error).toContain('the server is busy');
    expect((await first).error).toBeUndefined();
  });

  it('may be interrupted in mid-run: the server is ready for the next', async () => {
    const child = namespace.spawn('iperf3', ['-c', '198.18.0.2', '-t', '10'], { stdio: 'ignore' });
    await new Promise((resolve) => setTimeout(resolve, 700));
    child.kill('SIGINT');
    await exitOf(child);
    expect((await client('-n', '1M')).error).toBeUndefined();
    const counters = await serve.stop();
    expect(counters.services).toMatchObject({
      iperf3: { 'terminated by the client': 1, refused: 2, denied: 1 },
    });
  });
});

describeWithIperf3('statewire iperf3', () => {
  let namespace: Namespace;
  beforeAll(async () => {
    namespace = await Namespace.create();
    namespace.spawn('iperf3', ['-s'], { stdio: 'ignore' });
    await vi.waitFor(async () => expect((await namespace.exec('ss', ['-ltn'])).stdout).toContain(':5201'), {
      timeout: 10_000,
      interval: 100,
    });
  }, 40_000);
  afterAll(() => namespace.dispose());

  const client = (...flags: string[]): Promise<Outcome> =>
    namespace.exec(process.execPath, [CLI, 'iperf3', '--tun', 'tun7', ...KERNEL, ...STACK, ...flags]);

  it('sends to the stock server, and prints what iperf3 prints', async () => {
    const { code, stdout } = await client('-c', '198.18.0.1', '-t', '1');
    expect(code).toBe(0);
    expect(stdout).toContain('Connecting to host 198.18.0.1, port 5201\n');
    expect(stdout).toMatch(/\[ {2}5\] {3}0\.00-1\.\d\d +sec .* [KMG]?bits\/sec +\d+ +sender\n/);
    expect(stdout).toMatch(/ [KMG]?bits\/sec +receiver\n/);
    expect(stdout).toMatch(/iperf Done\.\n$/);
  });

  it('receives over two connections with -R -P 2 --json, over IPv6 as well', async () => {
    const { code, stdout } = await client('-c', 'fd00::1', '-t', '1', '-R', '-P', '2', '--json');
    expect(code).toBe(0);
    const document = JSON.parse(stdout) as Document;
    expect(Object.keys(document)).toEqual(['start', 'intervals', 'end']);
    expect(document.start.connected).toHaveLength(2);
    expect(document.intervals[0]?.streams).toHaveLength(2);
    const { sum_sent, sum_received } = document.end;
    expect(sum_received.bytes).toBeGreaterThan(100_000);
    expect(sum_sent.bytes).toBeGreaterThanOrEqual(sum_received.bytes);
  });

  it('ends after so many bytes with -n', async () => {
    const { code, stdout } = await client('-c', '198.18.0.1', '-n', '1M', '--json');
    expect(code).toBe(0);
    expect((JSON.parse(stdout) as Document).end.sum_sent.bytes).toBe(2 ** 20);
  });

  it('ends at SIGINT with what it has, and leaves the stock server ready', async () => {
    const flags = ['iperf3', '--tun', 'tun7', ...KERNEL, ...STACK, '-c', '198.18.0.1', '-i', '0.2'];
    const child = namespace.spawn(process.execPath, [CLI, ...flags]);
    let stdout = '';
    child.stdout!.on('data', (text) => {
      stdout += text;
    });
    await vi.waitFor(() => expect(stdout.split('bits/sec').length).toBeGreaterThan(2), {
      timeout: 10_000,
      interval: 50,
    });
    child.kill('SIGINT');
    expect((await exitOf(child)).code).toBe(130);
    expect(stdout).toMatch(/sender\n/);
    expect(await client('-c', '198.18.0.1', '-n', '1M')).toMatchObject({ code: 0 });
  });

  it('says in one line that nobody listens', async () => {
    const { code, stderr } = await client('-c', '198.18.0.1', '-p', '9', '-t', '1');
    expect(code).toBe(1);
    expect(stderr).toMatch(/^statewire: iperf3: .*refused.*\n$/i);
  });
});
