import { spawn } from 'node:child_process';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { fileURLToPath } from 'node:url';
import { afterEach, describe, expect, test } from 'vitest';
import { createInspector } from '../../src/inspect/index.ts';
import { type InspectorServer, serveInspector } from '../../src/node/inspector-server.ts';
import { inspected, SERVER } from '../support/inspected.ts';
import { exitOf } from '../support/namespace.ts';

const PROJECT = fileURLToPath(new URL('../..', import.meta.url));
let server: InspectorServer | undefined;

afterEach(async () => {
  await server?.close();
  server = undefined;
});

async function tell(...words: readonly string[]) {
  const child = spawn(
    process.execPath,
    ['--import', 'tsx', join(PROJECT, 'src/cli/main.ts'), 'tell', ...words],
    {
      cwd: PROJECT,
      stdio: ['ignore', 'pipe', 'pipe'],
    },
  );
  const [stdout, stderr, { code }] = await Promise.all([
    text(child.stdout),
    text(child.stderr),
    exitOf(child, 25_000),
  ]);
  return { code, stdout, stderr };
}

describe('statewire tell', () => {
  test('does to a watched run what the buttons of its page do', async () => {
    const run = inspected({ bad: {} });
    const inspector = createInspector(run.stacks);
    server = await serveInspector(inspector, { port: 0 });
    const { url } = server;
    run.server.stack.listen({ port: 7 });
    const connection = run.client.stack.open({ host: SERVER, port: 7 });
    await run.clock.run({ untilMs: 50 });

    const { stdout } = await tell('connections', '--url', url);
    const lines = stdout.trim().split('\n');
    expect(lines).toHaveLength(2);
    const [name = '', host, state] = lines[0]!.split('\t');
    expect([host, state]).toEqual(['client', 'ESTABLISHED']);

    const lost = await tell('lose', 'data', 'out', '--count', '2', '--host', 'client', '--url', url);
    expect(lost).toEqual({ code: 0, stdout: '', stderr: expect.anything() });
    expect(inspector.snapshot.faults.find((faults) => faults.host === 'client')?.drops).toEqual([
      { direction: 'out', what: 'data', left: 2 },
    ]);
    expect((await tell('abort', name, '--url', url)).code).toBe(0);
    expect(connection.state).toBe('CLOSED');
  });

  test('says why not, where it is refused, and where nobody answers', async () => {
    const run = inspected();
    server = await serveInspector(createInspector(run.stacks), { port: 0 });
    const { url } = server;
    const refused = await tell('close', 'nobody', '--url', url);
    expect(refused.code).toBe(1);
    expect(refused.stderr).toContain('there is no connection nobody');
    await server.close();
    server = undefined;
    const gone = await tell('pause', '--url', url);
    expect(gone.code).toBe(1);
    expect(gone.stderr).toContain(`no inspector answers at ${url}`);
  });
});
