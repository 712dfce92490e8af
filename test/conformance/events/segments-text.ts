/** The sixth to eighth check of RFC 9293 section 3.10.7.4: URG, text and FIN. */

import { expect } from 'vitest';
import { Peer } from '../../support/peer.ts';
import { Scene } from '../scene.ts';
import type { Driver } from './driver.ts';
import { oldAck } from './segments-sequence.ts';

const bytes = (text: string): Uint8Array => new TextEncoder().encode(text);

/** EP-285 to EP-287 */
export const urgent: Driver = async (row) => {
  const scene = await Scene.at(row.state);
  scene.peer.say({ flags: 'URG,ACK', up: 3, ack: oldAck(scene) });
  await scene.silent();
  expect(scene.user.urgent).toBe(1);
  expect(scene.connection.info().urgentBytes).toBe(3);
  return scene.peer;
};

/** EP-288 to EP-290: told again only when the pointer moves on (MUST-32). */
export const urgentAlready: Driver = async (row) => {
  const scene = await Scene.at(row.state);
  const ack = oldAck(scene);
  // Each with a window of its own: duplicate ACKs of our FIN would bring it out again.
  const sayUrgent = (up: number, wnd: number): void => scene.peer.say({ flags: 'URG,ACK', up, ack, wnd });
  sayUrgent(10, 60_000);
  expect(scene.user.urgent).toBe(1);
  sayUrgent(10, 60_001);
  sayUrgent(4, 60_002);
  expect(scene.user.urgent).toBe(1);
  expect(scene.connection.info().urgentBytes).toBe(10);
  sayUrgent(11, 60_003);
  expect(scene.user.urgent).toBe(2);
  expect(scene.connection.info().urgentBytes).toBe(11);
  await scene.silent();
  return scene.peer;
};

/** EP-291 to EP-294 */
export const urgentAfterFin: Driver = async (row) => {
  const scene = await Scene.at(row.state);
  scene.peer.say({ flags: 'URG,ACK', seq: scene.rcvNxt, up: 3, ack: oldAck(scene) });
  await scene.silent();
  await scene.toldNothing();
  expect(scene.connection.info().urgentBytes).toBe(0);
  return scene.peer;
};

/** EP-295 to EP-297 */
export const text: Driver = async (row) => {
  const scene = await Scene.at(row.state);
  const { peer, rcvNxt, rcvWnd } = scene;
  const read = scene.call(scene.connection.read());
  peer.say({ flags: 'PSH,ACK', ack: oldAck(scene), text: 'twelve bytes' });
  expect(await read.outcome()).toEqual({ is: 'fulfilled', value: bytes('twelve bytes') });
  // Delayed, in the hope of company; and less than half a second (MUST-40).
  peer.expectSilence();
  await peer.wait(499);
  const { wnd } = peer.expect({ flags: 'ACK', seq: scene.sndNxt, ack: rcvNxt + 12, length: 0 });
  expect(rcvNxt + 12 + wnd).toBeGreaterThanOrEqual(rcvNxt + rcvWnd);

  // What had waited behind a hole is processed before the ACK (MUST-59).
  const held = await Scene.at(row.state);
  const ack = oldAck(held);
  held.peer.say({ seq: rcvNxt + 1, ack, text: 'bc' });
  held.expectAck();
  held.peer.say({ seq: rcvNxt, ack, text: 'a' });
  held.peer.expect({ flags: 'ACK', ack: rcvNxt + 3 });
  held.peer.expectSilence();
  return peer;
};

/** EP-301, EP-302 */
export const textNobodyReads: Driver = async (row) => {
  const peer = new Peer().establish();
  void peer.connection.close();
  await peer.settle();
  peer.expect({ flags: 'FIN,ACK', seq: 1, ack: 1 });
  if (row.state === 'FIN-WAIT-2') peer.say();
  expect(peer.state).toBe(row.state);
  const scene = await Scene.of(peer);
  peer.say({ ack: oldAck(scene), text: 'too late' });
  peer.expect({ flags: 'RST', seq: row.state === 'FIN-WAIT-2' ? 2 : 1 });
  await scene.silent();
  await peer.settle();
  expect(scene.user.closed?.how).toBe('aborted');
  return peer;
};

/** EP-303 to EP-306 */
export const textAfterFin: Driver = async (row) => {
  const scene = await Scene.at(row.state);
  const before = scene.connection.info().bytesReceived;
  scene.peer.say({ seq: scene.rcvNxt, ack: oldAck(scene), text: 'after the end' });
  await scene.silent();
  expect(scene.connection.info().bytesReceived).toBe(before);
  expect(await scene.call(scene.connection.read()).outcome()).toEqual({ is: 'fulfilled', value: null });
  await scene.toldNothing();
  return scene.peer;
};

/** EP-310, EP-311 */
export const fin: Driver = async (row) => {
  const scene = row.state === 'SYN-RECEIVED' ? await Scene.openedByUs() : await Scene.at(row.state);
  const { peer } = scene;
  const first = scene.call(scene.connection.read());
  const second = scene.call(scene.connection.read());
  peer.say({ flags: 'FIN,ACK', text: 'bye' });
  peer.expect({ flags: 'ACK', seq: 1, ack: 5, length: 0 });
  // Undelivered text first, then "connection closing".
  expect(await first.outcome()).toEqual({ is: 'fulfilled', value: bytes('bye') });
  expect(await second.outcome()).toEqual({ is: 'fulfilled', value: null });
  expect(scene.user.closed).toBeUndefined();
  return peer;
};

/** EP-312, EP-314 */
export const finEndsBoth: Driver = async (row) => {
  const scene = await Scene.at(row.state);
  const read = scene.call(scene.connection.read());
  scene.peer.say({ flags: 'FIN,ACK', ack: 2 });
  scene.peer.expect({ flags: 'ACK', seq: 2, ack: 2, length: 0 });
  expect(await read.outcome()).toEqual({ is: 'fulfilled', value: null });
  await scene.peer.wait(59_999);
  expect(scene.user.closed).toBeUndefined();
  scene.peer.expectSilence();
  return scene.peer;
};

/** EP-313 */
export const finCrosses: Driver = async () => {
  const scene = await Scene.at('FIN-WAIT-1');
  const read = scene.call(scene.connection.read());
  scene.peer.say({ flags: 'FIN,ACK', ack: 1 });
  scene.peer.expect({ flags: 'ACK', seq: 2, ack: 2, length: 0 });
  expect(await read.outcome()).toEqual({ is: 'fulfilled', value: null });
  return scene.peer;
};

/** EP-315 to EP-317 */
export const finAgain: Driver = async (row) => {
  const scene = await Scene.at(row.state);
  scene.peer.say({ flags: 'FIN,ACK', seq: scene.rcvNxt - 1, ack: oldAck(scene) });
  scene.expectAck();
  await scene.toldNothing();
  return scene.peer;
};
