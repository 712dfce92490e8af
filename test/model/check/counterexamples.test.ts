/**
 * Each seeded fault is found, by the rule that it breaks. What it is told as: a script that two real stacks with the fault play to the same end, and a
 * packetdrill script that fails where the fault can be seen from outside.
 */

import { describe, expect, it } from 'vitest';
import { drillOfCounterexample, runWith } from '../../../src/cli/check-drill.ts';
import { parseScript, runScript } from '../../../src/drill/index.ts';
import {
  type CheckResult,
  checkModel,
  modelOf,
  readBounds,
  replayScript,
  SEEDED_FAULTS,
  type SeededFault,
  type ToldCounterexample,
  tellCounterexample,
} from '../../../src/model/index.ts';
import { isStepScript } from '../../../src/sim/index.ts';

/** What a script of packets, calls and states can't show, and why. */
const NOT_IN_PACKETS: Readonly<Record<string, string>> = {
  'timer-in-time-wait': 'the timer fires into nothing',
  'opened-twice': 'a socket has no word for what it is told',
  'listener-never-reaps': 'the backlog of a script is not full with one connection',
  'garbles-text': 'the text of a script are zeros, and it does not look at them',
  'shrinks-its-window': 'a receive buffer of four octets is none that a socket can have',
  'goes-back-too-far': 'nothing that is sent has the number',
};

const results = new Map<string, CheckResult>();
const told = new Map<string, ToldCounterexample>();

/** Worked out once, for all tests of a fault. */
function found({ name, bounds, parts }: SeededFault): CheckResult {
  let result = results.get(name);
  if (!result) {
    result = checkModel({ bounds, parts });
    results.set(name, result);
  }
  return result;
}

function toldOf(fault: SeededFault): ToldCounterexample {
  const { name, bounds, parts } = fault;
  let counterexample = told.get(name);
  if (!counterexample) {
    counterexample = tellCounterexample(modelOf(bounds, parts), found(fault).violation!, name);
    told.set(name, counterexample);
  }
  return counterexample;
}

async function importText(text: string): Promise<{ default: unknown; expected: unknown }> {
  return import(/* @vite-ignore */ `data:text/javascript,${encodeURIComponent(text)}`);
}

describe.each(SEEDED_FAULTS.map((fault) => [fault.name, fault] as const))(
  'the counterexample to %s',
  (name, fault) => {
    it('is found', () => {
      const { violation, isComplete } = found(fault);
      expect(violation?.rule).toBe(fault.rule);
      expect(isComplete).toBe(false);
      expect(violation!.moves.length).toBeGreaterThan(0);
    });

    it('fails in the same way when the file is replayed on stacks with the fault, and not without', async () => {
      const { module, expected } = toldOf(fault);
      const saved = await importText(module);
      expect(isStepScript(saved.default)).toBe(true);
      expect(saved.expected).toEqual(expected);
      const { script } = toldOf(fault);
      expect(saved.default).toEqual(script);
      const bounds = readBounds(expected.bounds);
      const again = replayScript(script, bounds, fault.parts);
      expect(again.violation).toEqual({ rule: fault.rule, text: expected.text });
      expect(again.stepsTaken).toBe(script.steps.length);
      expect(again.agrees).toBe(true);
      expect(again.played?.steps.at(-1)?.states).toEqual(expected.states);
      const sound = replayScript(script, bounds);
      expect(sound.violation).toBeUndefined();
      expect(sound.agrees || sound.stopped !== undefined).toBe(true);
      expect(sound.played?.crash).toBeUndefined();
    });

    it('passes as a packetdrill script, and fails with the fault if packets can show it', () => {
      const { text, fails } = drillOfCounterexample(toldOf(fault), fault.parts, true);
      expect(parseScript({ file: `${name}.pkt`, text }).events.length).toBeGreaterThan(5);
      expect(runScript({ file: `${name}.pkt`, text }, { strict: true })).toMatchObject({ verdict: 'pass' });
      const isShown = !Object.hasOwn(NOT_IN_PACKETS, name);
      expect(fails).toBe(isShown);
      expect(runWith(text, fault.parts)).toBe(isShown ? 'fail' : 'pass');
    });
  },
);

describe('a script that no longer fits', () => {
  const fault = SEEDED_FAULTS.find(({ name }) => name === 'any-rst-in-window')!;

  it('stops at the first step that is not possible, and says which', () => {
    const { script, expected } = toldOf(fault);
    const steps = [{ network: 'delivers', from: 'A' } as const, ...script.steps];
    const { violation, stopped, stepsTaken, played } = replayScript(
      { ...script, steps },
      readBounds(expected.bounds),
      fault.parts,
    );
    expect({ violation, stepsTaken, played }).toEqual({
      violation: undefined,
      stepsTaken: 0,
      played: undefined,
    });
    expect(stopped).toContain('step 1, {"network":"delivers","from":"A"}');
  });

  it('without a fault shows what the stack does, and leaves the verdict to the reader', () => {
    const { text, fails } = drillOfCounterexample(toldOf(fault), {}, false);
    expect(fails).toBeUndefined();
    expect(text).toContain('put it right by hand');
  });
});
