import { chmod, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Namespace } from './namespace.ts';

/** A user without any right: `nobody` on most machines, but no name is needed. */
export const UNPRIVILEGED_UID = 65_534;

/** A second `/dev/net/tun` that every user may open, in a directory of its own: the machine's may be for root only. */
export class TunNode {
  readonly path: string;
  readonly #directory: string;

  private constructor(directory: string) {
    this.#directory = directory;
    this.path = join(directory, 'tun');
  }

  static async create(namespace: Namespace): Promise<TunNode> {
    const directory = await mkdtemp(join(tmpdir(), 'statewire-tun-'));
    await chmod(directory, 0o755);
    const node = new TunNode(directory);
    const { code, stderr } = await namespace.exec('mknod', [node.path, 'c', '10', '200']);
    if (code !== 0) throw new Error(`mknod ${node.path}: ${stderr}`);
    await chmod(node.path, 0o666);
    return node;
  }

  dispose(): Promise<void> {
    return rm(this.#directory, { recursive: true });
  }
}
