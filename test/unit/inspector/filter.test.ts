import { describe, expect, it } from 'vitest';
import { parseFilter } from '../../../inspector/src/connections/filter.ts';
import type { Connection } from '../../../inspector/src/store/model.ts';

const connection = {
  name: 'x#1',
  host: 'A',
  endedMs: null,
  how: null,
  drops: 0,
  view: {
    localAddress: '198.18.0.1',
    localPort: 40_000,
    remoteAddress: '198.18.0.2',
    remotePort: 80,
    origin: 'active',
    openedMs: 1_000,
  },
  tcb: {
    state: 'TIME-WAIT',
    softError: null,
    rtt: { srttMs: 12 },
    cc: { cwnd: 14_600 },
    snd: { flight: 0 },
    totals: { bytesSent: 10, bytesReceived: 2_000, retransmissions: 3 },
  },
} as unknown as Connection;

function matches(query: string): boolean {
  return parseFilter(query).filter(connection, 11_000);
}

describe('the filter of connections', () => {
  it.each([
    ['', true],
    ['state:TIME-WAIT', true],
    ['state:time', true],
    ['state:ESTABLISHED', false],
    ['port:80', true],
    ['port:8', false],
    ['port:40000', true],
    ['state:TIME-WAIT port:80', true],
    ['state:TIME-WAIT port:81', false],
    ['-state:TIME-WAIT', false],
    ['-port:81', true],
    ['host:A', true],
    ['host:B', false],
    ['role:active', true],
    ['address:198.18', true],
    ['remote:198.18.0.2:80', true],
    ['retransmissions>2', true],
    ['retransmissions>3', false],
    ['retransmissions>=3', true],
    ['age=10', true],
    ['age<10', false],
    ['cwnd<=14600', true],
    ['198.18.0.2', true],
    ['198.18.0.3', false],
  ])('takes "%s" as %s', (query, expected) => {
    expect(matches(query)).toBe(expected);
  });

  it('says what it does not understand, and goes by the rest', () => {
    const { problem, filter } = parseFilter('stat:TIME-WAIT port:80');
    expect(problem).toContain('there is no key "stat"');
    expect(filter(connection, 0)).toBe(true);
    expect(parseFilter('speed>3').problem).toContain('there is no number "speed"');
  });
});
