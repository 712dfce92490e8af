/** SEGMENT ARRIVES in CLOSED, LISTEN and SYN-SENT (RFC 9293 sections 3.10.7.1 to 3.10.7.3), and FIN in these states. */

import { expect } from 'vitest';
import { encodeTcp, FLAG, type IpAddress, NO_OPTIONS, parseAddress } from '../../../src/wire/index.ts';
import { PEER_PORT, Peer, STACK_PORT } from '../../support/peer.ts';
import { Call, Scene } from '../scene.ts';
import type { Driver } from './driver.ts';

/** EP-106 */
export const closedReset: Driver = async () => {
  const peer = new Peer();
  for (const flags of ['RST', 'RST,ACK', 'SYN,RST', 'FIN,RST,ACK'])
    peer.say({ flags, seq: 9, ack: 9, text: 'x' });
  return peer;
};

/** EP-107 */
export const closedAck: Driver = async () => {
  const peer = new Peer();
  for (const flags of ['ACK', 'SYN,ACK', 'FIN,ACK', 'PSH,ACK']) {
    peer.say({ flags, seq: 9, ack: 1_234, text: 'data is discarded' });
    peer.expect({ flags: 'RST', seq: 1_234, ack: undefined, length: 0 });
  }
  return peer;
};

/** EP-108 */
export const closedNoAck: Driver = async () => {
  const peer = new Peer();
  for (const [flags, length] of [
    ['', 0],
    ['SYN', 1],
    ['FIN', 1],
    ['SYN,FIN', 2],
  ] as const) {
    peer.say({ flags, seq: 9, text: 'four' });
    peer.expect({ flags: 'RST,ACK', seq: -5_000, ack: 9 + 4 + length, length: 0 });
  }
  return peer;
};

/** EP-109 */
export const listenReset: Driver = async () => {
  const peer = new Peer().listen();
  for (const flags of ['RST', 'RST,ACK', 'SYN,RST']) peer.say({ flags, seq: 0, ack: 9 });
  return peer;
};

/** EP-110 */
export const listenAck: Driver = async () => {
  const peer = new Peer().listen();
  for (const flags of ['ACK', 'SYN,ACK', 'FIN,ACK']) {
    peer.say({ flags, seq: 0, ack: 1_234 });
    peer.expect({ flags: 'RST', seq: 1_234, ack: undefined, length: 0 });
  }
  return peer;
};

/** EP-112 */
export const listenSyn: Driver = async () => {
  const peer = new Peer().listen();
  const accepted = new Call(peer, peer.listener!.accept());
  peer.say({ flags: 'SYN', seq: 0, text: 'early' });
  peer.expect({ flags: 'SYN,ACK', seq: 0, ack: 1, length: 0 });
  expect(await accepted.outcome()).toEqual({ is: 'waiting' });
  expect(peer.listener?.halfOpen).toBe(1);
  expect(peer.connection.info()).toMatchObject({ iss: 5_000, irs: 100_000, snd: { una: 5_000, nxt: 5_001 } });
  // The text is kept until the connection is ESTABLISHED (R9293-5).
  const other = new Peer().listen();
  other.say({ flags: 'SYN', seq: 0, text: 'early' });
  other.expect({ flags: 'SYN,ACK' });
  const read = new Call(other, other.connection.read());
  expect(await read.outcome()).toEqual({ is: 'waiting' });
  other.say();
  expect(await read.outcome()).toEqual({ is: 'fulfilled', value: new TextEncoder().encode('early') });
  return peer;
};

/** EP-113 */
export const listenSynOfNobody: Driver = async () => {
  const peer = new Peer().listen();
  const own = peer.stackAddress;
  for (const source of ['255.255.255.255', '224.0.0.5', '0.0.0.0']) peer.raw(syn(parseAddress(source)!, own));
  for (const destination of ['255.255.255.255', '224.0.0.5']) {
    peer.raw(syn(peer.peerAddress, parseAddress(destination)!));
  }
  return peer;
};

function syn(src: IpAddress, dst: IpAddress): Uint8Array {
  return encodeTcp(
    { src, dst },
    {
      srcPort: PEER_PORT,
      dstPort: STACK_PORT,
      seq: 1,
      ack: 0,
      flags: FLAG.SYN,
      wnd: 65_535,
      up: 0,
      options: NO_OPTIONS,
      text: new Uint8Array(0),
    },
  );
}

/** EP-114 */
export const listenOther: Driver = async () => {
  const peer = new Peer().listen();
  for (const flags of ['', 'PSH', 'URG', 'FIN']) peer.say({ flags, seq: 0, text: 'x' });
  return peer;
};

/** EP-115 */
export const synSentBadAck: Driver = async () => {
  const scene = await Scene.at('SYN-SENT');
  for (const flags of ['ACK', 'SYN,ACK', 'FIN,ACK'])
    for (const ack of [0, 2, -1]) {
      scene.peer.say({ flags, seq: 0, ack });
      scene.peer.expect({ flags: 'RST', seq: ack, ack: undefined, length: 0 });
    }
  await scene.toldNothing();
  return scene.peer;
};

/** EP-116 */
export const synSentBadAckReset: Driver = async () => {
  const scene = await Scene.at('SYN-SENT');
  for (const ack of [0, 2]) scene.peer.say({ flags: 'RST,ACK', seq: 0, ack });
  await scene.silent();
  await scene.toldNothing();
  return scene.peer;
};

/** EP-117, and EP-119 with any sequence number. */
export const synSentReset: Driver = async (row) => {
  const scene = await Scene.at('SYN-SENT');
  scene.peer.say({ flags: 'RST,ACK', seq: row.id === 'EP-119' ? 12_345 : 0, ack: 1 });
  await scene.silent();
  await scene.toldClosed('refused', 'ECONNREFUSED');
  expect(scene.user.opened).toBe('ECONNREFUSED');
  return scene.peer;
};

/** EP-118 */
export const synSentResetWithoutAck: Driver = async () => {
  const scene = await Scene.at('SYN-SENT');
  scene.peer.say({ flags: 'RST', seq: 0 });
  await scene.silent();
  await scene.toldNothing();
  return scene.peer;
};

/** EP-122 */
export const synSentSynAck: Driver = async () => {
  const scene = await Scene.at('SYN-SENT', { wnd: 4_000 });
  const { peer } = scene;
  void scene.connection.write(new Uint8Array(100));
  await peer.settle();
  peer.say({ flags: 'SYN,ACK', seq: 0, ack: 1 });
  const [first, ...rest] = peer.heard();
  expect(first).toMatchObject({ seq: 1, ack: 1 });
  expect(rest.length + (first?.length ?? 0)).toBeGreaterThan(0);
  await peer.settle();
  expect(scene.user.opened).toBe('opened');
  expect(scene.connection.info()).toMatchObject({ irs: 100_000, snd: { una: 5_001, wnd: 4_000 } });

  // "Further controls or text": on at the sixth check, with the same segment.
  const other = await Scene.at('SYN-SENT');
  const read = other.call(other.connection.read());
  other.peer.say({ flags: 'SYN,ACK,FIN', seq: 0, ack: 1, text: 'hi' });
  other.peer.expect({ flags: 'ACK', seq: 1, ack: 4 });
  expect(await read.outcome()).toEqual({ is: 'fulfilled', value: new TextEncoder().encode('hi') });
  expect(other.peer.state).toBe('CLOSE-WAIT');
  return peer;
};

/** EP-123 */
export const synSentSyn: Driver = async () => {
  const scene = await Scene.at('SYN-SENT');
  scene.peer.say({ flags: 'SYN', seq: 0, wnd: 3_000 });
  scene.peer.expect({ flags: 'SYN,ACK', seq: 0, ack: 1, length: 0 });
  expect(scene.connection.info()).toMatchObject({
    irs: 100_000,
    snd: { una: 5_000, nxt: 5_001, wnd: 3_000 },
  });
  await scene.toldNothing();
  // The active origin is remembered: a RST refuses the connection.
  const other = await Scene.at('SYN-SENT');
  other.peer.say({ flags: 'SYN', seq: 0 });
  other.peer.expect({ flags: 'SYN,ACK' });
  other.peer.say({ flags: 'RST', seq: 1 });
  await other.toldClosed('refused', 'ECONNREFUSED');
  return scene.peer;
};

/** EP-124 */
export const synSentOther: Driver = async () => {
  const scene = await Scene.at('SYN-SENT');
  for (const segment of [
    { flags: '' },
    { flags: 'ACK', ack: 1 },
    { flags: 'PSH,URG,ACK', ack: 1, text: 'x' },
  ])
    scene.peer.say(segment);
  await scene.silent();
  await scene.toldNothing();
  return scene.peer;
};

/** EP-307 to EP-309: the earlier checks answer, and the FIN itself means nothing. */
export const finUnconnected: Driver = async (row) => {
  const peer = new Peer();
  if (row.state === 'LISTEN') peer.listen();
  if (row.state === 'SYN-SENT') peer.synSent();
  peer.say({ flags: 'FIN', seq: 0 });
  if (row.state === 'CLOSED') peer.expect({ flags: 'RST,ACK', seq: -5_000, ack: 1 });
  peer.say({ flags: 'FIN,ACK', seq: 0, ack: row.state === 'SYN-SENT' ? 1 : 900 });
  if (row.state !== 'SYN-SENT') peer.expect({ flags: 'RST', seq: 900, ack: undefined });
  peer.expectSilence();
  return peer;
};
