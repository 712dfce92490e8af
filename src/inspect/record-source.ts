import { StackError } from '../errors.ts';
import type { Source, Viewer } from './inspector.ts';
import type { Envelope } from './protocol.ts';
import type { RunRecord } from './record.ts';

/** A saved run as something to watch: it is told from its beginning to its end, and nothing can be asked of it. */
export function recordSource(record: RunRecord): Source {
  const can = { pause: false, step: [], play: false, faults: false, inject: false, calls: false };
  return {
    attach(limit = 1_000): Viewer {
      const { hello, snapshot } = record.header;
      let isGreeted = false;
      const lines = record.lines();
      return {
        read(most = limit) {
          if (!isGreeted) {
            isGreeted = true;
            return [{ ...hello, mode: 'record', can }, snapshot];
          }
          const envelopes: Envelope[] = [];
          while (envelopes.length < most) {
            const { value, done } = lines.next();
            if (done) break;
            if ('kind' in value) envelopes.push(value);
          }
          return envelopes;
        },
        close() {
          lines.return();
        },
      };
    },
    execute({ command }) {
      if (command !== 'ack')
        throw new StackError('EINVAL', `inspector: ${command}: this is a saved run, which is over`);
    },
  };
}
