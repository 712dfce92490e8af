/** `statewire serve` as a person sees it: what it says, and how it ends. */

import { once } from 'node:events';
import { mkdtempSync, rmSync, truncateSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { checkedFrames } from '../support/capture.ts';
import { Lines } from '../support/lines.ts';
import { describeWithTun, exitOf, Namespace } from '../support/namespace.ts';
import { CLI, KERNEL, STACK } from '../support/serve.ts';

describeWithTun('statewire serve', () => {
  let namespace: Namespace;
  let folder: string;
  beforeEach(async () => {
    namespace = await Namespace.create();
    folder = mkdtempSync(join(tmpdir(), 'statewire-serve-'));
  });
  afterEach(async () => {
    await namespace.dispose();
    rmSync(folder, { recursive: true, force: true });
  });

  function serve(...flags: string[]) {
    const child = namespace.spawn(process.execPath, [CLI, 'serve', '--tun', 'tun7', ...flags]);
    return { child, stdout: new Lines(child.stdout!), stderr: new Lines(child.stderr!) };
  }

  async function interrupted({ child }: ReturnType<typeof serve>): Promise<void> {
    child.kill('SIGINT');
    expect(await exitOf(child)).toEqual({ code: 0, signal: null });
  }

  it('says when it is ready and where, and prints its counters at the end', async () => {
    writeFileSync(join(folder, 'file'), 'x');
    const running = serve(...KERNEL, ...STACK, '--echo', '7', '--http', '8080', '--root', folder);
    expect(await running.stdout.next()).toBe('ready');
    expect(await running.stdout.next()).toBe('  http     http://198.18.0.2:8080/  http://[fd00::2]:8080/');
    expect(await running.stdout.next()).toBe('  echo     198.18.0.2:7  [fd00::2]:7');
    expect(await running.stdout.next()).toBe('  device   tun7, MTU 1500, offload');
    const { stdout } = await namespace.exec('curl', ['--silent', '--globoff', 'http://[fd00::2]:8080/file']);
    expect(stdout).toBe('x');
    await interrupted(running);
    const said = running.stderr.all.join('\n');
    expect(said).toMatch(/^connections that ended\n {2}connections +1$/m);
    expect(said).toMatch(/^ {2}connections\.accepted +1$/m);
    expect(running.stdout.all).toHaveLength(4);
  });

  it('tells how things stand when it is asked to by SIGUSR2', async () => {
    const running = serve(...KERNEL, ...STACK, '--echo', '7');
    await running.stdout.next((line) => line.includes('echo'));
    // The echo of an octet: only then has the ACK of the SYN arrived for sure.
    const script = [
      'import socket',
      'c = socket.create_connection(("198.18.0.2", 7))',
      'c.send(b"x")',
      'c.recv(1)',
      'print("there", flush=True)',
      'c.recv(1)',
    ];
    const client = namespace.spawn('python3', ['-c', script.join('\n')]);
    await new Lines(client.stdout!).next();
    running.child.kill('SIGUSR2');
    await running.stderr.next((line) => line === 'stats');
    expect(await running.stderr.next()).toMatch(/^ {2}connections +1$/);
    expect(await running.stderr.next()).toMatch(/^ {2}ESTABLISHED +1$/);
    await interrupted(running);
    expect(await exitOf(client)).toMatchObject({ code: 0 });
  });

  it('with --pcap - writes a capture to stdout and nothing else, and ends when nobody reads it', async () => {
    const file = join(folder, 'live.pcapng');
    const script = '"$@" > "$FILE"';
    const command = [
      process.execPath,
      CLI,
      'serve',
      '--tun',
      'tun7',
      ...KERNEL,
      ...STACK,
      '--pcap',
      '-',
      '--json',
    ];
    const child = namespace.spawn('sh', ['-c', `exec ${script}`, 'sh', ...command], {
      env: { ...process.env, FILE: file },
    });
    await new Lines(child.stderr!).next((line) => line.includes('"ready"'));
    await namespace.exec('ping', ['-c', '2', '-i', '0.1', '198.18.0.2']);
    child.kill('SIGINT');
    expect(await exitOf(child)).toEqual({ code: 0, signal: null });
    const comments = (await checkedFrames(file)).map(({ comment }) => comment);
    expect(comments.filter((comment) => comment.includes('ICMP echo reply'))).toHaveLength(2);

    const piped = namespace.spawn('sh', [
      '-c',
      '"$@" | head -c 100 > /dev/null; echo over',
      'sh',
      ...command,
    ]);
    const ended = new Lines(piped.stdout!);
    await new Lines(piped.stderr!).next((line) => line.includes('"ready"'));
    await namespace.exec('ping', ['-c', '3', '-i', '0.1', '-W', '1', '198.18.0.2']);
    expect(await ended.next()).toBe('over');
  });

  it('closes a transfer that is under way, and does not wait for its end', async () => {
    writeFileSync(join(folder, 'endless'), '');
    truncateSync(join(folder, 'endless'), 2 ** 40);
    // curl goes on, at its rate, with what the kernel has of the file: little, with such a buffer.
    await namespace.exec('sh', ['-c', 'echo 4096 131072 1048576 > /proc/sys/net/ipv4/tcp_rmem']);
    const running = serve(...KERNEL, ...STACK, '--http', '80', '--root', folder, '--json');
    await running.stdout.next((line) => line.includes('"ready"'));
    const url = 'http://198.18.0.2/endless';
    const curl = namespace.spawn('curl', ['--silent', '--limit-rate', '1M', url]);
    await once(curl.stdout!, 'data');
    curl.stdout!.resume();
    await interrupted(running);
    const closed = running.stdout.all.find((line) => line.includes('"closed"'));
    expect(JSON.parse(closed ?? '{}')).toMatchObject({ service: 'http' });
    // 18: a part of the file; 56: a reset, since some of it could not be delivered in time.
    expect([18, 56]).toContain((await exitOf(curl)).code);
  });

  it('ends with the reason when its device is taken away', async () => {
    const running = serve(...KERNEL, ...STACK, '--echo', '7');
    await running.stdout.next((line) => line.includes('echo'));
    await namespace.ip('link', 'delete', 'tun7');
    expect(await exitOf(running.child)).toEqual({ code: 1, signal: null });
    expect(running.stderr.all.at(-1)).toBe('statewire: the interface tun7 was deleted');
  });

  it('wants an address for a new device, and none for one that has been set up', async () => {
    const lacking = serve(...STACK, '--echo', '7');
    expect(await exitOf(lacking.child)).toEqual({ code: 2, signal: null });
    expect(lacking.stderr.all.join()).toContain('--kernel is missing');
    await namespace.ip('tuntap', 'add', 'dev', 'tun7', 'mode', 'tun');
    await namespace.ip('address', 'add', '198.18.0.1/24', 'dev', 'tun7');
    await namespace.ip('link', 'set', 'tun7', 'up');
    const running = serve('--address', '198.18.0.2', '--echo', '7');
    await running.stdout.next((line) => line.includes('echo'));
    const { stdout } = await namespace.exec('ping', ['-c', '1', '198.18.0.2']);
    expect(stdout).toContain(' 0% packet loss');
    await interrupted(running);
  });

  it('warns of an address that the kernel will not route to it, and says how to repeat its bad luck', async () => {
    const running = serve('--kernel', '198.18.0.1/24', '--address', '198.18.5.2', '--loss', '10');
    expect(await running.stderr.next()).toContain('ip route add 198.18.5.2 dev tun7');
    expect(await running.stderr.next()).toMatch(/^--seed \d+ repeats/);
    await running.stdout.next((line) => line === 'ready');
    await interrupted(running);
    expect(running.stderr.all).toContain('network, in');
  });
});
