/** A sender and a receiver of Linux with `statewire link` between them: the same wire for every sender. */

import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import { Lines } from '../../support/lines.ts';
import { Namespace } from '../../support/namespace.ts';
import { CLI } from '../../support/serve.ts';
import { ready } from '../net/bed.ts';
import { type Cell, linkFlags } from './cells.ts';

export const PORTS = { bulk: 19, sized: 20 } as const;
/** Of the sender's own device: the kernel's side, and the stack behind it. */
export const KERNEL_SIDE = '198.19.0.1';
export const STACK_ADDRESS = '198.19.0.2';
const SENDER_ADDRESS = '198.18.0.1';
const RECEIVER_ADDRESS = '198.18.0.2';
const SENDER = fileURLToPath(new URL('./sender.ts', import.meta.url));
const LONGEST_MS = 600_000;
const LONGEST_END_MS = 10_000;

export type SenderName = 'statewire' | 'statewire bbr' | 'linux cubic' | 'linux reno' | 'linux bbr';

/** Who is compared: statewire, the one whose goodput is divided by, and others beside them. */
export interface Match {
  readonly senders: readonly SenderName[];
  readonly own: SenderName;
  readonly against: SenderName;
}

/** As both are by default. */
export const DEFAULTS: Match = {
  senders: ['statewire', 'linux cubic', 'linux reno'],
  own: 'statewire',
  against: 'linux cubic',
};

/** Version 3 beside Linux's, which is version 1 and looks at no loss. */
export const BBR: Match = {
  senders: ['statewire bbr', 'linux bbr', 'linux cubic'],
  own: 'statewire bbr',
  against: 'linux bbr',
};

export interface Programs {
  readonly load: string;
  readonly transfer: string;
}

/** What a sender has sent since it began. */
export interface SenderCounts {
  readonly segmentsSent: number;
  readonly retransmissions: number;
}

export class Wire implements AsyncDisposable {
  readonly #programs: Programs;
  readonly #name: SenderName;
  readonly #sender: Namespace;
  readonly #receiver: Namespace;
  readonly #between: Namespace;
  #stack: ChildProcess | undefined;

  private constructor(
    programs: Programs,
    name: SenderName,
    namespaces: readonly [Namespace, Namespace, Namespace],
  ) {
    this.#programs = programs;
    this.#name = name;
    [this.#sender, this.#between, this.#receiver] = namespaces;
  }

  static async open(programs: Programs, name: SenderName, cell: Cell, seed: number): Promise<Wire> {
    const namespaces = [
      await Namespace.create(),
      await Namespace.create(),
      await Namespace.create(),
    ] as const;
    const wire = new Wire(programs, name, namespaces);
    try {
      const [host, congestionControl = 'cubic'] = name.split(' ');
      const starts =
        host === 'statewire' ? wire.#startStack(congestionControl) : wire.#startKernel(congestionControl);
      // Both take a second, mostly to load their programs.
      await Promise.all([wire.#join(linkFlags(cell, seed)), starts]);
      if (host === 'statewire')
        await wire.#receiver.ip('route', 'add', '198.19.0.0/24', 'via', SENDER_ADDRESS);
      return wire;
    } catch (error) {
      await wire[Symbol.asyncDispose]();
      throw error;
    }
  }

  /** Bits a second that the receiver got within the window. */
  async bulk(warmMs: number, windowMs: number): Promise<number> {
    const args = ['bulk', 'down', this.#address, String(PORTS.bulk), '1', String(warmMs), String(windowMs)];
    const { seconds, bytes } = await this.#run<{ seconds: number; bytes: number[] }>(
      this.#programs.load,
      args,
    );
    return (bytes[0]! * 8) / seconds;
  }

  /** How long each of so many transfers took, in milliseconds. */
  async transfers(bytes: number, count: number): Promise<number[]> {
    const args = ['fetch', this.#address, String(PORTS.sized), String(bytes), String(count)];
    return (await this.#run<{ ms: number[] }>(this.#programs.transfer, args)).ms;
  }

  /** Segments sent since it began, those sent again, and of these the ones that the receiver had already, as its DSACKs say. */
  async counts(): Promise<SenderCounts & { readonly duplicates: number }> {
    const received = await counters(this.#receiver);
    const duplicates = (received.get('TCPDSACKOldSent') ?? 0) + (received.get('TCPDSACKOfoSent') ?? 0);
    if (this.#stack !== undefined) {
      this.#stack.send('counts');
      const [counts] = (await once(this.#stack, 'message')) as [SenderCounts];
      return { ...counts, duplicates };
    }
    const sent = await counters(this.#sender);
    const [segmentsSent = 0, retransmissions = 0] = [sent.get('OutSegs'), sent.get('RetransSegs')];
    return { segmentsSent, retransmissions, duplicates };
  }

  async [Symbol.asyncDispose](): Promise<void> {
    if (this.#stack?.connected) {
      // Not 'close', which does not come for a channel that was closed from here.
      const gone = once(this.#stack, 'exit', { signal: AbortSignal.timeout(LONGEST_END_MS) });
      this.#stack.disconnect();
      await gone.catch(() => this.#stack?.kill('SIGKILL'));
    }
    for (const namespace of [this.#sender, this.#between, this.#receiver]) await namespace.dispose();
  }

  get #address(): string {
    return this.#stack !== undefined ? STACK_ADDRESS : SENDER_ADDRESS;
  }

  async #join(flags: readonly string[]): Promise<void> {
    const link = this.#between.spawn(process.execPath, [
      CLI,
      'link',
      '--tun',
      'left',
      '--tun',
      'right',
      ...flags,
    ]);
    link.stderr!.resume();
    await new Lines(link.stdout!).next((line) => line === 'ready');
    for (const [namespace, device, address] of [
      [this.#sender, 'left', SENDER_ADDRESS],
      [this.#receiver, 'right', RECEIVER_ADDRESS],
    ] as const) {
      await this.#between.ip('link', 'set', device, 'netns', namespace.name);
      await namespace.ip('address', 'add', `${address}/24`, 'dev', device);
      await namespace.ip('link', 'set', device, 'txqueuelen', '10000', 'up');
      // What one transfer has learnt is none of the next one's business.
      await namespace.exec('sysctl', ['-qw', 'net.ipv4.tcp_no_metrics_save=1']);
    }
  }

  async #startKernel(congestionControl: string): Promise<void> {
    await ready(this.#sender.spawn(this.#programs.load, ['serve', congestionControl]));
    await ready(
      this.#sender.spawn(this.#programs.transfer, ['serve', String(PORTS.sized), congestionControl]),
    );
  }

  async #startStack(congestionControl: string): Promise<void> {
    const { name } = this.#sender;
    const command = ['netns', 'exec', name, process.execPath, '--import', 'tsx', SENDER];
    this.#stack = fork(SENDER, [congestionControl], {
      execPath: 'ip',
      execArgv: command.slice(0, -1),
      stdio: ['ignore', 'inherit', 'inherit', 'ipc'],
    });
    await once(this.#stack, 'message');
    await this.#sender.exec('sysctl', ['-qw', 'net.ipv4.ip_forward=1']);
  }

  async #run<Result>(program: string, args: readonly string[]): Promise<Result> {
    const { code, stdout, stderr } = await this.#receiver.exec(program, args, { timeoutMs: LONGEST_MS });
    if (code !== 0) throw new Error(`${this.#name}: ${args.join(' ')}: ${stderr.trim() || `code ${code}`}`);
    return JSON.parse(stdout) as Result;
  }
}

/** A namespace's counters of TCP by their names: pairs of lines, the names and the values. */
async function counters(namespace: Namespace): Promise<Map<string, number>> {
  const { stdout } = await namespace.exec('cat', ['/proc/net/netstat', '/proc/net/snmp']);
  const found = new Map<string, number>();
  const lines = stdout.split('\n');
  for (let at = 0; at + 1 < lines.length; at += 2) {
    const [names, values] = [lines[at]!.split(' '), lines[at + 1]!.split(' ')];
    if (!names[0]!.startsWith('Tcp')) continue;
    for (const [index, name] of names.entries()) found.set(name, Number(values[index]));
  }
  return found;
}
