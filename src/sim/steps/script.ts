/**
 * Step scripts: a run of two stacks told step by step, in which nothing is left to time or to chance. Every call, every
 * timer that fires and every segment that arrives or is lost is a step. The model checker writes them.
 */

import type { ConnectionOptions } from '../../stack/api.ts';
import type { End } from '../recorder.ts';

/** A call of a user, in the words of RFC 9293 section 3.9.1. */
export type StepCall =
  | 'OPEN passive'
  | 'OPEN active'
  | 'OPEN in LISTEN'
  | 'SEND'
  | 'RECEIVE'
  | 'CLOSE our direction'
  | 'CLOSE both directions'
  | 'ABORT'
  | 'CLOSE listener';

/** `send` and `ack` are the connection's timers, `state` that of TIME-WAIT or FIN-WAIT-2; `give up` is the user timeout. */
export type StepTimer = 'send' | 'ack' | 'state' | 'give up';

export type Step =
  | { readonly at: End; readonly call: StepCall; readonly octets?: readonly number[] }
  | { readonly at: End; readonly timer: StepTimer }
  /** What the network does with the first segment in line from an end: `overtaken` lets those behind it pass. */
  | { readonly network: 'delivers' | 'duplicates' | 'loses' | 'lets others overtake'; readonly from: End }
  /** One that was overtaken arrives after all; the first that was is number 0. */
  | { readonly network: 'delivers late'; readonly from: End; readonly which: number }
  /** It arrives, and the answer to it is not given: the bound of RFC 5961 section 7 is reached. */
  | { readonly network: 'delivers unanswered'; readonly from: End };

export interface StepScript {
  /** Of both ends. */
  readonly options: ConnectionOptions;
  /** The ISS of an end's first connection, and how much further on that of its next one is. */
  readonly iss: number;
  readonly issStep: number;
  /** Whether users read text as soon as it is there; otherwise by RECEIVE. */
  readonly readsAtOnce: boolean;
  readonly steps: readonly Step[];
}

/** What a script was written for: the rule that it shows broken, and the states that it ends in. */
export interface StepsExpected {
  readonly rule: string;
  readonly text: string;
  readonly states: Readonly<Record<End, string>>;
  /** The fault that was put in on purpose, by its name. */
  readonly fault?: string;
  /** The bounds of the model that it was found within, by their names. */
  readonly bounds: Readonly<Record<string, number | boolean | readonly string[]>>;
}

/** The text of a module whose default export is the script. */
export function printStepScript(script: StepScript, expected: StepsExpected): string {
  const { steps, ...rest } = script;
  const head = JSON.stringify(rest, null, 2).replace(/^\{\n|\n\}$/g, '');
  const lines = steps.map((step) => `    ${bare(JSON.stringify(step))},`);
  return `// ${expected.rule}: ${expected.text}
// Runs again with: statewire sim --replay THIS-FILE
export const expected = ${bare(JSON.stringify(expected, null, 2))};

export default {
${bare(head)},
  steps: [
${lines.join('\n')}
  ],
};
`;
}

/** As JavaScript: names that need no quotes are without them. */
function bare(json: string): string {
  return json
    .replace(/"([A-Za-z_$][\w$]*)":/g, '$1: ')
    .replace(/: {2}/g, ': ')
    .replace(/,(?=[\w"])/g, ', ');
}

/** Whether a value that a module exports is a step script, as far as its shape tells. */
export function isStepScript(value: unknown): value is StepScript {
  const script = value as Partial<StepScript> | null;
  return (
    typeof script === 'object' &&
    script !== null &&
    Array.isArray(script.steps) &&
    typeof script.iss === 'number' &&
    typeof script.options === 'object'
  );
}
