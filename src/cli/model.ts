import { Command } from 'commander';
import { modelGraphCommand } from './model-graph.ts';
import { modelLearnCommand } from './model-learn.ts';
import { modelPathsCommand } from './model-paths.ts';
import { modelTestCommand } from './model-test.ts';

const EXAMPLES = `Examples:
  statewire model graph --format svg > tcp.svg       the connection chart, drawn
  statewire model paths --strategy shortest          how to get to every state, as test words
  statewire model test                               all words against this stack, on virtual time
  sudo statewire model test --target linux           the same words against this machine's kernel
  statewire model learn > self.dot                   a state machine learned by asking alone
`;

/** `statewire model`: the charts as graphs, test words generated from them, and stacks tested with these. */
export function modelCommand(): Command {
  return new Command('model')
    .summary('draw the charts, and test TCPs with words generated from them')
    .description(
      'The charts that run, as graphs; test words generated from them; and these words played on this stack or on others.',
    )
    .addHelpText('before', EXAMPLES)
    .addCommand(modelGraphCommand())
    .addCommand(modelPathsCommand())
    .addCommand(modelTestCommand())
    .addCommand(modelLearnCommand());
}
