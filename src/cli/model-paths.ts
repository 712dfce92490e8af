import { Command } from 'commander';
import { EXIT_CODES_HELP } from './exit.ts';
import {
  limitOption,
  machineOption,
  seedOption,
  strategyOption,
  type WordFlags,
  wordsFor,
} from './model-options.ts';

const EXAMPLES = `Examples:
  statewire model paths --strategy shortest
  statewire model paths --machine listener --strategy simple --limit 50
  statewire model paths --strategy random --limit 100 --seed 7 --json
`;

/** `statewire model paths`: test words. */
export function modelPathsCommand(): Command {
  return new Command('paths')
    .summary('print test words generated from a chart')
    .description(
      'Print test words: what a peer sends, what the user calls and which timers fire, one behind the other, so that a chart is gone through. ' +
        'They are abstract: `statewire model test` makes frames and calls of them.',
    )
    .addHelpText('before', EXAMPLES)
    .addHelpText('after', EXIT_CODES_HELP)
    .addOption(machineOption(true))
    .addOption(strategyOption())
    .addOption(limitOption())
    .addOption(seedOption())
    .option('--json', 'a JSON document a line: the symbols, and where each leads')
    .action((flags: WordFlags & { readonly json?: boolean }) => {
      for (const word of wordsFor(flags)) {
        const { machine, symbols, places } = word;
        process.stdout.write(
          flags.json
            ? `${JSON.stringify(word)}\n`
            : `${machine}: ${symbols.join(' · ')} → ${places.at(-1) ?? ''}\n`,
        );
      }
    });
}
