/**
 * From what the user gave to what a TCB works with: defaults, and checks of every option.
 */

import { INTERPRETERS } from '../../machines/index.ts';
import { StackError } from '../errors.ts';
import type { Controller } from '../tcp/index.ts';
import { addController, controllerNames, DEFAULT_CONGESTION_CONTROL, isController } from '../tcp/index.ts';
import type { Settings } from '../tcp/settings.ts';
import { MAX_OPTIONS_LENGTH } from '../wire/index.ts';
import type { BufferRange, BufferSize, ConnectionOptions, StackOptions } from './api.ts';

const KIB = 1_024;

export const DEFAULTS = {
  noDelay: false,
  nagle: 'any',
  cork: false,
  keepAliveMs: false,
  keepAliveIntervalMs: undefined,
  keepAliveProbes: 9,
  // RFC 9293 section 3.9.1.1: five minutes, which is more than the 100 s of SHLD-11 and the 3 min of MUST-23.
  userTimeoutMs: 300_000,
  userTimeoutEnabled: false,
  userTimeoutChangeable: true,
  userTimeoutAdvertisedMs: undefined,
  // RFC 5482 section 3.1 recommends 100 s, and leaves the upper limit to whoever pays for the memory.
  userTimeoutLowerLimitMs: 100_000,
  userTimeoutUpperLimitMs: 3_600_000,
  sendBuffer: 256 * KIB,
  receiveBuffer: KIB * KIB,
  // What 1 Gbit/s over 100 ms has on its way, 12.5 MB, and a reader's round trip that is not a regular one.
  largestSendBuffer: 16 * KIB * KIB,
  largestReceiveBuffer: 16 * KIB * KIB,
  mslMs: 30_000,
  finWait2Ms: 60_000,
  delayedAckMs: 40,
  quickAcks: 0,
  rtoInitialMs: 1_000,
  rtoMinMs: 200,
  rtoRestart: false,
  ecn: 'accept',
  lossRecovery: 'rack',
  windowScaling: true,
  windowScale: undefined,
  timestamps: true,
  sack: true,
  oobInline: false,
  timeWaitProtection: true,
  congestionControl: DEFAULT_CONGESTION_CONTROL,
  pacing: undefined,
  restartAfterIdle: true,
  mtuProbing: 'blackhole',
  baseMss: 1_024,
  // RFC 1191 section 6.3, RFC 4821 section 7.3.
  pathMtuAgeMs: 600_000,
  windowValidation: false,
} as const satisfies Partial<Settings>;

/** MUST-28. */
const KEEP_ALIVE_MS = 7_200_000;

interface Range {
  readonly min: number;
  readonly max: number;
  /** Whether `Infinity` is meant as "no limit". */
  readonly unlimited?: true;
}

const RANGES: { readonly [K in keyof ConnectionOptions]?: Range } = {
  keepAliveMs: { min: 1, max: 2 ** 31 },
  keepAliveIntervalMs: { min: 1, max: 2 ** 31 },
  keepAliveProbes: { min: 1, max: 127 },
  userTimeoutMs: { min: 1, max: 2 ** 31, unlimited: true },
  userTimeoutAdvertisedMs: { min: 1, max: 2 ** 31, unlimited: true },
  userTimeoutLowerLimitMs: { min: 1, max: 2 ** 31 },
  userTimeoutUpperLimitMs: { min: 1, max: 2 ** 31, unlimited: true },
  mslMs: { min: 0, max: 2 ** 31 },
  finWait2Ms: { min: 0, max: 2 ** 31 },
  // MUST-40: less than half a second.
  delayedAckMs: { min: 0, max: 499 },
  quickAcks: { min: 0, max: 2 ** 31 },
  rtoInitialMs: { min: 1, max: 60_000 },
  rtoMinMs: { min: 1, max: 60_000 },
  // RFC 7323 section 2.3.
  windowScale: { min: 0, max: 14 },
  mss: { min: 48, max: 65_495 },
  baseMss: { min: 48, max: 65_495 },
  // RFC 1191 section 3, RFC 4821 section 7.3: no less than five minutes.
  pathMtuAgeMs: { min: 300_000, max: 2 ** 31, unlimited: true },
  trafficClass: { min: 0, max: 255 },
  hopLimit: { min: 1, max: 255 },
  iss: { min: 0, max: 2 ** 32 - 1 },
};

const CHOICES = {
  nagle: ['any', 'small'],
  ecn: ['off', 'accept', 'request'],
  lossRecovery: ['rack', 'sack', 'newreno'],
  mtuProbing: ['off', 'blackhole', 'always'],
} as const satisfies { readonly [K in keyof ConnectionOptions]?: readonly ConnectionOptions[K][] };
const CHOSEN = Object.keys(CHOICES) as readonly (keyof typeof CHOICES)[];

/** Throws EINVAL with the option's name, its value and the range, for the first one that is outside. */
export function verifyOptions(options: ConnectionOptions, syscall: string): void {
  for (const name of CHOSEN) {
    const value = options[name];
    const choices: readonly unknown[] = CHOICES[name];
    if (value === undefined || choices.includes(value)) continue;
    const quoted = choices.map((choice) => `"${choice}"`);
    const wanted = `${quoted.slice(0, -1).join(', ')} or ${quoted.at(-1)}`;
    throw new StackError('EINVAL', `${syscall}: ${name} is ${String(value)}; give ${wanted}`, { syscall });
  }
  verifyController(options.congestionControl, syscall);
  verifyBuffers(options, syscall);
  for (const [name, range] of Object.entries(RANGES)) {
    const value = options[name as keyof ConnectionOptions];
    if (value === undefined || (name === 'keepAliveMs' && typeof value === 'boolean')) continue;
    if (range.unlimited && value === Number.POSITIVE_INFINITY) continue;
    if (typeof value !== 'number' || !(value >= range.min && value <= range.max)) {
      throw new StackError(
        'EINVAL',
        `${syscall}: ${name} is ${String(value)}; give a number of ${range.min} to ${range.max}`,
        { syscall },
      );
    }
  }
}

const BUFFERS = ['sendBuffer', 'receiveBuffer'] as const;
const LARGEST_BUFFER = 2 ** 30;

function verifyBuffers(options: ConnectionOptions, syscall: string): void {
  for (const name of BUFFERS) {
    const size: unknown = options[name];
    if (size === undefined || isSize(size)) continue;
    const range = typeof size === 'object' ? (size as Partial<BufferRange> | null) : undefined;
    if (range && isSize(range.initial) && isSize(range.max) && range.initial <= range.max) continue;
    throw new StackError(
      'EINVAL',
      `${syscall}: ${name} is ${range ? `{ initial: ${range.initial}, max: ${range.max} }` : String(size)}; give a number of 1 to ${LARGEST_BUFFER}, or { initial, max } in that range and order`,
      { syscall },
    );
  }
}

function isSize(value: unknown): value is number {
  return typeof value === 'number' && value >= 1 && value <= LARGEST_BUFFER;
}

/** The size that a buffer begins with. */
export function sizeAtFirst(size: BufferSize | undefined): number | undefined {
  return typeof size === 'object' ? size.initial : size;
}

function largestSize(size: BufferSize | undefined): number | undefined {
  return typeof size === 'object' ? size.max : size;
}

/** The sizes that a running connection is given, as its TCB has them. */
export function bufferSettings({
  sendBuffer,
  receiveBuffer,
}: Pick<ConnectionOptions, 'sendBuffer' | 'receiveBuffer'>): Partial<
  Pick<Settings, 'sendBuffer' | 'largestSendBuffer' | 'receiveBuffer' | 'largestReceiveBuffer'>
> {
  return {
    ...(sendBuffer === undefined
      ? {}
      : { sendBuffer: sizeAtFirst(sendBuffer)!, largestSendBuffer: largestSize(sendBuffer)! }),
    ...(receiveBuffer === undefined
      ? {}
      : { receiveBuffer: sizeAtFirst(receiveBuffer)!, largestReceiveBuffer: largestSize(receiveBuffer)! }),
  };
}

function verifyController(given: ConnectionOptions['congestionControl'], syscall: string): void {
  if (given === undefined || (typeof given === 'string' && isController(given))) return;
  const problem = typeof given === 'string' ? JSON.stringify(given) : controllerProblem(given);
  if (problem === undefined) return;
  throw new StackError(
    'EINVAL',
    `${syscall}: congestionControl is ${problem}; give ${controllerNames().join(', ')} or a Controller`,
    { syscall },
  );
}

const CONTROLLER_METHODS = [
  'start',
  'onMss',
  'onAck',
  'onLoss',
  'onRecoveryExit',
  'onRto',
  'onEcn',
  'onIdle',
] as const satisfies readonly (keyof Controller)[];

/** What keeps it from being a controller; it is known by its name from here on when nothing does. */
function controllerProblem(given: Controller): string | undefined {
  if (typeof given !== 'object' || given === null) return String(given);
  if (typeof given.name !== 'string' || given.name === '') return 'an object without a name';
  const missing = CONTROLLER_METHODS.find((method) => typeof given[method] !== 'function');
  if (missing !== undefined) return `${JSON.stringify(given.name)}, which has no ${missing}()`;
  try {
    addController(given);
  } catch {
    return `a second one with the name ${JSON.stringify(given.name)}`;
  }
  return undefined;
}

/** By what a TCB knows the controller: `verifyOptions` has made it known by that name. */
export function nameOfController(given: ConnectionOptions['congestionControl']): string {
  return typeof given === 'string' ? given : (given?.name ?? DEFAULT_CONGESTION_CONTROL);
}

/** Throws EINVAL for an interpreter that there is none of. */
export function verifyInterpreter({ interpreter }: Pick<StackOptions, 'interpreter'>): void {
  if (interpreter === undefined || INTERPRETERS.includes(interpreter)) return;
  throw new StackError(
    'EINVAL',
    `createStack: interpreter is ${String(interpreter)}; give one of ${INTERPRETERS.join(', ')}`,
    { syscall: 'createStack' },
  );
}

/**
 * What a connection is made with: its own options, or its listener's, or the stack's. Who gives it a user timeout means it
 * (RFC 5482 section 3.1), while the stack's is what the peer's advice may change.
 */
export function optionsOf<Own extends ConnectionOptions>(
  stack: ConnectionOptions,
  listener: ConnectionOptions | undefined,
  own: Own | undefined,
): ConnectionOptions & Partial<Own> {
  const given = own?.userTimeoutMs ?? listener?.userTimeoutMs;
  const fixed = given === undefined ? {} : { userTimeoutChangeable: false };
  return { ...stack, ...fixed, ...listener, ...own } as ConnectionOptions & Partial<Own>;
}

/**
 * @param path what the way to the peer fixes: the IP version, and the largest packet in bytes
 */
export function connectionSettings(
  options: ConnectionOptions & { readonly keepAliveMs?: number | boolean },
  path: {
    readonly ipVersion: 4 | 6;
    readonly mtu: number;
    /** The longest frame that the device cuts into segments. */
    readonly largest?: number | undefined;
  },
): Settings {
  // MUST-16, MUST-67: what is left of a packet once the headers without options are taken off.
  const headers = (path.ipVersion === 4 ? 20 : 40) + 20;
  const pathMss = path.mtu - headers;
  const { largest = path.mtu } = path;
  const { keepAliveMs } = options;
  // Spelled out: done for each connection that is opened, and an object that is filled in a loop takes several times as long.
  return {
    noDelay: options.noDelay ?? DEFAULTS.noDelay,
    nagle: options.nagle ?? DEFAULTS.nagle,
    cork: options.cork ?? DEFAULTS.cork,
    keepAliveIntervalMs: options.keepAliveIntervalMs ?? DEFAULTS.keepAliveIntervalMs,
    keepAliveProbes: options.keepAliveProbes ?? DEFAULTS.keepAliveProbes,
    userTimeoutMs: options.userTimeoutMs ?? DEFAULTS.userTimeoutMs,
    userTimeoutEnabled: options.userTimeoutEnabled ?? DEFAULTS.userTimeoutEnabled,
    userTimeoutChangeable: options.userTimeoutChangeable ?? DEFAULTS.userTimeoutChangeable,
    userTimeoutAdvertisedMs: options.userTimeoutAdvertisedMs ?? DEFAULTS.userTimeoutAdvertisedMs,
    userTimeoutLowerLimitMs: options.userTimeoutLowerLimitMs ?? DEFAULTS.userTimeoutLowerLimitMs,
    userTimeoutUpperLimitMs: options.userTimeoutUpperLimitMs ?? DEFAULTS.userTimeoutUpperLimitMs,
    sendBuffer: sizeAtFirst(options.sendBuffer) ?? DEFAULTS.sendBuffer,
    largestSendBuffer: largestSize(options.sendBuffer) ?? DEFAULTS.largestSendBuffer,
    receiveBuffer: sizeAtFirst(options.receiveBuffer) ?? DEFAULTS.receiveBuffer,
    largestReceiveBuffer: largestSize(options.receiveBuffer) ?? DEFAULTS.largestReceiveBuffer,
    mslMs: options.mslMs ?? DEFAULTS.mslMs,
    finWait2Ms: options.finWait2Ms ?? DEFAULTS.finWait2Ms,
    delayedAckMs: options.delayedAckMs ?? DEFAULTS.delayedAckMs,
    quickAcks: options.quickAcks ?? DEFAULTS.quickAcks,
    rtoInitialMs: options.rtoInitialMs ?? DEFAULTS.rtoInitialMs,
    rtoMinMs: options.rtoMinMs ?? DEFAULTS.rtoMinMs,
    rtoRestart: options.rtoRestart ?? DEFAULTS.rtoRestart,
    ecn: options.ecn ?? DEFAULTS.ecn,
    lossRecovery: options.lossRecovery ?? DEFAULTS.lossRecovery,
    windowScaling: options.windowScaling ?? DEFAULTS.windowScaling,
    windowScale: options.windowScale,
    timestamps: options.timestamps ?? DEFAULTS.timestamps,
    sack: options.sack ?? DEFAULTS.sack,
    oobInline: options.oobInline ?? DEFAULTS.oobInline,
    timeWaitProtection: options.timeWaitProtection ?? DEFAULTS.timeWaitProtection,
    congestionControl: nameOfController(options.congestionControl),
    pacing: options.pacing ?? DEFAULTS.pacing,
    windowValidation: options.windowValidation ?? DEFAULTS.windowValidation,
    restartAfterIdle: options.restartAfterIdle ?? DEFAULTS.restartAfterIdle,
    keepAliveMs: keepAliveMs === true ? KEEP_ALIVE_MS : (keepAliveMs ?? false),
    mss: Math.min(options.mss ?? pathMss, pathMss),
    pathMss,
    mtuProbing: options.mtuProbing ?? DEFAULTS.mtuProbing,
    baseMss: options.baseMss ?? DEFAULTS.baseMss,
    pathMtuAgeMs: options.pathMtuAgeMs ?? DEFAULTS.pathMtuAgeMs,
    largestText: largest > path.mtu ? largest - headers - MAX_OPTIONS_LENGTH : 0,
    ipVersion: path.ipVersion,
  };
}
