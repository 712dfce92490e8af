/** The services of `statewire serve`, on one stack. */

import { Iperf3Server } from '../node/iperf3/server.ts';
import { chargen, discard, echo, type Service, serveConnections } from '../node/simple-services.ts';
import type { ConnectionOptions } from '../stack/api.ts';
import { UsageError } from './exit.ts';
import type { Reporter } from './report.ts';
import { startWeb, type Web } from './web.ts';
import type { Wire } from './wire.ts';
import type { WireFlags } from './wire-options.ts';

export interface ServeFlags extends WireFlags {
  readonly http?: number;
  readonly root?: string;
  readonly writable?: boolean;
  readonly echo?: number;
  readonly discard?: number;
  readonly chargen?: number;
  readonly iperf3?: number;
  readonly msl?: number;
  readonly workers?: number;
}

/** So long do answers that have begun get to end, before their connections are closed. */
export const ANSWERS_MS = 1_000;

export function connectionOptionsOf({ msl }: ServeFlags): ConnectionOptions {
  return msl === undefined ? {} : { mslMs: msl * 1_000 };
}

const SIMPLE = { echo, discard, chargen } as const satisfies Record<string, Service>;

/** The ports of all services that were asked for. */
export function servicesOf(flags: ServeFlags): Record<string, number> {
  const { http, echo, discard, chargen, iperf3 } = flags;
  return Object.fromEntries(
    Object.entries({ http, echo, discard, chargen, iperf3 }).filter(
      (entry): entry is [string, number] => entry[1] !== undefined,
    ),
  );
}

export async function startServices(
  flags: ServeFlags,
  wire: Wire,
  report: Reporter,
): Promise<Web | undefined> {
  for (const [name, service] of Object.entries(SIMPLE)) {
    const port = flags[name as keyof typeof SIMPLE];
    if (port === undefined) continue;
    const listener = wire.stack.listen({ port });
    void serveConnections(listener, (connection) => {
      report.opened(name, connection);
      return service(connection);
    });
  }
  if (flags.iperf3 !== undefined) {
    const server = new Iperf3Server({
      stack: wire.stack,
      json: flags.json === true,
      onConnection: (connection) => report.opened('iperf3', connection),
    });
    report.counted('iperf3', server.counts);
    void server.serve(wire.stack.listen({ port: flags.iperf3 }));
  }
  const { http: port, root, writable = false } = flags;
  if (port === undefined || root === undefined) return undefined;
  return startWeb(wire.stack, { port, root, writable }, report);
}

/** Throws for services that make no sense together. */
export function checkServices(flags: ServeFlags): void {
  const { http, root, writable } = flags;
  if (http !== undefined && root === undefined) {
    throw new UsageError('--http needs --root DIR: the directory whose files it serves.');
  }
  if (http === undefined && root !== undefined) throw new UsageError('--root needs --http PORT.');
  if (http === undefined && writable) throw new UsageError('--writable needs --http PORT and --root DIR.');
  const ports = Object.entries(servicesOf(flags));
  for (const [index, [name, port]] of ports.entries()) {
    const other = ports.slice(0, index).find(([, earlier]) => earlier === port);
    if (other) throw new UsageError(`--${other[0]} and --${name} can't both listen at port ${port}.`);
  }
}
