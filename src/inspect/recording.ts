/** Writing a run to a record while it goes on. */

import type { TcpStack } from '../stack/stack.ts';
import { boundaryOf } from './inspectable.ts';
import type { Inspector } from './inspector.ts';
import type { Payload } from './log.ts';
import { RECORD_VERSION, type RecordEnd, type RecordHeader, type StackRecipe } from './record.ts';
import { inputLine, lineOptions } from './record-lines.ts';
import { RunHash } from './run-hash.ts';

export interface RecordOptions {
  /** `masked` leaves the octets that users send out of the record; then it is for looking at only. Default `shown`. */
  readonly payload?: Payload;
}

export interface Recording {
  /** Whether the record can be run again. */
  readonly replayable: boolean;
  /** Writes the last line. What happens later is not recorded. */
  end(): RecordEnd;
}

/** See `Inspector.record`. */
export function recordRun(
  inspector: Inspector,
  stacks: ReadonlyMap<string, TcpStack>,
  write: (line: string) => void,
  options: RecordOptions = {},
): Recording {
  const payload = options.payload ?? 'shown';
  const why = reasonNotToReplay(stacks, payload);
  const { hello, snapshot } = inspector;
  const header: RecordHeader = {
    record: RECORD_VERSION,
    replayable: why === undefined,
    ...(why === undefined ? {} : { why }),
    hello: { ...hello, payload },
    snapshot,
    ...(why === undefined ? { stacks: recipes(stacks) } : {}),
  };
  write(JSON.stringify(header));
  const unobserve = why === undefined ? [...stacks].map(([host, stack]) => observe(host, stack, write)) : [];
  const hash = new RunHash();
  let envelopes = 0;
  const unlisten = inspector.listen((entry) => {
    envelopes++;
    hash.add(entry.envelope('shown'));
    write(JSON.stringify(entry.envelope(payload)));
  });
  return {
    replayable: why === undefined,
    end() {
      unlisten();
      for (const detach of unobserve) detach();
      const end: RecordEnd = { hashes: hash.digests, envelopes };
      write(JSON.stringify({ end }));
      return end;
    },
  };
}

function reasonNotToReplay(stacks: ReadonlyMap<string, TcpStack>, payload: Payload): string | undefined {
  if (payload === 'masked') return 'its payload is masked';
  for (const stack of stacks.values()) {
    const boundary = boundaryOf(stack);
    if (!boundary) return 'its inputs were not kept: the stack was not made to be recorded';
    if (!boundary.isFresh || stack.listeners.length > 0 || stack.table.size > 0)
      return 'it was begun while the run was under way';
  }
  return undefined;
}

function recipes(stacks: ReadonlyMap<string, TcpStack>): Record<string, StackRecipe> {
  return Object.fromEntries(
    [...stacks].map(([host, stack]) => [
      host,
      {
        addresses: stack.addresses,
        device: { name: stack.device.name, mtu: stack.device.mtu },
        options: lineOptions(stack.options),
        startMs: stack.clock.now(),
      },
    ]),
  );
}

function observe(host: string, stack: TcpStack, write: (line: string) => void): () => void {
  const numbers = new WeakMap<object, number>();
  let listeners = 0;
  const detach = stack.calls.add({
    begins() {},
    ends() {},
    listening: (listener) => numbers.set(listener, ++listeners),
  });
  const unobserve = boundaryOf(stack)!.observe(stack, (input, timeMs) =>
    write(JSON.stringify(inputLine(host, input, timeMs, (listener) => numbers.get(listener) ?? 0))),
  );
  return () => {
    detach();
    unobserve();
  };
}
