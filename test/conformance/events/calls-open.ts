/** OPEN and STATUS (RFC 9293 sections 3.10.1 and 3.10.6). */

import { expect } from 'vitest';
import { PEER_PORT, Peer, STACK_PORT } from '../../support/peer.ts';
import { currentState, Scene } from '../scene.ts';
import type { Driver } from './driver.ts';

const REMOTE = { host: '198.18.0.2', port: PEER_PORT, localPort: STACK_PORT };

function refused(call: () => unknown, code: string): void {
  expect(call).toThrow(expect.objectContaining({ code }));
}

/** EP-001 */
export const openPassive: Driver = async () => {
  const peer = new Peer().listen();
  expect(peer.listener?.port).toBe(STACK_PORT);
  peer.expectSilence();
  return peer;
};

/** EP-002 */
export const openActive: Driver = async () => {
  const peer = new Peer();
  const connection = peer.stack.open(REMOTE);
  peer.after(0);
  peer.expect({ flags: 'SYN', seq: 0, ack: undefined, length: 0 });
  expect(connection.localPort).toBe(STACK_PORT);
  expect(connection.info()).toMatchObject({ snd: { una: 5_000, nxt: 5_001 }, iss: 5_000 });
  return peer;
};

/** EP-003 */
export const openUnspecified: Driver = async () => {
  const peer = new Peer();
  for (const remote of [{ host: '0.0.0.0' }, { host: '' }, { port: 0 }])
    refused(() => peer.stack.open({ ...REMOTE, ...remote }), 'EINVAL');
  return peer;
};

/** EP-004 */
export const openInvalidRemote: Driver = async () => {
  const peer = new Peer();
  for (const host of ['255.255.255.255', '224.0.0.1', '239.255.255.255', '0.0.0.0', 'ff02::1', '198.18.0'])
    refused(() => peer.stack.open({ ...REMOTE, host }), 'EINVAL');
  return peer;
};

/** EP-005: the sockets that a program may not have are those at addresses that are not the stack's. */
export const openWithoutAccess: Driver = async () => {
  const peer = new Peer();
  refused(() => peer.stack.open({ ...REMOTE, localAddress: '198.18.0.9' }), 'EADDRNOTAVAIL');
  refused(() => peer.stack.listen({ port: STACK_PORT, host: '198.18.0.9' }), 'EADDRNOTAVAIL');
  return peer;
};

/** EP-008 */
export const openFromListener: Driver = async () => {
  const peer = new Peer().listen();
  void peer.listener?.open({ host: REMOTE.host, port: PEER_PORT });
  await peer.settle();
  peer.expect({ flags: 'SYN', seq: 0 });
  expect(peer.connection.localPort).toBe(STACK_PORT);
  void peer.connection.write(new TextEncoder().encode('later'));
  await peer.settle();
  peer.expectSilence();
  // Text that was sent meanwhile goes once the connection is ESTABLISHED.
  const other = new Peer().listen();
  const opening = other.listener?.open({ host: REMOTE.host, port: PEER_PORT });
  await other.settle();
  other.expect({ flags: 'SYN', seq: 0 });
  void other.connection.write(new TextEncoder().encode('later'));
  await other.settle();
  other.say({ flags: 'SYN,ACK' });
  await opening;
  expect(
    other
      .heard()
      .map(({ text }) => new TextDecoder().decode(text))
      .join(''),
  ).toBe('later');
  return peer;
};

/** EP-009 */
export const openFromListenerUnspecified: Driver = async () => {
  const peer = new Peer().listen();
  for (const remote of [
    { host: '', port: PEER_PORT },
    { host: REMOTE.host, port: 0 },
  ])
    await expect(peer.listener?.open(remote)).rejects.toMatchObject({ code: 'EINVAL' });
  return peer;
};

/** EP-011 */
export const listenTwice: Driver = async () => {
  const peer = new Peer().listen();
  refused(() => peer.stack.listen({ port: STACK_PORT }), 'EADDRINUSE');
  return peer;
};

/** EP-012 to EP-020: an active OPEN fails; a passive one is for other peers, and leaves this connection as it is. */
export const openAgain: Driver = async (row) => {
  const scene = await Scene.at(row.state);
  const { peer } = scene;
  const before = scene.connection.info();
  refused(() => peer.stack.open({ ...REMOTE, reuseAddress: true }), 'EADDRINUSE');
  if (!peer.listener) peer.listen();
  await scene.silent();
  expect(scene.connection.info()).toEqual(before);
  await scene.toldNothing();
  return peer;
};

/** EP-030 */
export const statusOfNone: Driver = async () => {
  const { peer } = await Scene.at('SYN-SENT');
  const { connection } = peer;
  connection.abort();
  await peer.settle();
  expect(connection.info().state).toBe('CLOSED');
  expect([...peer.stack.connections]).toEqual([]);
  return peer;
};

/** EP-096 */
export const statusOfListener: Driver = async () => {
  const peer = new Peer().listen({ host: '198.18.0.1' });
  expect(peer.listener).toMatchObject({
    address: '198.18.0.1',
    port: STACK_PORT,
    halfOpen: 0,
    acceptQueue: 0,
  });
  return peer;
};

/** EP-097 to EP-105 */
export const status: Driver = async (row) => {
  const scene = await Scene.at(row.state);
  expect(scene.connection.info()).toMatchObject({
    state: row.state,
    iss: 5_000,
    snd: { nxt: 5_000 + scene.sndNxt },
    rcv: { nxt: row.state === 'SYN-SENT' ? 0 : 100_000 + scene.rcvNxt },
  });
  expect(currentState(scene.peer)).toBe(row.state);
  await scene.toldNothing();
  return scene.peer;
};
