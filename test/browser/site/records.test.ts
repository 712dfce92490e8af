import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { createInspector, type Recording } from '../../../src/inspect/index.ts';
import { echo, exchange, inspected } from '../../support/inspected.ts';
import { downloaded, dropFile, openScene } from '../sandbox.ts';
import { describeSite } from '../site.ts';

describeSite('a saved run', (visit) => {
  it('is saved as a file, and opened again where it is dropped', async () => {
    const { page } = visit;
    await openScene(page, 'half-close');
    const rows = await page.getAttribute('.ladder', 'data-rows');
    const { name, bytes } = await downloaded(page, 'header button:has-text("Save")');
    expect(name).toBe('half-close.jsonl');
    await page.reload();
    await page.waitForSelector('#start-sandbox');
    await dropFile(page, name, bytes.toString('utf8'));
    await page.waitForFunction(() => document.querySelector('.mode')?.textContent === 'record');
    expect(await page.getAttribute('.ladder', 'data-rows')).toBe(rows);
    await page.keyboard.press('8');
    expect(await page.textContent('.faults')).toContain('A saved run has been');
  });

  it('that a stack has kept is chosen from a folder, and shows what the stack did', async () => {
    const { page } = visit;
    const { lines, sent } = await recorded();
    const folder = mkdtempSync(join(tmpdir(), 'statewire-record-'));
    try {
      const file = join(folder, 'run.jsonl');
      writeFileSync(file, lines.join('\n'));
      await page.setInputFiles('#open-file', file);
      await page.waitForFunction(() => document.querySelector('.mode')?.textContent === 'record');
      expect(await page.textContent('.session-name')).toBe('run.jsonl');
      await page.keyboard.press('1');
      await page.waitForSelector('[data-connection]');
      const cells = await page.$$eval('[data-connection] [data-column="received"]', (list) =>
        list.map((cell) => cell.textContent),
      );
      expect(cells).toEqual([`${sent / 1_000} kB`]);
    } finally {
      rmSync(folder, { recursive: true });
    }
  });

  it('that is none is refused with the reason, and what was shown stays', async () => {
    const { page } = visit;
    await openScene(page, 'handshake');
    for (const [content, why] of [
      ['not a run', 'line 1 is not JSON'],
      ['{"hello":1}', 'its first line is no header'],
      ['', 'the file is empty'],
      ['{"record":99,"hello":{},"snapshot":{}}', 'it is of version 99'],
    ] as const) {
      await dropFile(page, 'other.txt', content);
      await page.waitForSelector(`.notice.bad:has-text("${why}")`);
    }
    expect(await page.getAttribute('.ladder', 'data-rows')).toBe('3');
  });
});

/** The lines of a record of one connection, as `--record` writes them. */
async function recorded(): Promise<{ readonly lines: readonly string[]; readonly sent: number }> {
  const sent = 50_000;
  const run = inspected({ record: true });
  const lines: string[] = [];
  const recording: Recording = createInspector({ client: run.stacks.client }).record(
    (line) => void lines.push(line),
  );
  echo(run.server.stack);
  const received = exchange(run.client.stack, sent);
  await run.clock.run();
  expect(await received).toBe(sent);
  recording.end();
  return { lines, sent };
}
