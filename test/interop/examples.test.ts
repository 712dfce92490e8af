import { fileURLToPath } from 'node:url';
import { expect, it } from 'vitest';
import { Lines } from '../support/lines.ts';
import { describeWithTun, exitOf, withNamespace } from '../support/namespace.ts';

const PROJECT = fileURLToPath(new URL('../..', import.meta.url));

describeWithTun('the example of a web server', () => {
  it('answers curl through a TUN device, and ends with SIGINT', async () => {
    await withNamespace(async (namespace) => {
      const child = namespace.spawnTypeScript(`${PROJECT}examples/http-server.ts`, [], { cwd: PROJECT });
      expect(await new Lines(child.stdout!).next()).toBe('listening: http://198.18.0.2/');
      const { stdout } = await namespace.exec('curl', [
        '--silent',
        '--max-time',
        '5',
        'http://198.18.0.2/a/path',
      ]);
      expect(stdout).toMatch(/^GET \/a\/path from 198\.18\.0\.1 port \d+\n$/);
      child.kill('SIGINT');
      expect(await exitOf(child)).toEqual({ code: 0, signal: null });
    });
  });
});
