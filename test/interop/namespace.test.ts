import { spawnSync } from 'node:child_process';
import { expect, it } from 'vitest';
import { Lines } from '../support/lines.ts';
import { describeWithTun, exitOf, Namespace, withNamespace } from '../support/namespace.ts';

const exists = (name: string) =>
  `${spawnSync('ip', ['netns', 'list']).stdout}`.split('\n').some((line) => line.split(' ')[0] === name);

describeWithTun('a network namespace of the tests', () => {
  it('has lo alone, and up', async () => {
    await withNamespace(async (namespace) => {
      const links = JSON.parse(await namespace.ip('-json', 'link', 'show')) as {
        ifname: string;
        flags: string[];
      }[];
      expect(links.map(({ ifname }) => ifname)).toEqual(['lo']);
      expect(links[0]!.flags).toContain('UP');
    });
  });

  it('gives the exit code and both outputs of a command', async () => {
    await withNamespace(async (namespace) => {
      const command = ['-c', 'cat; echo bad >&2; exit 3'];
      expect(await namespace.exec('sh', command, { input: 'good' })).toEqual({
        code: 3,
        stdout: 'good',
        stderr: 'bad\n',
      });
    });
  });

  it('kills a command that takes too long, and says which', async () => {
    await withNamespace(async (namespace) => {
      await expect(namespace.exec('sleep', ['60'], { timeoutMs: 50 })).rejects.toThrow(
        'sleep 60: has not ended',
      );
    });
  });

  it('is gone after dispose, with the commands in it, even one that ignores SIGTERM', async () => {
    const namespace = await Namespace.create();
    const child = namespace.spawn('sh', ['-c', 'trap "" TERM; echo ready; while :; do sleep 0.1; done']);
    await new Lines(child.stdout!).next();
    expect(exists(namespace.name)).toBe(true);
    await namespace.dispose();
    expect(exists(namespace.name)).toBe(false);
    expect(await exitOf(child)).toEqual({ code: null, signal: 'SIGKILL' });
    await namespace.dispose();
  });

  it('is gone after a test that failed', async () => {
    let name = '';
    const failing = withNamespace(async (namespace) => {
      name = namespace.name;
      throw new Error('as asked');
    });
    await expect(failing).rejects.toThrow('as asked');
    expect(exists(name)).toBe(false);
  });
});
