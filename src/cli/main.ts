#!/usr/bin/env node
import { createRequire } from 'node:module';
import { Command, CommanderError } from 'commander';
import { StackError } from '../errors.ts';
import { checkCommand } from './check.ts';
import { demoCommand } from './demo.ts';
import { doctorCommand } from './doctor.ts';
import { drillCommand } from './drill.ts';
import { EXIT, EXIT_CODES_HELP, Failure, UsageError } from './exit.ts';
import { getCommand } from './get.ts';
import { inspectCommand } from './inspect.ts';
import { withInspectPort } from './inspect-options.ts';
import { addInterpreterOption } from './interpreter-option.ts';
import { iperf3Command } from './iperf3.ts';
import { linkCommand } from './link.ts';
import { modelCommand } from './model.ts';
import { describeFault } from './output.ts';
import { serveCommand } from './serve.ts';
import { simCommand } from './sim.ts';
import { tellCommand } from './tell.ts';
import { workerCommand } from './worker.ts';

const EXAMPLES = `Examples:
  statewire demo                what a connection's life looks like, on a virtual network
  statewire demo --list         all scenes
  statewire doctor              whether this machine can use TUN devices
  statewire serve --help        serve files to the kernel through a TUN device
  statewire get --help          fetch a URL through the stack
`;

/** The commands whose stacks somebody may want on XState's own interpreter. */
const WITH_STACKS: ReadonlySet<string> = new Set(
  ['demo', 'serve', 'get', 'iperf3', 'drill', 'model test', 'model learn', 'check', 'sim', 'worker'].map(
    (name) => `statewire ${name}`,
  ),
);

process.exitCode = await run(process.argv.slice(2));

async function run(argv: readonly string[]): Promise<number> {
  quietWhenNobodyReads();
  try {
    await program().parseAsync(withInspectPort(argv), { from: 'user' });
    return Number(process.exitCode ?? EXIT.ok);
  } catch (error) {
    return report(error);
  }
}

function program(): Command {
  const { version } = createRequire(import.meta.url)('statewire/package.json') as { version: string };
  const command = new Command('statewire')
    .description('A TCP/IP stack in which every connection is a statechart.')
    .version(version, '-V, --version', 'print the version')
    .addHelpText('before', EXAMPLES)
    .addHelpText('after', EXIT_CODES_HELP)
    .addCommand(demoCommand())
    .addCommand(serveCommand())
    .addCommand(getCommand())
    .addCommand(iperf3Command())
    .addCommand(linkCommand())
    .addCommand(drillCommand())
    .addCommand(modelCommand())
    .addCommand(checkCommand())
    .addCommand(simCommand())
    .addCommand(workerCommand())
    .addCommand(inspectCommand())
    .addCommand(tellCommand())
    .addCommand(doctorCommand());
  for (const each of withAllBelow(command)) {
    each.exitOverride().showHelpAfterError(`(${path(each)} --help shows what there is)`);
    if (WITH_STACKS.has(path(each))) addInterpreterOption(each);
  }
  return command;
}

function withAllBelow(command: Command): Command[] {
  return [command, ...command.commands.flatMap(withAllBelow)];
}

function path(command: Command): string {
  return command.parent === null ? command.name() : `${path(command.parent)} ${command.name()}`;
}

/** Says what went wrong in one line; returns the exit code. */
function report(error: unknown): number {
  // Commander has said it already; help and version are no errors.
  if (error instanceof CommanderError) return error.exitCode === 0 ? EXIT.ok : EXIT.usage;
  const isUsage = error instanceof UsageError || (error instanceof StackError && error.code === 'EINVAL');
  if (isUsage || error instanceof Failure || error instanceof StackError) {
    process.stderr.write(`statewire: ${error.message}\n`);
    return isUsage ? EXIT.usage : EXIT.failure;
  }
  process.stderr.write(`${describeFault(error)}\n`);
  return EXIT.failure;
}

/** `statewire … | head` ends without a word once head has seen enough. Commands with something to close listen as well. */
function quietWhenNobodyReads(): void {
  process.stdout.on('error', (error: NodeJS.ErrnoException) => {
    if (error.code !== 'EPIPE') throw error;
    if (process.stdout.listenerCount('error') === 1) process.exit(process.exitCode ?? EXIT.ok);
  });
  process.stderr.on('error', (error: NodeJS.ErrnoException) => {
    if (error.code !== 'EPIPE') throw error;
  });
}
