import { execFile } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { describe, expect, it } from 'vitest';

const door = fileURLToPath(new URL('../../../src/node/index.ts', import.meta.url));
const core = fileURLToPath(new URL('../../../src/index.ts', import.meta.url));

/**
 * Runs a program that has two stacks, `a` and `b`, and gives what it wrote. What it does `later` happens only if something
 * else keeps it alive until then.
 */
async function run(program: string): Promise<string> {
  const preamble = `
    import { createStack, connect, createServer, hostClock } from ${JSON.stringify(door)};
    import { pair } from ${JSON.stringify(core)};
    const clock = hostClock();
    const [left, right] = pair(clock);
    const a = createStack({ device: left, addresses: ['198.18.0.1'], clock });
    const b = createStack({ device: right, addresses: ['198.18.0.2'], clock });
    process.on('exit', () => console.log('exit'));
    const later = (action) => setTimeout(action, 500).unref();`;
  const node = await promisify(execFile)(
    process.execPath,
    ['--import', 'tsx', '--input-type=module', '--eval', preamble + program],
    { timeout: 20_000 },
  );
  return node.stdout.trim().replaceAll('\n', ', ');
}

describe('the process', () => {
  it('lives as long as a server listens', async () => {
    const program = `const server = createServer(b).listen(7);
      later(() => { console.log('closing'); server.close(); });`;
    expect(await run(program)).toBe('closing, exit');
  });

  it('ends although a server listens that is unref’ed', async () => {
    const program = `createServer(b).listen(7).unref();
      later(() => console.log('still here'));`;
    expect(await run(program)).toBe('exit');
  });

  it('lives as long as a socket is open', async () => {
    const program = `createServer(b, (socket) => socket.unref().resume()).listen(7).unref();
      const socket = connect(a, 7, '198.18.0.2', () => later(() => { console.log('ending'); socket.end(); }));`;
    expect(await run(program)).toBe('ending, exit');
  });

  it('ends although a socket is open that is unref’ed, and lives when it is ref’ed again', async () => {
    const program = (then: string) => `
      createServer(b, (socket) => socket.unref().resume()).listen(7).unref();
      const socket = connect(a, 7, '198.18.0.2', () => {
        socket.unref();${then}
        later(() => { console.log('still here'); socket.destroy(); });
      });`;
    expect(await run(program(''))).toBe('exit');
    expect(await run(program('socket.ref();'))).toBe('still here, exit');
  });

  it('waits until what a destroyed socket has written is delivered', async () => {
    const program = `let count = 0;
      createServer(b, { receiveBuffer: 8_192 }, (socket) => {
        socket.unref().pause();
        socket.on('data', (bytes) => { count += bytes.length; }).on('end', () => console.log(count));
        later(() => socket.resume());
      }).listen(7).unref();
      const socket = connect(a, 7, '198.18.0.2');
      socket.end(Buffer.alloc(200_000), () => socket.destroy());
      socket.on('close', () => console.log('closed'));`;
    expect(await run(program)).toBe('closed, 200000, exit');
  });

  it('does not wait for a connection in TIME-WAIT', async () => {
    const program = `
      const server = createServer(b, (socket) => socket.end('bye').resume()).listen(7);
      connect(a, 7, '198.18.0.2').resume().on('close', () => { console.log('closed'); server.close(); });`;
    expect(await run(program)).toBe('closed, exit');
  });
});
