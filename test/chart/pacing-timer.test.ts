/**
 * The arrows of the send timer's state `pacing`: those that traffic between a stack that paces and a peer that agreed on SACK
 * takes. Test words leave them out, since their stack does not pace.
 */

import { describe, expect, it } from 'vitest';
import { ArrowsTaken } from '../../src/model/index.ts';
import { play, WAYS } from './pacing-ways.ts';
import { nameOf } from './rack-ways.ts';

describe('the send timer where text is paced', () => {
  it.each(Object.entries(WAYS))('takes %s', async (name, way) => {
    const taken = new ArrowsTaken();
    await play(way, { alwaysStep: true, inspect: taken.inspect as never });
    const counts = taken
      .of('connection')
      .filter(({ count }) => count > 0)
      .map(({ arrow }) => nameOf(arrow.id));
    expect(counts).toContain(name);
  });

  it('has no other arrows to and from that state', () => {
    const arrows = new ArrowsTaken().of('connection').map(({ arrow }) => nameOf(arrow.id));
    expect(arrows.filter((arrow) => arrow.includes('pacing')).sort()).toEqual(Object.keys(WAYS).sort());
  });

  it('is never entered where nothing is paced', async () => {
    for (const way of Object.values(WAYS)) {
      const taken = new ArrowsTaken();
      await play(way, { alwaysStep: true, inspect: taken.inspect as never }, { pacing: false });
      const paced = taken
        .of('connection')
        .filter(({ arrow }) => arrow.id.includes('→ open.send timer.pacing'));
      expect(paced.map(({ count }) => count).filter((count) => count > 0)).toEqual([]);
    }
  });
});
