import { readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { type DrillResult, describeResult, runScript, totalsLine, totalsOf } from '../../src/drill/index.ts';
import { LINUX_DIFFERENCES } from './linux-differences.ts';

const page = readFileSync(new URL('../../docs/DRILL.md', import.meta.url), 'utf8');
const blocks = (language: string): string[] =>
  [...page.matchAll(new RegExp(`\`\`\`${language}\n([\\s\\S]*?)\n\`\`\``, 'g'))].map(([, text]) => text!);
const scripts = blocks('pkt');
const consoles = blocks('console');

/** What `statewire drill` prints for one script. */
const printed = (result: DrillResult): string =>
  `${describeResult(result)}\n${totalsLine(totalsOf([result]))}`;
const play = (file: string, text: string): DrillResult => runScript({ file, text });

describe('docs/DRILL.md', () => {
  test('has three scripts: two pass, one fails', () => {
    const verdicts = scripts.map((text) => play('x.pkt', text).verdict);
    expect(verdicts).toEqual(['pass', 'pass', 'fail']);
  });

  test('shows what a script that passes says', () => {
    expect(consoles[0]).toBe(
      `$ statewire drill handshake.pkt\n${printed(play('handshake.pkt', scripts[0]!))}`,
    );
  });

  test('shows what a failure looks like', () => {
    expect(consoles[1]).toBe(`$ statewire drill wrong.pkt\n${printed(play('wrong.pkt', scripts[2]!))}`);
  });

  test('lists the differences to Linux, each with its reason', () => {
    const rows = Object.entries(LINUX_DIFFERENCES).map(
      ([file, { line, linux, reason }]) => `| \`${file}:${line}\` | ${linux} | ${reason} |`,
    );
    expect(page.match(/^\| `\S+\.pkt:.*$/gm)).toEqual(rows);
  });

  test('shows what a script error looks like', () => {
    const script = scripts[0]!
      .replace('< S 0:0(0) win 65535 <mss 1460,sackOK,nop,nop>', '< S 0:0(1) win 65535')
      .replace('\n\n', '\n');
    expect(consoles[2]).toBe(`$ statewire drill typo.pkt\n${printed(play('typo.pkt', script))}`);
  });
});
