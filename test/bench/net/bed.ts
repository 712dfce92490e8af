/** Where the kernel's TCP is loaded: a client in one network namespace, and a server that it reaches. */

import type { ChildProcess } from 'node:child_process';
import { Lines } from '../../support/lines.ts';
import { exitOf, Namespace } from '../../support/namespace.ts';
import { SUBJECT } from '../figures.ts';
import type { Programs } from './programs.ts';

export const CLIENT_ADDRESS = '198.18.0.1';
export const SERVER_ADDRESS = '198.18.0.2';
export const DEVICE = 'tun7';

/** The ports of every server. */
export const PORT = { echo: 7, discard: 9, chargen: 19 } as const;

export interface Bed {
  /** What is measured, in words of a table's line. */
  readonly subject: string;
  /** Where the client runs. */
  readonly client: Namespace;
  dispose(): Promise<void>;
}

/** A bed whose packets go through TUN devices. */
export interface TunBed extends Bed {
  /** Lets the devices hold so many packets that nobody has read yet: what is beyond that is lost. */
  queue(packets: number): Promise<void>;
}

/** How many packets a TUN device holds when nothing is said. */
export const USUAL_QUEUE = 500;

/** Two namespaces joined by a veth pair: the kernel talks to itself, and nothing leaves it. */
export async function vethBed({ load }: Programs): Promise<Bed> {
  const client = await clientNamespace();
  const server = await Namespace.create();
  await client.ip('link', 'add', 'veth0', 'type', 'veth', 'peer', 'name', 'veth0', 'netns', server.name);
  await address(client, 'veth0', CLIENT_ADDRESS);
  await address(server, 'veth0', SERVER_ADDRESS);
  await ready(server.spawn(load, ['serve']));
  return { subject: SUBJECT.veth, client, dispose: () => both(client, server) };
}

/** Two namespaces joined by a TUN device in each, and a program in C that carries the packets. */
export async function relayBed({ load, relay }: Programs, mode: 'plain' | 'offload'): Promise<TunBed> {
  const client = await clientNamespace();
  const server = await Namespace.create();
  // It goes into both namespaces by itself; that one of them owns it lets it end with that.
  await ready(client.spawn(relay, [client.name, server.name, DEVICE, mode]));
  await address(client, DEVICE, CLIENT_ADDRESS);
  await address(server, DEVICE, SERVER_ADDRESS);
  await ready(server.spawn(load, ['serve']));
  return {
    subject: mode === 'plain' ? SUBJECT.relay : SUBJECT.relayOffload,
    client,
    queue: async (packets) => {
      for (const end of [client, server]) await setQueue(end, packets);
    },
    dispose: () => both(client, server),
  };
}

export async function setQueue(namespace: Namespace, packets: number): Promise<void> {
  await namespace.ip('link', 'set', DEVICE, 'txqueuelen', String(packets));
}

/** A namespace whose closed connections give their ports back at once, of which there are as many as can be. */
export async function clientNamespace(): Promise<Namespace> {
  const namespace = await Namespace.create();
  const settings = ['net.ipv4.ip_local_port_range=1024 65535', 'net.ipv4.tcp_max_tw_buckets=0'];
  const { code, stderr } = await namespace.exec('sysctl', ['-q', '-w', ...settings]);
  if (code !== 0) throw new Error(`sysctl: ${stderr}`);
  return namespace;
}

/** Waits for the line "ready". */
export async function ready(child: ChildProcess): Promise<void> {
  let said = '';
  child.stderr!.on('data', (text) => {
    said += text;
  });
  await new Lines(child.stdout!)
    .next((line) => line === 'ready')
    .catch((error) => {
      throw new Error(`${child.spawnargs.slice(4).join(' ')} is not ready: ${said}`, { cause: error });
    });
}

async function address(namespace: Namespace, device: string, own: string): Promise<void> {
  await namespace.ip('address', 'add', `${own}/24`, 'dev', device);
  await namespace.ip('link', 'set', device, 'up');
}

async function both(...namespaces: Namespace[]): Promise<void> {
  await Promise.all(namespaces.map((namespace) => namespace.dispose()));
}

/** Ends a command by an interrupt, as its user would; by force, if it has more to tidy up than there is time for. */
export async function interrupt(child: ChildProcess): Promise<void> {
  child.kill('SIGINT');
  await exitOf(child).catch(() => kill(child));
}

/** What has a hundred thousand sockets takes the kernel a while to end. */
export async function kill(child: ChildProcess): Promise<void> {
  child.kill('SIGKILL');
  await exitOf(child, LONGEST_END_MS);
}

const LONGEST_END_MS = 60_000;
