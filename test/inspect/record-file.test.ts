import { once } from 'node:events';
import { appendFileSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, test, vi } from 'vitest';
import { createInspector, openRecord, readRecord, recordSource, replay } from '../../src/inspect/index.ts';
import { serveInspector } from '../../src/node/inspector-server.ts';
import { recordFromFile, recordToFile } from '../../src/node/record-file.ts';
import { echo, exchange, inspected } from '../support/inspected.ts';
import { view } from '../support/inspector-client.ts';

const folder = mkdtempSync(join(tmpdir(), 'statewire-record-file-'));
const file = join(folder, 'run.jsonl');
const run = inspected({ record: true });
const record = recordToFile(createInspector(run.stacks), file);
echo(run.server.stack);
const exchanged = exchange(run.client.stack, 250_000);
await run.clock.run();
await exchanged;
await record.close();

afterAll(() => rmSync(folder, { recursive: true }));

describe('a record in a file', () => {
  test('is the same as one in memory, though it is read piece by piece', () => {
    const text = readFileSync(file, 'utf8');
    // More than one piece, so that lines lie on both sides of an end.
    expect(text.length).toBeGreaterThan(2 ** 20);
    const whole = readRecord(text);
    const pieces = recordFromFile(file);
    expect(pieces.header).toEqual(whole.header);
    expect([...pieces.lines()]).toEqual([...whole.lines()]);
    expect(pieces.end).toEqual(whole.end);
    expect(replay(pieces)).toMatchObject({ same: true, recorded: whole.end?.hashes });
  });

  test('may have characters of several bytes at the end of a piece', () => {
    const other = join(folder, 'long.jsonl');
    const [header] = readFileSync(file, 'utf8').split('\n');
    const names = ['é', '語', '🕸'].flatMap((character) =>
      [0, 1, 2].map((shift) => `${' '.repeat(shift)}${character.repeat(2 ** 20)}`),
    );
    const lines = names.map((text) => JSON.stringify({ kind: 'later', text }));
    writeFileSync(other, [header, ...lines].join('\n'));
    expect(
      [...recordFromFile(other).lines()].map((line) => (line as unknown as { text: string }).text),
    ).toEqual(names);
  });

  test('is read no further than somebody looks, so that it may be larger than memory', () => {
    const [header = '', ...lines] = readFileSync(file, 'utf8').split('\n');
    let given = 0;
    const endless = function* (): Generator<string> {
      yield header;
      for (;;) yield lines[given++ % 1_000] ?? '';
    };
    const viewer = recordSource(openRecord(endless)).attach(10);
    expect(given).toBe(0);
    viewer.read();
    for (let reads = 0; reads < 20; reads++) expect(viewer.read()).toHaveLength(10);
    expect(given).toBeLessThan(1_000);
  });

  test('that is broken further on ends its viewer there, and not the server', async () => {
    const broken = join(folder, 'broken.jsonl');
    writeFileSync(broken, readFileSync(file));
    appendFileSync(broken, 'nonsense\n{}\n');
    const told = vi.spyOn(console, 'error').mockImplementation(() => {});
    const server = await serveInspector(recordSource(recordFromFile(broken)), { port: 0 });
    const viewer = await view(server.url);
    const [code, reason] = await once(viewer.socket, 'close');
    expect([code, String(reason)]).toEqual([1011, expect.stringMatching(/line \d+ is not JSON/)]);
    expect(viewer.envelopes.length).toBeGreaterThan(1_000);
    expect(told).toHaveBeenCalledWith(expect.stringMatching(/line \d+ is not JSON/));
    const next = await view(server.url);
    await next.until(({ batches }) => batches.length > 2);
    await next.close();
    await server.close();
    told.mockRestore();
  });
});
