import { SEEDED_FAULTS, type SeededFault } from '../model/index.ts';
import { UsageError } from './exit.ts';
import { nearest } from './suggestion.ts';

/** @throws UsageError when there is none of this name */
export function faultNamed(name: string): SeededFault {
  const fault = SEEDED_FAULTS.find((each) => each.name === name);
  if (fault) return fault;
  const hint = nearest(
    name,
    SEEDED_FAULTS.map((each) => each.name),
  );
  throw new UsageError(
    `check: there is no fault "${name}"${hint === undefined ? '' : `; did you mean ${hint}?`} --list-faults names them.`,
  );
}

export function tellFaults(isJson: boolean): void {
  const faults = SEEDED_FAULTS.map(({ name, text, rule }) => ({ name, text, rule }));
  if (isJson) {
    process.stdout.write(`${JSON.stringify(faults, null, 2)}\n`);
    return;
  }
  const width = Math.max(...faults.map(({ name }) => name.length));
  for (const { name, text } of faults) process.stdout.write(`${name.padEnd(width)}  ${text}\n`);
}
