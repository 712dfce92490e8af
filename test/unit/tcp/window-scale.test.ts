import { describe, expect, it } from 'vitest';
import { Peer } from '../../support/peer.ts';

/** What is offered in the SYN,ACK. */
function offered(receiveBuffer: number, windowScale?: number): number | undefined {
  const scale = windowScale === undefined ? {} : { windowScale };
  const peer = new Peer({ syn: { mss: 1_460, windowScale: 0 }, stack: { receiveBuffer, ...scale } }).listen();
  peer.say({ flags: 'SYN', seq: 0 });
  return peer.expect({ flags: 'SYN,ACK' }).options.windowScale;
}

describe('the scale of our window', () => {
  it('is the smallest with which the buffer can be said, unless another one is asked for', () => {
    expect(offered(65_535)).toBe(0);
    expect(offered(65_536)).toBe(1);
    expect(offered(65_535, 7)).toBe(7);
  });

  it('is never so large that less than four of its steps make up the buffer: the window would hardly open again', () => {
    expect(offered(65_536, 14)).toBe(14);
    expect(offered(65_535, 14)).toBe(13);
    expect(offered(3, 14)).toBe(0);
  });
});
