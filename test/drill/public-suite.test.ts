import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { describeResult, PROFILE_NAMES, runScript } from '../../src/drill/index.ts';

const folder = new URL('../../../shared/drill/freebsd-tcp-testsuite/', import.meta.url);
const there = existsSync(folder);
const files = there
  ? readdirSync(folder, { recursive: true, encoding: 'utf8' }).filter((file) => file.endsWith('.pkt'))
  : [];

describe.skipIf(!there)(
  `scripts of the FreeBSD TCP test suite${there ? '' : ': ../shared/drill is not there'}`,
  () => {
    test('are all there', () => {
      expect(files).toHaveLength(169);
    });

    for (const profile of PROFILE_NAMES) {
      test(`all pass with the profile ${profile}, TCP options in any order`, () => {
        const failed = files.flatMap((file) => {
          const source = { file, text: readFileSync(new URL(file, folder), 'utf8') };
          const result = runScript(source, { optionsAsSet: true, profile });
          return result.verdict === 'pass' ? [] : [describeResult(result)];
        });
        expect(failed).toEqual([]);
      });
    }
  },
);
