/** A connection's timers as a viewer is told of them: which runs, until when, and what became of it. */

import { describe, expect, test } from 'vitest';
import { createInspector, type Envelope, type TcbView } from '../../../src/inspect/index.ts';
import { Peer, type PeerOptions } from '../../support/peer.ts';

class Watched {
  readonly peer: Peer;
  readonly #viewer: ReturnType<ReturnType<typeof createInspector>['attach']>;
  #running: readonly string[] = [];
  /** One after another. */
  readonly #shown: string[] = [];

  constructor(options: PeerOptions = {}) {
    this.peer = new Peer(options);
    this.#viewer = createInspector({ stack: this.peer.stack }).attach();
    // What there is at the beginning: nothing.
    this.#viewer.read();
  }

  /** What the viewer was told of timers since it was last asked. */
  told(): string[] {
    const told: string[] = [];
    for (const envelope of this.#viewer.read()) {
      this.#see(envelope);
      if (envelope.kind !== 'timer') continue;
      const { timeMs, what, timer, armedMs } = envelope;
      told.push(`${timeMs} ${what} ${timer} ${armedMs}`);
    }
    return told;
  }

  /** The timers that run, by the last that the viewer was told of the connection, and when they are due. */
  running(): readonly string[] {
    this.told();
    return this.#running;
  }

  /** What the chart of the timers shows: the send timer, and the ACK timer. */
  shown(): string | undefined {
    return this.allShown().at(-1);
  }

  allShown(): readonly string[] {
    this.told();
    return this.#shown;
  }

  #see(envelope: Envelope): void {
    if (envelope.kind === 'connection.opened') this.#seeTcb(envelope.view.tcb);
    if (envelope.kind === 'tcb' || envelope.kind === 'connection.ended') this.#seeTcb(envelope.tcb);
  }

  #seeTcb({ timers, value }: TcbView): void {
    this.#running = timers.map(({ timer, dueMs }) => `${timer} ${dueMs}`);
    const { open } = value as { readonly open?: Readonly<Record<string, string>> };
    const shown = open ? `${open['send timer']}, ${open['ack timer']}` : 'none';
    if (this.#shown.at(-1) !== shown) this.#shown.push(shown);
  }
}

const text = new Uint8Array(10);
const ENDS = { mslMs: 5_000, finWait2Ms: 7_000 } as const;

/** In a state, a second after its beginning: what belongs to how it came there has been told. */
async function watchedIn(
  state: Parameters<Peer['reach']>[0],
  options?: PeerOptions,
): Promise<Watched & { readonly peer: Peer }> {
  const watched = new Watched(options);
  await watched.peer.reach(state);
  watched.peer.after(1_000);
  watched.told();
  return watched;
}

async function write(peer: Peer, count = text.length): Promise<void> {
  await peer.connection.write(text.subarray(0, count));
  await peer.settle();
}

/** An idle connection a second old, and what brings its send timer to each kind of work. */
const BROUGHT = {
  idle: () => {},
  retransmission: (peer) => write(peer),
  persist: (peer) => {
    peer.say({ wnd: 0 });
    return write(peer, 1);
  },
  'keep-alive': (peer) => peer.connection.set({ keepAliveMs: 5_000 }),
} satisfies Readonly<Record<string, (peer: Peer) => void | Promise<void>>>;

type Kind = keyof typeof BROUGHT;

type Move = readonly [
  from: Kind,
  to: Kind,
  why: string,
  move: (peer: Peer) => unknown,
  told: readonly string[],
];

const keepAliveOnceIdle = (peer: Peer): void => peer.connection.set({ keepAliveMs: 9_000 });

const MOVES: readonly Move[] = [
  ['idle', 'retransmission', 'text is sent', write, ['1000 armed retransmission 1200']],
  ['idle', 'persist', 'text meets a closed window', BROUGHT.persist, ['1000 armed persist 1200']],
  ['idle', 'keep-alive', 'it is asked for', BROUGHT['keep-alive'], ['1000 armed keep-alive 5000']],
  [
    'retransmission',
    'retransmission',
    'the user timeout comes before it',
    (peer) => peer.connection.set({ userTimeoutMs: 100 }),
    ['1000 cancelled retransmission 1200', '1000 armed retransmission 1100'],
  ],
  [
    'retransmission',
    'persist',
    'the window closes over what is outstanding',
    (peer) => peer.say({ ack: 1, wnd: 0 }),
    ['1000 cancelled retransmission 1200', '1000 armed persist 1200'],
  ],
  [
    'retransmission',
    'keep-alive',
    'all is acknowledged',
    (peer) => {
      keepAliveOnceIdle(peer);
      peer.say();
    },
    ['1000 cancelled retransmission 1200', '1000 armed keep-alive 10000'],
  ],
  [
    'persist',
    'retransmission',
    'the window opens',
    (peer) => peer.say({ wnd: 100 }),
    ['1000 cancelled persist 1200', '1000 armed retransmission 1200'],
  ],
  [
    'persist',
    'persist',
    'the user timeout comes before it',
    (peer) => {
      peer.after(300);
      peer.connection.set({ userTimeoutMs: 300 });
    },
    [
      '1200 fired persist 1200',
      '1200 armed persist 1600',
      '1300 cancelled persist 1600',
      '1300 armed persist 1500',
    ],
  ],
  [
    'persist',
    'keep-alive',
    'the probe has taken the last octet along',
    (peer) => {
      keepAliveOnceIdle(peer);
      peer.after(200);
      peer.say({ wnd: 0 });
    },
    [
      '1200 fired persist 1200',
      '1200 armed persist 1600',
      '1200 cancelled persist 1600',
      '1200 armed keep-alive 10200',
    ],
  ],
  [
    'keep-alive',
    'retransmission',
    'text is sent',
    write,
    ['1000 cancelled keep-alive 5000', '1000 armed retransmission 1200'],
  ],
  [
    'keep-alive',
    'persist',
    'text meets a closed window',
    BROUGHT.persist,
    ['1000 cancelled keep-alive 5000', '1000 armed persist 1200'],
  ],
  [
    'keep-alive',
    'keep-alive',
    'it is asked for sooner',
    (peer) => peer.connection.set({ keepAliveMs: 3_000 }),
    ['1000 cancelled keep-alive 5000', '1000 armed keep-alive 3000'],
  ],
];

describe('a viewer is told that the send timer', () => {
  test.each(MOVES)('goes from %s to %s when %s, and is due by then', async (from, to, _, move, told) => {
    const watched = await watchedIn('ESTABLISHED');
    const { peer } = watched;
    await BROUGHT[from](peer);
    expect(watched.shown()).toBe(`${from}, idle`);
    await move(peer);
    await peer.settle();
    expect(watched.told()).toEqual(told);
    expect(watched.shown()).toBe(`${to}, idle`);
    const [running, ...more] = watched.running();
    expect(more).toEqual([]);
    const [timer, dueMs] = running!.split(' ');
    expect(timer).toBe(to);
    peer.after(Number(dueMs) - peer.clock.now());
    expect(watched.told()[0]).toBe(`${dueMs} fired ${to} ${dueMs}`);
  });

  const RESTS: readonly (readonly [from: Kind, why: string, rest: (peer: Peer) => void, dueMs: number])[] = [
    ['retransmission', 'all is acknowledged', (peer) => peer.say(), 1_200],
    [
      'persist',
      'the probe has taken the last octet along',
      (peer) => {
        peer.after(200);
        peer.say({ wnd: 0 });
      },
      1_600,
    ],
    [
      'keep-alive',
      'it is not asked for any more',
      (peer) => peer.connection.set({ keepAliveMs: false }),
      5_000,
    ],
  ];

  test.each(RESTS)('goes from %s to idle once %s, when it is looked at', async (from, _, rest, dueMs) => {
    const watched = await watchedIn('ESTABLISHED');
    const { peer } = watched;
    await BROUGHT[from](peer);
    rest(peer);
    watched.told();
    expect([watched.shown(), watched.running()]).toEqual([`${from}, idle`, [`${from} null`]]);
    peer.after(10_000);
    expect(watched.told()).toEqual([`${dueMs} looked ${from} ${dueMs}`]);
    expect([watched.shown(), watched.running()]).toEqual(['idle, idle', []]);
  });

  test.each([
    ['retransmission', 'our FIN is outstanding', (peer: Peer) => peer.connection.shutdown()],
    [
      'persist',
      'our FIN meets a closed window',
      (peer: Peer) => {
        peer.say({ wnd: 0 });
        void peer.connection.shutdown();
        peer.after(200);
      },
    ],
    [
      'keep-alive',
      'our FIN is acknowledged',
      (peer: Peer) => {
        BROUGHT['keep-alive'](peer);
        void peer.connection.shutdown();
        peer.after(0);
        peer.say();
      },
    ],
  ] as const)('is turned off at %s, when %s, on the way into TIME-WAIT', async (from, _, close) => {
    const watched = await watchedIn('ESTABLISHED', { stack: ENDS });
    const { peer } = watched;
    void close(peer);
    await peer.settle();
    const [running] = watched.running();
    expect(watched.shown()).toBe(`${from}, idle`);
    const nowMs = peer.clock.now();
    peer.say({ flags: 'FIN,ACK' });
    expect(watched.told()).toEqual([
      `${nowMs} cancelled ${running}`,
      `${nowMs} armed 2 MSL ${nowMs + 2 * ENDS.mslMs}`,
    ]);
    expect(watched.shown()).toBe('idle, idle');
  });

  test('is idle until OPEN, waits for the ACK of the SYN, and is idle again', () => {
    const watched = new Watched();
    const { peer } = watched;
    peer.establish();
    peer.after(2_000);
    expect(watched.told()).toEqual(['0 armed retransmission 1000', '1000 looked retransmission 1000']);
    expect(watched.allShown()).toEqual(['idle, idle', 'retransmission, idle', 'idle, idle']);
  });
});

describe('a viewer is told of a timer', () => {
  test('that retransmits: again and again for longer, and only looked at once all is acknowledged', async () => {
    const watched = await watchedIn('ESTABLISHED');
    const { peer } = watched;
    expect(watched.running()).toEqual([]);
    await write(peer);
    expect(watched.running()).toEqual(['retransmission 1200']);
    peer.after(700);
    expect(watched.told()).toEqual([
      '1200 fired retransmission 1200',
      '1200 armed retransmission 1600',
      '1600 fired retransmission 1600',
      '1600 armed retransmission 2400',
    ]);
    peer.say();
    expect(watched.running()).toEqual(['retransmission null']);
    peer.after(5_000);
    expect(watched.told()).toEqual(['2400 looked retransmission 2400']);
    expect(watched.running()).toEqual([]);
  });

  test('that is due later than it was, and earlier', async () => {
    const watched = await watchedIn('ESTABLISHED', { stack: { delayedAckMs: 400 } });
    const { peer } = watched;
    await write(peer);
    peer.after(100);
    await write(peer);
    peer.say({ ack: 11 });
    // The second piece is outstanding since now: the timer that runs will look, and run on.
    expect(watched.told()).toEqual(['1000 armed retransmission 1200']);
    expect(watched.running()).toEqual(['retransmission 1300']);
    peer.after(100);
    expect(watched.told()).toEqual(['1200 looked retransmission 1200', '1200 armed retransmission 1300']);
    peer.say();
    peer.after(1_000);
    watched.told();

    peer.say({ text: 'x' });
    peer.after(10);
    peer.say({ flags: 'FIN,ACK' });
    expect(watched.told()).toEqual([
      '2200 armed delayed ACK 2600',
      '2210 cancelled delayed ACK 2600',
      '2210 armed delayed ACK 2210',
      '2210 fired delayed ACK 2210',
    ]);
  });

  test('that probes a closed window, until it opens', async () => {
    const watched = await watchedIn('ESTABLISHED', { wnd: 0 });
    const { peer } = watched;
    await write(peer);
    expect(watched.told()).toEqual(['1000 armed persist 1200']);
    expect(watched.running()).toEqual(['persist 1200']);
    peer.after(200);
    expect(watched.told()).toEqual(['1200 fired persist 1200', '1200 armed persist 1600']);
    peer.say({ wnd: 100 });
    expect(watched.told()).toEqual(['1200 cancelled persist 1600', '1200 armed retransmission 1400']);
    expect(watched.running()).toEqual(['retransmission 1400']);
  });

  test('that asks whether the peer is there, and makes room for one that retransmits', async () => {
    const watched = await watchedIn('ESTABLISHED', { stack: { keepAliveMs: 5_000 } });
    const { peer } = watched;
    expect(watched.running()).toEqual(['keep-alive 5000']);
    peer.after(4_000);
    expect(watched.told()).toEqual(['5000 fired keep-alive 5000', '5000 armed keep-alive 10000']);
    peer.say();
    await write(peer);
    expect(watched.told()).toEqual(['5000 cancelled keep-alive 10000', '5000 armed retransmission 5200']);
    peer.say();
    expect(watched.told()).toEqual(['5000 cancelled retransmission 5200', '5000 armed keep-alive 10000']);
  });

  test('that delays an ACK: due, or in vain when the ACK has gone with text', async () => {
    const watched = await watchedIn('ESTABLISHED');
    const { peer } = watched;
    peer.say({ text: 'x' });
    expect(watched.running()).toEqual(['delayed ACK 1040']);
    expect(watched.shown()).toBe('idle, delayed');
    peer.after(40);
    expect(watched.told()).toEqual(['1040 fired delayed ACK 1040']);
    expect([watched.shown(), watched.running()]).toEqual(['idle, idle', []]);
    peer.after(10);
    peer.say({ text: 'x' });
    await write(peer);
    peer.say();
    expect(watched.running()).toEqual(['retransmission null', 'delayed ACK null']);
    watched.told();
    peer.after(40);
    expect(watched.told()).toEqual(['1090 looked delayed ACK 1090']);
  });

  test('of 2 MSL, which begins anew with the FIN of the peer, and ends all others', async () => {
    const watched = new Watched({ stack: ENDS });
    const { peer } = watched;
    await peer.finWait1();
    expect(watched.running()).toEqual(['retransmission 200']);
    peer.after(10);
    peer.say({ flags: 'FIN,ACK' });
    expect(watched.told()).toEqual(['10 cancelled retransmission 200', '10 armed 2 MSL 10010']);
    expect(watched.running()).toEqual(['2 MSL 10010']);
    peer.after(1_000);
    peer.say({ flags: 'FIN,ACK', seq: 1 });
    expect(watched.told()).toEqual(['1010 cancelled 2 MSL 10010', '1010 armed 2 MSL 11010']);
    peer.after(20_000);
    expect(watched.told()).toEqual(['11010 fired 2 MSL 11010']);
    expect(watched.running()).toEqual([]);
  });

  test('of FIN-WAIT-2, from the moment in which nobody reads, until it ends the connection', async () => {
    const watched = await watchedIn('FIN-WAIT-2', { stack: ENDS });
    const { peer } = watched;
    expect(watched.running()).toEqual([]);
    void peer.connection.close();
    await peer.settle();
    expect(watched.told()).toEqual(['1000 armed FIN-WAIT-2 8000']);
    expect(watched.running()).toEqual(['FIN-WAIT-2 8000']);
    peer.after(20_000);
    expect(watched.told()).toEqual(['8000 fired FIN-WAIT-2 8000']);
    expect(watched.running()).toEqual([]);
  });

  test('of FIN-WAIT-2, until the FIN of the peer: then that of 2 MSL runs', async () => {
    const watched = await watchedIn('FIN-WAIT-2', { stack: ENDS });
    const { peer } = watched;
    void peer.connection.close();
    await peer.settle();
    watched.told();
    peer.after(1_000);
    peer.say({ flags: 'FIN,ACK' });
    expect(watched.told()).toEqual(['2000 cancelled FIN-WAIT-2 8000', '2000 armed 2 MSL 12000']);
    expect(watched.running()).toEqual(['2 MSL 12000']);
  });

  test.each([
    ['ESTABLISHED', ['retransmission 1200', 'delayed ACK 1040']],
    ['TIME-WAIT', ['2 MSL 10000']],
  ] as const)('that none is left of a connection that is aborted in %s', async (state, timers) => {
    const watched = await watchedIn(state, { stack: ENDS });
    const { peer } = watched;
    if (state === 'ESTABLISHED') {
      peer.say({ text: 'x' });
      void peer.connection.write(text).catch(() => {});
      peer.say({ text: 'y', ack: 1 });
    }
    const running = watched.running();
    peer.connection.abort();
    expect(watched.told()).toEqual(
      running.map((timer) => timer.replace(/(.*) (\d+)/, '1000 cancelled $1 $2')),
    );
    expect(watched.running()).toEqual([]);
    expect(running).toEqual(timers);
  });
});
