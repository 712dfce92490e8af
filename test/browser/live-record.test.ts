import { copyFileSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { readRecord } from '../../src/inspect/index.ts';
import { Lines } from '../support/lines.ts';
import { describeWithTun, exitOf, withNamespace } from '../support/namespace.ts';
import { CLI } from '../support/serve.ts';
import { whyNoBrowser } from './browser.ts';
import { closePage, LiveBrowser } from './live.ts';

const why = whyNoBrowser();

describeWithTun('a record of live traffic', () => {
  describe.skipIf(why !== undefined)(`in a browser${why ? ` (${why})` : ''}`, () => {
    let browser: LiveBrowser;
    beforeAll(async () => {
      browser = await LiveBrowser.open();
    }, 60_000);
    afterAll(() => browser?.close());

    it('saved from the page opens by statewire inspect, is for viewing and says so, and holds no text', async () => {
      const root = join(browser.folder, 'root');
      mkdirSync(root);
      writeFileSync(join(root, 'file'), 'a secret '.repeat(3_000));
      const server = browser.namespace.spawn(process.execPath, [
        ...[CLI, 'serve', '--tun', 'tun7', '--kernel', '198.18.0.1/24', '--address', '198.18.0.2'],
        ...['--http', '80', '--root', root, '--json', '--inspect', '0', '--msl', '0.1', '--loss', '3'],
      ]);
      const lines = new Lines(server.stdout!);
      const { url } = JSON.parse(await lines.next()) as { url: string };
      await lines.next((line) => line.includes('"ready"'));
      const curl = () => browser.namespace.exec('curl', ['-s', '-m', '15', 'http://198.18.0.2/file']);
      // Before anybody watches: that is in no record which is begun now.
      await curl();
      const page = await browser.show(url);
      expect((await curl()).stdout).toHaveLength(27_000);
      await page.waitForFunction(() =>
        / CLOSED/.test(document.querySelector('#connection-picker')?.textContent ?? ''),
      );
      const [download] = await Promise.all([
        page.waitForEvent('download'),
        page.click('header button:has-text("Save")'),
      ]);
      const file = join(browser.folder, 'saved.jsonl');
      copyFileSync(await download.path(), file);

      const record = readRecord(readFileSync(file, 'utf8'));
      expect(record.header).toMatchObject({ replayable: false, why: 'it was saved from the page' });
      const kinds = record.envelopes.map(({ kind }) => kind);
      expect(kinds).toEqual(
        expect.arrayContaining(['connection.opened', 'connection.ended', 'frame', 'tcb']),
      );
      expect(kinds.filter((kind) => kind === 'connection.opened')).toHaveLength(1);
      expect(readFileSync(file, 'latin1')).not.toMatch(/secret|YSBzZWNyZX|c2VjcmV0|EgYSBzZWNyZX/);

      // On another machine, with nothing but the file.
      await withNamespace(async (elsewhere) => {
        const replay = await elsewhere.exec(process.execPath, [CLI, 'inspect', file, '--replay']);
        expect(replay).toMatchObject({ code: 2, stderr: expect.stringContaining('for looking at only') });
      });
      const shown = browser.namespace.spawn(process.execPath, [
        CLI,
        'inspect',
        file,
        '--port',
        '0',
        '--json',
      ]);
      const said = new Lines(shown.stderr!);
      const opened = JSON.parse(await new Lines(shown.stdout!).next()) as { url: string };
      expect(await said.next()).toBe('The record is for looking at only: it was saved from the page.');
      const saved = await browser.show(opened.url, 'record');
      await saved.waitForFunction(() =>
        / CLOSED/.test(document.querySelector('#connection-picker')?.textContent ?? ''),
      );
      await saved.keyboard.press('3');
      await saved.check('label:has-text("all frames") input');
      const frames = record.envelopes.flatMap((envelope) =>
        envelope.kind === 'frame' ? [envelope.frame] : [],
      );
      await saved.waitForFunction(
        (count) => Number(document.querySelector('.ladder')?.getAttribute('data-rows')) >= count,
        new Set(frames).size,
      );
      await closePage(saved);
      await closePage(page);
      shown.kill('SIGINT');
      server.kill('SIGINT');
      expect(await exitOf(shown)).toMatchObject({ code: 0 });
      expect(await exitOf(server)).toMatchObject({ code: 0 });
    }, 90_000);

    it('begun with the run is run again elsewhere, is shown there, and opens where it is dropped', async () => {
      const file = join(browser.folder, 'whole.jsonl');
      const server = browser.namespace.spawn(process.execPath, [
        ...[CLI, 'serve', '--tun', 'tun8', '--kernel', '198.18.1.1/24', '--address', '198.18.1.2'],
        ...['--echo', '7', '--json', '--msl', '0.1', '--loss', '5', '--duplicate', '5', '--record', file],
      ]);
      await new Lines(server.stdout!).next((line) => line.includes('"ready"'));
      const text = 'over and over '.repeat(2_000);
      const echoed = await browser.namespace.exec(
        'curl',
        ['-s', '-m', '15', '--http0.9', '-X', 'POST', '--data-binary', '@-', 'http://198.18.1.2:7/'],
        { input: text },
      );
      expect(echoed.stdout).toContain(text);
      server.kill('SIGINT');
      expect(await exitOf(server)).toMatchObject({ code: 0 });

      await withNamespace(async (elsewhere) => {
        const replay = await elsewhere.exec(process.execPath, [CLI, 'inspect', file, '--replay']);
        expect(replay).toMatchObject({ code: 0, stdout: expect.stringContaining('the same again') });
      });
      const shown = browser.namespace.spawn(process.execPath, [
        CLI,
        'inspect',
        file,
        '--port',
        '0',
        '--json',
      ]);
      const { url } = JSON.parse(await new Lines(shown.stdout!).next()) as { url: string };
      const page = await browser.show(url, 'record');
      const rows = async (): Promise<string | null> => {
        await page.keyboard.press('3');
        await page.check('label:has-text("all frames") input');
        return page.getAttribute('.ladder', 'data-rows');
      };
      const last = readRecord(readFileSync(file, 'utf8')).envelopes.at(-1)!.order;
      const isWhole = () =>
        page.waitForFunction(
          (order) => Number(document.querySelector<HTMLElement>('#time-now')?.dataset.order) === order,
          last,
        );
      await isWhole();
      const served = await rows();
      expect(Number(served)).toBeGreaterThan(20);

      const dropped = await page.evaluateHandle(
        (content) => {
          const data = new DataTransfer();
          data.items.add(new File([content], 'dropped.jsonl'));
          return data;
        },
        readFileSync(file, 'utf8'),
      );
      await page.dispatchEvent('body', 'drop', { dataTransfer: dropped });
      await page.waitForSelector('.session-name:text-is("dropped.jsonl")');
      await isWhole();
      expect(await rows()).toBe(served);
      await closePage(page);
      shown.kill('SIGINT');
      expect(await exitOf(shown)).toMatchObject({ code: 0 });
    }, 90_000);
  });
});
