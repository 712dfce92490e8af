import { drillOfSteps, runScript } from '../drill/index.ts';
import type { Parts, ToldCounterexample } from '../model/index.ts';
import type { SeededRandom } from '../sim/index.ts';
import type { StackOptions } from '../stack/api.ts';
import { TcpStack } from '../stack/stack.ts';

export interface CounterDrill {
  readonly text: string;
  readonly end: 'A' | 'B';
  /** Whether the script fails on the stack with the fault; undefined where no fault was put in. */
  readonly fails: boolean | undefined;
}

/**
 * A counterexample as a packetdrill script. One end's share may not show the fault from outside: that end is taken at which
 * it does, if there is one.
 */
export function drillOfCounterexample(
  { script, played, expected }: ToldCounterexample,
  parts: Partial<Parts>,
  hasFault: boolean,
): CounterDrill {
  const last = script.steps.at(-1)!;
  const end = 'at' in last ? last.at : isArrival(last) ? other(last.from) : last.from;
  const about = [`${expected.rule}: ${expected.text}`];
  if (!hasFault) {
    about.push(
      'What is expected here is what the stack does now, the violation included: put it right by hand.',
    );
    return { text: drillOfSteps(script, played, end, about).text, end, fails: undefined };
  }
  for (const at of [end, other(end)] as const) {
    const { text } = drillOfSteps(script, played, at);
    if (runWith(text, parts) !== 'fail') continue;
    about.push(
      `Played on end ${at}, for statewire drill --strict. It passes, and fails with the fault ${expected.fault}.`,
    );
    return { text: `${comments(about)}${text}`, end: at, fails: true };
  }
  about.push(
    `Played on end ${end}. It passes with the fault ${expected.fault} as well: packets and states don't show it.`,
  );
  return { text: `${comments(about)}${drillOfSteps(script, played, end).text}`, end, fails: false };
}

function comments(lines: readonly string[]): string {
  return lines.map((line) => `// ${line}\n`).join('');
}

/** What comes of a script on a stack with other charts or protocol functions. */
export function runWith(text: string, parts: Partial<Parts>): 'pass' | 'fail' | 'skip' | 'error' {
  const makeStack = (options: StackOptions & { readonly random: SeededRandom }): TcpStack =>
    new TcpStack(options, {
      replaced: parts,
      // What throws ends its connection, and the script finds that out.
      observer: { stepped: () => {}, told: () => {}, ended: () => {}, crashed: () => {} },
    });
  return runScript({ file: 'counterexample.pkt', text }, { makeStack, strict: true }).verdict;
}

function isArrival(step: ToldCounterexample['script']['steps'][number]): boolean {
  return 'network' in step && (step.network.startsWith('delivers') || step.network === 'duplicates');
}

function other(end: 'A' | 'B'): 'A' | 'B' {
  return end === 'A' ? 'B' : 'A';
}
