/** The timeouts: USER, RETRANSMISSION, PERSIST and TIME-WAIT (RFC 9293 sections 3.10.8, 3.8.3 and 3.8.6.1). */

import { expect } from 'vitest';
import type { Heard, PeerOptions } from '../../support/peer.ts';
import { Scene, sending } from '../scene.ts';
import type { EventRow } from '../tables.ts';
import type { Driver } from './driver.ts';

/** The stack's own timeouts, rather than those of a scene that is about something else. */
const DEFAULT_RTO = { rtoInitialMs: 1_000, rtoMinMs: 200 };

/** A state in which something is outstanding: a SYN, text, or our FIN. */
async function outstanding(state: string, options: PeerOptions = {}): Promise<Scene> {
  const scene = await Scene.at(state, { ...options, stack: { ...DEFAULT_RTO, ...options.stack } });
  if (state === 'ESTABLISHED' || state === 'CLOSE-WAIT') {
    void scene.connection.write(new Uint8Array(10)).catch(() => {});
    await scene.peer.settle();
    scene.peer.expect({ flags: 'PSH,ACK', seq: 1, length: 10 });
  }
  return scene;
}

const isPassive = (row: EventRow): boolean => row.condition.includes('passive');

/** EP-320 to EP-323, EP-325 to EP-327 */
export const userTimeout: Driver = async (row) => {
  const scene = await outstanding(row.state, { stack: { userTimeoutMs: 20_000 } });
  const { peer } = scene;
  const read = ['ESTABLISHED', 'FIN-WAIT-1'].includes(row.state)
    ? scene.call(scene.connection.read())
    : undefined;
  await peer.wait(19_999);
  expect(peer.state).toBe(row.state);
  peer.heard();
  await peer.wait(1);
  peer.expectSilence();
  await scene.toldClosed('timeout', 'ETIMEDOUT');
  if (row.state.startsWith('SYN')) expect(scene.user.opened).toBe('ETIMEDOUT');
  if (read) expect(await read.outcome()).toEqual({ is: 'rejected', code: 'ETIMEDOUT' });
  return peer;
};

/** EP-324: nothing is outstanding in FIN-WAIT-2, so that only keep-alive can find the peer gone. */
export const userTimeoutFinWait2: Driver = async () => {
  const scene = await Scene.at('FIN-WAIT-2', { stack: { keepAliveMs: 10_000, userTimeoutMs: 20_000 } });
  const { peer } = scene;
  const read = scene.call(scene.connection.read());
  await peer.wait(9 * 10_000 + 9_999);
  expect(peer.state).toBe('FIN-WAIT-2');
  peer.heard();
  await peer.wait(1);
  await scene.toldClosed('timeout', 'ETIMEDOUT');
  expect(await read.outcome()).toEqual({ is: 'rejected', code: 'ETIMEDOUT' });
  return peer;
};

/** EP-329 to EP-336 but EP-333 */
export const retransmission: Driver = async (row) => {
  const scene = await outstanding(row.state);
  const { peer } = scene;
  await peer.wait(10_000);
  const again = peer.heard();
  const front = { 'SYN-SENT': 'SYN', 'SYN-RECEIVED': 'SYN,ACK' }[row.state] ?? frontOf(row.state);
  expect(again.length).toBeGreaterThanOrEqual(3);
  for (const segment of again)
    expect(segment).toMatchObject({ flags: front, seq: front.startsWith('SYN') ? 0 : 1 });
  expectDoubling(again);
  return peer;
};

function frontOf(state: string): string {
  return state === 'ESTABLISHED' || state === 'CLOSE-WAIT' ? 'PSH,ACK' : 'FIN,ACK';
}

function expectDoubling(heard: readonly Heard[]): void {
  const gaps = heard.slice(1).map(({ timeMs }, i) => timeMs - heard[i]!.timeMs);
  for (const [i, gap] of gaps.slice(1).entries()) expect(gap).toBe(2 * gaps[i]!);
  expect(gaps.length).toBeGreaterThanOrEqual(2);
}

/** EP-337 to EP-339: three minutes at least (MUST-23). */
export const synGivenUp: Driver = async (row) => {
  const active = row.state === 'SYN-RECEIVED' && !isPassive(row);
  const scene = active
    ? await Scene.openedByUs({ stack: DEFAULT_RTO })
    : await Scene.at(row.state, { stack: DEFAULT_RTO });
  const { peer } = scene;
  await peer.wait(180_000);
  expect(peer.state).toBe(row.state);
  peer.heard();
  await peer.wait(200_000);
  expect(peer.heard().length).toBeGreaterThan(0);
  if (!isPassive(row)) {
    await scene.toldClosed('timeout', 'ETIMEDOUT');
    expect(scene.user.opened).toBe('ETIMEDOUT');
  }
  return peer;
};

/** EP-340 to EP-344: R1 is three retransmissions (SHLD-10). */
export const firstThreshold: Driver = async (row) => {
  const scene = await outstanding(row.state);
  const { peer, user } = scene;
  while (peer.heard().length === 0) await peer.wait(10);
  while (peer.heard().length === 0) await peer.wait(10);
  expect(user.softErrors).toEqual([]);
  let again = peer.heard();
  while (again.length === 0) {
    await peer.wait(10);
    again = peer.heard();
  }
  expect(again[0]).toMatchObject({ flags: frontOf(row.state), seq: 1 });
  expect(user.softErrors).toEqual(['ETIMEDOUT']);
  expect(user.closed).toBeUndefined();
  return peer;
};

/** EP-345 to EP-349: R2 is 100 seconds at least (SHLD-11), and the user's to set (MUST-21). */
export const secondThreshold: Driver = async (row) => {
  const scene = await outstanding(row.state);
  const { peer } = scene;
  await peer.wait(100_000);
  expect(peer.state).toBe(row.state);
  await peer.wait(200_000);
  peer.heard();
  await scene.toldClosed('timeout', 'ETIMEDOUT');
  return peer;
};

/** EP-350 to EP-354 */
export const persist: Driver = async (row) => {
  const scene = await sending(row.state, { bytes: 1_500, wnd: 1_000, stack: DEFAULT_RTO });
  const { peer, rcvNxt } = scene;
  peer.say({ seq: rcvNxt, ack: 1_001, wnd: 0 });
  peer.expectSilence();
  const probes: Heard[] = [];
  while (probes.length < 4) {
    await peer.wait(10);
    for (const probe of peer.heard()) {
      expect(probe).toMatchObject({ flags: 'ACK', seq: 1_001, ack: rcvNxt, length: 1 });
      probes.push(probe);
      peer.say({ seq: rcvNxt, ack: 1_001, wnd: 0 });
    }
  }
  const times = probes.map(({ timeMs }) => Math.round(timeMs / 100) * 100);
  const gaps = times.slice(1).map((timeMs, i) => timeMs - times[i]!);
  expect(gaps[1]).toBe(2 * gaps[0]!);
  expect(gaps[2]).toBe(2 * gaps[1]!);
  // As long as the probes are acknowledged the connection is kept: far longer than the user timeout.
  for (let minutes = 0; minutes < 10; minutes++) {
    await peer.wait(60_000);
    expect(peer.heard().length).toBeGreaterThan(0);
    peer.say({ seq: rcvNxt, ack: 1_001, wnd: 0 });
  }
  expect(scene.user.closed).toBeUndefined();
  return peer;
};

/** EP-355 */
export const timeWaitOver: Driver = async () => {
  const scene = await Scene.at('TIME-WAIT');
  await scene.peer.wait(59_999);
  expect(scene.peer.state).toBe('TIME-WAIT');
  await scene.peer.wait(1);
  await scene.toldClosed('closed');
  return scene.peer;
};
