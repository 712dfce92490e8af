import { type ChildProcess, type SpawnOptions, spawn, spawnSync } from 'node:child_process';
import { accessSync, constants } from 'node:fs';
import { describe, expect, it } from 'vitest';

/** What a command said and how it ended. `code` is null when a signal ended it. */
export interface Outcome {
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

export interface ExecOptions {
  /** Then the command is killed and `exec` throws. Default 20,000. */
  readonly timeoutMs?: number;
  /** Text for the command's standard input, which is empty otherwise. */
  readonly input?: string;
  readonly cwd?: string;
  readonly env?: NodeJS.ProcessEnv;
}

const IP_TIMEOUT_MS = 5_000;
const KILL_AFTER_MS = 2_000;
const MAXIMUM_OUTPUT = 64 * 1024 * 1024;

let made = 0;

/**
 * A network namespace of Linux for one test: its own interfaces, addresses and routes, of which only `lo` is there and
 * up. Commands run in it by `ip netns exec`, and `dispose` takes away whatever they left.
 *
 * A TUN device has to be opened by a process that runs inside: see `spawnTypeScript`.
 */
export class Namespace {
  readonly name: string;
  readonly #children = new Set<ChildProcess>();
  readonly #leave = () => this.#abandon();

  private constructor(name: string) {
    this.name = name;
    process.once('exit', this.#leave);
  }

  static async create(): Promise<Namespace> {
    const name = `statewire-${process.pid}-${++made}`;
    await run('ip', ['netns', 'add', name], { timeoutMs: IP_TIMEOUT_MS });
    const namespace = new Namespace(name);
    await namespace.ip('link', 'set', 'lo', 'up');
    return namespace;
  }

  /** Runs a command to its end, whatever its exit code. */
  exec(command: string, args: readonly string[] = [], options: ExecOptions = {}): Promise<Outcome> {
    return collect(this.spawn(command, args, spawnOptions(options)), [command, ...args].join(' '), options);
  }

  /** Runs `ip` in the namespace, and throws what it says when it fails. */
  async ip(...args: readonly string[]): Promise<string> {
    return (await run('ip', ['-netns', this.name, ...args], { timeoutMs: IP_TIMEOUT_MS })).stdout;
  }

  /** Starts a command; its process id is the command's own. It is ended by `dispose` at the latest. */
  spawn(command: string, args: readonly string[] = [], options: SpawnOptions = {}): ChildProcess {
    const child = spawn('ip', ['netns', 'exec', this.name, command, ...args], options);
    this.#children.add(child);
    child.once('close', () => this.#children.delete(child));
    return child;
  }

  /** Starts a TypeScript file under this very Node, with pipes for its standard streams. */
  spawnTypeScript(file: string, args: readonly string[] = [], options: SpawnOptions = {}): ChildProcess {
    return this.spawn(process.execPath, ['--import', 'tsx', file, ...args], options);
  }

  /** Ends the commands that still run, and deletes the namespace. Twice is fine. */
  async dispose(): Promise<void> {
    process.removeListener('exit', this.#leave);
    await Promise.all([...this.#children].map(endChild));
    const { code, stderr } = await collect(spawn('ip', ['netns', 'delete', this.name]), 'ip netns delete', {
      timeoutMs: IP_TIMEOUT_MS,
    });
    if (code !== 0 && !stderr.includes('No such file'))
      throw new Error(`ip netns delete ${this.name}: ${stderr}`);
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.dispose();
  }

  /** The test process is ending and `dispose` was not reached: no promise would be waited for any more. */
  #abandon(): void {
    for (const child of this.#children) child.kill('SIGKILL');
    spawnSync('ip', ['netns', 'delete', this.name], { timeout: IP_TIMEOUT_MS });
  }
}

/** Makes a namespace, hands it to `use`, and disposes of it however that ends. */
export async function withNamespace<Result>(use: (namespace: Namespace) => Promise<Result>): Promise<Result> {
  const namespace = await Namespace.create();
  try {
    return await use(namespace);
  } finally {
    await namespace.dispose();
  }
}

/** How a child ended; waits for it. The streams are at their end as well. */
export function exitOf(
  child: ChildProcess,
  timeoutMs = 10_000,
): Promise<{ readonly code: number | null; readonly signal: NodeJS.Signals | null }> {
  return new Promise((resolve, reject) => {
    if (child.exitCode !== null || child.signalCode !== null) {
      resolve({ code: child.exitCode, signal: child.signalCode });
      return;
    }
    const timer = setTimeout(
      () => reject(new Error(`process ${child.pid} has not ended within ${timeoutMs} ms`)),
      timeoutMs,
    );
    child.once('close', (code, signal) => {
      clearTimeout(timer);
      resolve({ code, signal });
    });
  });
}

export type TunAvailability = { readonly ok: true } | { readonly ok: false; readonly reason: string };

let availability: TunAvailability | undefined;

/** Whether this process may make network namespaces and TUN devices in them; tried once, with both. */
export function requireTun(): TunAvailability {
  availability ??= tryTun();
  return availability;
}

/**
 * A `describe` for tests that need a TUN device. Where there is none they are skipped with the reason in the title; under
 * `STATEWIRE_REQUIRE_TUN=1` they fail with it.
 */
export function describeWithTun(name: string, tests: () => void): void {
  const tun = requireTun();
  if (tun.ok) {
    describe(name, tests);
  } else if (process.env.STATEWIRE_REQUIRE_TUN === '1') {
    describe(name, () => {
      it('has a TUN device, since STATEWIRE_REQUIRE_TUN=1', () => expect.fail(tun.reason));
    });
  } else {
    describe.skip(`${name} (skipped: ${tun.reason})`, tests);
  }
}

function tryTun(): TunAvailability {
  const no = (reason: string): TunAvailability => ({ ok: false, reason });
  if (process.platform !== 'linux') return no(`needs Linux, and this is ${process.platform}`);
  if (process.geteuid?.() !== 0) return no('needs root, to make network namespaces');
  try {
    accessSync('/dev/net/tun', constants.R_OK | constants.W_OK);
  } catch {
    return no('/dev/net/tun is not there or does not open');
  }
  const name = `statewire-${process.pid}-probe`;
  const steps = [
    ['netns', 'add', name],
    ['-netns', name, 'tuntap', 'add', 'dev', 'probe', 'mode', 'tun'],
    ['netns', 'delete', name],
  ];
  let refused: string | undefined;
  for (const step of steps) {
    const { status, stderr, error } = spawnSync('ip', step, { timeout: IP_TIMEOUT_MS, encoding: 'utf8' });
    if (status !== 0) refused ??= `\`ip ${step.join(' ')}\` failed: ${error?.message ?? stderr.trim()}`;
  }
  return refused === undefined ? { ok: true } : no(refused);
}

async function run(command: string, args: readonly string[], options: ExecOptions): Promise<Outcome> {
  const title = [command, ...args].join(' ');
  const outcome = await collect(spawn(command, args, spawnOptions(options)), title, options);
  if (outcome.code !== 0) throw new Error(`${title}: exit code ${outcome.code}\n${outcome.stderr}`);
  return outcome;
}

function spawnOptions({ cwd, env }: ExecOptions): SpawnOptions {
  return { ...(cwd === undefined ? {} : { cwd }), ...(env === undefined ? {} : { env }) };
}

function collect(child: ChildProcess, title: string, options: ExecOptions): Promise<Outcome> {
  const { timeoutMs = 20_000, input = '' } = options;
  return new Promise((resolve, reject) => {
    const stdout: Buffer[] = [];
    const stderr: Buffer[] = [];
    let size = 0;
    let failure: Error | undefined;
    const fail = (reason: string) => {
      failure ??= new Error(`${title}: ${reason}\n${Buffer.concat(stderr)}`);
      child.kill('SIGKILL');
    };
    const take = (chunks: Buffer[]) => (chunk: Buffer) => {
      size += chunk.length;
      if (size > MAXIMUM_OUTPUT) fail('more than 64 MiB of output');
      else chunks.push(chunk);
    };
    const timer = setTimeout(() => fail(`has not ended within ${timeoutMs} ms`), timeoutMs);
    child.stdout?.on('data', take(stdout));
    child.stderr?.on('data', take(stderr));
    // A command that does not read its input is no failure.
    child.stdin?.on('error', () => {});
    child.stdin?.end(input);
    child.once('error', (error) => {
      clearTimeout(timer);
      reject(error);
    });
    child.once('close', (code) => {
      clearTimeout(timer);
      if (failure !== undefined) reject(failure);
      else resolve({ code, stdout: `${Buffer.concat(stdout)}`, stderr: `${Buffer.concat(stderr)}` });
    });
  });
}

async function endChild(child: ChildProcess): Promise<void> {
  child.kill('SIGTERM');
  await exitOf(child, KILL_AFTER_MS).catch(() => {
    child.kill('SIGKILL');
    return exitOf(child, KILL_AFTER_MS);
  });
}
