/** CLOSE and ABORT (RFC 9293 sections 3.10.4 and 3.10.5). */

import { expect } from 'vitest';
import { Peer } from '../../support/peer.ts';
import { Call, Scene, sending, WAITING } from '../scene.ts';
import type { Driver } from './driver.ts';

const ABORTED = { is: 'rejected', code: 'ECONNABORTED' };

/** EP-026, EP-028: the object outlives the TCB; to close or abort it again does nothing, and is no error. */
export const endAgain: Driver = async (row) => {
  const scene = await Scene.at('LAST-ACK');
  scene.peer.say();
  await scene.peer.settle();
  expect(scene.connection.state).toBe('CLOSED');
  if (row.event === 'ABORT') scene.connection.abort();
  else expect((await scene.call(scene.connection.close()).outcome()).is).toBe('fulfilled');
  await scene.silent();
  await scene.toldClosed('closed');
  return scene.peer;
};

/** EP-072 */
export const closeListener: Driver = async () => {
  const peer = new Peer().listen();
  const accepting = new Call(peer, peer.listener!.accept());
  await peer.listener?.close();
  expect(await accepting.outcome()).toEqual({ is: 'fulfilled', value: null });
  return peer;
};

/** EP-086 */
export const abortListener: Driver = async () => {
  const signal = new AbortController();
  const peer = new Peer().listen({ signal: signal.signal });
  const accepting = new Call(peer, peer.listener!.accept());
  signal.abort();
  expect(await accepting.outcome()).toEqual({ is: 'fulfilled', value: null });
  return peer;
};

/** EP-073 */
export const closeSynSent: Driver = async () => {
  const scene = await Scene.at('SYN-SENT');
  const { connection } = scene;
  const read = scene.call(connection.read());
  void connection.write(new TextEncoder().encode('queued'));
  const closed = scene.call(connection.shutdown());
  expect(await read.outcome()).toEqual(ABORTED);
  expect(await closed.outcome()).toEqual(ABORTED);
  await scene.silent();
  await scene.toldClosed('aborted', 'ECONNABORTED');
  return scene.peer;
};

/** EP-087 */
export const abortSynSent: Driver = async () => {
  const scene = await Scene.at('SYN-SENT');
  const { connection } = scene;
  const read = scene.call(connection.read());
  const written = scene.call(connection.write(new Uint8Array(300_000)));
  await scene.peer.settle();
  connection.abort();
  expect(await read.outcome()).toEqual(ABORTED);
  expect(await written.outcome()).toEqual(ABORTED);
  await scene.silent();
  await scene.toldClosed('aborted', 'ECONNABORTED');
  return scene.peer;
};

/** EP-074 */
export const closeSynReceived: Driver = async () => {
  const peers: Peer[] = [];
  for (const scene of [await Scene.at('SYN-RECEIVED'), await Scene.openedByUs()]) {
    const closed = scene.call(scene.connection.shutdown());
    await scene.peer.settle();
    scene.peer.expect({ flags: 'FIN,ACK', seq: 1, ack: 1, length: 0 });
    expect(await closed.outcome()).toEqual(WAITING);
    peers.push(scene.peer);
  }
  return peers;
};

/** EP-075 */
export const closeSynReceivedLater: Driver = async () => {
  const scene = await Scene.openedByUs();
  void scene.connection.write(new TextEncoder().encode('first'));
  const closed = scene.call(scene.connection.shutdown());
  await scene.silent();
  expect(await closed.outcome()).toEqual(WAITING);

  const opened = await Scene.openedByUs();
  void opened.connection.write(new TextEncoder().encode('first'));
  void opened.connection.shutdown();
  await opened.peer.settle();
  opened.peer.say();
  opened.peer.expect({ flags: 'FIN,PSH,ACK', seq: 1, ack: 1, text: 'first' });
  expect(opened.peer.state).toBe('FIN-WAIT-1');
  return scene.peer;
};

/** EP-076, EP-081 */
export const close: Driver = async (row) => {
  const scene = await Scene.at(row.state);
  const { peer } = scene;
  const closed = scene.call(scene.connection.shutdown());
  expect(await closed.outcome()).toEqual(WAITING);
  peer.expect({ flags: 'FIN,ACK', seq: scene.sndNxt, ack: scene.rcvNxt, length: 0 });
  // "ok (delayed)": when the FIN is acknowledged.
  const other = await Scene.at(row.state);
  const fulfilled = other.call(other.connection.shutdown());
  await other.peer.settle();
  other.peer.heard();
  other.peer.say();
  expect((await fulfilled.outcome()).is).toBe('fulfilled');
  return peer;
};

/** EP-077, EP-082 */
export const closeBehindText: Driver = async (row) => {
  const scene = await sending(row.state, { bytes: 1_500, wnd: 1_000 });
  const { peer } = scene;
  const closed = scene.call(scene.connection.shutdown());
  await scene.silent();
  expect(await closed.outcome()).toEqual(WAITING);
  expect(peer.state).toBe(row.next_state);
  peer.say();
  peer.expect({ flags: 'FIN,PSH,ACK', seq: 1_001, ack: scene.rcvNxt, length: 500 });
  return peer;
};

/** EP-078 */
export const closeWithUnreadText: Driver = async () => {
  const peer = new Peer().establish();
  peer.say({ text: 'unread' });
  await peer.wait(100);
  peer.heard();
  const scene = await Scene.of(peer);
  const closed = scene.call(scene.connection.close());
  expect((await closed.outcome()).is).toBe('fulfilled');
  peer.expect({ flags: 'RST,ACK', seq: 1, ack: 7 });
  return peer;
};

/** EP-079, EP-080, EP-083 to EP-085: done silently, which the text allows ("ok also acceptable"). */
export const closeAgain: Driver = async (row) => {
  const scene = await Scene.at(row.state);
  void scene.connection.shutdown().catch(() => {});
  const again = scene.call(scene.connection.shutdown());
  await scene.silent();
  const pending = row.state === 'FIN-WAIT-1' || row.state === 'CLOSING' || row.state === 'LAST-ACK';
  expect((await again.outcome()).is).toBe(pending ? 'waiting' : 'fulfilled');
  return scene.peer;
};

/** EP-088 to EP-092 */
export const abort: Driver = async (row) => {
  const scene = await Scene.at(row.state);
  const { peer, connection, sndNxt, rcvNxt } = scene;
  const receiving = row.state !== 'CLOSE-WAIT';
  const read = receiving ? scene.call(connection.read()) : undefined;
  const sends = row.state === 'ESTABLISHED' || row.state === 'CLOSE-WAIT';
  const written = sends ? scene.call(connection.write(new Uint8Array(300_000))) : undefined;
  await peer.settle();
  const sent = peer.heard().reduce((sum, { length }) => sum + length, 0);
  connection.abort();
  peer.after(0);
  peer.expect({ flags: 'RST,ACK', seq: sndNxt + sent, ack: rcvNxt, length: 0 });
  if (read) expect(await read.outcome()).toEqual(ABORTED);
  if (written) expect(await written.outcome()).toEqual(ABORTED);
  await scene.silent();
  await scene.toldClosed('aborted', 'ECONNABORTED');
  return peer;
};

/** EP-093 to EP-095 */
export const abortAtTheEnd: Driver = async (row) => {
  const scene = await Scene.at(row.state);
  scene.connection.abort();
  await scene.silent();
  await scene.peer.settle();
  expect(scene.user.closed?.how).toBe('aborted');
  return scene.peer;
};
