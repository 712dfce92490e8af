import { Command, Option } from 'commander';
import { type ChartName, toDot, toJson, toMermaid, toScxml } from '../model/index.ts';
import { EXIT_CODES_HELP, Failure } from './exit.ts';
import { machineOption } from './model-options.ts';

const FORMATS = ['dot', 'mermaid', 'scxml', 'json', 'svg'] as const;
type Format = (typeof FORMATS)[number];

const EXAMPLES = `Examples:
  statewire model graph --format svg > connection.svg
  statewire model graph --machine listener --format mermaid
  statewire model graph --format json | jq '.arrows[] | select(.event == "rcv.RST")'
`;

/** `statewire model graph`: a chart as text or as a drawing. */
export function modelGraphCommand(): Command {
  return new Command('graph')
    .summary('draw a chart')
    .description(
      'Print a chart, read from the definition that runs: its states and arrows, each with the paragraph of the RFC that it follows.',
    )
    .addHelpText('before', EXAMPLES)
    .addHelpText('after', EXIT_CODES_HELP)
    .addOption(machineOption(false))
    .addOption(new Option('--format <FORMAT>', 'how').choices(FORMATS).default('dot'))
    .action(async ({ machine, format }: { machine: ChartName; format: Format }) => {
      process.stdout.write(await drawn(machine, format));
    });
}

async function drawn(chart: ChartName, format: Format): Promise<string> {
  switch (format) {
    case 'dot':
      return toDot(chart);
    case 'mermaid':
      return toMermaid(chart);
    case 'scxml':
      return toScxml(chart);
    case 'json':
      return toJson(chart);
    case 'svg':
      return toSvg(chart);
  }
}

async function toSvg(chart: ChartName): Promise<string> {
  const viz = await import('@viz-js/viz').catch(() => {
    throw new Failure(
      'SVG is drawn by the optional package @viz-js/viz, which is not there. Run `npm install @viz-js/viz`, or print --format dot.',
    );
  });
  return (await viz.instance()).renderString(toDot(chart), { format: 'svg' });
}
