/** The forms in which a ladder is printed. */

import { describe, expect, it } from 'vitest';
import { type Ladder, playScene, printJson, printRfc, printTcpdump, SCENES } from '../../src/sim/index.ts';

const ladders = new Map<string, Ladder>();

async function ladderOf(name: string): Promise<Ladder> {
  const ladder = ladders.get(name) ?? (await playScene(name));
  ladders.set(name, ladder);
  return ladder;
}

interface SegmentObject {
  readonly kind: string;
  readonly time: number;
  readonly flags: readonly string[];
  readonly seq: number | string;
  readonly ack: number | string | null;
  readonly lost: boolean;
  readonly states: { readonly A: string; readonly B: string };
}

function segmentsOf(lines: readonly string[]): SegmentObject[] {
  return lines.map((line) => JSON.parse(line) as SegmentObject).filter(({ kind }) => kind === 'segment');
}

/** `<SEQ=…>` and what follows it, of every line that has one. */
function contentsOf(lines: readonly string[]): string[] {
  return lines.flatMap((line) => line.match(/<SEQ=\S+/) ?? []);
}

const names = SCENES.map(({ name }) => name);

describe('the form of the figures', () => {
  it.each(names)('fits a terminal of 100 columns, explanations included: %s', async (name) => {
    const lines = printRfc(await ladderOf(name), { explain: true, all: true });
    expect(lines.filter((line) => line.length > 100)).toEqual([]);
  });

  it('cuts the arrow of a lost segment, at the end where it would have arrived', async () => {
    const lines = printRfc(await ladderOf('lost-syn'));
    expect(
      lines.filter((line) => /^ 1\. {2}SYN-SENT +--> <SEQ=100><CTL=SYN> +--X LISTEN +\(lost\)$/.test(line)),
    ).toHaveLength(2);
  });

  it('shows each HTTP line beside the segment that carries it', async () => {
    const lines = printRfc(await ladderOf('http'));
    for (const line of ['GET / HTTP/1.1', 'Host: 192.168.1.123', 'HTTP/1.1 200 OK', 'Hello!'])
      expect(
        lines.some((row) => /<DATA=\d+>/.test(row) && row.endsWith(line)),
        line,
      ).toBe(true);
  });

  it('leaves out the middle of a long ladder and says so, unless all of it is asked for', async () => {
    const short = printRfc(await ladderOf('loss'));
    const long = printRfc(await ladderOf('loss'), { all: true });
    const leftOut = Number(short.join('\n').match(/(\d+) lines left out/)?.[1]);
    expect(leftOut).toBeGreaterThan(1_000);
    expect(short.length).toBeLessThan(50);
    expect(long.join('\n')).not.toContain('left out');
    expect(long.length).toBeGreaterThanOrEqual(leftOut);
  });

  it('paints only what it is told to paint', async () => {
    const ladder = await ladderOf('close');
    const styles = new Set<string>();
    const painted = printRfc(ladder, {
      paint(style, text) {
        styles.add(style);
        return text;
      },
    });
    expect(painted).toEqual(printRfc(ladder));
    expect([...styles].sort()).toEqual(['call', 'faint', 'pause', 'segment', 'state', 'title']);
  });
});

describe('sequence numbers', () => {
  it('are those on the wire, unless others are asked for', async () => {
    expect(contentsOf(printRfc(await ladderOf('close')))[0]).toBe('<SEQ=100><ACK=300><CTL=FIN,ACK>');
  });

  it('relative ones count from each end’s own SYN', async () => {
    const lines = contentsOf(printRfc(await ladderOf('handshake'), { numbers: 'relative' }));
    expect(lines).toEqual(['<SEQ=0><CTL=SYN>', '<SEQ=0><ACK=1><CTL=SYN,ACK>', '<SEQ=1><ACK=1><CTL=ACK>']);
  });

  it('relative ones of an old segment lie before the SYN', async () => {
    const lines = contentsOf(printRfc(await ladderOf('old-duplicate-syn'), { numbers: 'relative' }));
    expect(lines).toContain('<SEQ=-10><CTL=SYN>');
  });

  it('as letters are M and N for the FINs: FIN M, ACK M+1; FIN N, ACK N+1', async () => {
    const lines = contentsOf(printRfc(await ladderOf('close'), { numbers: 'letters' }));
    expect(lines).toEqual([
      '<SEQ=M><ACK=K+1><CTL=FIN,ACK>',
      '<SEQ=K+1><ACK=M+1><CTL=ACK>',
      '<SEQ=N><ACK=M+1><CTL=FIN,ACK>',
      '<SEQ=M+1><ACK=N+1><CTL=ACK>',
    ]);
  });

  it('as letters grow by the text that is sent', async () => {
    const lines = contentsOf(printRfc(await ladderOf('session'), { numbers: 'letters' }));
    expect(lines.slice(3, 6)).toEqual([
      '<SEQ=J+1><ACK=K+1><CTL=PSH,ACK><DATA=1000>',
      '<SEQ=K+1><ACK=J+1001><CTL=ACK><DATA=536>',
      '<SEQ=K+537><ACK=J+1001><CTL=PSH,ACK><DATA=464>',
    ]);
  });
});

describe('the form of tcpdump', () => {
  const LINE =
    /^IP 192\.168\.1\.1(16\.3337|23\.7788) > 192\.168\.1\.1(16\.3337|23\.7788): Flags \[[FSRP.U]+\], (seq \d+(:\d+)?, )?(ack \d+, )?win \d+, (urg \d+, )?(options \[[^\]]+\], )?length \d+( \(.+\))?$/;

  it.each(names)('has a line of its shape for each segment: %s', async (name) => {
    const ladder = await ladderOf(name);
    const lines = printTcpdump(ladder);
    expect(lines.filter((line) => !LINE.test(line))).toEqual([]);
    const shown = ladder.parts.flatMap((part) => part.rows).filter((row) => row.kind === 'segment');
    expect(lines).toHaveLength(new Set(shown.map((row) => row.passage)).size);
  });

  it('names the octets of text by their first and the one behind their last', async () => {
    const lines = printTcpdump(await ladderOf('session'));
    expect(lines[3]).toBe(
      'IP 192.168.1.116.3337 > 192.168.1.123.7788: Flags [P.], seq 1001:2001, ack 5001, win 2048, length 1000',
    );
  });

  it('marks what was lost, and the urgent pointer', async () => {
    expect(printTcpdump(await ladderOf('lost-syn'))[0]).toMatch(/Flags \[S\], seq 100, .*length 0 \(lost\)$/);
    expect(printTcpdump(await ladderOf('urgent'))[2]).toMatch(/Flags \[P\.U\], seq 103:106, .*urg 3, /);
  });
});

describe('the form of JSON', () => {
  it('is an object a line, with times in seconds, numbers, flags and both ends’ states', async () => {
    const [syn] = segmentsOf(printJson(await ladderOf('handshake')));
    expect(syn).toMatchObject({
      kind: 'segment',
      scene: 'handshake',
      number: 1,
      time: 0,
      arrived: 0.01,
      src: '192.168.1.116',
      srcPort: 3337,
      dst: '192.168.1.123',
      dstPort: 7788,
      flags: ['SYN'],
      flagsByte: 2,
      seq: 3_626_544_836,
      ack: null,
      win: 65_535,
      options: { mss: 1460, sackPermitted: true },
      length: 0,
      states: { A: 'SYN-SENT', B: 'SYN-RECEIVED' },
      lost: false,
    });
  });

  it('tells of losses, and of the seconds until the same is sent again', async () => {
    const segments = segmentsOf(printJson(await ladderOf('lost-syn')));
    expect(segments.slice(0, 3).map(({ time, lost }) => [time, lost])).toEqual([
      [0, true],
      [1, true],
      [3, false],
    ]);
    const [lostText, again] = segments.slice(5, 7);
    expect(lostText!.lost).toBe(true);
    expect(again!.time - lostText!.time).toBeCloseTo(3, 6);
  });

  it('has one object for a segment that the figures draw in two halves', async () => {
    const segments = segmentsOf(printJson(await ladderOf('simultaneous-open')));
    expect(segments.map(({ flags }) => flags.join())).toEqual(['SYN', 'SYN', 'SYN,ACK', 'SYN,ACK'].sort());
    expect(segments[0]!.states).toEqual({ A: 'SYN-SENT', B: 'SYN-RECEIVED' });
  });

  it.each(['relative', 'letters'] as const)(
    'writes numbers in the kind that is asked for: %s',
    async (numbers) => {
      const [, synAck] = segmentsOf(printJson(await ladderOf('handshake'), { numbers }));
      const wanted = numbers === 'relative' ? [0, 1] : ['K', 'J+1'];
      expect([synAck!.seq, synAck!.ack]).toEqual(wanted);
    },
  );

  it('carries calls, facts and answers as well', async () => {
    const kinds = printJson(await ladderOf('time-wait')).map(
      (line) => (JSON.parse(line) as SegmentObject).kind,
    );
    expect(new Set(kinds)).toEqual(new Set(['state', 'call', 'segment', 'pause', 'fact', 'answer']));
  });
});
