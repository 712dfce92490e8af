import type { ChildProcess } from 'node:child_process';
import { chmod, readFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { Lines } from '../support/lines.ts';
import { describeWithTun, exitOf, Namespace } from '../support/namespace.ts';
import { TunNode, UNPRIVILEGED_UID as UID } from '../support/tun-node.ts';
import type { Task } from './fixtures/echo-tun.ts';

const FIXTURE = fileURLToPath(new URL('fixtures/echo-tun.ts', import.meta.url));
const PROJECT = fileURLToPath(new URL('../..', import.meta.url));
const IPV4 = '198.18.0.1/24';
const IPV6 = 'fd00:18::1/64';

let namespace: Namespace;
function useNamespace(): void {
  beforeEach(async () => {
    namespace = await Namespace.create();
  });
  afterEach(() => namespace.dispose());
}

/** A process in the namespace that opens a TUN device. */
class Opener {
  readonly child: ChildProcess;
  readonly #lines: Lines;
  #stderr = '';

  constructor(task: Task) {
    this.child = namespace.spawnTypeScript(FIXTURE, [JSON.stringify(task)], { cwd: PROJECT });
    this.#lines = new Lines(this.child.stdout!);
    this.child.stderr!.on('data', (chunk) => {
      this.#stderr += chunk;
    });
  }

  tell(...commands: string[]): void {
    for (const command of commands) this.child.stdin!.write(`${command}\n`);
  }

  /** The next of its events, which has to have that name. */
  async event(name: string): Promise<Record<string, unknown>> {
    const line = await this.#lines.next().catch((error: Error) => {
      throw new Error(`${error.message}\n${this.#stderr}`);
    });
    const event = JSON.parse(line) as Record<string, unknown>;
    expect(event).toMatchObject({ event: name });
    return event;
  }
}

async function opened(task: Task): Promise<Opener> {
  const opener = new Opener(task);
  await opener.event('open');
  return opener;
}

/** The error of an `openTun` that has to fail. */
async function refused(task: Task): Promise<{ code: string; message: string }> {
  const opener = new Opener(task);
  const { code, message } = await opener.event('error');
  expect(await exitOf(opener.child)).toEqual({ code: 0, signal: null });
  return { code: code as string, message: message as string };
}

const ping = (...args: string[]) => namespace.exec('ping', ['-n', '-q', '-W', '2', ...args]);
const interfaces = async () =>
  (JSON.parse(await namespace.ip('-json', 'link', 'show')) as { ifname: string }[]).map(
    ({ ifname }) => ifname,
  );
const addresses = async (name: string) =>
  (JSON.parse(await namespace.ip('-json', 'address', 'show', 'dev', name)) as AddressReport[])[0]!;

interface AddressReport {
  readonly mtu: number;
  readonly flags: readonly string[];
  readonly addr_info: readonly {
    readonly local: string;
    readonly prefixlen: number;
    readonly tentative?: boolean;
  }[];
}

const cidrs = ({ addr_info }: AddressReport) =>
  addr_info.map(({ local, prefixlen }) => `${local}/${prefixlen}`);

describeWithTun('openTun', () => {
  useNamespace();

  it('brings packets from the kernel and takes the answers back, over IPv4 and IPv6', async () => {
    const opener = await opened({ open: { name: 'tun7', address: [IPV4, IPV6] } });
    expect((await ping('-c', '2', '-i', '0.05', '198.18.0.2')).stdout).toContain(' 0% packet loss');
    expect((await ping('-6', '-c', '2', '-i', '0.05', '-s', '33', 'fd00:18::2')).stdout).toContain(
      ' 0% packet loss',
    );
    opener.tell('stats');
    expect(await opener.event('stats')).toMatchObject({ framesOut: 4, bytesOut: 2 * 84 + 2 * 81 });
  });

  it('keeps the process alive while the device is open', async () => {
    const opener = await opened({ open: { name: 'tun7', address: IPV4 } });
    opener.child.stdin!.end();
    for (const size of ['10', '20', '30']) {
      expect((await ping('-c', '1', '-s', size, '198.18.0.2')).stdout).toContain(' 0% packet loss');
    }
    expect(opener.child.exitCode).toBeNull();
  });

  it('loses none of a flood', async () => {
    await opened({ open: { name: 'tun7', address: IPV4 } });
    const { stdout } = await ping('-f', '-c', '3000', '198.18.0.2');
    expect(stdout).toContain('3000 received');
  });

  it('sets addresses, MTU and link, and the IPv6 address is of use at once', async () => {
    await opened({ open: { name: 'tun7', address: [IPV4, '198.18.9.1/32', IPV6], mtu: 1300 } });
    const report = await addresses('tun7');
    expect(report.mtu).toBe(1300);
    expect(report.flags).toContain('UP');
    expect(cidrs(report)).toEqual(expect.arrayContaining([IPV4, '198.18.9.1/32', IPV6]));
    expect(report.addr_info.filter(({ tentative }) => tentative)).toEqual([]);
  });

  it('carries a frame as long as the MTU, and not a longer one', async () => {
    const opener = await opened({ open: { name: 'tun7', address: IPV4, mtu: 1300 } });
    const headers = 20 + 8;
    const whole = ['-c', '1', '-M', 'do', '198.18.0.2', '-s'];
    expect((await ping(...whole, String(1300 - headers))).stdout).toContain(' 0% packet loss');
    expect((await ping(...whole, String(1301 - headers))).stdout).toContain(' 100% packet loss');
    opener.tell(`write ${'45'.repeat(1301)}`, 'stats');
    await opener.event('written');
    expect(await opener.event('stats')).toMatchObject({ dropped: { 'too-long': 1 } });
  });

  it('leaves the link down when asked to', async () => {
    await opened({ open: { name: 'tun7', up: false } });
    expect((await addresses('tun7')).flags).not.toContain('UP');
  });

  it('tells the name that the kernel picked for a pattern', async () => {
    const opener = new Opener({ open: { name: 'wire%d' } });
    expect(await opener.event('open')).toMatchObject({ name: 'wire0', mtu: 1500 });
  });

  it('counts frames that the kernel refuses, and goes on', async () => {
    const opener = await opened({ open: { name: 'tun7', address: IPV4 } });
    opener.tell('write 00');
    expect(await opener.event('written')).toMatchObject({ went: true });
    await namespace.ip('link', 'set', 'tun7', 'down');
    opener.tell(`write 45${'00'.repeat(19)}`);
    expect(await opener.event('written')).toMatchObject({ went: true });
    await namespace.ip('link', 'set', 'tun7', 'up');
    expect((await ping('-c', '1', '198.18.0.2')).stdout).toContain(' 0% packet loss');
    opener.tell('stats');
    expect(await opener.event('stats')).toMatchObject({ dropped: { malformed: 1, 'interface-down': 1 } });
  });

  it('leaves frames in the kernel while nobody subscribes', async () => {
    const opener = await opened({ open: { name: 'tun7', address: IPV4 } });
    opener.tell('unsubscribe');
    await opener.event('unsubscribed');
    expect((await ping('-c', '1', '-W', '1', '198.18.0.2')).stdout).toContain(' 100% packet loss');
    opener.tell('subscribe');
    expect((await ping('-c', '1', '198.18.0.2')).stdout).toContain(' 0% packet loss');
    opener.tell('stats');
    expect(await opener.event('stats')).toMatchObject({ framesOut: 2 });
  });

  it('completes its frames when the interface is deleted, and the process lives on', async () => {
    const opener = await opened({ open: { name: 'tun7', address: IPV4 } });
    await namespace.ip('link', 'delete', 'tun7');
    expect(await opener.event('ended')).toMatchObject({ reason: 'the interface tun7 was deleted' });
    opener.tell(`write 45${'00'.repeat(19)}`, 'stats');
    expect(await opener.event('written')).toMatchObject({ went: true });
    expect(await opener.event('stats')).toMatchObject({ dropped: { closed: 1 } });
  });

  it('tells a later subscriber that the interface was deleted while nobody listened', async () => {
    const opener = await opened({ open: { name: 'tun7', address: IPV4 } });
    opener.tell('unsubscribe');
    await opener.event('unsubscribed');
    await namespace.ip('link', 'delete', 'tun7');
    opener.tell('subscribe');
    expect(await opener.event('ended')).toMatchObject({ reason: 'the interface tun7 was deleted' });
  });
});

describeWithTun('a persistent TUN device', () => {
  useNamespace();

  const persistent = (owner: number) =>
    namespace.ip('tuntap', 'add', 'dev', 'tun7', 'mode', 'tun', 'user', String(owner));
  let node: TunNode;
  beforeEach(async () => {
    node = await TunNode.create(namespace);
  });
  afterEach(() => node.dispose());

  it('serves its owner, who has no privilege, when root has set it up', async () => {
    await persistent(UID);
    await namespace.ip('address', 'add', IPV4, 'dev', 'tun7');
    await namespace.ip('address', 'add', IPV6, 'dev', 'tun7');
    await namespace.ip('link', 'set', 'tun7', 'mtu', '1400', 'up');
    const opener = new Opener({
      open: { name: 'tun7', address: [IPV4, IPV6], mtu: 1400, path: node.path },
      uid: UID,
    });
    expect(await opener.event('open')).toMatchObject({ name: 'tun7', mtu: 1400 });
    expect((await ping('-c', '2', '-i', '0.05', '198.18.0.2')).stdout).toContain(' 0% packet loss');
  });

  it('tells its owner what root has to set up, and then works', async () => {
    await persistent(UID);
    const task = { open: { name: 'tun7', address: [IPV4, IPV6], mtu: 1400, path: node.path }, uid: UID };
    const { code, message } = await refused(task);
    expect(code).toBe('EPERM');
    const commands = /`(.*)`/.exec(message)?.[1]?.replaceAll('sudo ', '') ?? '';
    expect(await namespace.exec('sh', ['-c', commands])).toMatchObject({ code: 0, stderr: '' });
    await opened(task);
    expect(cidrs(await addresses('tun7'))).toEqual(expect.arrayContaining([IPV4, IPV6]));
  });

  it('stays, with its addresses, when the process that attached to it has gone', async () => {
    await persistent(UID);
    await namespace.ip('address', 'add', '198.18.5.1/24', 'dev', 'tun7');
    const opener = await opened({ open: { name: 'tun7', address: IPV4 } });
    opener.child.kill('SIGKILL');
    await exitOf(opener.child);
    expect(cidrs(await addresses('tun7'))).toEqual(expect.arrayContaining(['198.18.5.1/24', IPV4]));
  });

  it('is refused to another user', async () => {
    await persistent(UID - 1);
    const { code, message } = await refused({ open: { name: 'tun7', path: node.path }, uid: UID });
    expect(code).toBe('EPERM');
    expect(message).toContain(`tun7 belongs to uid ${UID - 1}`);
  });

  it('is not made for a user without privilege, who learns how to have it made', async () => {
    const { code, message } = await refused({ open: { name: 'tun7', path: node.path }, uid: UID });
    expect(code).toBe('EPERM');
    expect(message).toContain('sudo ip tuntap add dev tun7 mode tun user');
    expect(message).toContain('--device /dev/net/tun --cap-add NET_ADMIN');
  });

  it('says so when /dev/net/tun may not be opened', async () => {
    await chmod(node.path, 0o600);
    const { code, message } = await refused({ open: { name: 'tun7', path: node.path }, uid: UID });
    expect(code).toBe('EACCES');
    expect(message).toContain(`sudo chmod 666 ${node.path}`);
  });
});

describeWithTun('openTun refuses', () => {
  useNamespace();

  it('a device that is open already', async () => {
    await opened({ open: { name: 'tun7' } });
    expect(await refused({ open: { name: 'tun7' } })).toMatchObject({
      code: 'EBUSY',
      message: expect.stringContaining('tun7 is open already'),
    });
  });

  it('an interface that is not a TUN device', async () => {
    await namespace.ip('tuntap', 'add', 'dev', 'tap7', 'mode', 'tap');
    expect(await refused({ open: { name: 'lo' } })).toMatchObject({
      code: 'EINVAL',
      message: expect.stringContaining('lo is a network interface, but not a TUN device'),
    });
    expect(await refused({ open: { name: 'tap7' } })).toMatchObject({
      code: 'EINVAL',
      message: expect.stringContaining('tap7 is a TAP device'),
    });
  });

  it('a TUN device of several queues', async () => {
    await namespace.ip('tuntap', 'add', 'dev', 'tun7', 'mode', 'tun', 'multi_queue');
    expect(await refused({ open: { name: 'tun7' } })).toMatchObject({
      code: 'EINVAL',
      message: expect.stringContaining('several queues'),
    });
  });

  it('to go on without /dev/net/tun, and says how a container gets it', async () => {
    const { code, message } = await refused({ open: { name: 'tun7', path: '/dev/net/no-tun-here' } });
    expect(code).toBe('ENODEV');
    expect(message).toContain('/dev/net/no-tun-here does not exist');
    expect(message).toContain('--device /dev/net/tun --cap-add NET_ADMIN');
  });

  it('a file that is not the device', async () => {
    expect(await refused({ open: { name: 'tun7', path: '/dev/null' } })).toMatchObject({
      code: 'EINVAL',
      message: expect.stringContaining('/dev/null is not the device'),
    });
  });

  it('an address that is there with another prefix length, and takes its device away again', async () => {
    const { code, message } = await refused({
      open: { name: 'tun7', address: ['fd00::1/64', 'fd00::1/48'] },
    });
    expect(code).toBe('EADDRINUSE');
    expect(message).toContain('fd00::1/48');
    expect(await interfaces()).toEqual(['lo']);
  });

  it('an IPv6 address where IPv6 is off', async () => {
    const off = 'echo 1 > /proc/sys/net/ipv6/conf/default/disable_ipv6';
    expect(await namespace.exec('sh', ['-c', off])).toMatchObject({ code: 0 });
    expect(await refused({ open: { name: 'tun7', address: IPV6 } })).toMatchObject({
      code: 'EADDRNOTAVAIL',
      message: expect.stringContaining('IPv6 is switched off'),
    });
  });
});

describeWithTun('a TUN device leaves nothing behind', () => {
  useNamespace();

  const cases: readonly {
    readonly how: string;
    readonly end: (opener: Opener) => void;
    readonly exit: { readonly code: number | null; readonly signal: NodeJS.Signals | null };
  }[] = [
    {
      how: 'SIGKILL',
      end: ({ child }) => child.kill('SIGKILL'),
      exit: { code: null, signal: 'SIGKILL' },
    },
    {
      how: 'SIGINT',
      end: ({ child }) => child.kill('SIGINT'),
      exit: { code: null, signal: 'SIGINT' },
    },
    { how: 'process.exit()', end: (opener) => opener.tell('exit'), exit: { code: 0, signal: null } },
    { how: 'an uncaught error', end: (opener) => opener.tell('throw'), exit: { code: 1, signal: null } },
  ];
  it.each(cases)('after $how', async ({ end, exit }) => {
    const opener = await opened({ open: { name: 'tun7', address: [IPV4, IPV6] } });
    end(opener);
    expect(await exitOf(opener.child)).toEqual(exit);
    expect(await interfaces()).toEqual(['lo']);
  });

  it('after close(), called twice, and the process ends by itself', async () => {
    const opener = await opened({ open: { name: 'tun7', address: IPV4 } });
    opener.tell('close');
    opener.child.stdin!.end();
    expect(await opener.event('ended')).toMatchObject({ reason: 'closed' });
    expect(await exitOf(opener.child)).toEqual({ code: 0, signal: null });
    expect(await interfaces()).toEqual(['lo']);
  });

  it('after unref(), with which the process ends by itself although the device is open', async () => {
    const opener = await opened({ open: { name: 'tun7', address: IPV4 } });
    opener.tell('unref');
    opener.child.stdin!.end();
    expect(await exitOf(opener.child)).toEqual({ code: 0, signal: null });
    expect(await interfaces()).toEqual(['lo']);
  });

  it('after unref() with frames coming in until the end', async () => {
    const opener = await opened({ open: { name: 'tun7', address: IPV4 } });
    namespace.spawn('ping', ['-f', '-w', '5', '198.18.0.2'], { stdio: 'ignore' });
    opener.tell('leave');
    expect(await exitOf(opener.child)).toEqual({ code: 0, signal: null });
    expect(await interfaces()).toEqual(['lo']);
  });

  it('not even an open descriptor in a child process', async () => {
    const opener = await opened({ open: { name: 'tun7' } });
    const status = await readFile(
      `/proc/${opener.child.pid}/fdinfo/${await tunDescriptor(opener.child.pid!)}`,
      'utf8',
    );
    const closeOnExec = 0o2000000;
    expect(Number.parseInt(/flags:\s+(\d+)/.exec(status)![1]!, 8) & closeOnExec).toBe(closeOnExec);
  });
});

async function tunDescriptor(pid: number): Promise<string> {
  const { stdout } = await namespace.exec('sh', ['-c', `grep -l iff: /proc/${pid}/fdinfo/*`]);
  return stdout.trim().split('/').at(-1)!;
}
