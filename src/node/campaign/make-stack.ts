import type { MakeStack } from '../../sim/index.ts';

/**
 * What makes the stacks of a simulation in place of this one.
 *
 * @param url of a module whose default export it is
 * @throws TypeError for a module without such an export
 */
export async function loadMakeStack(url: string): Promise<MakeStack> {
  const { default: makeStack } = (await import(url)) as { readonly default?: unknown };
  if (typeof makeStack !== 'function')
    throw new TypeError(`${url}: its default export is no function ({ host, options, create }) => Stack`);
  return makeStack as MakeStack;
}
