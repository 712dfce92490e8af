import { execFile } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { describe, expect, it } from 'vitest';
import { hostClock } from '../../../src/node/host-clock.ts';

describe('hostClock', () => {
  it('never goes backwards, and passes a deadline before its timer fires', async () => {
    const clock = hostClock();
    const before = clock.now();
    const fired = await new Promise<number>((resolve) => {
      clock.setTimeout(() => resolve(clock.now()), 5);
    });
    expect(fired).toBeGreaterThanOrEqual(before + 5);
  });

  it('does not fire a timer that was cleared', async () => {
    const clock = hostClock();
    const fired: string[] = [];
    const cleared = clock.setTimeout(() => fired.push('cleared'), 1);
    clock.clearTimeout(cleared);
    await new Promise<void>((resolve) => {
      clock.setTimeout(() => {
        fired.push('kept');
        resolve();
      }, 2);
    });
    expect(fired).toEqual(['kept']);
  });

  it('lets the process end although a timer is armed', async () => {
    const file = fileURLToPath(new URL('../../../src/node/host-clock.ts', import.meta.url));
    const program = `import { hostClock } from ${JSON.stringify(file)}; hostClock().setTimeout(() => {}, 3_600_000);`;
    const node = promisify(execFile)(
      process.execPath,
      ['--import', 'tsx', '--input-type=module', '--eval', program],
      { timeout: 20_000 },
    );
    await expect(node).resolves.toMatchObject({ stderr: '' });
  });
});
