import { execFile } from 'node:child_process';
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { Lines } from '../support/lines.ts';
import { describeWithTun, exitOf } from '../support/namespace.ts';
import { CLI } from '../support/serve.ts';
import { drawn, whyNoBrowser } from './browser.ts';
import { closePage, LiveBrowser, type LivePage } from './live.ts';

const why = whyNoBrowser();
const run = promisify(execFile);

/** What a row of the ladder and a packet of the capture both say of a segment. */
interface Segment {
  readonly flags: string;
  readonly seq: number;
  readonly ack: number | undefined;
  readonly length: number;
  readonly window: number;
}

describeWithTun('the ladder of live traffic', () => {
  describe.skipIf(why !== undefined)(`in a browser${why ? ` (${why})` : ''}`, () => {
    let browser: LiveBrowser;
    beforeAll(async () => {
      browser = await LiveBrowser.open();
    }, 60_000);
    afterAll(() => browser?.close());

    it('has the rows that are packets in the pcapng of the same run, and those that the link lost', async () => {
      const capture = join(browser.folder, 'run.pcapng');
      const root = join(browser.folder, 'root');
      mkdirSync(root);
      writeFileSync(join(root, 'file'), Buffer.alloc(60_000, 'abc'));
      const server = browser.namespace.spawn(process.execPath, [
        CLI,
        ...['serve', '--tun', 'tun7', '--kernel', '198.18.0.1/24', '--address', '198.18.0.2', '--msl', '0.1'],
        ...['--http', '80', '--root', root, '--json', '--inspect', '0', '--pcap', capture],
        ...['--loss', '8', '--seed', 'ladder'],
      ]);
      const lines = new Lines(server.stdout!);
      const { url } = JSON.parse(await lines.next()) as { url: string };
      await lines.next((line) => line.includes('"ready"'));
      const page = await browser.show(url);
      for (let count = 0; count < 2; count++) {
        const curl = await browser.namespace.exec('curl', ['-s', '-m', '15', 'http://198.18.0.2/file']);
        expect(curl.stdout).toHaveLength(60_000);
      }
      server.kill('SIGINT');
      expect(await exitOf(server)).toMatchObject({ code: 0 });
      const { lost } = impairmentsOf(lines);

      await page.waitForSelector('.mode[data-mode="ended"]');
      await page.keyboard.press('3');
      await page.check('label:has-text("all frames") input');
      await page.click('button:has-text("relative numbers")');
      const rows = await allRows(page);
      const isLost = (row: string): boolean => row.includes('[lost]');
      const packets = await segmentsIn(capture);
      expect(packets.length).toBeGreaterThan(80);
      expect(rows.filter((row) => !isLost(row)).map(segmentOf)).toEqual(packets);
      expect(rows.filter(isLost)).toHaveLength(lost);
      expect(lost).toBeGreaterThan(0);
      expect(rows.some((row) => row.includes('[retransmission]'))).toBe(true);
      await closePage(page);
    }, 90_000);
  });
});

/** All rows that are segments, from the first one on: what is in view, screen by screen, each a little below the last. */
async function allRows(page: LivePage): Promise<string[]> {
  const count = Number(await page.getAttribute('.ladder', 'data-rows'));
  const scroller = page.locator('.ladder-scroll');
  const scroll = (by: 'top' | 'on'): Promise<boolean> =>
    scroller.evaluate((element, how) => {
      const before = element.scrollTop;
      element.scrollTop = how === 'top' ? 0 : before + element.clientHeight / 2;
      return element.scrollTop !== before;
    }, by);
  const inView = async (): Promise<string[]> => {
    await drawn(page);
    return page.$$eval('ul[aria-label="Frames in view"] li', (items) =>
      items.map((item) => item.textContent ?? ''),
    );
  };
  await scroll('top');
  const rows = await inView();
  while (await scroll('on')) {
    const texts = await inView();
    rows.push(...texts.slice(texts.indexOf(rows.at(-1)!) + 1));
  }
  expect(rows).toHaveLength(count);
  return rows.filter((text) => / seq \d+/.test(text));
}

function segmentOf(row: string): Segment {
  const number = (name: string): number | undefined => {
    const found = new RegExp(` ${name} (\\d+)`).exec(row)?.[1];
    return found === undefined ? undefined : Number(found);
  };
  return {
    flags: / ([A-Z]+(?:,[A-Z]+)*) seq /.exec(row)?.[1] ?? '',
    seq: number('seq')!,
    ack: number('ack'),
    length: number('len') ?? 0,
    window: number('win')!,
  };
}

const FLAGS = ['FIN', 'SYN', 'RST', 'PSH', 'ACK', 'URG'];
/** As the ladder puts them. */
const ORDER = ['SYN', 'FIN', 'RST', 'PSH', 'URG', 'ACK'];

async function segmentsIn(capture: string): Promise<Segment[]> {
  const fields = ['tcp.flags', 'tcp.seq_raw', 'tcp.ack_raw', 'tcp.len', 'tcp.window_size'];
  const { stdout } = await run('tshark', [
    ...['-r', capture, '-Y', 'tcp', '-T', 'fields'],
    ...fields.flatMap((field) => ['-e', field]),
  ]);
  return stdout
    .trim()
    .split('\n')
    .map((line) => {
      const [bits, seq, ack, length, window] = line.split('\t').map(Number) as [
        number,
        number,
        number,
        number,
        number,
      ];
      const set = FLAGS.filter((_, bit) => bits & (1 << bit));
      return {
        flags: ORDER.filter((name) => set.includes(name)).join(','),
        seq,
        ack: set.includes('ACK') ? ack : undefined,
        length,
        window,
      };
    });
}

/** What the link did, as the server says at its end. */
function impairmentsOf(lines: Lines): { readonly lost: number } {
  const text = lines.all.find((line) => line.includes('"event":"counters"')) ?? '{}';
  const { impairments } = JSON.parse(text) as {
    impairments: Readonly<Record<'in' | 'out', Readonly<Record<string, number>>>>;
  };
  return { lost: (impairments.in.lost ?? 0) + (impairments.out.lost ?? 0) };
}
