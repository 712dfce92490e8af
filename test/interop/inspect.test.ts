import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { readRecord, replay } from '../../src/inspect/index.ts';
import { recordFromFile } from '../../src/node/record-file.ts';
import { Lines } from '../support/lines.ts';
import { describeWithTun, exitOf, withNamespace } from '../support/namespace.ts';
import { CLI, PROJECT } from '../support/serve.ts';

describeWithTun('statewire serve --inspect --record, on live traffic', () => {
  it('is watched, broken, paused and stepped, and what it did is done again by its record', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'statewire-record-'));
    const file = join(folder, 'run.jsonl');
    try {
      await withNamespace(async (namespace) => {
        const server = namespace.spawn(
          process.execPath,
          [
            CLI,
            'serve',
            '--tun',
            'tun7',
            '--kernel',
            '198.18.0.1/24',
            '--address',
            '198.18.0.2',
            '--echo',
            '7',
          ].concat(['--msl', '0.1', '--json', '--inspect', '7500', '--record', file]),
          { cwd: PROJECT },
        );
        const lines = new Lines(server.stdout!);
        expect(JSON.parse(await lines.next())).toEqual({ event: 'inspector', url: 'http://127.0.0.1:7500/' });
        expect(JSON.parse(await lines.next())).toMatchObject({ event: 'ready' });

        const client = await namespace.exec(
          process.execPath,
          ['--import', 'tsx', join(PROJECT, 'test/interop/fixtures/inspect-client.ts')].concat([
            'http://127.0.0.1:7500/',
            '198.18.0.2',
            '7',
          ]),
          { cwd: PROJECT },
        );
        expect(client).toMatchObject({ code: 0, stderr: '' });
        expect(JSON.parse(client.stdout)).toMatchObject({
          answers: ['hello', 'again', 'while paused'],
          replies: ['drop', 'pause', 'step', 'resume'].map((reply) => ({ v: 1, reply, ok: true })),
          hello: { mode: 'live', payload: 'masked', hosts: [{ device: { name: 'tun7' } }] },
          lost: 1,
          holes: 0,
        });

        server.kill('SIGINT');
        expect(await exitOf(server)).toEqual({ code: 0, signal: null });
      });

      const record = recordFromFile(file);
      expect(record.header.replayable).toBe(true);
      const again = await withNamespace((namespace) =>
        namespace.exec(process.execPath, [CLI, 'inspect', file, '--replay'], {
          cwd: PROJECT,
        }),
      );
      expect(again).toMatchObject({ code: 0, stderr: '' });
      expect(again.stdout).toContain(`stack  ${record.end!.hashes.stack}`);
      expect(again.stdout).toContain('the same again');
    } finally {
      rmSync(folder, { recursive: true });
    }
  });
});

describeWithTun('statewire serve --inspect-host', () => {
  it('serves others, too, who have the token of the URL; and the other options reach the inspector', async () => {
    await withNamespace(async (namespace) => {
      const server = namespace.spawn(
        process.execPath,
        [CLI, 'serve', '--tun', 'tun7', '--kernel', '198.18.0.1/24', '--address', '198.18.0.2'].concat(
          ['--echo', '7', '--json', '--inspect=7500', '--inspect-host', '0.0.0.0', '--show-payload'],
          ['--inspect-ring', '77', '--stately-origin', 'https://stately.example'],
        ),
        { cwd: PROJECT },
      );
      const lines = new Lines(server.stdout!);
      const { url } = JSON.parse(await lines.next()) as { url: string };
      expect(url).toMatch(/^http:\/\/198\.18\.0\.1:7500\/\?token=[0-9a-f]{32}$/);
      const status = async (...words: readonly string[]) =>
        (await namespace.exec('curl', ['-s', '-o', '/dev/null', '-w', '%{http_code}', ...words])).stdout;
      expect(await status(url)).toBe('200');
      expect(await status(url.split('?')[0]!)).toBe('403');
      expect(await status(url.replace(/.{8}$/, '00000000'))).toBe('403');
      expect(await status('-H', 'Host: evil.example:7500', url)).toBe('403');
      expect(await status('-H', 'Origin: https://stately.example', url)).toBe('403');

      const client = await namespace.exec(
        process.execPath,
        ['--import', 'tsx', join(PROJECT, 'test/interop/fixtures/greeted-client.ts'), url],
        { cwd: PROJECT },
      );
      expect(client).toMatchObject({ code: 0, stderr: '' });
      expect(JSON.parse(client.stdout)).toMatchObject({
        hello: { payload: 'shown', ring: 77, mode: 'live' },
        stately: 101,
        others: 403,
      });
      server.kill('SIGINT');
      expect(await exitOf(server)).toEqual({ code: 0, signal: null });
    });
  });
});

describeWithTun('statewire serve, while a viewer has it paused', () => {
  it('ends by an interrupt as ever, and its record runs again', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'statewire-paused-'));
    const file = join(folder, 'run.jsonl');
    try {
      await withNamespace(async (namespace) => {
        const words = ['serve', '--tun', 'tun7', '--kernel', '198.18.0.1/24', '--address', '198.18.0.2'];
        const server = namespace.spawn(
          process.execPath,
          [CLI, ...words, '--chargen', '19', '--json', '--inspect', '7500', '--record', file],
          { cwd: PROJECT },
        );
        await new Lines(server.stdout!).next((line) => line.includes('"ready"'));
        const client = await namespace.exec(
          process.execPath,
          ['--import', 'tsx', join(PROJECT, 'test/interop/fixtures/pause-client.ts')].concat([
            'http://127.0.0.1:7500/',
            '198.18.0.2',
            '19',
          ]),
          { cwd: PROJECT },
        );
        expect(client).toMatchObject({ code: 0, stdout: 'paused\n', stderr: '' });
        server.kill('SIGINT');
        expect(await exitOf(server)).toEqual({ code: 0, signal: null });
      });
      const record = recordFromFile(file);
      expect(record.envelopes).toContainEqual(
        expect.objectContaining({ kind: 'command', command: { command: 'resume' } }),
      );
      expect(replay(record)).toMatchObject({ same: true });
    } finally {
      rmSync(folder, { recursive: true });
    }
  });
});

describeWithTun('statewire serve --record, where the disk is full', () => {
  it('ends, and says why', async () => {
    await withNamespace(async (namespace) => {
      const words = ['serve', '--tun', 'tun7', '--kernel', '198.18.0.1/24', '--address', '198.18.0.2'];
      const server = await namespace.exec(
        process.execPath,
        [CLI, ...words, '--echo', '7', '--record', '/dev/full'],
        { cwd: PROJECT },
      );
      expect(server).toMatchObject({
        code: 1,
        stderr: expect.stringContaining("The record can't be written: ENOSPC"),
      });
    });
  });
});

describeWithTun('statewire get --inspect', () => {
  it('takes a number that follows for the port, and a URL for what to fetch', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'statewire-get-'));
    try {
      await withNamespace(async (namespace) => {
        const web = namespace.spawn('python3', ['-m', 'http.server', '8000', '--bind', '0.0.0.0'], {
          cwd: PROJECT,
          stdio: 'ignore',
        });
        const get = (words: readonly string[]) =>
          namespace.exec(
            process.execPath,
            [CLI, 'get', '--tun', 'tun7', '--kernel', '198.18.0.1/24'].concat(
              ['--address', '198.18.0.2', '-o', join(folder, 'LICENSE')],
              words,
            ),
            { cwd: PROJECT },
          );
        const url = 'http://198.18.0.1:8000/LICENSE';
        const record = join(folder, 'masked.jsonl');
        expect(await get(['--inspect', url])).toMatchObject({
          code: 0,
          stderr: expect.stringContaining('inspector: http://127.0.0.1:7413/'),
        });
        expect(await get(['--inspect', '7600', url, '--record', record, '--mask-payload'])).toMatchObject({
          code: 0,
          stderr: expect.stringContaining('inspector: http://127.0.0.1:7600/'),
        });
        expect(await get([url, '--inspect=7601'])).toMatchObject({
          code: 0,
          stderr: expect.stringContaining(':7601/'),
        });
        expect(await get([url, '--inspect=page'])).toMatchObject({ code: 2 });
        expect(await get([url, '--show-payload'])).toMatchObject({
          code: 2,
          stderr: expect.stringContaining('--show-payload needs --inspect'),
        });
        web.kill('SIGINT');

        const { header, envelopes } = recordFromFile(record);
        expect(header).toMatchObject({ replayable: false, why: 'its payload is masked' });
        expect(envelopes.some(({ kind }) => kind === 'connection.ended')).toBe(true);
        expect(readRecord(JSON.stringify(header)).inputs).toEqual([]);
      });
    } finally {
      rmSync(folder, { recursive: true });
    }
  });
});
