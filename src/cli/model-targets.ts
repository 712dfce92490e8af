/** The targets that words can be played on. */

import { Option } from 'commander';
import { type SelfOptions, selfTarget, type Target } from '../model/index.ts';
import type { LinuxOptions } from '../node/model/linux-target.ts';

export const TARGETS = ['self', 'linux'] as const;
export type TargetName = (typeof TARGETS)[number];

export function targetOption(what: string): Option {
  return new Option('--target <NAME>', what).choices(TARGETS).default('self');
}

/** @throws StackError where the target can't be had, with the reason */
export async function openTarget(name: TargetName, options: SelfOptions & LinuxOptions): Promise<Target> {
  if (name === 'self') return selfTarget(options);
  const { linuxTarget } = await import('../node/model/linux-target.ts');
  return linuxTarget(options);
}
