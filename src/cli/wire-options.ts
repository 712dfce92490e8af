import { type Command, Option } from 'commander';
import { LONGEST_SPIN_US } from '../node/tun.ts';
import { controllerNames } from '../tcp/index.ts';
import { addImpairmentOptions } from './impairment-options.ts';
import { addInspectOptions, type InspectFlags } from './inspect-options.ts';
import { collect, parseWhole } from './parsers.ts';

export { parseDecimal, parsePort, parseWhole } from './parsers.ts';

/** What the commands that run a stack on a TUN device have in common. */
export interface WireFlags extends InspectFlags, Readonly<Record<string, unknown>> {
  readonly tun?: string;
  readonly kernel?: readonly string[];
  readonly address?: readonly string[];
  readonly mtu?: number;
  readonly spin?: number;
  readonly offload?: boolean;
  readonly pacing?: boolean;
  readonly congestionControl?: string;
  readonly mtuProbing?: 'off' | 'blackhole' | 'always';
  readonly seed?: string;
  readonly pcap?: string;
  readonly json?: boolean;
}

/** Adds the options of {@link WireFlags}, of the impairments and of the inspector. */
export function addWireOptions(command: Command): Command {
  command
    .optionsGroup('The TUN device:')
    .option('--tun <NAME>', 'TUN device, made if there is none of that name (required)')
    .option(
      '--kernel <CIDR>',
      "the kernel's address on it, as 198.18.0.1/24; again for the other IP version",
      collect,
    )
    .option(
      '--address <IP>',
      "the stack's address, as 198.18.0.2; again for the other IP version (required)",
      collect,
    );
  addDeviceTuning(command).option(
    '--no-offload',
    'have the kernel cut up segments and compute checksums, as for a link (so it is with faults and viewers)',
  );
  command
    .optionsGroup('TCP:')
    .option(
      '--pacing',
      'spread what is sent over the round trip, in place of a window at once (docs/CONGESTION.md)',
    )
    .addOption(
      new Option(
        '--congestion-control <NAME>',
        'how fast to send (default: cubic; docs/CONGESTION.md)',
      ).choices(controllerNames()),
    )
    .addOption(
      new Option(
        '--mtu-probing <WHEN>',
        'whether larger segments are tried where no router says what a path takes (default: blackhole)',
      ).choices(['off', 'blackhole', 'always']),
    );
  addImpairmentOptions(command);
  addInspectOptions(command);
  return command
    .optionsGroup('What to show:')
    .option('--pcap <FILE>', 'write all packets as pcapng, - for stdout: … --pcap - | wireshark -k -i -')
    .option('--json', 'events as JSON, one a line (on stdout; on stderr where stdout is taken)');
}

/** Of each TUN device that a command opens. */
export function addDeviceTuning(command: Command): Command {
  return command
    .option(
      '--mtu <N>',
      'largest packet in bytes (default: as the device is, 1500 for a new one)',
      parseWhole(68, 65_535),
    )
    .option(
      '--spin <MICROSECONDS>',
      'look so long for more packets before sleeping, while they come that close together (default: 100, 0: never)',
      parseWhole(0, LONGEST_SPIN_US),
    );
}
