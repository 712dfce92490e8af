/** The first check of RFC 9293 section 3.10.7.4, the sequence number; and PAWS, which comes before it. */

import { expect } from 'vitest';
import type { PeerOptions } from '../../support/peer.ts';
import { closedWindow, Scene } from '../scene.ts';
import type { Driver } from './driver.ts';

const RECEIVING = ['ESTABLISHED', 'FIN-WAIT-1', 'FIN-WAIT-2'];

/** An acknowledgment that moves nothing, so that the state stays: in FIN-WAIT-1, CLOSING, LAST-ACK our FIN is outstanding. */
export function oldAck(scene: Scene): number {
  return (scene.connection.info().snd.una - 5_000) | 0;
}

/**
 * What passes the first check without ACK is dropped at the fifth, silently; what fails is answered. So a segment without
 * ACK tells both apart in every state.
 */
function expectAcceptable(scene: Scene, seq: number, text = ''): void {
  scene.peer.say({ flags: '', seq, text });
  scene.peer.expectSilence();
}

function expectUnacceptable(scene: Scene, seq: number, text = ''): void {
  scene.peer.say({ flags: '', seq, text });
  scene.expectAck();
}

/** EP-126 to EP-132 */
export const noTextNoWindow: Driver = async (row) => {
  const scene = await closedWindow(row.state);
  const { peer, rcvNxt } = scene;
  expectAcceptable(scene, rcvNxt);
  expectUnacceptable(scene, rcvNxt - 1);
  expectUnacceptable(scene, rcvNxt + 1);
  await expectGoesOn(row.state, scene);
  await scene.toldNothing();
  return peer;
};

/** EP-133 to EP-140 */
export const noTextWindow: Driver = async (row) => {
  const scene = await Scene.at(row.state);
  const { rcvNxt, rcvWnd } = scene;
  expect(rcvWnd).toBeGreaterThan(1);
  expectAcceptable(scene, rcvNxt);
  expectAcceptable(scene, rcvNxt + rcvWnd - 1);
  expectUnacceptable(scene, rcvNxt - 1);
  expectUnacceptable(scene, rcvNxt + rcvWnd);
  expectUnacceptable(scene, rcvNxt + 2 ** 31);
  await expectGoesOn(row.state, scene);
  await scene.toldNothing();
  return scene.peer;
};

/** An acceptable segment reaches the fifth check: its window counts. */
async function expectGoesOn(state: string, scene: Scene): Promise<void> {
  if (state === 'SYN-RECEIVED' || state === 'TIME-WAIT') return;
  scene.peer.say({ seq: scene.rcvNxt, ack: oldAck(scene), wnd: 2_222 });
  expect(scene.connection.info().snd.wnd).toBe(2_222);
  await scene.silent();
}

/** EP-142 to EP-148 */
export const textNoWindow: Driver = async (row) => {
  const { state } = row;
  const scene = await closedWindow(state);
  const { peer, rcvNxt } = scene;
  expectUnacceptable(scene, rcvNxt, 'x');
  if (state !== 'TIME-WAIT') {
    // Its ACK is processed: the window that comes with it counts.
    peer.say({ seq: rcvNxt, ack: oldAck(scene), wnd: 3_333, text: 'x' });
    scene.expectAck({ wnd: 0 });
    expect(scene.connection.info().snd.wnd).toBe(3_333);
  }
  if (RECEIVING.includes(state)) {
    const urgent = await closedWindow(state);
    urgent.peer.say({ flags: 'URG,ACK', seq: rcvNxt, ack: oldAck(urgent), up: 5, text: 'x' });
    urgent.expectAck();
    expect(urgent.user.urgent).toBe(1);
  }
  // Its RST is processed, text or not.
  const reset = await closedWindow(state, { stack: { timeWaitProtection: false } });
  reset.peer.say({ flags: 'RST', seq: rcvNxt, text: 'why' });
  await reset.silent();
  expect(reset.connection.state).toBe('CLOSED');
  await scene.toldNothing();
  return peer;
};

/** EP-149 to EP-156 */
export const textWindow: Driver = async (row) => {
  const { state } = row;
  const scene = await Scene.at(state);
  const { peer, rcvNxt, rcvWnd } = scene;
  expectUnacceptable(scene, rcvNxt - 2, 'ab');
  expectUnacceptable(scene, rcvNxt + rcvWnd, 'ab');
  expectAcceptable(scene, rcvNxt - 1, 'ab');
  expectAcceptable(scene, rcvNxt + rcvWnd - 1, 'ab');
  expectAcceptable(scene, rcvNxt, 'ab');
  await scene.toldNothing();
  if (RECEIVING.includes(state)) await expectTrimmed(state);
  return peer;
};

async function expectTrimmed(state: string): Promise<void> {
  const left = await Scene.at(state);
  left.peer.say({ seq: left.rcvNxt - 2, ack: oldAck(left), text: 'abcd' });
  const read = left.call(left.connection.read());
  expect(await read.outcome()).toEqual({ is: 'fulfilled', value: new TextEncoder().encode('cd') });
  await left.peer.wait(100);
  left.peer.expect({ flags: 'ACK', ack: left.rcvNxt + 2 });

  const right = await Scene.at(state, { stack: { receiveBuffer: 8 } });
  right.peer.say({ seq: right.rcvNxt, ack: oldAck(right), text: '0123456789' });
  await right.peer.wait(100);
  right.peer.expect({ flags: 'ACK', ack: right.rcvNxt + 8, wnd: 0 });
  const whole = right.call(right.connection.read());
  expect(await whole.outcome()).toEqual({ is: 'fulfilled', value: new TextEncoder().encode('01234567') });
}

/** EP-157 to EP-164 */
export const unacceptable: Driver = async (row) => {
  const scene = await Scene.at(row.state);
  const { peer, rcvNxt, rcvWnd } = scene;
  for (const seq of [rcvNxt - 10, rcvNxt + rcvWnd, rcvNxt + 2 ** 31]) {
    for (const segment of [{}, { text: 'x' }, { flags: 'FIN,ACK' }]) {
      if (row.state === 'TIME-WAIT' && 'flags' in segment) continue;
      peer.say({ seq, ...segment });
      scene.expectAck();
    }
  }
  await scene.toldNothing();
  return peer;
};

/** EP-165 to EP-172, EP-187 to EP-194 */
export const unacceptableReset: Driver = async (row) => {
  const scene = await Scene.at(row.state, { stack: { timeWaitProtection: false } });
  const { peer, rcvNxt, rcvWnd } = scene;
  for (const seq of [rcvNxt - 1, rcvNxt + rcvWnd, rcvNxt + 2 ** 31])
    for (const flags of ['RST', 'RST,ACK']) peer.say({ flags, seq });
  await scene.silent();
  await scene.toldNothing();
  return peer;
};

/** EP-173 to EP-176, EP-298 to EP-300 */
export const outOfOrder: Driver = async (row) => {
  const scene = await Scene.at(row.state);
  const { peer, rcvNxt } = scene;
  const ack = row.state === 'SYN-RECEIVED' ? 1 : oldAck(scene);
  const read = scene.call(scene.connection.read());
  peer.say({ seq: rcvNxt + 3, ack, text: 'def' });
  scene.expectAck();
  expect((await read.outcome()).is).toBe('waiting');
  peer.say({ seq: rcvNxt, ack, text: 'abc' });
  peer.expect({ flags: 'ACK', seq: scene.sndNxt, ack: rcvNxt + 6, length: 0 });
  expect(await read.outcome()).toEqual({ is: 'fulfilled', value: new TextEncoder().encode('abcdef') });
  return peer;
};

const TIMESTAMPS: PeerOptions = { syn: { mss: 1_460, timestamps: { value: 1_000, echo: 0 } } };

/** EP-177 to EP-184 */
export const oldTimestamp: Driver = async (row) => {
  const scene = await Scene.at(row.state, TIMESTAMPS);
  const { peer, rcvNxt, rcvWnd } = scene;
  const old = { options: { timestamps: { value: 999, echo: 0 } } };
  const ack = oldAck(scene);
  for (const seq of [rcvNxt, rcvNxt + rcvWnd]) {
    peer.say({ seq, ack, ...old });
    scene.expectAck();
  }
  peer.say({ flags: '', seq: rcvNxt, ...old });
  scene.expectAck();
  await scene.toldNothing();

  // R7323-11: a RST is exempt.
  const reset = await Scene.at(row.state, { ...TIMESTAMPS, stack: { timeWaitProtection: false } });
  reset.peer.say({ flags: 'RST', seq: reset.rcvNxt, ...old });
  await reset.silent();
  expect(reset.connection.state).toBe('CLOSED');
  return peer;
};
