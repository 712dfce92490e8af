import { StackError } from '../errors.ts';
import type { Source, Viewer } from './inspector.ts';
import type { RunRecord } from './record.ts';

/** A saved run as something to watch: it is told from its beginning to its end, and nothing can be asked of it. */
export function recordSource({ header, envelopes }: RunRecord): Source {
  const can = { pause: false, step: [], play: false, faults: false, inject: false, calls: false };
  return {
    attach(limit = 1_000): Viewer {
      let next = -1;
      return {
        read(most = limit) {
          if (next < 0) {
            next = 0;
            return [{ ...header.hello, mode: 'record', can }, header.snapshot];
          }
          const from = next;
          next = Math.min(envelopes.length, from + most);
          return envelopes.slice(from, next);
        },
        close() {},
      };
    },
    execute({ command }) {
      if (command !== 'ack')
        throw new StackError('EINVAL', `inspector: ${command}: this is a saved run, which is over`);
    },
  };
}
