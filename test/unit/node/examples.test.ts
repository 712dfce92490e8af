import { execFile } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { describe, expect, it } from 'vitest';

/** What the example writes. It has to end by itself. */
async function run(name: string): Promise<string[]> {
  const file = fileURLToPath(new URL(`../../../examples/${name}`, import.meta.url));
  const { stdout } = await promisify(execFile)(process.execPath, ['--import', 'tsx', file], {
    timeout: 20_000,
  });
  return stdout.trim().split('\n');
}

describe('an example', () => {
  it('fetches over HTTP, on one connection that is kept', async () => {
    expect(await run('http-client.ts')).toEqual([
      '200 you asked for /first',
      '200 you asked for /second',
      expect.stringMatching(/^ESTABLISHED \d+ bytes received$/),
    ]);
  });

  it('speaks TLS and HTTPS', async () => {
    expect(await run('tls.ts')).toEqual(['TLSv1.3 verified', 'hello', '200 secret /plans']);
  });
});
