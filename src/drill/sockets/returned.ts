/**
 * What system calls give back, now or later.
 */

/** A call's result. A negative value has an errno. */
export interface Returned {
  readonly value: number;
  readonly errno?: string;
  /** Where what the call filled in is not what the script says, in words. */
  readonly mismatches?: readonly string[];
}

/** Tries the call; undefined while it has to wait. Once it has given a result it is not called again. */
export type Attempt = () => Returned | undefined;

export interface Pending {
  readonly attempt: Attempt;
  /** When the call gives up waiting, and what it says then. */
  readonly timeout?: { readonly atMs: number; readonly returned: Returned };
}

export function failed(errno: string): Returned {
  return { value: -1, errno };
}

export function done(value = 0, mismatches: readonly string[] = []): Returned {
  return mismatches.length > 0 ? { value, mismatches } : { value };
}
