/** What the process's exit code says. */
export const EXIT = { ok: 0, failure: 1, usage: 2, interrupted: 130 } as const;

/** What every command's help says about them. */
export const EXIT_CODES_HELP = `
Exit codes:
  0  it went well
  1  it failed; the reason is on stderr
  2  the command line is wrong`;

/** The command line is wrong: shown as one line, exit code 2. */
export class UsageError extends Error {
  override readonly name = 'UsageError';
}

/** What was asked for failed, and the message says all there is to say: shown as one line, exit code 1. */
export class Failure extends Error {
  override readonly name = 'Failure';
}
