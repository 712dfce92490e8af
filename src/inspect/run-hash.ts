/** A hash of what stacks did, by which two runs can be told to be the same. */

import { sha256 } from '@noble/hashes/sha2.js';
import { bytesToHex } from '@noble/hashes/utils.js';
import type { Envelope } from './protocol.ts';

/**
 * What of an envelope has to be the same in a run that is repeated, as text; undefined for those that tell of the link, the
 * viewers or the inspector itself. Numbers that count these, too, are left out.
 */
export function essence(envelope: Envelope): string | undefined {
  switch (envelope.kind) {
    case 'frame': {
      if (envelope.what === 'lost' || envelope.what === 'altered') return undefined;
      // Fates are known to the link alone.
      const { order: _, frame: __, fates: ___, ...rest } = envelope;
      return JSON.stringify(rest);
    }
    case 'chart.actor':
    case 'chart.event':
    case 'chart.snapshot': {
      const { order: _, inspection, ...rest } = envelope;
      const { id: __, createdAt: ___, _version: ____, ...what } = inspection;
      return JSON.stringify([rest, what]);
    }
    case 'chart.microstep':
    case 'connection.opened':
    case 'connection.ended':
    case 'listener.opened':
    case 'listener.ended':
    case 'listener':
    case 'timer':
    case 'recovery':
    case 'tcb': {
      const { order: _, ...rest } = envelope;
      return JSON.stringify(rest);
    }
    default:
      return undefined;
  }
}

/** Hashes runs of several hosts, each by itself: how they are interleaved is up to the link between them. */
export class RunHash {
  readonly #hashes = new Map<string, ReturnType<typeof sha256.create>>();
  readonly #encoder = new TextEncoder();

  /**
   * @param envelope with its payload shown
   * @returns its essence
   */
  add(envelope: Envelope): string | undefined {
    const text = essence(envelope);
    if (text === undefined || !('host' in envelope)) return undefined;
    let hash = this.#hashes.get(envelope.host);
    if (!hash) {
      hash = sha256.create();
      this.#hashes.set(envelope.host, hash);
    }
    hash.update(this.#encoder.encode(`${text}\n`));
    return text;
  }

  /** In hexadecimal digits, by host. What is added later does not count. */
  get digests(): Record<string, string> {
    return Object.fromEntries(
      [...this.#hashes].map(([host, hash]) => [host, bytesToHex(hash.clone().digest())]),
    );
  }
}
