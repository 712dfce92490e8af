/** The fifth check of RFC 9293 section 3.10.7.4, ACK. */

import { expect } from 'vitest';
import { Peer } from '../../support/peer.ts';
import { Call, Scene, sending } from '../scene.ts';
import type { Driver } from './driver.ts';
import { oldAck } from './segments-sequence.ts';

const bytes = (text: string): Uint8Array => new TextEncoder().encode(text);

/** EP-239 to EP-246 */
export const noAck: Driver = async (row) => {
  const scene = await Scene.at(row.state);
  for (const segment of [
    {},
    { flags: 'PSH', text: 'x' },
    { flags: 'FIN' },
    { flags: 'URG', up: 1, text: 'x' },
  ])
    scene.peer.say({ flags: '', seq: scene.rcvNxt, ...segment });
  await scene.silent();
  await scene.toldNothing();
  return scene.peer;
};

/** EP-247 to EP-254 */
export const ackOutOfRange: Driver = async (row) => {
  const scene = await Scene.at(row.state);
  const { peer, sndNxt, rcvNxt } = scene;
  const una = oldAck(scene);
  const oldest = una - 65_535;
  const bad = [sndNxt + 1, oldest - 1, una + 2 ** 31];
  for (const ack of bad) {
    peer.say({ seq: rcvNxt, ack, text: 'injected' });
    if (row.state === 'SYN-RECEIVED') peer.expect({ flags: 'RST', seq: ack | 0, ack: undefined });
    else scene.expectAck();
  }
  if (row.state !== 'SYN-RECEIVED') {
    // The oldest that may be: MAX.SND.WND before SND.UNA.
    peer.say({ seq: rcvNxt, ack: oldest });
    await scene.silent();
  }
  await scene.toldNothing();
  return peer;
};

/** EP-255 */
export const ackOfSyn: Driver = async () => {
  const scene = await Scene.at('SYN-RECEIVED');
  const { peer } = scene;
  const accepted = new Call(peer, peer.listener!.accept());
  peer.say({ flags: 'ACK', wnd: 4_444 });
  await scene.silent();
  expect(scene.user.opened).toBe('opened');
  expect(await accepted.outcome()).toMatchObject({ is: 'fulfilled', value: { remotePort: peer.port } });
  expect(scene.connection.info().snd).toMatchObject({ una: 5_001, wnd: 4_444 });

  // On in ESTABLISHED with the same segment.
  const other = await Scene.openedByUs();
  const read = other.call(other.connection.read());
  other.peer.say({ flags: 'ACK', text: 'and text' });
  expect(await read.outcome()).toEqual({ is: 'fulfilled', value: bytes('and text') });
  return peer;
};

/** EP-256 */
export const ackOfNoSyn: Driver = async () => {
  const scene = await Scene.at('SYN-RECEIVED');
  for (const ack of [0, 2, -1]) {
    scene.peer.say({ seq: scene.rcvNxt, ack, text: 'x' });
    scene.peer.expect({ flags: 'RST', seq: ack, ack: undefined, length: 0 });
  }
  await scene.toldNothing();
  return scene.peer;
};

/** EP-257, EP-258, EP-260, EP-261 */
export const ackOfText: Driver = async (row) => {
  const scene = await sending(row.state, { bytes: 3_000, wnd: 1_000 });
  const { peer } = scene;
  peer.say({ ack: 501, wnd: 1_000 });
  peer.expect({ flags: 'ACK', seq: 1_001, ack: scene.rcvNxt, length: 500 });
  expect(scene.connection.info().snd).toMatchObject({ una: 5_501, nxt: 6_501 });
  peer.say({ ack: 1_501, wnd: 1_000 });
  peer.expect({ flags: 'ACK', seq: 1_501, ack: scene.rcvNxt, length: 1_000 });

  // What is acknowledged makes room: a SEND that waited for it is told.
  if (row.state === 'ESTABLISHED' || row.state === 'CLOSE-WAIT') {
    const full = await Scene.at(row.state, { stack: { sendBuffer: 1_000 } });
    void full.connection.write(new Uint8Array(1_000));
    const waiting = full.call(full.connection.write(new Uint8Array(1_000)));
    expect((await waiting.outcome()).is).toBe('waiting');
    full.peer.say();
    expect((await waiting.outcome()).is).toBe('fulfilled');
  }
  return peer;
};

/** EP-262, EP-263, EP-265, EP-266 */
export const windowUpdate: Driver = async (row) => {
  const scene = await sending(row.state, { bytes: 3_000, wnd: 1_000 });
  const { peer, rcvNxt } = scene;
  // Older than the last segment used: an earlier one, or the same with an earlier ACK.
  peer.say({ seq: rcvNxt - 1, ack: 1, wnd: 9_000 });
  scene.expectAck();
  peer.say({ seq: rcvNxt, ack: 0, wnd: 9_000 });
  expect(scene.connection.info().snd.wnd).toBe(1_000);
  await scene.silent();
  // The same numbers, or later ones.
  peer.say({ seq: rcvNxt, ack: 1, wnd: 2_460 });
  expect(scene.connection.info().snd).toMatchObject({ wnd: 2_460, una: 5_001 });
  peer.expect({ seq: 1_001, ack: rcvNxt, length: 1_460 });
  await scene.toldNothing();
  return peer;
};

/** EP-264: nothing is left to be sent, and the window counts all the same. */
export const windowUpdateFinWait2: Driver = async () => {
  const scene = await Scene.at('FIN-WAIT-2');
  const { peer, rcvNxt } = scene;
  peer.say({ seq: rcvNxt, wnd: 777 });
  expect(scene.connection.info().snd.wnd).toBe(777);
  peer.say({ seq: rcvNxt + 5, wnd: 888 });
  peer.say({ seq: rcvNxt, wnd: 999 });
  expect(scene.connection.info().snd.wnd).toBe(888);
  await scene.silent();
  await scene.toldNothing();
  return peer;
};

/** EP-267 to EP-271 */
export const duplicateAck: Driver = async (row) => {
  const scene =
    row.state === 'FIN-WAIT-2'
      ? await Scene.at('FIN-WAIT-2')
      : await sending(row.state, { bytes: 3_000, wnd: 1_000 });
  const { peer, rcvNxt } = scene;
  const una = oldAck(scene);
  const wnd = row.state === 'FIN-WAIT-2' ? 65_535 : 1_000;
  for (const ack of [una, una - 1]) peer.say({ seq: rcvNxt, ack, wnd });
  expect(scene.connection.info().snd.una).toBe(5_000 + una);
  await scene.silent();
  await scene.toldNothing();
  if (row.state === 'CLOSING' || row.state === 'CLOSE-WAIT') return peer;
  const read = scene.call(scene.connection.read());
  peer.say({ seq: rcvNxt, ack: una - 1, text: 'text counts' });
  expect(await read.outcome()).toEqual({ is: 'fulfilled', value: bytes('text counts') });
  await peer.wait(100);
  peer.expect({ flags: 'ACK', ack: rcvNxt + 11, length: 0 });
  return peer;
};

/** EP-272 to EP-277 */
export const ackOfUnsent: Driver = async (row) => {
  const scene = await Scene.at(row.state);
  for (const ack of [scene.sndNxt + 1, scene.sndNxt + 100_000]) {
    scene.peer.say({ seq: scene.rcvNxt, ack, text: 'x' });
    scene.expectAck();
  }
  await scene.toldNothing();
  return scene.peer;
};

/** EP-278 */
export const ackOfFin: Driver = async () => {
  const scene = await Scene.at('FIN-WAIT-1');
  const { peer } = scene;
  const read = scene.call(scene.connection.read());
  peer.say({ ack: 2, text: 'more' });
  expect(await read.outcome()).toEqual({ is: 'fulfilled', value: bytes('more') });
  await peer.wait(100);
  peer.expect({ flags: 'ACK', seq: 2, ack: 5 });
  return peer;
};

/** EP-279 */
export const closeIsTold: Driver = async () => {
  const peer = new Peer().establish();
  const closed = new Call(peer, peer.connection.shutdown());
  await peer.settle();
  peer.expect({ flags: 'FIN,ACK' });
  expect((await closed.outcome()).is).toBe('waiting');
  peer.say();
  expect((await closed.outcome()).is).toBe('fulfilled');
  // The TCB is kept: text is still taken.
  expect(peer.state).toBe('FIN-WAIT-2');
  return peer;
};

/** EP-280 */
export const ackOfFinInClosing: Driver = async () => {
  const peers: Peer[] = [];
  for (const _ of [1, 2]) {
    const scene = await Scene.at('CLOSING');
    scene.peer.say({ ack: 2 });
    expect(scene.peer.state).toBe('TIME-WAIT');
    // Of the timers 2 MSL alone runs: nothing is sent again.
    await scene.peer.wait(59_999);
    scene.peer.expectSilence();
    peers.push(scene.peer);
  }
  const [stays, goes] = peers as [Peer, Peer];
  await goes.wait(1);
  expect(goes.stack.connections.size).toBe(0);
  return stays;
};

/** EP-281 */
export const noAckOfFinInClosing: Driver = async () => {
  const scene = await Scene.at('CLOSING');
  scene.peer.say({ seq: scene.rcvNxt, ack: 1 });
  await scene.silent();
  await scene.toldNothing();
  return scene.peer;
};

/** EP-282 */
export const ackOfFinInLastAck: Driver = async () => {
  const peer = await new Peer().closeWait();
  const closed = new Call(peer, peer.connection.shutdown());
  await peer.settle();
  peer.expect({ flags: 'FIN,ACK', seq: 1, ack: 2 });
  const scene = await Scene.of(peer);
  peer.say();
  expect((await closed.outcome()).is).toBe('fulfilled');
  await scene.silent();
  await scene.toldClosed('closed');
  return peer;
};

/** EP-283 */
export const noAckOfFinInLastAck: Driver = async () => {
  const scene = await sending('LAST-ACK', { bytes: 1_500, wnd: 1_000 });
  const { peer, rcvNxt } = scene;
  peer.say({ seq: rcvNxt, ack: 1 });
  await scene.silent();
  peer.say({ seq: rcvNxt, ack: 1_001, wnd: 1_000 });
  peer.expect({ flags: 'FIN,PSH,ACK', seq: 1_001, length: 500 });
  peer.say({ seq: rcvNxt, ack: 1_501 });
  await scene.silent();
  await scene.toldNothing();
  return peer;
};
