/** What ends a connection, in every state: it ends at once and for good, and the user is told why. */

import { describe, expect, it } from 'vitest';
import type { CloseReason, State } from '../../../src/index.ts';
import {
  decodeIp,
  encodeTcp,
  encodeUnreachable,
  FLAG,
  type IpPacket,
  NO_OPTIONS,
} from '../../../src/wire/index.ts';
import { PEER_PORT, Peer, type PeerOptions, STACK_PORT } from '../../support/peer.ts';

type Connected = Exclude<State, 'CLOSED' | 'LISTEN'>;
type Place = Connected | 'SYN-RECEIVED after an active OPEN';

const HOW = {
  closed: undefined,
  reset: 'ECONNRESET',
  refused: 'ECONNREFUSED',
  unreachable: 'ECONNREFUSED',
  aborted: 'ECONNABORTED',
  timeout: 'ETIMEDOUT',
} as const satisfies Record<CloseReason['how'], string | undefined>;

const USER_TIMEOUT_MS = 20_000;

async function at(place: Place, options: PeerOptions = {}): Promise<Peer> {
  const peer = new Peer({ ...options, stack: { userTimeoutMs: USER_TIMEOUT_MS, ...options.stack } });
  if (place === 'SYN-RECEIVED after an active OPEN') peer.synReceivedActively();
  else await peer.reach(place);
  peer.connection.opened.catch(() => {});
  return peer;
}

/** The connection is gone, with its timers and its promises, and what the peer says now finds nobody. */
async function expectEnd(peer: Peer, how: CloseReason['how']): Promise<void> {
  const { connection } = peer;
  await peer.settle();
  expect(connection.closeReason?.how).toBe(how);
  expect(connection.closeReason?.error?.code).toBe(HOW[how]);
  expect(peer.stack.connections.size).toBe(0);
  expect(peer.counters['connections.crashed']).toBeUndefined();
  expect(peer.clock.pending).toBe(0);
  peer.heard();
  peer.say({ flags: 'ACK', ack: 4_711 });
  peer.expect({ flags: 'RST', seq: 4_711 });
}

describe('RST', () => {
  it.each([
    ['SYN-SENT', 'refused'],
    ['SYN-RECEIVED', 'reset'],
    ['SYN-RECEIVED after an active OPEN', 'refused'],
    ['ESTABLISHED', 'reset'],
    ['FIN-WAIT-1', 'reset'],
    ['FIN-WAIT-2', 'reset'],
    ['CLOSE-WAIT', 'reset'],
    ['CLOSING', 'closed'],
    ['LAST-ACK', 'closed'],
  ] as const)('ends a connection in %s: %s', async (place, how) => {
    const peer = await at(place);
    peer.say({ flags: 'RST,ACK' });
    peer.expectSilence();
    await expectEnd(peer, how);
  });

  it('ends one in TIME-WAIT without the protection of RFC 1337: closed', async () => {
    const peer = await at('TIME-WAIT', { stack: { timeWaitProtection: false } });
    peer.say({ flags: 'RST,ACK' });
    peer.expectSilence();
    await expectEnd(peer, 'closed');
  });
});

describe('a SYN in the window', () => {
  it('ends a connection in SYN-RECEIVED after a passive OPEN: reset, and the listener takes the next', async () => {
    const peer = await at('SYN-RECEIVED');
    peer.say({ flags: 'SYN', seq: 5 });
    peer.expectSilence();
    await expectEnd(peer, 'reset');
    peer.say({ flags: 'SYN', seq: 5 });
    peer.expect({ flags: 'SYN,ACK', ack: 6 });
  });
});

describe('a hard ICMP error', () => {
  it.each(['SYN-SENT', 'SYN-RECEIVED', 'SYN-RECEIVED after an active OPEN'] as const)(
    'ends a connection in %s: unreachable (SHLD-26)',
    async (place) => {
      const peer = await at(place);
      peer.raw(encodeUnreachable(synOf(peer), 3));
      peer.expectSilence();
      await expectEnd(peer, 'unreachable');
    },
  );

  it('ends none that is synchronized (RFC 5927)', async () => {
    const peer = await at('FIN-WAIT-1');
    peer.raw(encodeUnreachable(synOf(peer, 1), 3));
    await peer.settle();
    expect(peer.connection.closeReason).toBeUndefined();
    peer.say();
    peer.say({ flags: 'FIN,ACK' });
    peer.expect({ flags: 'ACK', ack: 2 });
  });
});

/** The stack's segment number `seq`, as a router quotes it. */
function synOf(peer: Peer, seq = 0): IpPacket {
  const packet = decodeIp(
    encodeTcp(
      { src: peer.stackAddress, dst: peer.peerAddress },
      {
        srcPort: STACK_PORT,
        dstPort: PEER_PORT,
        seq: peer.stackIss + seq,
        ack: 0,
        flags: FLAG.SYN,
        wnd: 0,
        up: 0,
        options: NO_OPTIONS,
        text: new Uint8Array(0),
      },
    ),
  );
  if (packet.kind !== 'ip') throw new Error(packet.reason);
  return packet;
}

describe('ABORT', () => {
  it.each([
    ['SYN-SENT', ''],
    ['SYN-RECEIVED', 'RST,ACK'],
    ['SYN-RECEIVED after an active OPEN', 'RST,ACK'],
    ['ESTABLISHED', 'RST,ACK'],
    ['FIN-WAIT-1', 'RST,ACK'],
    ['FIN-WAIT-2', 'RST,ACK'],
    ['CLOSE-WAIT', 'RST,ACK'],
    ['CLOSING', ''],
    ['LAST-ACK', ''],
    ['TIME-WAIT', ''],
  ] as const)('ends a connection in %s, and says %j', async (place, flags) => {
    const peer = await at(place);
    peer.connection.abort();
    peer.after(0);
    if (flags !== '') peer.expect({ flags, seq: peer.expected });
    peer.expectSilence();
    await expectEnd(peer, 'aborted');
  });
});

describe('CLOSE', () => {
  it('ends a connection in SYN-SENT without a word', async () => {
    const peer = await at('SYN-SENT');
    void peer.connection.close().catch(() => {});
    await peer.settle();
    peer.expectSilence();
    await expectEnd(peer, 'aborted');
  });
});

const TIMED = [
  'SYN-SENT',
  'SYN-RECEIVED',
  'SYN-RECEIVED after an active OPEN',
  'ESTABLISHED',
  'FIN-WAIT-1',
  'CLOSE-WAIT',
  'CLOSING',
  'LAST-ACK',
] as const;

/** Something is outstanding, and the peer says nothing. */
async function awaitingAck(place: (typeof TIMED)[number]): Promise<Peer> {
  const peer = await at(place);
  if (place === 'ESTABLISHED' || place === 'CLOSE-WAIT') {
    void peer.connection.write(new Uint8Array(10)).catch(() => {});
    await peer.settle();
  }
  return peer;
}

describe('the user timeout', () => {
  it.each(TIMED)('ends a connection in %s whose peer is silent, to the millisecond', async (place) => {
    const peer = await awaitingAck(place);
    await peer.wait(USER_TIMEOUT_MS - 1);
    expect(peer.connection.closeReason).toBeUndefined();
    await peer.wait(1);
    await expectEnd(peer, 'timeout');
  });

  it.each(TIMED)('ends one in %s at once: an ACK of that very instant comes too late', async (place) => {
    const peer = await awaitingAck(place);
    peer.clock.setTimeout(() => {
      peer.heard();
      peer.put();
    }, USER_TIMEOUT_MS);
    const { expected } = peer;
    await peer.wait(USER_TIMEOUT_MS);
    expect(peer.heard().map(({ flags, seq }) => `${flags} ${seq}`)).toEqual([`RST ${expected}`]);
    await expectEnd(peer, 'timeout');
  });
});

describe('CLOSE of both directions while our FIN is on its way', () => {
  it('has a CLOSE of one be fulfilled by the ACK of the FIN, as ever', async () => {
    const peer = await at('FIN-WAIT-1');
    let fulfilled = false;
    const shutdown = peer.connection.shutdown().then(() => {
      fulfilled = true;
    });
    void peer.connection.close();
    await peer.settle();
    expect(fulfilled).toBe(false);
    peer.say();
    await shutdown;
    expect(peer.connection.closeReason).toBeUndefined();
  });
});

describe('the time to wait in FIN-WAIT-2', () => {
  const stack = { finWait2Ms: 7_000 };

  it('ends a connection that was closed both ways before its FIN was acknowledged', async () => {
    const peer = new Peer({ stack }).establish();
    void peer.connection.close().catch(() => {});
    await peer.settle();
    peer.expect({ flags: 'FIN,ACK', seq: 1 });
    peer.say();
    await peer.wait(6_999);
    expect(peer.connection.closeReason).toBeUndefined();
    await peer.wait(1);
    peer.expectSilence();
    await expectEnd(peer, 'closed');
  });

  it('ends one whose reader leaves later, counted from then', async () => {
    const peer = await new Peer({ stack }).finWait2();
    await peer.wait(60_000);
    void peer.connection.close().catch(() => {});
    await peer.wait(6_999);
    expect(peer.connection.closeReason).toBeUndefined();
    await peer.wait(1);
    peer.expectSilence();
    await expectEnd(peer, 'closed');
  });

  it('ends none that is read from', async () => {
    const peer = await new Peer({ stack }).finWait2();
    await peer.wait(600_000);
    peer.say({ text: 'still here' });
    expect(new TextDecoder().decode((await peer.connection.read()) ?? undefined)).toBe('still here');
    peer.say({ flags: 'FIN,ACK' });
    expect(await peer.connection.read()).toBeNull();
  });

  it('does not outlast the peer’s FIN: TIME-WAIT follows, with its own time', async () => {
    const peer = new Peer({ stack: { ...stack, mslMs: 5_000 } }).establish();
    void peer.connection.close().catch(() => {});
    await peer.settle();
    peer.expect({ flags: 'FIN,ACK', seq: 1 });
    peer.say();
    await peer.wait(1_000);
    peer.say({ flags: 'FIN,ACK' });
    peer.expect({ flags: 'ACK', seq: 2, ack: 2 });
    await peer.wait(9_999);
    expect(peer.connection.closeReason).toBeUndefined();
    await peer.wait(1);
    await expectEnd(peer, 'closed');
  });
});
