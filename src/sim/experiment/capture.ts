/** What an experiment's hosts sent, as a capture for Wireshark. */

import { StackError } from '../../errors.ts';
import { nanoseconds, pcapngHeader, pcapngPacket } from '../../net/index.ts';
import type { Topology } from '../network/topology.ts';
import type { HostFrame } from './experiment.ts';

/**
 * Writes a capture in the pcapng format, piece by piece: each frame once, as its sender put it on its link, on an interface
 * named after the sender. With `at` what crossed the device of that host instead, both ways.
 *
 * @returns what is to be given to `simulate` as `onFrame`
 * @throws StackError EINVAL for a host that the topology does not have
 */
export function experimentCapture(
  { hosts }: Topology,
  write: (bytes: Uint8Array) => void,
  at?: string,
): (event: HostFrame) => void {
  const all = Object.keys(hosts);
  if (at !== undefined && !all.includes(at))
    throw new StackError('EINVAL', `there is no host "${at}"; there are ${all.join(', ')}`);
  const names = at === undefined ? all : [at];
  write(pcapngHeader({ interfaceNames: names }));
  return ({ host, direction, timeMs, frame }) => {
    if (at === undefined ? direction === 'in' : host !== at) return;
    write(pcapngPacket(frame, nanoseconds(timeMs), { direction, interface: names.indexOf(host) }));
  };
}
