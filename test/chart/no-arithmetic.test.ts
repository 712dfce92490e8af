/** The chart holds arrows and timers. What a segment means is reckoned in src/tcp; a chart that reckons hides a decision. */

import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';

const machines = join(import.meta.dirname, '../../machines');
/** The files that draw the charts. setup.ts gives names their meaning, arrows.ts and logic.ts read and drive the chart. */
const charts = [
  ...['connection', 'handshake', 'synchronized', 'send-timer', 'ack-timer'].map(
    (name) => `connection/${name}.ts`,
  ),
  'interface.ts',
];

/** The source without comments and texts: what is left of "3.10.7.4 +1" in a description is nothing. */
function codeOf(file: string): string {
  return readFileSync(join(machines, file), 'utf8')
    .replace(/\/\*[\s\S]*?\*\//g, '')
    .replace(/\/\/.*$/gm, '')
    .replace(/'(?:[^'\\]|\\.)*'/g, "''");
}

describe('the files that draw a chart', () => {
  it.each(charts)('%s reckons and compares nothing', (file) => {
    const operators =
      codeOf(file)
        .match(/[+*/%<>-]=?|===|!==|&&|\|\||\?\?|\?/g)
        ?.filter((found) => found !== '>') ?? [];
    // `=>` and the `<` of types are no operators; a chart has neither types nor conditions.
    expect(operators.filter((operator) => operator !== '>=')).toEqual([]);
  });

  it('are all the files of the connection chart but those that name, read and drive it', () => {
    const others = readdirSync(join(machines, 'connection')).filter(
      (file) => !charts.includes(`connection/${file}`),
    );
    expect(others.sort()).toEqual(['arrows.ts', 'events.ts', 'logic.ts', 'setup.ts']);
  });
});
