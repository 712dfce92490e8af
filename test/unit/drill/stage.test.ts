import { readdirSync, readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { type DrillStage, runScript, runScriptOnStage } from '../../../src/drill/index.ts';
import { virtualClock } from '../../../src/sim/index.ts';
import { createStack } from '../../../src/stack/stack.ts';
import { ESTABLISHED } from './script.ts';

const folder = new URL('../../drill/', import.meta.url);

function stage(parts: Partial<DrillStage> = {}): DrillStage {
  const clock = virtualClock();
  return {
    clock,
    makeStack: createStack,
    pass: ({ timeMs, stop }) => clock.run({ untilMs: timeMs, until: stop }),
    ...parts,
  };
}

describe('a script at the pace of somebody else', () => {
  const files = readdirSync(folder).filter((file) => file.endsWith('.pkt'));
  test.each(files)('%s: the same frames at the same times', async (file) => {
    const source = { file, text: readFileSync(new URL(file, folder), 'utf8') };
    const told = (frames: ReturnType<typeof runScript>['frames']) =>
      frames.map(({ timeMs, kind, frame }) => [timeMs, kind, frame]);
    const { frames, ...result } = await runScriptOnStage(source, {}, stage());
    const { frames: atOnce, ...expected } = runScript(source);
    expect(result).toEqual(expected);
    expect(told(frames)).toEqual(told(atOnce));
  });

  test('stops wherever time has to pass, and asks for leave', async () => {
    const { clock, ...rest } = stage();
    const times: number[] = [];
    const result = await runScriptOnStage(
      { file: 'x.pkt', text: `${ESTABLISHED}+0.5 close(4) = 0\n+0 > F. 1:1(0) ack 1\n+0.25 close(3) = 0\n` },
      {},
      {
        ...rest,
        clock,
        pass: async ({ timeMs, stop }) => {
          if (timeMs > clock.now()) times.push(timeMs);
          await clock.run({ untilMs: timeMs, until: stop });
        },
      },
    );
    expect(result.verdict).toBe('pass');
    expect(times).toEqual([500, 750]);
  });

  test('fails as ever when a call comes to something else while time passes', async () => {
    const timeout = '+0 setsockopt(4, SOL_SOCKET, SO_RCVTIMEO, {tv_sec=0, tv_usec=100000}, 16) = 0\n';
    const text = `${ESTABLISHED}${timeout}+0...0.1 read(4, ..., 10) = 5\n+1 close(4) = 0\n`;
    const source = { file: 'x.pkt', text };
    const expected = { verdict: 'fail', failure: { what: ['read: expected 5, got -1 EAGAIN'] } };
    expect(runScript(source)).toMatchObject(expected);
    expect(await runScriptOnStage(source, {}, stage())).toMatchObject(expected);
  });

  test('that can not be read makes no stack', async () => {
    const makeStack = () => expect.fail('a stack was made');
    const result = await runScriptOnStage({ file: 'x.pkt', text: 'wrong' }, {}, stage({ makeStack }));
    expect(result.verdict).toBe('error');
  });
});
