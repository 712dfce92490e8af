/** SEND and RECEIVE (RFC 9293 sections 3.10.2 and 3.10.3). */

import { expect } from 'vitest';
import { PEER_PORT, Peer, STACK_PORT } from '../../support/peer.ts';
import { Call, closedWindow, Scene, WAITING } from '../scene.ts';
import type { Driver } from './driver.ts';
import { oldAck } from './segments-sequence.ts';

const bytes = (text: string): Uint8Array => new TextEncoder().encode(text);
const textOf = (value: Uint8Array | null): string | null =>
  value === null ? null : new TextDecoder().decode(value);

/** A connection whose TCB is gone, after an orderly end or after an ABORT. */
async function gone(how: 'closed' | 'aborted'): Promise<Scene> {
  const scene = await Scene.at(how === 'closed' ? 'LAST-ACK' : 'ESTABLISHED');
  if (how === 'closed') scene.peer.say();
  else scene.connection.abort();
  await scene.peer.settle();
  scene.peer.heard();
  return scene;
}

/** EP-022 */
export const sendInClosed: Driver = async () => {
  const closed = await gone('closed');
  expect(await closed.call(closed.connection.write(bytes('x'))).outcome()).toEqual({
    is: 'rejected',
    code: 'EPIPE',
  });
  const aborted = await gone('aborted');
  expect(await aborted.call(aborted.connection.write(bytes('x'))).outcome()).toEqual({
    is: 'rejected',
    code: 'ECONNABORTED',
  });
  return [closed.peer, aborted.peer];
};

/** EP-024 */
export const receiveInClosed: Driver = async () => {
  const closed = await gone('closed');
  expect(await closed.call(closed.connection.read()).outcome()).toEqual({ is: 'fulfilled', value: null });
  const aborted = await gone('aborted');
  expect(await aborted.call(aborted.connection.read()).outcome()).toEqual({
    is: 'rejected',
    code: 'ECONNABORTED',
  });
  return [closed.peer, aborted.peer];
};

/** EP-031 */
export const sendFromListener: Driver = async () => {
  const peer = new Peer().listen();
  const connection = peer.stack.open({
    host: '198.18.0.2',
    port: PEER_PORT,
    localPort: STACK_PORT,
    reuseAddress: true,
  });
  void connection.write(bytes('with the SYN or later'));
  await peer.settle();
  peer.expect({ flags: 'SYN', seq: 0, length: 0 });
  return peer;
};

/** EP-034, EP-035 */
export const sendWhileOpening: Driver = async (row) => {
  const open = (): Promise<Scene> => (row.state === 'SYN-SENT' ? Scene.at('SYN-SENT') : Scene.openedByUs());
  const scene = await open();
  const sent = scene.call(scene.connection.write(bytes('early')));
  await scene.silent();
  expect((await sent.outcome()).is).toBe('fulfilled');

  const opened = await open();
  void opened.connection.write(bytes('early'));
  await opened.peer.settle();
  opened.peer.say({ flags: row.state === 'SYN-SENT' ? 'SYN,ACK' : 'ACK' });
  const heard = opened.peer.heard().filter(({ length }) => length > 0);
  expect(heard).toMatchObject([{ flags: 'PSH,ACK', seq: 1, ack: 1 }]);
  expect(textOf(heard[0]!.text)).toBe('early');
  return scene.peer;
};

/** EP-036, EP-037, EP-042, EP-043: a call without room waits for it, rather than fail. */
export const sendWithoutRoom: Driver = async (row) => {
  const options = { stack: { sendBuffer: 10 }, wnd: 4 };
  const scene =
    row.state === 'SYN-RECEIVED' ? await Scene.openedByUs(options) : await Scene.at(row.state, options);
  const { peer } = scene;
  const first = scene.call(scene.connection.write(new Uint8Array(10)));
  const second = scene.call(scene.connection.write(new Uint8Array(10)));
  expect((await first.outcome()).is).toBe('fulfilled');
  expect(await second.outcome()).toEqual(WAITING);
  peer.heard();
  return peer;
};

/** EP-038, EP-039 */
export const send: Driver = async (row) => {
  const scene = await Scene.at(row.state);
  const { peer, sndNxt, rcvNxt } = scene;
  const sent = scene.call(scene.connection.write(new Uint8Array(1_460 + 40)));
  expect((await sent.outcome()).is).toBe('fulfilled');
  peer.expect({ flags: 'ACK', seq: sndNxt, ack: rcvNxt, length: 1_460 });
  // Nagle: the rest waits for the acknowledgment, and then says that no more is queued.
  peer.expectSilence();
  peer.say();
  peer.expect({ flags: 'PSH,ACK', seq: sndNxt + 1_460, ack: rcvNxt, length: 40 });
  expect(scene.connection.info().snd.nxt).toBe(5_000 + sndNxt + 1_500);
  return peer;
};

/** EP-040, EP-041 */
export const sendUrgent: Driver = async (row) => {
  const scene = await Scene.at(row.state);
  const { peer, sndNxt, rcvNxt } = scene;
  const sent = scene.call(scene.connection.writeUrgent(bytes('stop')));
  expect((await sent.outcome()).is).toBe('fulfilled');
  peer.expect({ flags: 'PSH,URG,ACK', seq: sndNxt, ack: rcvNxt, up: 4, text: 'stop' });
  peer.say();
  void scene.connection.write(bytes('on'));
  await peer.settle();
  peer.expect({ flags: 'PSH,ACK', up: 0, text: 'on' });
  return peer;
};

/** EP-044 to EP-048 */
export const sendAfterClose: Driver = async (row) => {
  const scene = await Scene.at(row.state);
  const sent = scene.call(scene.connection.write(bytes('late')));
  expect(await sent.outcome()).toEqual({ is: 'rejected', code: 'EPIPE' });
  await scene.silent();
  return scene.peer;
};

/** EP-049: what waits in LISTEN is an `accept`. */
export const receiveInListen: Driver = async () => {
  const peer = new Peer().listen();
  const accepted = new Call(peer, peer.listener!.accept());
  expect(await accepted.outcome()).toEqual(WAITING);

  const other = new Peer().listen();
  const served = new Call(other, other.listener!.accept());
  other.establish('passive');
  expect(await served.outcome()).toMatchObject({ is: 'fulfilled', value: { state: 'ESTABLISHED' } });
  return peer;
};

/** EP-050, EP-051 */
export const receiveWhileOpening: Driver = async (row) => {
  const open = (): Promise<Scene> => (row.state === 'SYN-SENT' ? Scene.at('SYN-SENT') : Scene.openedByUs());
  const scene = await open();
  expect(await scene.call(scene.connection.read()).outcome()).toEqual(WAITING);
  await scene.silent();

  const opened = await open();
  const read = opened.call(opened.connection.read());
  opened.peer.say({ flags: row.state === 'SYN-SENT' ? 'SYN,ACK' : 'ACK' });
  opened.peer.say({ text: 'hello' });
  expect(await read.outcome()).toEqual({ is: 'fulfilled', value: bytes('hello') });
  return scene.peer;
};

/** EP-055 to EP-057 */
export const receive: Driver = async (row) => {
  const scene = await closedWindow(row.state);
  const { peer } = scene;
  const little = scene.call(scene.connection.read(1));
  expect(await little.outcome()).toMatchObject({ is: 'fulfilled', value: { length: 1 } });
  // One octet of room is none worth telling of (MUST-39).
  await scene.silent();
  const rest = scene.call(scene.connection.read());
  expect(await rest.outcome()).toMatchObject({ is: 'fulfilled', value: { length: 99 } });
  scene.expectAck({ wnd: 100 });
  return peer;
};

/** EP-058 to EP-060 */
export const receiveLater: Driver = async (row) => {
  const scene = await Scene.at(row.state);
  const read = scene.call(scene.connection.read());
  expect(await read.outcome()).toEqual(WAITING);
  await scene.silent();
  await scene.toldNothing();
  return scene.peer;
};

/** EP-064 to EP-066 */
export const receiveUrgent: Driver = async (row) => {
  const scene = await Scene.at(row.state);
  scene.peer.say({ flags: 'URG,ACK', ack: oldAck(scene), text: 'abcd', up: 10 });
  await scene.peer.wait(100);
  scene.peer.expect({ flags: 'ACK', ack: scene.rcvNxt + 4 });
  expect(scene.user.urgent).toBe(1);
  expect(scene.connection.info().urgentBytes).toBe(10);
  const read = scene.call(scene.connection.read());
  expect(await read.outcome()).toEqual({ is: 'fulfilled', value: bytes('abcd') });
  expect(scene.connection.info().urgentBytes).toBe(6);
  return scene.peer;
};

/** EP-067 */
export const receiveTheRest: Driver = async (row) => {
  const scene = await endedWith('last words', row.state);
  const read = scene.call(scene.connection.read());
  expect(await read.outcome()).toEqual({ is: 'fulfilled', value: bytes('last words') });
  await scene.silent();
  return scene.peer;
};

/** EP-068 */
export const receiveTheEnd: Driver = async (row) => {
  const scene = await Scene.at(row.state);
  expect(await scene.call(scene.connection.read()).outcome()).toEqual({ is: 'fulfilled', value: null });
  await scene.silent();
  return scene.peer;
};

/** EP-069 to EP-071: text from before the FIN first, then the end of the stream. */
export const receiveAfterBoth: Driver = async (row) => {
  const scene = await endedWith('last words', row.state);
  const first = scene.call(scene.connection.read());
  expect(await first.outcome()).toEqual({ is: 'fulfilled', value: bytes('last words') });
  const second = scene.call(scene.connection.read());
  expect(await second.outcome()).toEqual({ is: 'fulfilled', value: null });
  await scene.silent();
  return scene.peer;
};

/** A state behind the peer's FIN, with text in front of the FIN that nobody has read. */
async function endedWith(text: string, state: string): Promise<Scene> {
  const peer = new Peer().establish();
  peer.say({ text });
  const shutdown = async (): Promise<void> => {
    void peer.connection.shutdown();
    await peer.settle();
  };
  if (state === 'CLOSING' || state === 'TIME-WAIT') await shutdown();
  peer.say({ flags: 'FIN,ACK', ...(state === 'CLOSING' ? { ack: 1 } : {}) });
  if (state === 'LAST-ACK') await shutdown();
  peer.heard();
  expect(peer.state).toBe(state);
  return Scene.of(peer);
}
