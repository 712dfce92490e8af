/** What viewers may do to a run: each command is checked first, then done. */

import { StackError } from '../errors.ts';
import { checkImpairments } from '../net/impairment-values.ts';
import type { TcpStack } from '../stack/stack.ts';
import type { Watched } from './connection-recorder.ts';
import type { Faults } from './faults.ts';
import { resetFromPeer } from './injection.ts';
import { isInspectable } from './inspectable-device.ts';
import type { CallCommand, Command, InjectCommand } from './protocol.ts';
import type { Recorder } from './recorder.ts';
import { notPaused, type RunControl } from './run-control.ts';

export interface CommandTargets {
  readonly run: RunControl;
  readonly stacks: ReadonlyMap<string, TcpStack>;
  readonly recorders: ReadonlyMap<string, Recorder>;
  readonly faults: ReadonlyMap<string, Faults>;
}

/**
 * @returns what does it; undefined for a command that does nothing to the run
 * @throws StackError EINVAL when it can't be done
 */
export function planCommand(command: Command, targets: CommandTargets): (() => void) | undefined {
  const { run } = targets;
  switch (command.command) {
    case 'ack':
      return undefined;
    case 'pause':
    case 'resume':
      if (!run.canPause) refuse("this run can't be paused: its stack was not made of inspectable() parts");
      return command.command === 'pause' ? () => run.pause() : () => run.resume();
    case 'step':
      if (!run.steps.includes(command.what)) refuse(`step: this run goes by ${run.steps.join(' or ')}`);
      if (!run.paused) throw notPaused();
      return () => {
        run.step(command.what, command.host);
      };
    case 'play':
      if (!run.canPlay) refuse('play: time passes by itself in this run');
      return () => run.play(command.speed);
    case 'faults': {
      const faults = faultsOf(targets, command.host);
      checkImpairments(command.impairments);
      return () => faults.set(command.direction, command.impairments);
    }
    case 'drop-next': {
      const of = command.connection === undefined ? undefined : find(targets, command.connection);
      const faults = faultsOf(targets, of?.recorder.host.name ?? command.host);
      const { direction, what, count = 1 } = command;
      return () => faults.dropNext(direction, what, count, of?.watched.connection);
    }
    case 'blackhole': {
      const faults = faultsOf(targets, command.host);
      return () => faults.blackhole(command.durationMs);
    }
    case 'inject':
      return planInjection(command, targets);
    case 'call':
      return planCall(command, targets);
  }
}

function faultsOf({ faults, stacks }: CommandTargets, host: string | undefined): Faults {
  const name = host ?? [...stacks.keys()][0]!;
  return (
    faults.get(name) ??
    refuse(
      stacks.has(name)
        ? `the device of ${name} can't be broken: it is not impaired`
        : `there is no host ${name}; there is ${[...stacks.keys()].join(', ')}`,
    )
  );
}

function find(
  { recorders }: CommandTargets,
  name: string,
): { readonly recorder: Recorder; readonly watched: Watched } {
  for (const recorder of recorders.values()) {
    const watched = recorder.connections.get(name);
    if (watched) return { recorder, watched };
  }
  return refuse(`there is no connection ${name}, or none any more`);
}

function planInjection({ connection, what }: InjectCommand, targets: CommandTargets): () => void {
  const { recorder, watched } = find(targets, connection);
  const { device } = recorder.host.stack;
  if (!isInspectable(device))
    return refuse(`nothing can be handed to the device of ${recorder.host.name}: it is not inspectable`);
  const frame = what === 'RST' ? resetFromPeer(watched) : watched.lastText?.slice();
  if (!frame) refuse(`${connection} has received no text since somebody watches: there is nothing to repeat`);
  return () => device.inject(frame);
}

function planCall({ connection, call, text }: CallCommand, targets: CommandTargets): () => void {
  const { watched } = find(targets, connection);
  const user = watched.connection;
  // What comes of it is on the page, whether it goes well or not.
  const ignore = (): void => {};
  switch (call) {
    case 'abort':
      return () => user.abort();
    case 'close':
      return () => void user.close().catch(ignore);
    case 'shutdown':
      return () => void user.shutdown().catch(ignore);
    case 'send':
      if (text === undefined) refuse('send: there is no text');
      return () => void user.write(new TextEncoder().encode(text)).catch(ignore);
  }
}

function refuse(why: string): never {
  throw new StackError('EINVAL', `inspector: ${why}`);
}
