import { expect, it } from 'vitest';
import type { StackError } from '../../../src/index.ts';
import { Peer } from '../../support/peer.ts';

it.each([
  [{ userTimeoutMs: Number.NaN }, 'userTimeoutMs is NaN'],
  [{ userTimeoutAdvertisedMs: 0 }, 'userTimeoutAdvertisedMs is 0'],
  [{ delayedAckMs: 500 }, 'delayedAckMs is 500'],
  [{ sendBuffer: -1 }, 'sendBuffer is -1'],
  [{ hopLimit: 256 }, 'hopLimit is 256'],
])('refuses %o, says so, and leaves the connection as it was', async (options, words) => {
  const peer = new Peer().establish();
  const before = peer.tcb.settings;
  let error: StackError | undefined;
  try {
    peer.connection.set({ noDelay: true, ...options });
  } catch (thrown) {
    error = thrown as StackError;
  }
  expect(error?.code).toBe('EINVAL');
  expect(error?.message).toContain(`set: ${words}; give a number of`);
  expect(peer.tcb.settings).toEqual(before);
  void peer.connection.write(Uint8Array.of(1));
  await peer.settle();
  peer.expect({ length: 1 });
});
