/** What the README shows must run as it stands there, through the package's own doors. */

import { spawn } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';

const root = join(import.meta.dirname, '../..');
const readme = readFileSync(join(root, 'README.md'), 'utf8');
const blocks = [...readme.matchAll(/```ts\n([\s\S]*?)```/g)].map((match) => match[1]!);

describe("the README's library examples", () => {
  let folder = '';
  beforeAll(() => {
    // Within the project, so that `statewire` resolves to the package itself.
    folder = mkdtempSync(join(root, '.readme-'));
  });
  afterAll(() => rmSync(folder, { recursive: true, force: true }));

  const run = (code: string, name: string): Promise<{ code: number | null; output: string }> => {
    const file = join(folder, `${name}.mts`);
    writeFileSync(file, code);
    return new Promise((resolve) => {
      const child = spawn(process.execPath, ['--import', 'tsx', file], { cwd: root, timeout: 25_000 });
      let output = '';
      child.stdout.on('data', (data) => {
        output += data;
      });
      child.stderr.on('data', (data) => {
        output += data;
      });
      child.on('close', (exit) => {
        resolve({ code: exit, output });
      });
    });
  };

  it('holds two of them', () => {
    expect(blocks).toHaveLength(2);
  });

  it('echoes a text between two stacks in virtual time, and leaves no connection', async () => {
    const { code, output } = await run(blocks[0]!, 'readme-core');
    expect(output).toBe('ESTABLISHED hello 20\n60060 0\n');
    expect(code).toBe(0);
  });

  it("serves and fetches over Node's own http", async () => {
    const { code, output } = await run(blocks[1]!, 'readme-node');
    expect(output).toBe('you asked for /index.html\n\n');
    expect(code).toBe(0);
  });
});
