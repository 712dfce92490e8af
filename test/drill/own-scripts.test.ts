import { readdirSync, readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { describeResult, runScript } from '../../src/drill/index.ts';

const folder = new URL('.', import.meta.url);
const files = readdirSync(folder).filter((file) => file.endsWith('.pkt'));

function play(file: string, options: Parameters<typeof runScript>[1]): string {
  const result = runScript({ file, text: readFileSync(new URL(file, folder), 'utf8') }, options);
  return result.verdict === 'pass' ? 'pass' : describeResult(result);
}

describe('the scripts of this package', () => {
  test('are there', () => {
    expect(files.length).toBeGreaterThan(25);
  });

  for (const file of files) {
    test(`${file} passes, and nothing is sent that it does not take`, () => {
      expect(play(file, { strict: true })).toBe('pass');
    });
  }

  /** Those whose ICMP messages IPv4 alone has, or that say themselves which version they are for. */
  const ofOneVersion = new Set([
    'icmp-hard-error.pkt',
    'icmp-soft-error.pkt',
    'icmp-soft-error-connecting.pkt',
    'path-mtu.pkt',
    'path-mtu-ipv6.pkt',
    // No path of IPv6 takes as little as they begin with.
    'black-hole.pkt',
    'path-probe.pkt',
  ]);
  for (const file of files.filter((file) => !ofOneVersion.has(file))) {
    test(`${file} passes over IPv6 as well`, () => {
      expect(play(file, { strict: true, overrides: { ip_version: 'ipv6', mtu: '1520' } })).toBe('pass');
    });
  }

  /** Those about what is a matter of taste. */
  const ofTaste = new Set(['syn-options.pkt']);
  for (const file of files.filter((file) => !ofTaste.has(file))) {
    test(`${file} passes with the taste of Linux as well`, () => {
      expect(play(file, { profile: 'linux' })).toBe('pass');
    });
  }
});
