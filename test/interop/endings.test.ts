/** Clients of the kernel that end their connections in every way there is, and a server that outlives them all. */

import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { type CheckedFrame, checkedFrames } from '../support/capture.ts';
import { Lines } from '../support/lines.ts';
import { describeWithTun, exitOf, Namespace } from '../support/namespace.ts';
import { type Event, Serve } from '../support/serve.ts';

const CLIENT = fileURLToPath(new URL('fixtures/kernel-client.py', import.meta.url));
const ECHO = 7;
const DISCARD = 9;
const CHARGEN = 19;
const NOBODY = 81;
/** TIME-WAIT lasts twice as long: short enough to wait for. */
const MSL_SECONDS = '0.2';
/** What a collected heap may grow by from one look to the next: the engine compiles more as it goes on, measured at 0.4 MB. */
const HEAP_NOISE = 2 ** 20;

const HOSTS = { IPv4: '198.18.0.2', IPv6: 'fd00::2' };

describeWithTun('serve, when its clients go', () => {
  let namespace: Namespace;
  let serve: Serve;
  let folder: string;
  let capture: string;
  beforeAll(async () => {
    namespace = await Namespace.create();
    folder = mkdtempSync(join(tmpdir(), 'statewire-endings-'));
    capture = join(folder, 'endings.pcapng');
    const services = ['--echo', ECHO, '--discard', DISCARD, '--chargen', CHARGEN].map(String);
    serve = await Serve.start(namespace, [...services, '--msl', MSL_SECONDS, '--pcap', capture]);
  });
  afterAll(async () => {
    await namespace.dispose();
    rmSync(folder, { recursive: true, force: true });
  });

  const command = (way: string, port: number, host = HOSTS.IPv4, times = 1) =>
    [CLIENT, way, host, port, times].map(String);

  /** Runs a client to its end, which has to be a good one. */
  async function client(way: string, port: number, host?: string, times?: number): Promise<void> {
    const { code, stderr } = await namespace.exec('python3', command(way, port, host, times), {
      timeoutMs: 40_000,
    });
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
  }

  /** A client that is killed while text is on its way to it. */
  async function kill(host?: string): Promise<void> {
    const child = namespace.spawn('python3', command('until-killed', CHARGEN, host));
    await new Lines(child.stdout!).next((line) => line === 'reading');
    child.kill('SIGKILL');
    await exitOf(child);
  }

  const closed = (): Promise<Event> => serve.next('closed');

  it.each(Object.entries(HOSTS))(
    'sends all back to one that half-closes, then closes too, over %s',
    async (_, host) => {
      await client('half-close', ECHO, host);
      // The peer closed first: CLOSE-WAIT, LAST-ACK, and no TIME-WAIT on this side.
      expect(await closed()).toMatchObject({
        service: 'echo',
        how: 'closed',
        bytesSent: 300_000,
        bytesReceived: 300_000,
        retransmissions: 0,
      });
    },
  );

  it.each(Object.entries(HOSTS))('takes a reset for a reset, over %s', async (_, host) => {
    await client('reset', CHARGEN, host);
    expect(await closed()).toMatchObject({ service: 'chargen', how: 'reset', code: 'ECONNRESET' });
  });

  it('refuses one that comes to a closed port', async () => {
    for (const host of Object.values(HOSTS)) await client('refused', NOBODY, host);
  });

  it.each(Object.entries(HOSTS))(
    'lets go of one that is killed in the middle of a transfer, over %s',
    async (_, host) => {
      await kill(host);
      expect(await closed()).toMatchObject({ service: 'chargen', how: 'reset', code: 'ECONNRESET' });
    },
  );

  it('waits for one that stops reading for 5 s, and then goes on where it was', async () => {
    await client('stall', CHARGEN);
    // It closed with text unread, which a kernel tells by a reset.
    expect(await closed()).toMatchObject({ service: 'chargen', how: 'reset' });
  }, 40_000);

  it('has no connection and no more heap than before once they are all gone', async () => {
    const round = async (): Promise<void> => {
      await client('half-close', ECHO, HOSTS.IPv4, 20);
      await client('reset', CHARGEN, HOSTS.IPv4, 400);
      await client('refused', NOBODY, HOSTS.IPv4, 100);
      for (let count = 0; count < 3; count++) await kill();
    };
    await round();
    const before = await serve.until(({ connections }) => connections === 0);
    await round();
    const after = await serve.until(({ connections }) => connections === 0);
    expect(after.states).toEqual({});
    expect(after.totals.connections! - before.totals.connections!).toBe(20 + 400 + 3);
    expect(after.heapUsed - before.heapUsed).toBeLessThan(HEAP_NOISE);
  }, 90_000);

  it('tells the clients that are left of its end, and goes without a trace', async () => {
    const waiting = Object.values(HOSTS).map((host) =>
      namespace.spawn('python3', command('until-end', DISCARD, host)),
    );
    await Promise.all(waiting.map((child) => new Lines(child.stdout!).next((line) => line === 'waiting')));
    // A client is there with the SYN,ACK already; a request whose ACK has not come yet would be reset.
    await serve.until(({ states }) => states.ESTABLISHED === waiting.length);
    const { totals } = await serve.stop();
    for (const child of waiting) expect(await exitOf(child)).toEqual({ code: 0, signal: null });
    expect(totals.connections).toBeGreaterThan(0);
    const links = JSON.parse(await namespace.ip('-json', 'link', 'show')) as { ifname: string }[];
    expect(links.map(({ ifname }) => ifname)).toEqual(['lo']);
  });

  it('has put nothing on the wire that is malformed or has a bad checksum, and probed the closed window', async () => {
    const frames = await checkedFrames(capture);
    expect(frames.length).toBeGreaterThan(1_000);
    expect(frames.filter(({ isBad }) => isBad)).toEqual([]);
    const said = (text: string) => (frame: CheckedFrame) =>
      frame.direction === 'out' && frame.comment.includes(text);
    // Each probe waits twice as long as the one before: from 200 ms on there is room for a few in 5 s.
    const probes = frames.filter(said('zero-window probe')).length;
    expect(probes).toBeGreaterThanOrEqual(2);
    expect(probes).toBeLessThanOrEqual(6);
    expect(frames.filter(said('no such connection')).length).toBeGreaterThanOrEqual(2);
    const states = new Set(frames.flatMap(({ comment }) => comment.split(':', 1)[0]!.split(' → ')));
    for (const state of ['SYN-RECEIVED', 'ESTABLISHED', 'CLOSE-WAIT', 'LAST-ACK'])
      expect(states).toContain(state);
  });
});
