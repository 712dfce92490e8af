import { describe, expect, test } from 'vitest';
import { Ring } from '../../../src/inspect/ring.ts';

function filled(capacity: number, count: number): Ring<string> {
  const ring = new Ring<string>(capacity);
  for (let number = 1; number <= count; number++) ring.push(`item ${number}`);
  return ring;
}

describe('a ring', () => {
  test('keeps all while there is room', () => {
    const ring = filled(4, 4);
    expect([ring.first, ring.next]).toEqual([1, 5]);
    expect(ring.at(1)).toBe('item 1');
    expect(ring.at(4)).toBe('item 4');
  });

  test('keeps the newest when there is none, and tells which is the oldest', () => {
    const ring = filled(4, 5);
    expect(ring.first).toBe(2);
    expect(ring.at(1)).toBeUndefined();
    expect(ring.at(2)).toBe('item 2');
    expect(ring.at(5)).toBe('item 5');
    expect(ring.at(6)).toBeUndefined();
  });

  test('lets go of what nobody will ask for, and of nothing else', () => {
    const ring = filled(4, 4);
    ring.release(3);
    expect(ring.first).toBe(3);
    expect(ring.at(2)).toBeUndefined();
    expect(ring.at(3)).toBe('item 3');
    ring.release(100);
    expect([ring.first, ring.next]).toEqual([5, 5]);
  });

  test('goes on at another number after a restart', () => {
    const ring = filled(4, 3);
    ring.restart(100);
    ring.push('item 100');
    expect([ring.first, ring.next]).toEqual([100, 101]);
    expect(ring.at(100)).toBe('item 100');
    expect(ring.at(3)).toBeUndefined();
  });

  test('refuses a capacity that holds nothing', () => {
    expect(() => new Ring(0)).toThrow(RangeError);
    expect(() => new Ring(1.5)).toThrow(RangeError);
    expect(filled(1, 3).at(3)).toBe('item 3');
  });
});
