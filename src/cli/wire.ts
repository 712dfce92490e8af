import type { Writable } from 'node:stream';
import { inspectable, isImpaired } from '../inspect/index.ts';
import type { Device } from '../net/device.ts';
import { type ImpairedDevice, impair } from '../net/impairments.ts';
import { type Capture, startCapture } from '../node/capture.ts';
import { cryptoRandom } from '../node/crypto-random.ts';
import type { Handover } from '../node/handover.ts';
import { hostClock } from '../node/host-clock.ts';
import { hasAddress } from '../node/interface-settings.ts';
import { openTun, type TunDevice } from '../node/tun.ts';
import { seededRandom } from '../sim/index.ts';
import type { ConnectionOptions, Stack } from '../stack/api.ts';
import { TcpStack } from '../stack/stack.ts';
import { inPrefix, parseAddress, parseCidr } from '../wire/index.ts';
import { openCapture } from './capture-file.ts';
import { Failure, UsageError } from './exit.ts';
import { chosenImpairments } from './impairment-options.ts';
import { checkInspectFlags, type InspectFlags, wantsInspection } from './inspect-options.ts';
import { type Inspection, startInspection } from './inspection.ts';
import type { Output } from './output.ts';
import type { WireFlags } from './wire-options.ts';

/** A stack on a TUN device, as the command line describes it. */
export interface Wire {
  readonly stack: Stack;
  readonly tun: TunDevice;
  readonly impaired: ImpairedDevice | undefined;
  /** Aborted, with the reason, when the device or the capture's reader has gone: there is nothing left to do. */
  readonly gone: AbortSignal;
  /** Closes connections, inspector, capture and device, in this order. */
  close(graceMs?: number): Promise<void>;
}

/** A wire that is one of several on a device of several queues. */
export interface Share {
  /** The last one sets the device up: as long as its link is down nothing comes for queues that are not there yet. */
  readonly isLast: boolean;
  readonly handover: Handover;
}

/** Opens the device and builds impairments, stack and capture on it. */
export async function openWire(
  flags: WireFlags,
  output: Output,
  options: ConnectionOptions = {},
  share?: Share,
): Promise<Wire> {
  const { tun: name, kernel = [], address = [], mtu, spin } = flags;
  // Not left to commander, which would not get round to telling of a misspelt option.
  if (name === undefined) throw new UsageError('--tun is missing: name the TUN device, as --tun tun7.');
  if (address.length === 0) throw new UsageError("--address is missing: the stack's own, as 198.18.0.2.");
  checkInspectFlags(flags);
  const setsUp = share === undefined || share.isLast;
  if (setsUp) checkAddresses({ name, kernel, address }, output);
  const impairments = chosenImpairments(flags);
  const captureFile = flags.pcap === undefined ? undefined : openCapture(flags.pcap);
  const isWatched = wantsInspection(flags);
  // What stands between the device and the stack is for frames as links carry them.
  const offload = flags.offload !== false && impairments === undefined && !isWatched;
  const tun = await openTun({
    name,
    address: setsUp ? kernel : [],
    up: setsUp,
    multiQueue: share !== undefined,
    offload,
    ...(mtu === undefined ? {} : { mtu }),
    ...(spin === undefined ? {} : { spinUs: spin }),
  });
  try {
    if (setsUp && kernel.length === 0 && !(await hasAddress(tun.name))) {
      throw new UsageError(
        `--kernel is missing: ${tun.name} has no address yet. Give one, as 198.18.0.1/24.`,
      );
    }
    const clock = hostClock();
    let device: Device = tun;
    let impaired: ImpairedDevice | undefined;
    if (impairments !== undefined) {
      const seed = flags.seed ?? String(cryptoRandom().uint32());
      if (flags.seed === undefined) output.message(`--seed ${seed} repeats this run's bad luck`);
      impaired = impair(tun, { clock, random: seededRandom(seed), ...impairments });
      device = impaired;
    }
    const plain = { device, clock, random: cryptoRandom() };
    const parts = isWatched ? inspectable({ ...plain, record: flags.record !== undefined }) : plain;
    const elsewhere = share?.handover.elsewhere;
    const stack = new TcpStack(
      { ...options, ...chosenForTcp(flags), ...parts, addresses: address },
      elsewhere === undefined ? {} : { elsewhere },
    );
    share?.handover.attach(stack);
    // What viewers do to the link is in the capture, too.
    const link = isImpaired(parts.device) ? parts.device : undefined;
    const wire = new OpenWire({ stack, tun, impaired, link, captureFile, output });
    if (isWatched) await wire.watch(flags);
    return wire;
  } catch (error) {
    tun.close();
    throw error;
  }
}

interface WireParts extends Pick<Wire, 'stack' | 'tun' | 'impaired'> {
  /** What the stack's frames leave through. */
  readonly link: ImpairedDevice | undefined;
  readonly captureFile: Writable | undefined;
  readonly output: Output;
}

class OpenWire implements Wire {
  readonly stack: Stack;
  readonly tun: TunDevice;
  readonly impaired: ImpairedDevice | undefined;
  readonly #gone = new AbortController();
  readonly #capture: Capture | undefined;
  readonly #output: Output;
  #inspection: Inspection | undefined;
  #closing = false;

  constructor({ stack, tun, impaired, link, captureFile, output }: WireParts) {
    this.stack = stack;
    this.tun = tun;
    this.impaired = impaired;
    this.#output = output;
    if (captureFile !== undefined) {
      captureFile.on('error', (error: NodeJS.ErrnoException) => this.#captureFailed(error));
      this.#capture = startCapture(stack, captureFile, link === undefined ? {} : { impaired: link });
    }
    tun.drained$.subscribe({
      complete: () => {
        if (!this.#closing) this.#gone.abort(new Failure(tun.endReason ?? `${tun.name} is gone`));
      },
    });
  }

  get gone(): AbortSignal {
    return this.#gone.signal;
  }

  /** Lets viewers and a record look on. To be called before anything has happened. */
  async watch(flags: InspectFlags): Promise<void> {
    this.#inspection = await startInspection(this.stack, flags, this.#output, (failure) =>
      this.#gone.abort(failure),
    );
  }

  async close(graceMs?: number): Promise<void> {
    this.#closing = true;
    this.#inspection?.resume();
    await this.stack.close(graceMs);
    await this.#inspection?.close();
    await this.#capture?.close();
    const leftOut = this.#capture?.leftOut ?? 0;
    if (leftOut > 0)
      this.#output.message(`${leftOut} packets are not in the capture: it is written too slowly`);
  }

  #captureFailed(error: NodeJS.ErrnoException): void {
    // Whoever reads the capture, Wireshark say, was closed: as good as an interrupt.
    const reason =
      error.code === 'EPIPE' ? undefined : new Failure(`The capture can't be written: ${error.message}`);
    this.#gone.abort(reason);
  }
}

/** Mistakes that would only show in packets that never come. */
function checkAddresses(
  { name, kernel, address }: { name: string; kernel: readonly string[]; address: readonly string[] },
  output: Output,
): void {
  for (const text of address) {
    const own = parseAddress(text);
    if (own === undefined) {
      const hint = text.includes('/') ? ', without a prefix length' : '';
      throw new UsageError(`--address: ${text} is not an address; give one as 198.18.0.2 or fd00::2${hint}.`);
    }
    const networks = kernel.flatMap((cidr) => parseCidr(cidr) ?? []);
    if (networks.some((network) => network.address.equals(own))) {
      throw new UsageError(`--address and --kernel are both ${text}: the kernel would answer itself.`);
    }
    const same = networks.filter((network) => network.address.version === own.version);
    if (same.length > 0 && !same.some((network) => inPrefix(own, network.address, network.prefix))) {
      output.message(
        `${text} is in no network of --kernel: the kernel sends nothing there without \`ip route add ${text} dev ${name}\`.`,
      );
    }
  }
}

function chosenForTcp({
  pacing,
  congestionControl,
  mtuProbing,
}: WireFlags): Pick<ConnectionOptions, 'pacing' | 'congestionControl' | 'mtuProbing'> {
  return {
    ...(pacing === true ? { pacing } : {}),
    ...(congestionControl === undefined ? {} : { congestionControl }),
    ...(mtuProbing === undefined ? {} : { mtuProbing }),
  };
}
