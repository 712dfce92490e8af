import { Command } from 'commander';
import { type Check, diagnose } from '../node/doctor.ts';
import { EXIT, EXIT_CODES_HELP } from './exit.ts';
import { coloured } from './output.ts';

const EXAMPLES = `Examples:
  statewire doctor          look at what TUN devices need on this machine
  statewire doctor --json   the same for a program
`;

/** `statewire doctor`: what is missing for TUN devices, and what to do about it. */
export function doctorCommand(): Command {
  return new Command('doctor')
    .summary('look at what this machine lacks for TUN devices')
    .description(
      'Look at what TUN devices need on this machine, and say what to do where something is missing. ' +
        'Nothing is changed. The demo and the library need none of it.',
    )
    .addHelpText('before', EXAMPLES)
    .addHelpText('after', EXIT_CODES_HELP)
    .option('--json', 'the checks as one JSON document')
    .action(async ({ json = false }: { json?: boolean }) => {
      const checks = await diagnose();
      const ok = checks.every((check) => check.ok);
      process.stdout.write(json ? `${JSON.stringify({ ok, checks }, null, 2)}\n` : `${inWords(checks)}\n`);
      process.exitCode = ok ? EXIT.ok : EXIT.failure;
    });
}

function inWords(checks: readonly Check[]): string {
  const width = Math.max(...checks.map(({ name }) => name.length));
  const lines = checks.flatMap(({ name, ok, detail, remedy }) => {
    const mark = ok ? coloured(process.stdout, 'green', '✓') : coloured(process.stdout, 'red', '✗');
    const line = `${mark} ${name.padEnd(width)}  ${detail}`;
    return remedy === undefined ? [line] : [line, `  ${' '.repeat(width)}  → ${remedy}`];
  });
  const missing = checks.filter(({ ok }) => !ok).length;
  const verdict =
    missing === 0
      ? 'All is there: try `statewire serve --help`.'
      : `${missing} of ${checks.length} missing. \`statewire demo\` works all the same.`;
  return [...lines, '', verdict].join('\n');
}
