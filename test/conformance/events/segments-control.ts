/** The second and fourth check of RFC 9293 section 3.10.7.4, RST and SYN, with RFC 5961, RFC 1337 and RFC 6191. */

import { expect } from 'vitest';
import type { Peer } from '../../support/peer.ts';
import { Call, currentState, Scene } from '../scene.ts';
import type { Driver } from './driver.ts';

const UNPROTECTED = { stack: { timeWaitProtection: false } };

/** EP-195 to EP-202 */
export const resetInWindow: Driver = async (row) => {
  const scene = await Scene.at(row.state, UNPROTECTED);
  const { peer, rcvNxt, rcvWnd } = scene;
  for (const seq of [rcvNxt + 1, rcvNxt + rcvWnd - 1]) {
    peer.say({ flags: 'RST', seq });
    scene.expectAck();
  }
  await scene.toldNothing();
  return peer;
};

/** EP-203 */
export const resetEmbryonic: Driver = async () => {
  const scene = await Scene.at('SYN-RECEIVED');
  const accepting = new Call(scene.peer, scene.peer.listener!.accept());
  scene.peer.say({ flags: 'RST', seq: scene.rcvNxt });
  await scene.silent();
  expect((await accepting.outcome()).is).toBe('waiting');
  return scene.peer;
};

/** EP-204 */
export const resetRefuses: Driver = async () => {
  const scene = await Scene.openedByUs();
  scene.peer.say({ flags: 'RST', seq: scene.rcvNxt });
  await scene.silent();
  await scene.toldClosed('refused', 'ECONNREFUSED');
  expect(scene.user.opened).toBe('ECONNREFUSED');
  return scene.peer;
};

/** EP-205 to EP-208 */
export const resetSynchronized: Driver = async (row) => {
  const scene = await Scene.at(row.state);
  const { peer, connection } = scene;
  const sends = row.state === 'ESTABLISHED' || row.state === 'CLOSE-WAIT';
  const read = row.state === 'CLOSE-WAIT' ? undefined : scene.call(connection.read());
  const written = sends ? scene.call(connection.write(new Uint8Array(400_000))) : undefined;
  await peer.settle();
  peer.heard();
  peer.say({ flags: 'RST', seq: scene.rcvNxt });
  const reset = { is: 'rejected', code: 'ECONNRESET' };
  if (read) expect(await read.outcome()).toEqual(reset);
  if (written) expect(await written.outcome()).toEqual(reset);
  await scene.silent();
  await scene.toldClosed('reset', 'ECONNRESET');
  return peer;
};

/** EP-209 to EP-211 */
export const resetAtTheEnd: Driver = async (row) => {
  const scene = await Scene.at(row.state, UNPROTECTED);
  scene.peer.say({ flags: 'RST', seq: scene.rcvNxt });
  await scene.silent();
  await scene.toldClosed('closed');
  return scene.peer;
};

/** EP-212 */
export const resetInTimeWait: Driver = async () => {
  const scene = await Scene.at('TIME-WAIT');
  for (const seq of [scene.rcvNxt, scene.rcvNxt + 1, scene.rcvNxt - 1]) scene.peer.say({ flags: 'RST', seq });
  await scene.silent();
  await scene.toldNothing();
  return scene.peer;
};

/** EP-221 */
export const synEmbryonic: Driver = async () => {
  const scene = await Scene.at('SYN-RECEIVED');
  scene.peer.say({ flags: 'SYN', seq: scene.rcvNxt + 5 });
  await scene.silent();

  // A SYN that is sent again lies before the window: our answer had been lost.
  const again = await Scene.at('SYN-RECEIVED');
  again.peer.say({ flags: 'SYN', seq: 0 });
  // Our SYN,ACK again: the ACK that it is acknowledges, and its SYN is what the peer still waits for.
  again.peer.expect({ flags: 'SYN,ACK', seq: 0, ack: 1 });
  expect(again.peer.state).toBe('SYN-RECEIVED');
  return scene.peer;
};

/** EP-222 */
export const synSimultaneous: Driver = async () => {
  const scene = await Scene.openedByUs();
  scene.peer.say({ flags: 'SYN', seq: scene.rcvNxt + 5 });
  scene.expectAck();
  await scene.toldNothing();

  // The SYN,ACK that crosses ours repeats IRS: its ACK counts (appendix A.2).
  const crossing = await Scene.openedByUs();
  crossing.peer.say({ flags: 'SYN,ACK', seq: 0, ack: 1 });
  expect(crossing.peer.state).toBe('ESTABLISHED');
  return scene.peer;
};

/** EP-223 to EP-229 */
export const synSynchronized: Driver = async (row) => {
  const scene = await Scene.at(row.state);
  const { peer, rcvNxt, rcvWnd } = scene;
  for (const seq of [rcvNxt, rcvNxt + 1, rcvNxt - 1, rcvNxt + rcvWnd, 0])
    for (const flags of ['SYN', 'SYN,ACK']) {
      peer.say({ flags, seq });
      scene.expectAck();
    }
  // "Subject to ACK throttling": ten a second, and then silence until the next.
  peer.say({ flags: 'SYN', seq: rcvNxt });
  peer.expectSilence();
  await peer.wait(1_000);
  peer.heard();
  peer.say({ flags: 'SYN', seq: rcvNxt });
  scene.expectAck();
  await scene.toldNothing();
  return peer;
};

/** EP-185, EP-238: a SYN that can't be an old one begins a new connection, by the listener. */
export const synReopens: Driver = async (row) => {
  const scene = await timeWaitWithListener(row.id === 'EP-185');
  const { peer, rcvNxt } = scene;
  const oldNxt = peer.stackIss + scene.sndNxt;
  // EP-185: its timestamp is better and its sequence number is not; EP-238: the other way round.
  const seq = row.id === 'EP-185' ? rcvNxt - 1_000 : rcvNxt + 1;
  peer.say({ flags: 'SYN', seq, ...(row.id === 'EP-185' ? timestamp(peer.clock.now() + 5_000) : {}) });
  peer.expect({ flags: 'SYN,ACK', seq: 0, ack: seq + 1, length: 0 });
  expect((peer.stackIss - oldNxt) | 0).toBeGreaterThan(0);
  expect(currentState(peer)).toBe('SYN-RECEIVED');
  expect(peer.listener?.halfOpen).toBe(1);
  await scene.toldClosed('closed');
  return peer;
};

function timestamp(value: number) {
  return { options: { timestamps: { value, echo: 0 } } };
}

async function timeWaitWithListener(timestamps: boolean): Promise<Scene> {
  return Scene.at('TIME-WAIT', {
    stackChoosesIss: true,
    ...(timestamps ? { syn: { mss: 1_460, timestamps: { value: 1_000, echo: 0 } } } : {}),
  }).then(async (scene) => {
    scene.peer.listen();
    return scene;
  });
}

/** EP-186, EP-284, EP-318: the FIN again says that our ACK was lost; 2 MSL start anew. */
export const finAgainInTimeWait: Driver = async () => {
  const peers: Peer[] = [];
  for (const text of ['', 'and the text before it']) {
    const scene = await Scene.at('TIME-WAIT', { stack: { mslMs: 10_000 } });
    const { peer, rcvNxt } = scene;
    await peer.wait(19_000);
    peer.say({ flags: 'FIN,ACK', seq: rcvNxt - 1 - text.length, text });
    scene.expectAck();
    await peer.wait(19_999);
    expect(peer.state).toBe('TIME-WAIT');
    await peer.wait(1);
    await scene.toldClosed('closed');

    const ongoing = await Scene.at('TIME-WAIT');
    ongoing.peer.say({ flags: 'FIN,ACK', seq: ongoing.rcvNxt - 1 });
    ongoing.expectAck();
    // Other pure ACKs are not answered: two that did so would never stop.
    ongoing.peer.say({ flags: 'ACK', seq: ongoing.rcvNxt });
    await ongoing.silent();
    await ongoing.toldNothing();
    peers.push(ongoing.peer);
  }
  return peers;
};
