import { StackError } from '../errors.ts';

/**
 * Experiments are written by hand, and a field that nobody reads (`delay` for `delayMs`) would be a fault that is not there.
 *
 * @param known all fields there are; `satisfies Record<keyof T, true>` has the compiler keep them complete
 * @throws StackError EINVAL with the field's name and what else there is
 */
export function checkFields(where: string, value: unknown, known: Readonly<Record<string, true>>): void {
  if (typeof value !== 'object' || value === null || Array.isArray(value))
    throw new StackError('EINVAL', `${where} is no object`);
  for (const field of Object.keys(value)) {
    if (!Object.hasOwn(known, field))
      throw new StackError(
        'EINVAL',
        `${where} has no field "${field}"; there are ${Object.keys(known).join(', ')}`,
      );
  }
}
