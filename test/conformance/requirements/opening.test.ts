import { describe, expect, it } from 'vitest';
import { createStack, type StackError } from '../../../src/index.ts';
import { pair } from '../../../src/net/pair.ts';
import { seededRandom, virtualClock } from '../../../src/sim/index.ts';
import { decodeTcp, describeFlags, FLAG } from '../../../src/wire/index.ts';
import { PEER_PORT, Peer, STACK_PORT } from '../../support/peer.ts';
import { seen, segment } from '../packets.ts';

const REMOTE = { host: '198.18.0.2', port: PEER_PORT };

function codeOf(call: () => unknown): string | undefined {
  try {
    call();
  } catch (error) {
    return (error as StackError).code;
  }
  return undefined;
}

/** The ISS of a connection that a new stack opens at `timeMs`. */
function issAt(timeMs: number, { seed = 1, localPort = 5_000, host = REMOTE.host } = {}): number {
  const peer = new Peer({ stackChoosesIss: true, seed });
  peer.after(timeMs);
  const connection = peer.stack.open({ host, port: PEER_PORT, localPort });
  return connection.info().iss;
}

describe('initial sequence numbers', () => {
  it('MUST-8, R6528-1: tick every four microseconds, and wrap', () => {
    const first = issAt(0);
    for (const timeMs of [1, 1_000, 3_600_000, 2 ** 32 / 250 + 7]) {
      expect((issAt(timeMs) - first) >>> 0).toBe(Math.floor(timeMs * 250) % 2 ** 32);
    }
  });

  it('SHLD-1: differ by 4-tuple and by secret at the same time', () => {
    const numbers = [
      issAt(0),
      issAt(0, { localPort: 5_001 }),
      issAt(0, { host: '198.18.0.3' }),
      issAt(0, { seed: 2 }),
    ];
    expect(new Set(numbers).size).toBe(4);
  });

  it('MUST-9, R6528-2: of neighbouring ports tell nothing of each other', () => {
    const numbers = Array.from({ length: 200 }, (_, i) => issAt(0, { localPort: 5_000 + i }));
    const gaps = numbers.slice(1).map((iss, i) => (iss - numbers[i]!) >>> 0);
    expect(new Set(gaps).size).toBe(gaps.length);
    // Half of all bits differ between neighbours, give or take: no pattern that an outsider could go on with.
    const flips = numbers.slice(1).map((iss, i) => bits((iss ^ numbers[i]!) >>> 0));
    const mean = flips.reduce((sum, count) => sum + count, 0) / flips.length;
    expect(mean).toBeGreaterThan(14);
    expect(mean).toBeLessThan(18);
  });

  it('MUST-9, R6528-2: can’t be computed by who has a stack of his own, and knows all but its secret', () => {
    const ports = Array.from({ length: 50 }, (_, i) => 5_000 + i);
    const theirs = ports.map((localPort) => issAt(0, { localPort, seed: 1 }));
    const his = ports.map((localPort) => issAt(0, { localPort, seed: 2 }));
    expect(theirs.filter((iss, i) => iss === his[i])).toEqual([]);
    // And no constant lies between them.
    const gaps = theirs.map((iss, i) => (iss - his[i]!) >>> 0);
    expect(new Set(gaps).size).toBe(gaps.length);
  });

  it('R6528-3: follow the stack’s own source of randomness alone', () => {
    expect(issAt(0, { seed: 7 })).toBe(issAt(0, { seed: 7 }));
    const seeds = new Set(Array.from({ length: 50 }, (_, seed) => issAt(0, { seed })));
    expect(seeds.size).toBe(50);
  });

  it('R6528-4: of a 4-tuple that is opened again lie above the old one’s', async () => {
    const peer = new Peer({ stackChoosesIss: true });
    const issues: number[] = [];
    for (let i = 0; i < 5; i++) {
      const connection = peer.stack.open({ ...REMOTE, localPort: 5_000 });
      issues.push(connection.info().iss);
      connection.abort();
      await peer.wait(10);
    }
    for (const [i, iss] of issues.slice(1).entries()) expect((iss - issues[i]!) | 0).toBeGreaterThan(0);
  });
});

function bits(value: number): number {
  let count = 0;
  for (let rest = value; rest > 0; rest = Math.floor(rest / 2)) count += rest % 2;
  return count;
}

describe('an OPEN', () => {
  it('MUST-11: remembers whether it was passive: a RST in SYN-RECEIVED leads to LISTEN, or refuses', async () => {
    const passive = new Peer().synReceived();
    passive.say({ flags: 'RST' });
    expect(passive.stack.connections.size).toBe(0);
    passive.say({ flags: 'SYN', seq: 50_000 });
    passive.expect({ flags: 'SYN,ACK', ack: 50_001 });

    const active = new Peer().synReceivedActively();
    const opened = active.connection.opened.catch((error: StackError) => error.code);
    active.say({ flags: 'RST' });
    expect(await opened).toBe('ECONNREFUSED');
  });

  it('MUST-41: that is passive leaves connections alone: it makes a record of its own, or fails', async () => {
    const peer = new Peer().establish();
    const before = peer.connection.info();
    peer.listen();
    expect(codeOf(() => peer.stack.listen({ port: STACK_PORT }))).toBe('EADDRINUSE');
    expect(peer.connection.info()).toEqual(before);
    peer.say({ text: 'still here' });
    expect(peer.connection.info().rcv.queued).toBe(10);
  });

  it('MUST-42: may listen on a port while connections of it are in SYN-SENT or SYN-RECEIVED', () => {
    for (const peer of [new Peer().synSent(), new Peer().synReceivedActively()]) {
      peer.listen();
      peer.say({ flags: 'SYN', seq: 7, srcPort: 60_000 });
      expect(peer.heard().at(-1)).toMatchObject({ flags: 'SYN,ACK', ack: 8, dstPort: 60_000 });
    }
  });

  it('MUST-43, MUST-44, MUST-45: takes a local address, else chooses one, and then keeps it', async () => {
    const clock = virtualClock();
    const [left, right] = pair(clock);
    const sources: string[] = [];
    right.frames$.subscribe((frames) => {
      for (const frame of frames) sources.push(String(seen(frame).src));
    });
    const addresses = ['198.18.0.1', '198.18.0.7', 'fd00::1'];
    const stack = createStack({ device: left, addresses, clock, random: seededRandom(1) });
    stack.open({ ...REMOTE, localAddress: '198.18.0.7' });
    stack.open(REMOTE);
    stack.open({ host: 'fd00::2', port: PEER_PORT });
    clock.advance(0);
    expect(sources).toEqual(['198.18.0.7', '198.18.0.1', 'fd00::1']);
    clock.advance(1_000);
    expect(sources.slice(3)).toEqual(['198.18.0.7', '198.18.0.1', 'fd00::1']);

    const listener = stack.listen({ port: 80, host: '198.18.0.7' });
    expect(listener.address).toBe('198.18.0.7');
    for (const dst of ['198.18.0.1', '198.18.0.7']) {
      const peer = new Peer();
      right.write(segment(peer, { dst, dstPort: 80, srcPort: 4_000 }));
    }
    clock.advance(0);
    expect([...stack.connections].filter(({ localPort }) => localPort === 80)).toHaveLength(1);
  });

  it('MUST-46: towards a broadcast or multicast address is refused', () => {
    const { stack } = new Peer();
    for (const host of ['255.255.255.255', '224.0.0.1', '239.1.2.3', '0.0.0.0', 'ff02::1', '::'])
      expect(codeOf(() => stack.open({ host, port: 80 }))).toBe('EINVAL');
  });
});

describe('a SYN', () => {
  it('MUST-63, R1122-10: from an address that is no host’s is ignored', () => {
    const peer = new Peer().listen();
    for (const src of ['255.255.255.255', '224.0.0.9', '239.0.0.1', '0.0.0.0'])
      peer.raw(segment(peer, { src }));
    peer.expectSilence();
    expect(peer.stack.connections.size).toBe(0);
    expect(peer.counters['drop.ip.source']).toBe(4);
  });

  it('MUST-57: to a broadcast or multicast address is dropped in silence, and so is every other segment', () => {
    const peer = new Peer().listen();
    for (const dst of ['255.255.255.255', '224.0.0.9'])
      for (const flags of [FLAG.SYN, FLAG.ACK, FLAG.RST]) peer.raw(segment(peer, { dst, flags }));
    peer.expectSilence();
    expect(peer.counters['drop.ip.not-ours']).toBe(6);
  });

  it('R4987-1: beyond the bound of half-open connections is dropped; those that stand are left alone', async () => {
    const peer = new Peer().establish();
    peer.listen({ halfOpenBacklog: 3 });
    for (let port = 1_000; port < 1_010; port++) peer.say({ flags: 'SYN', seq: 0, srcPort: port });
    expect(peer.heard()).toHaveLength(3);
    expect(peer.listener?.halfOpen).toBe(3);
    expect(peer.counters['drop.listen.half-open-full']).toBe(7);
    expect(peer.stack.connections.size).toBe(4);
    peer.say({ text: 'ongoing', seq: 1, srcPort: PEER_PORT });
    expect(peer.connection.info().bytesReceived).toBe(7);
  });
});

describe('an ephemeral port', () => {
  function portsOf(seed: number, count = 20, hosts = [REMOTE.host]): number[] {
    const { stack } = new Peer({ seed });
    return hosts.flatMap((host) =>
      Array.from({ length: count }, () => stack.open({ host, port: PEER_PORT }).localPort),
    );
  }

  it('R6056-2: can’t be foretold without the stack’s secret', () => {
    const firsts = Array.from({ length: 50 }, (_, seed) => portsOf(seed + 1, 1)[0]);
    expect(new Set(firsts).size).toBeGreaterThan(45);
  });

  it('R6056-3: is none at which the stack listens', () => {
    const peer = new Peer();
    const [first] = portsOf(1, 1);
    peer.stack.listen({ port: first! });
    expect(peer.stack.open(REMOTE).localPort).not.toBe(first);
  });

  it('R6056-4: goes on from a secret place of its own for each peer, so that it comes back late', () => {
    const ports = portsOf(3, 20);
    for (const [i, port] of ports.slice(1).entries()) expect((port - ports[i]! + 16_384) % 16_384).toBe(1);
    const [here, there] = portsOf(3, 1, [REMOTE.host, '198.18.0.3']);
    expect(Math.abs(here! - there!)).toBeGreaterThan(1);
  });

  it('R6056-5: makes no 4-tuple that is in use', () => {
    const ports = portsOf(5, 500);
    expect(new Set(ports).size).toBe(500);
  });
});

describe('a simultaneous open', () => {
  it('MUST-10: ends in one established connection at both ends, over which text goes both ways', async () => {
    const clock = virtualClock();
    const [left, right] = pair(clock, { delayMs: 10 });
    const [a, b] = [
      createStack({ device: left, addresses: ['198.18.0.1'], clock, random: seededRandom(1) }),
      createStack({ device: right, addresses: ['198.18.0.2'], clock, random: seededRandom(2) }),
    ];
    const flags: string[] = [];
    a.tap(({ frame }) => {
      const heard = decodeTcp(seen(frame));
      if (heard.kind === 'tcp') flags.push(describeFlags(heard.flags));
    });
    const opened = Promise.all([
      a.connect({ host: '198.18.0.2', port: 2_000, localPort: 1_000 }),
      b.connect({ host: '198.18.0.1', port: 1_000, localPort: 2_000 }),
    ]);
    // No timer has to help: the SYNs and the SYN,ACKs cross, and that is all.
    await clock.run({ untilMs: 100 });
    const [one, other] = await opened;
    expect([one.state, other.state]).toEqual(['ESTABLISHED', 'ESTABLISHED']);
    expect(flags).toEqual(['SYN', 'SYN', 'SYN,ACK', 'SYN,ACK']);
    expect([a.connections.size, b.connections.size]).toEqual([1, 1]);
    await Promise.all([one.write(Uint8Array.of(1, 2)), other.write(Uint8Array.of(3))]);
    await clock.run({ untilMs: 200 });
    expect([await one.read(), await other.read()]).toEqual([Uint8Array.of(3), Uint8Array.of(1, 2)]);
  });

  it('MUST-10: ends with an ACK of the SYN as it does with a SYN,ACK', () => {
    for (const flags of ['ACK', 'SYN,ACK']) {
      const peer = new Peer().synReceivedActively();
      peer.say({ flags, seq: flags === 'ACK' ? 1 : 0, ack: 1 });
      expect(peer.state).toBe('ESTABLISHED');
    }
  });
});
